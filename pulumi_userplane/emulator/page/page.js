"use strict";

// Shows what happens meanwhile: asks for this page again, and exchanges only the rows that changed. Everything else,
// what somebody types in it included, stays as it is.
(() => {
  const PAUSE_MS = 2000;
  const news = document.getElementById("news");
  const sources = new WeakMap();
  let isSilent = false;

  // How the server wrote an element; what a person opened in it meanwhile makes no difference.
  const source = (element) => {
    if (!sources.has(element)) {
      sources.set(element, element.outerHTML);
    }
    return sources.get(element);
  };

  const remember = (root) => {
    source(root);
    root.querySelectorAll("[data-live], [data-part], [data-rows] > *").forEach(source);
  };

  const exchange = (old, fresh) => {
    remember(fresh);
    for (const details of old.querySelectorAll("details[open][id]")) {
      fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
    }
    old.replaceWith(fresh);
  };

  const updateRows = (old, fresh) => {
    const known = new Map([...old.children].map((row) => [row.id, row]));
    const wanted = [...fresh.children];
    wanted.forEach(source);
    const ids = new Set(wanted.map((row) => row.id));
    let changes = 0;
    for (const row of [...old.children]) {
      if (!ids.has(row.id)) {
        row.remove();
      }
    }
    let next = old.firstElementChild;
    for (const row of wanted) {
      const present = known.get(row.id);
      if (present && source(present) === source(row)) {
        if (present === next) {
          next = next.nextElementSibling;
        } else {
          old.insertBefore(present, next);
        }
        continue;
      }
      changes += 1;
      if (present) {
        next = present === next ? next.nextElementSibling : next;
        exchange(present, row);
        old.insertBefore(row, next);
      } else {
        old.insertBefore(row, next);
      }
    }
    return changes;
  };

  const updateRegion = (old, fresh) => {
    if (source(old) === source(fresh)) {
      return 0;
    }
    const oldRows = old.querySelector("[data-rows]");
    const freshRows = fresh.querySelector("[data-rows]");
    if (!oldRows || !freshRows) {
      const changes = freshRows ? freshRows.children.length : 1;
      exchange(old, fresh);
      return changes;
    }
    const changes = updateRows(oldRows, freshRows);
    sources.set(old, source(fresh));
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const present = old.querySelector(`#${CSS.escape(part.id)}`);
      if (present && source(present) !== source(part)) {
        exchange(present, part);
      }
    }
    return changes;
  };

  const tell = (text) => {
    news.textContent = text;
  };

  // Until it responds, what is shown may be out of date: everybody has to see that.
  const setSilent = (silent) => {
    if (silent !== isSilent) {
      isSilent = silent;
      news.classList.toggle("hidden", !silent);
      tell(silent ? "The emulator does not respond. What is shown may be out of date." : "The emulator responds again.");
    }
  };

  // An element that was exchanged, moved or removed has lost the focus: then it goes to the nearest that is there, in the
  // same row if possible. Returns what gives it back after a change.
  const keepFocus = (region) => {
    const focused = document.activeElement ?? document.body;
    const place = focused.closest("[data-rows] > [id], [data-part]");
    const isInRegion = region.contains(focused);
    const candidates = function* () {
      yield focused;
      yield document.getElementById(focused.id);
      const present = place && document.getElementById(place.id);
      yield present?.querySelector(focused.localName);
      yield present?.querySelector("a, button, summary");
      const heading = document.querySelector("h1");
      heading.tabIndex = -1;
      yield heading;
    };
    return () => {
      if (!isInRegion || document.activeElement === focused) {
        return;
      }
      for (const candidate of candidates()) {
        candidate?.focus({ preventScroll: true });
        if (candidate && document.activeElement === candidate) {
          return;
        }
      }
    };
  };

  // An emulator that was started again takes no token of an earlier run.
  const exchangeTokens = (page) => {
    const fresh = page.querySelector("input[name=token]");
    if (fresh) {
      document.querySelectorAll("input[name=token]").forEach((field) => {
        field.value = fresh.value;
      });
    }
  };

  const refresh = async (regions) => {
    const response = await fetch(location.href, { cache: "no-store" });
    if (!response.ok) {
      throw new Error(response.statusText);
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    exchangeTokens(page);
    for (const id of regions) {
      const old = document.getElementById(id);
      const fresh = page.getElementById(id);
      const giveFocusBack = keepFocus(old);
      const changes = fresh ? updateRegion(old, fresh) : 0;
      giveFocusBack();
      if (changes && old.dataset.news) {
        tell(`${old.dataset.news}: ${changes}`);
      }
    }
  };

  const watch = async (regions) => {
    if (!document.hidden) {
      try {
        await refresh(regions);
        setSilent(false);
      } catch {
        setSilent(true);
      }
    }
    setTimeout(watch, PAUSE_MS, regions);
  };

  // Whoever loads the page again has done nothing again.
  const address = new URL(location.href);
  if (address.searchParams.has("done")) {
    address.searchParams.delete("done");
    history.replaceState(null, "", address);
  }

  remember(document.documentElement);
  const regions = [...document.querySelectorAll("[data-live]")].map((region) => region.id);
  if (regions.length) {
    setTimeout(watch, PAUSE_MS, regions);
  }
})();
