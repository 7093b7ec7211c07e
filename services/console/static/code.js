// On the page of a code: the tree unfolds, and a 7th character completes the code.
"use strict";

(() => {
  const unfold = async (button) => {
    const item = button.closest("li");
    const below = item.querySelector(":scope > ul");
    const open = button.getAttribute("aria-expanded") === "true";
    if (below) {
      below.hidden = open;
      button.setAttribute("aria-expanded", String(!open));
      return;
    }
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.branch);
      if (!answer.ok) throw new Error(String(answer.status));
      item.insertAdjacentHTML("beforeend", await answer.text());
      button.setAttribute("aria-expanded", "true");
    } catch {
      medcover.say("The server does not answer");
    }
    button.disabled = false;
    button.focus();
  };

  const complete = (picker) => {
    const chosen = picker.querySelector("input:checked");
    if (!chosen) return;
    const line = document.querySelector("[data-completed]");
    line.hidden = false;
    line.querySelector("output").value = chosen.value;
    line.querySelector("[data-copy]").dataset.copy = chosen.value;
    line.querySelector("[data-copy]").setAttribute("aria-label", `Copy ${chosen.value}`);
    line.querySelector("a").href = `/codes/${encodeURIComponent(chosen.value)}`;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-branch]");
    if (button) unfold(button);
  });

  const picker = document.querySelector("[data-picker]");
  if (picker) {
    picker.addEventListener("change", () => complete(picker));
    complete(picker);
  }
})();
