// What readers of the site need beyond its theme.
"use strict";

// Boxes that scroll can be reached with the keyboard, and have a name. Those that show everything are not in the way.

function nameOf(box, number) {
  const heading = box.closest("section")?.querySelector("h1, h2, h3, h4, h5, h6");
  const title = heading ? heading.firstChild.textContent.trim() : document.title;
  return `${box.matches("pre") ? "Code" : "Table"} ${number}: ${title}`;
}

function makeReachable(box, name) {
  const scrolls = box.scrollWidth > box.clientWidth;
  for (const [attribute, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", name]]) {
    if (scrolls) box.setAttribute(attribute, value);
    else box.removeAttribute(attribute);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const names = new Map();
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) makeReachable(target, names.get(target));
  });
  document.querySelectorAll(".table-wrapper, .highlight pre").forEach((box, index) => {
    names.set(box, nameOf(box, index + 1));
    observer.observe(box);
  });
});

// Search results show where they found the words, by reading the pages: a browser refuses that without a server.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// Sphinx drops numbers from what a reader asks for. The index of this site has them: scripts/site/search.py.
function keepNumbers(search) {
  const parse = search._parseQuery;
  search._parseQuery = (query) => {
    const [asked, wanted, excluded, highlighted, ...others] = parse(query);
    for (const number of splitQuery(query).filter((word) => /^\d+$/.test(word))) {
      wanted.add(number);
      highlighted.add(number);
    }
    return [asked, wanted, excluded, highlighted, ...others];
  };
}

// The script of the search comes after this one, and begins when the page is read.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search !== "undefined") keepNumbers(Search);
});

// The message of Sphinx speaks of categories, and this site has none.
if (typeof Documentation !== "undefined") {
  Documentation.TRANSLATIONS[
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories."
  ] = "No page has all these words. Check how they are spelled, or try fewer.";
}
