// Search as you type. The server makes the list of hits; this fetches it anew and moves through it by keys.
//
// To assistive technology box and list are a combobox with a grid rather than a listbox: a hit holds a link and a
// button, and options of a listbox may hold neither.
"use strict";

(() => {
  const QUIET_MS = 70;
  const SAY_MS = 600;

  const form = document.getElementById("ask");
  const box = document.getElementById("q");
  const results = document.getElementById("results");

  let pending = null;
  let typing = 0;
  let saying = 0;
  let active = -1;
  let shown = "";

  const hits = () => [...results.querySelectorAll(".hit")];

  const dress = () => {
    const list = results.querySelector(".hits");
    list?.setAttribute("role", "grid");
    list?.setAttribute("aria-label", "Codes found");
    for (const hit of hits()) {
      hit.setAttribute("role", "row");
      for (const cell of hit.querySelectorAll(".cell")) cell.setAttribute("role", "gridcell");
    }
    box.setAttribute("aria-expanded", String(list !== null));
    choose(-1);
  };

  const choose = (at) => {
    const all = hits();
    active = Math.min(at, all.length - 1);
    for (const [place, hit] of all.entries()) hit.setAttribute("aria-selected", String(place === active));
    if (active < 0) {
      box.removeAttribute("aria-activedescendant");
      return;
    }
    box.setAttribute("aria-activedescendant", all[active].id);
    all[active].scrollIntoView({ block: "nearest" });
  };

  const asked = () => {
    const fields = new URLSearchParams(new FormData(form));
    if (!fields.get("chapter")) fields.delete("chapter");
    return fields;
  };

  const announce = () => {
    clearTimeout(saying);
    const count = results.querySelector("[data-count]")?.dataset.count;
    if (count) saying = setTimeout(() => medcover.say(count), SAY_MS);
  };

  const show = (html) => {
    results.innerHTML = html;
    results.classList.remove("stale");
    dress();
    announce();
  };

  const fail = () => {
    results.classList.add("stale");
    medcover.say("The server does not answer");
  };

  const search = async () => {
    const fields = asked();
    const query = fields.toString();
    if (query === shown) return;
    shown = query;
    pending?.abort();
    pending = new AbortController();
    const empty = box.value.trim() === "";
    history.replaceState(null, "", empty ? "/" : `/?${query}`);
    if (empty) {
      show("");
      return;
    }
    try {
      const answer = await fetch(`/results?${query}`, { signal: pending.signal });
      // A refusal (400) comes as a list too, which says what is wrong with the query.
      if (!answer.ok && answer.status !== 400) throw new Error(String(answer.status));
      show(await answer.text());
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = "";
      fail();
    }
  };

  const onInput = (event) => {
    if (event.isComposing) return;
    clearTimeout(typing);
    typing = setTimeout(search, QUIET_MS);
  };

  const open = (event) => {
    const hit = hits()[active];
    if (!hit) return;
    event.preventDefault();
    const href = hit.dataset.href;
    if (event.ctrlKey || event.metaKey) window.open(href, "_blank", "noopener");
    else location.assign(href);
  };

  const escape = (event) => {
    event.preventDefault();
    if (active >= 0) {
      choose(-1);
      return;
    }
    box.value = "";
    search();
  };

  const onKey = (event) => {
    if (event.isComposing) return;
    const count = hits().length;
    if (event.key === "ArrowDown" && count > 0) {
      event.preventDefault();
      choose(active + 1 >= count ? -1 : active + 1);
    } else if (event.key === "ArrowUp" && count > 0) {
      event.preventDefault();
      choose(active < 0 ? count - 1 : active - 1);
    } else if (event.key === "Enter") {
      open(event);
    } else if (event.key === "Escape") {
      escape(event);
    }
  };

  const start = () => {
    box.setAttribute("role", "combobox");
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-haspopup", "grid");
    box.setAttribute("aria-controls", "results");
    shown = asked().toString();
    dress();
    form.addEventListener("input", onInput);
    box.addEventListener("keydown", onKey);
    // Coming back by the browser's history may restore a text that the list does not show yet.
    window.addEventListener("pageshow", () => search());
  };

  start();
})();
