// Runs before the page is painted, so that a chosen theme does not flash and controls that need script appear at once.
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("medcover-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the theme then follows the system.
  }
})();
