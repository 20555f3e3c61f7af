// Runs before the page is drawn, so that a dark page never flashes white.
const kept = localStorage.getItem("td-theme");
const system = matchMedia("(prefers-color-scheme: dark)");

document.documentElement.dataset.bsTheme = kept ?? (system.matches ? "dark" : "light");
system.addEventListener("change", (event) => {
  if (!localStorage.getItem("td-theme")) {
    document.documentElement.dataset.bsTheme = event.matches ? "dark" : "light";
  }
});
