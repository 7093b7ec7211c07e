// On every page: the theme, copying, and the key that leads to the search box.
"use strict";

(() => {
  const live = document.getElementById("live");

  // Says a text to those who do not see the page. Emptied first, so that the same text is said again.
  const say = (text) => {
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 50);
  };

  const THEMES = ["auto", "light", "dark"];

  const applyTheme = (theme) => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    document.querySelector("[data-theme-name]").textContent = theme;
  };

  const rememberTheme = (theme) => {
    try {
      if (theme === "auto") localStorage.removeItem("medcover-theme");
      else localStorage.setItem("medcover-theme", theme);
    } catch {
      // Storage may be forbidden; the theme then lasts as long as the page.
    }
  };

  const currentTheme = () => document.documentElement.dataset.theme ?? "auto";

  const startTheme = () => {
    applyTheme(currentTheme());
    document.querySelector("[data-theme-button]").addEventListener("click", () => {
      const theme = THEMES[(THEMES.indexOf(currentTheme()) + 1) % THEMES.length];
      applyTheme(theme);
      rememberTheme(theme);
    });
  };

  // Browsers offer the clipboard to secure pages only; a console reached by plain HTTP takes the older way.
  const toClipboard = async (text) => {
    if (navigator.clipboard) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        // Forbidden by the browser's settings: the older way may still be open.
      }
    }
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  };

  const copy = async (button) => {
    const text = button.dataset.copy;
    const done = await toClipboard(text);
    const label = button.dataset.label ??= button.textContent;
    button.textContent = done ? "Copied" : "Not copied";
    button.classList.toggle("done", done);
    button.focus();
    say(done ? `${text} copied` : "The browser does not allow copying");
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.textContent = label;
      button.classList.remove("done");
    }, 1500);
  };

  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const box = document.querySelector("[data-slash]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  startTheme();
  window.medcover = { say };
})();
