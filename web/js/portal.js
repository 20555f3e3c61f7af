// Large text, kept for the next visit. Without this script the button stays hidden and the page works as it is.
const button = document.querySelector("[data-elder]");
const root = document.documentElement;

/** Show the page large or as usual, and say so on the button. */
function show(isLarge) {
  root.classList.toggle("td-elder", isLarge);
  button?.setAttribute("aria-pressed", String(isLarge));
}

show(localStorage.getItem("td-elder") === "1");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const isLarge = !root.classList.contains("td-elder");
    localStorage.setItem("td-elder", isLarge ? "1" : "0");
    show(isLarge);
  });
}
document.getElementById("errors")?.focus();
