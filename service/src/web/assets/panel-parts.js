// What the panel is made of: its style, elements, amounts, troubles. It is served in one block with panel.js.
"use strict";
const BASE = new URL(document.currentScript.src).origin;
const RETRY_MS_MAX = 60_000;
const PAGE_ROWS = 50;
// A stream holds one of the six connections that a browser opens to a server: a page that nobody sees gives it back after this.
const REST_MS = 20_000;
const STYLE = `
  :host { display: block; color-scheme: light dark; container-type: inline-size;
    --accent: var(--tieout-accent, light-dark(#0f5c4c, #6fd8b5)); --accent-ink: var(--tieout-accent-ink, light-dark(#fff, #06261d));
    --bg: var(--tieout-background, light-dark(#fff, #18211e)); --ink: var(--tieout-text, light-dark(#16211d, #e6eeea));
    --soft: var(--tieout-soft, light-dark(#52625c, #a3b3ac)); --line: var(--tieout-line, light-dark(#dbe2de, #2b3833));
    --bad: var(--tieout-bad, light-dark(#98191b, #ffb1ae)); --radius: var(--tieout-radius, 10px);
    font: var(--tieout-font, 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif); color: var(--ink); }
  * { box-sizing: border-box; }
  section { background: var(--bg); border: 1px solid var(--line); border-radius: var(--radius); padding: 12px 14px; }
  h2 { font-size: 1.05em; margin: 0; } h3 { font-size: 1em; margin: 14px 0 6px; } p { margin: 0 0 8px; }
  a { color: var(--accent); } small, .soft { color: var(--soft); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
  header, .bar { display: flex; flex-wrap: wrap; gap: 6px 10px; align-items: center; justify-content: space-between; margin-bottom: 8px; }
  .bar { justify-content: flex-start; align-items: end; }
  .boxes { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 8px; margin: 8px 0; }
  .boxes button { text-align: left; padding: 8px 10px; font-weight: 400; } .boxes strong { display: block; font-size: 1.15em; font-variant-numeric: tabular-nums; }
  button, input, select, summary { font: inherit; color: inherit; } summary { cursor: pointer; }
  button, input, select, textarea { border: 1px solid var(--soft); background: var(--bg); border-radius: 7px; padding: 4px 9px; min-height: 30px; font: inherit; color: inherit; }
  button { cursor: pointer; border-color: var(--accent); color: var(--accent); font-weight: 600; }
  button[aria-pressed="true"], button.first { background: var(--accent); color: var(--accent-ink); }
  button.quiet { border-color: transparent; background: none; text-decoration: underline; font-weight: 400; color: var(--soft); padding: 4px; }
  td button.quiet { min-height: 24px; padding: 0 4px; } [part="actions"], [part="task"] { margin-top: 10px; }
  button:disabled { opacity: .5; cursor: default; }
  label { display: grid; gap: 2px; color: var(--soft); font-size: .9em; } label input, label select { color: var(--ink); }
  /* Whoever waits for long sees that they do; nothing moves. */
  section[aria-busy="true"] .wide { opacity: .5; transition: opacity .2s .8s; }
  .wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 5px 6px; border-bottom: 1px solid var(--line); vertical-align: top; } thead th { color: var(--soft); font-weight: 600; font-size: .88em; white-space: nowrap; }
  .num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
  .bad { color: var(--bad); } .error { border-left: 3px solid var(--bad); padding: 4px 10px; margin: 8px 0; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 0 0 8px; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
  .said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .told { margin: 6px 0 0; color: var(--soft); } .told:empty { margin: 0; }
  ul { list-style: none; margin: 0; padding: 0; } li { padding: 3px 0; }
  @container (max-width: 480px) { thead { display: none; } tr { display: grid; grid-template-columns: 1fr auto; padding: 6px 0; border-bottom: 1px solid var(--line); } td, th { border: 0; padding: 1px 4px; } td[data-less] { display: none; } }
`;
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

const VIEWS = [["open", "Open"], ["overdue", "Overdue"], ["unpaid", "Unpaid"], ["paid", "Paid"], ["pinned", "Pinned"], ["all", "All"]];
const words = (text) => text.replaceAll("_", " ");

// An element with its attributes and children. Text goes in as text, never as markup.
const el = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
};
// Amounts are texts and stay so: a number of JavaScript would round them.
const money = (amount, currency) => {
  const [, sign, whole, rest] = /^(-?)(\d+)(\.\d+)?$/.exec(amount) ?? [null, "", amount, ""];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${rest ?? ""} ${currency}`;
};
const away = (url, text) => (/^https?:/.test(url ?? "") ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text) : text);

class Trouble extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? "The server could not be reached.");
    this.status = status;
    this.remedy = problem?.remedy ?? (status === 0 ? "It is tried again by itself." : "");
  }
}

// What a token says, as far as it can be read: the server alone knows whether it is true.
const claimsOf = (token) => {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (char) => char.charCodeAt(0))));
  } catch {
    return {};
  }
};

// Whether somebody presses something now: between press and release a button must stay what it is, or nothing is clicked.
class Hand {
  #isDown = false;
  #then = null;
  constructor(root) {
    root.addEventListener("pointerdown", () => {
      this.#isDown = true;
    });
  }

  watch() {
    for (const end of ["click", "pointerup", "pointercancel"]) window.addEventListener(end, this.#up, true);
  }

  rest() {
    for (const end of ["click", "pointerup", "pointercancel"]) window.removeEventListener(end, this.#up, true);
    this.#isDown = false;
  }

  /** Does something as soon as nobody presses. */
  free(work) {
    if (this.#isDown) this.#then = work;
    else work();
  }

  #up = ({ type }) => {
    // What a click does finds the hand free already; the click itself comes after the release.
    if (type === "click") this.#isDown = false;
    setTimeout(() => {
      this.#isDown = false;
      const then = this.#then;
      this.#then = null;
      then?.();
    });
  };
}

// Hears of changes. Whatever breaks the stream, it comes back, later each time.
class News {
  #stream = null;
  #of;
  constructor(of) {
    this.#of = of;
  }

  get isOn() {
    return this.#stream !== null;
  }

  start() {
    this.stop();
    this.#stream = new AbortController();
    this.#listen(this.#stream);
  }

  stop() {
    this.#stream?.abort();
    this.#stream = null;
  }

  async #listen(stream) {
    const { token, fresh, changed } = this.#of;
    let pause = 1_000;
    let isRenewed = false;
    while (!stream.signal.aborted) {
      const since = Date.now();
      try {
        const held = await token();
        const headers = { authorization: `Bearer ${held}` };
        const reply = await fetch(`${BASE}/panel/news`, { headers, signal: stream.signal });
        // At once only one time: a token that is refused anew is not asked for for ever.
        if (reply.status === 401 && !isRenewed && (await fresh(held))) {
          isRenewed = true;
          continue;
        }
        if (!reply.ok) throw new Trouble(reply.status);
        isRenewed = false;
        const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let rest = ""; ; ) {
          const { done, value } = await reader.read();
          if (done) break;
          const lines = (rest + value).split("\n");
          rest = lines.pop();
          if (lines.some((line) => line.startsWith("event: changed"))) changed();
        }
      } catch {
        if (stream.signal.aborted) return;
      }
      if (Date.now() - since > 30_000) pause = 1_000;
      await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
      pause = Math.min(pause * 2, RETRY_MS_MAX);
      if (!stream.signal.aborted) changed();
    }
  }
}
