// The little the console does in the browser; every page works without it.
import "htmx.org";

const root = document.documentElement;

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) {
    root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("td-theme", root.dataset.bsTheme);
  }
  for (const menu of document.querySelectorAll("details.td-menu[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.td-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form is sent once: the button stays quiet until the answer comes, and says so when it takes long.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") {
    return;
  }
  if (event.target.classList.contains("busy")) {
    event.preventDefault();
    return;
  }
  event.target.classList.add("busy");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form.busy")) {
    form.classList.remove("busy");
  }
});

// What went wrong is read first.
document.querySelector("[data-focus]")?.focus();

// A phone shows the recommended option first.
for (const pick of document.querySelectorAll(".td-opts thead .pick")) {
  const box = pick.closest(".td-scroll");
  box.scrollLeft = pick.offsetLeft - pick.parentElement.firstElementChild.offsetWidth;
}
