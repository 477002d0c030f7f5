// Keyboard: / goes to the search, j and k walk the rows of lists, Enter follows a row's link.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, [role=application]")) return;
  if (event.key === "/") {
    event.preventDefault();
    document.querySelector("[data-key='/']").focus();
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-list] tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
    const here = links.indexOf(document.activeElement);
    const next = links[Math.max(0, Math.min(links.length - 1, here + (event.key === "j" ? 1 : -1)))];
    if (next) next.focus();
  }
});
