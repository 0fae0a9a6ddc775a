// What pages do beyond what they are: they look again when something was written, ask before a deed that cannot be taken
// back, and copy a text. Without it every page works all the same.
"use strict";

const say = (words) => {
  const place = document.getElementById("said");
  if (place) place.textContent = words;
};

// On a phone the menu is moved sideways: where one is can be seen all the same.
const here = document.querySelector(".menu [aria-current]");
if (here) {
  // Not by scrollIntoView, which would have the Tab key go on from there.
  const [link, menu] = [here.getBoundingClientRect(), here.parentElement.getBoundingClientRect()];
  here.parentElement.scrollLeft += link.left - menu.left - (menu.width - link.width) / 2;
}

// Asks before a form that says what it would do.
document.addEventListener("submit", (event) => {
  const sure = event.submitter?.dataset.sure ?? event.target.dataset.sure;
  if (sure && !window.confirm(sure)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  say("Copied");
});

// Ticks all the boxes of a table.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  const boxes = event.target.closest("form, table").querySelectorAll('input[type="checkbox"][name]');
  for (const box of boxes) box.checked = event.target.checked;
});

// Looks again when something was written, unless somebody is at it: typing, choosing, ticking or reading what was opened.
const main = document.querySelector("main[data-live]");
if (main) {
  let busy = false;
  const isWritten = (field) =>
    field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
  // Between press and release a button must stay what it is, or nothing is clicked.
  let isPressed = false;
  const press = () => { isPressed = true; };
  const release = () => setTimeout(() => { isPressed = false; });
  document.addEventListener("pointerdown", press, true);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, release, true);
  const isInUse = () =>
    isPressed ||
    main.querySelector("dialog[open], :focus-visible") !== null ||
    [...main.querySelectorAll("input:not([type=hidden]), textarea")].some(isWritten);
  let timer;
  let isMissed = false;
  // What is under somebody's hands, or has the focus of the keyboard, stays until they leave it.
  for (const left of ["focusout", "pointerup"]) main.addEventListener(left, () => isMissed && later());
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(look, 250);
  };
  const look = async () => {
    if (document.hidden) return;
    if (busy) {
      later();
      return;
    }
    isMissed = isInUse();
    if (isMissed) return;
    busy = true;
    try {
      const reply = await fetch(window.location.href, { headers: { accept: "text/html" } });
      if (reply.redirected || !reply.ok) return;
      const page = new DOMParser().parseFromString(await reply.text(), "text/html");
      const next = page.querySelector("main");
      if (!next || next.innerHTML === main.innerHTML) return;
      // Somebody may have begun meanwhile.
      isMissed = isInUse();
      if (isMissed) return;
      const open = [...main.querySelectorAll("details[open] > summary")].map((it) => it.textContent);
      main.replaceChildren(...next.childNodes);
      for (const it of main.querySelectorAll("details > summary")) {
        if (open.includes(it.textContent)) it.parentElement.open = true;
      }
    } finally {
      busy = false;
    }
  };
  // A stream holds one of the six connections that a browser opens to a server: a page that nobody sees must not keep it, nor one
  // that is kept for the way back.
  let source = null;
  const rest = () => {
    source?.close();
    source = null;
  };
  const listen = () => {
    if (source || document.hidden) return;
    source = new EventSource("/news");
    source.addEventListener("written", later);
    // What was written before it opened, or while it was broken, nobody tells of.
    source.addEventListener("open", later);
  };
  const goOn = () => {
    listen();
    look();
  };
  listen();
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : goOn()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", (event) => event.persisted && goOn());
}
