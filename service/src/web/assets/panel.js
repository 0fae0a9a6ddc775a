// The panel beside a record of a product: <tieout-panel token="..."></tieout-panel>. Documentation: docs/panel.md.
"use strict";
class TieoutPanel extends HTMLElement {
  static observedAttributes = ["token"];
  #root = this.attachShadow({ mode: "open" });
  #asked = { view: null, search: "", from: "", to: "", of_kind: "" };
  #shown = PAGE_ROWS;
  #data = null;
  #task = null;
  #said = el("p", { class: "told", role: "status", "aria-live": "polite" });
  #body = el("section", { part: "panel", "aria-busy": "true" }, el("p", { class: "soft" }, "Loading …"));
  #wants = null;
  #news = new News({ token: () => this.#token(), fresh: (than) => this.#fresh(than), changed: () => this.#changed() });
  #turn = 0;
  #busy = false;
  #isBroken = false;
  #lookedAt = 0;
  #hand = new Hand(this.#root);
  #soon = 0;
  #asking = null;
  #unseen = 0;
  #seen = () => {
    clearTimeout(this.#unseen);
    // Somebody who looks elsewhere for a moment keeps the stream.
    if (document.hidden) this.#unseen = setTimeout(() => this.#news.stop(), REST_MS);
    else if (!this.#news.isOn) this.#goOn();
    else if (this.#later) this.#changed();
  };
  #left = () => this.#news.stop();
  #back = ({ persisted }) => persisted && this.#goOn();

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.#body, this.#said);
  }

  connectedCallback() {
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", "Accounting");
    if (!this.hasAttribute("role")) this.setAttribute("role", "region");
    document.addEventListener("visibilitychange", this.#seen);
    window.addEventListener("pagehide", this.#left);
    window.addEventListener("pageshow", this.#back);
    this.#hand.watch();
    this.#begin();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#seen);
    window.removeEventListener("pagehide", this.#left);
    window.removeEventListener("pageshow", this.#back);
    clearTimeout(this.#unseen);
    this.#hand.rest();
    clearTimeout(this.#soon);
    this.#news.stop();
  }

  attributeChangedCallback(name, before, after) {
    if (name !== "token" || before === after || !this.isConnected) return;
    this.#wants?.(after);
    // Another record: begin anew. The same with a new token: go on, also where it came too late for what asked for it.
    if (TieoutPanel.#record(before) !== TieoutPanel.#record(after)) this.#begin();
    else if (this.#isBroken) this.#look();
  }

  /** Looks again, as after something that the page itself did. */
  refresh() {
    return this.#look();
  }

  static #record(token) {
    const { host, record, connection } = claimsOf(token ?? "");
    return JSON.stringify([host, record, connection]);
  }

  get #claims() {
    return claimsOf(this.getAttribute("token") ?? "");
  }

  get #may() {
    return this.#claims.can === "work";
  }

  #goOn() {
    if (!this.getAttribute("token")) return;
    this.#news.start();
    this.#changed();
  }

  #begin() {
    this.#news.stop();
    this.#asked = { view: null, search: "", from: "", to: "", of_kind: "" };
    this.#shown = PAGE_ROWS;
    this.#data = null;
    this.#task = null;
    if (!this.getAttribute("token")) {
      queueMicrotask(() => this.#need());
      return;
    }
    this.#look();
    this.#news.start();
  }

  #need() {
    this.dispatchEvent(new CustomEvent("tieout-token-needed", { bubbles: true, composed: true }));
  }

  // Another token than one that is refused or over. Two requests may be refused with one token: whoever hears of it last finds
  // the other one set. Else the page is asked for it, by an event whose listener sets the attribute anew.
  #fresh(than) {
    const held = this.getAttribute("token");
    if (held !== than) return Promise.resolve(held);
    this.#asking ??= this.#another().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  #another() {
    return new Promise((resolve) => {
      const done = (token) => {
        clearTimeout(timer);
        this.#wants = null;
        resolve(token);
      };
      const timer = setTimeout(() => done(null), 10_000);
      this.#wants = done;
      this.#need();
    });
  }

  async #token() {
    const { exp } = this.#claims;
    const held = this.getAttribute("token");
    const isOver = typeof exp === "number" && exp * 1000 < Date.now() + 15_000;
    return isOver ? ((await this.#fresh(held)) ?? this.getAttribute("token")) : held;
  }

  async #ask(method, below, { query = {}, body, record = true } = {}) {
    const { host, record: named = "", connection } = this.#claims;
    const [kind, ...id] = named.split("/");
    const place = record ? `records/${kind}/${encodeURIComponent(id.join("/"))}${below}` : below;
    const url = new URL(`${BASE}/v1/hosts/${encodeURIComponent(host)}/${place}`);
    for (const [key, value] of Object.entries({ ...query, connection })) if (value) url.searchParams.set(key, value);
    const once = crypto.randomUUID();
    let token;
    const send = async () => {
      token = await this.#token();
      const headers = { authorization: `Bearer ${token}` };
      if (body !== undefined) headers["content-type"] = "application/json";
      if (method === "POST") headers["idempotency-key"] = once;
      return fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }).catch(() => {
        throw new Trouble(0);
      });
    };
    let reply = await send();
    if (reply.status === 401 && (await this.#fresh(token))) reply = await send();
    const text = await reply.text();
    let told = null;
    try {
      told = text ? JSON.parse(text) : null;
    } catch {
      told = null;
    }
    if (!reply.ok) throw new Trouble(reply.status, told);
    return told;
  }

  async #look() {
    const turn = ++this.#turn;
    this.#lookedAt = Date.now();
    this.#later = false;
    this.#body.setAttribute("aria-busy", "true");
    try {
      const query = { ...this.#asked };
      const data = await this.#ask("GET", "", { query });
      if (turn !== this.#turn) return;
      const isFirst = this.#data === null;
      this.#isBroken = false;
      this.#data = data;
      this.#draw();
      if (isFirst) this.dispatchEvent(new CustomEvent("tieout-ready", { bubbles: true, composed: true }));
    } catch (trouble) {
      if (turn === this.#turn) this.#fail(trouble);
    } finally {
      if (turn === this.#turn) this.#body.removeAttribute("aria-busy");
    }
  }

  #fail(trouble) {
    this.#isBroken = true;
    const again = el("button", { onclick: () => this.#look() }, "Try again");
    const told = el("div", { class: "error", role: "alert" }, el("p", {}, trouble.message), trouble.remedy && el("p", { class: "soft" }, trouble.remedy), again);
    if (this.#data === null) this.#body.replaceChildren(el("header", {}, el("h2", {}, "Accounting")), told);
    else {
      this.#root.querySelector(".error")?.remove();
      (this.#body.querySelector("header") ?? this.#body).append(told);
    }
  }

  #changed() {
    // Nothing is taken from under somebody's hands, and nothing is asked for whom nobody sees.
    const active = this.#root.activeElement;
    if (document.hidden || active?.matches("input, select, textarea") || this.#task) {
      this.#later = true;
      return;
    }
    // The first change is seen at once, a storm of them twice a minute: each look may cost calls of the organisation.
    const wait = this.#lookedAt + this.#calm - Date.now();
    clearTimeout(this.#soon);
    if (wait > 0) {
      this.#soon = setTimeout(() => this.#changed(), wait);
      return;
    }
    this.#calm = 30_000;
    clearTimeout(this.#calms);
    this.#calms = setTimeout(() => {
      this.#calm = 0;
    }, 120_000);
    this.#look();
  }
  #calm = 0;
  #calms = 0;
  #later = false;

  #say(text) {
    this.#said.textContent = text;
  }

  async #act(words, work) {
    // One deed at a time: a second click is not a second deed.
    if (this.#busy) return null;
    this.#busy = true;
    this.#say("");
    this.#body.setAttribute("aria-busy", "true");
    try {
      const told = await work();
      this.#task = null;
      await this.#look();
      this.#say(words);
      return told;
    } catch (trouble) {
      this.#fail(trouble);
      this.#body.removeAttribute("aria-busy");
      return null;
    } finally {
      this.#busy = false;
    }
  }

  #draw() {
    this.#hand.free(() => this.#drawn());
  }

  #drawn() {
    const at = this.#root.activeElement?.dataset.key;
    const open = [...this.#root.querySelectorAll("details[open]")].map((it) => it.dataset.key);
    const data = this.#data;
    this.#body.replaceChildren(
      this.#head(data),
      ...this.#whom(data),
      this.#boxes(data),
      this.#net(data) ?? "",
      this.#filters(data),
      this.#table(data),
      this.#beside(data),
      this.#task ?? this.#deeds(data),
    );
    for (const it of this.#root.querySelectorAll("details")) if (open.includes(it.dataset.key)) it.open = true;
    if (at) this.#root.querySelector(`[data-key="${CSS.escape(at)}"]`)?.focus();
    if (this.#later && !this.#task) {
      this.#later = false;
      this.#look();
    }
  }

  #head(data) {
    const contact = data.contact;
    return el(
      "header",
      { part: "header" },
      el("h2", {}, contact ? away(data.contact_url, contact.name) : data.record.name),
      el("small", {}, `${data.organisation}, as of ${new Date(data.as_of).toLocaleString()}`),
    );
  }

  // Whom the record is, and what can be done where nobody knows.
  #whom(data) {
    return data.parties.map((party) => {
      const standing = typeof party.standing === "string" ? party.standing : Object.keys(party.standing)[0];
      const held = party.standing[standing];
      const isOwn = party.record.kind === data.record.key.kind && party.record.id === data.record.key.id;
      if (standing === "linked") {
        if (!isOwn) return el("p", { class: "soft" }, `${party.name} is ${held.contact.name}.`);
        return data.overview ? this.#overview(data) : "";
      }
      const choices = held?.candidates ?? [];
      const lines = {
        unlinked: `${party.name} was unlinked by hand, and is not matched by itself.`,
        ambiguous: `Several contacts fit ${party.name}: choose one.`,
        archived: `Only an archived contact fits ${party.name}: restore it, or link another.`,
        nobody: `${party.name} is no customer in the books yet.`,
      };
      if (!isOwn) return el("p", { class: "soft" }, `${lines[standing]} Open that record to link it.`);
      return el(
        "div",
        {},
        el("p", {}, lines[standing] ?? standing),
        this.#may && choices.map((one) => el("button", { onclick: () => this.#link(one.id, one.name) }, one.name)),
        this.#may && this.#task === null && this.#search(),
      );
    });
  }

  #search() {
    const found = el("ul", { "aria-live": "polite" });
    const text = el("input", { type: "search", required: true, "data-key": "search-contact", "aria-label": "Name of the contact" });
    const look = async (event) => {
      event.preventDefault();
      found.replaceChildren(el("li", { class: "soft" }, "Looking …"));
      try {
        const { contacts } = await this.#ask("GET", "contacts", { record: false, query: { text: text.value } });
        const lines = contacts.map((one) =>
          el("li", {}, el("button", { disabled: one.archived, onclick: () => this.#link(one.id, one.name) }, one.name), " ", el("small", {}, one.archived ? "archived" : (one.email ?? ""))),
        );
        found.replaceChildren(...(lines.length ? lines : [el("li", { class: "soft" }, "Nobody has this in the name.")]));
      } catch (trouble) {
        found.replaceChildren(el("li", { class: "bad" }, `${trouble.message} ${trouble.remedy}`));
      }
    };
    const make = () => this.#act("The contact was made and linked.", () => this.#ask("PUT", "/contact", { body: { create: true } }));
    return el("div", {}, el("form", { class: "bar", onsubmit: look }, text, el("button", {}, "Search contacts"), el("button", { type: "button", onclick: make }, "Create the contact")), found);
  }

  #link(id, name) {
    return this.#act(`Linked to ${name}.`, () => this.#ask("PUT", "/contact", { body: { contact: id } }));
  }

  #overview({ overview, contact }) {
    const value = (amount) => money(amount, overview.currency);
    const side = (of) => `${of.documents} for ${value(of.total)}, of which ${value(of.due)} due`;
    const others = (overview.others ?? []).map((of) => [`In ${of.currency}`, `invoices ${money(of.invoices.total, of.currency)}, bills ${money(of.bills.total, of.currency)}`]);
    const facts = [
      ["E-mail", contact.email],
      ["Lifetime value", value(overview.lifetime_value)],
      ["Last 12 months", value(overview.twelve_month_value)],
      ["Invoices", side(overview.invoices)],
      ["Bills", side(overview.bills)],
      ...others,
    ];
    return el("dl", { part: "overview" }, facts.filter(([, text]) => text).flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
  }

  #boxes({ boxes, view }) {
    const box = (name, key, amount, currency) =>
      el("button", { "aria-pressed": String(view === key), "data-key": `box-${key}-${currency}`, onclick: () => this.#show(key) }, name, el("strong", {}, money(amount, currency)));
    return el("div", { class: "boxes", part: "boxes" }, boxes.flatMap((of) => [box("Total unpaid", "unpaid", of.unpaid, of.currency), box("Total paid", "paid", of.paid, of.currency)]));
  }

  #net({ net }) {
    if (!net.length) return null;
    return el("dl", { part: "net" }, net.flatMap((of) => [el("dt", {}, `Invoices less bills, ${of.currency}`), el("dd", {}, `${money(of.invoices, of.currency)} - ${money(of.bills, of.currency)} = ${money(of.net, of.currency)}`)]));
  }

  #show(view) {
    this.#asked.view = view;
    this.#shown = PAGE_ROWS;
    this.#look();
  }

  #filters(data) {
    const views = VIEWS.map(([key, name]) => el("button", { "aria-pressed": String(data.view === key), "data-key": `view-${key}`, onclick: () => this.#show(key) }, name));
    const field = (name, key, type) =>
      el("label", {}, name, el("input", { type, value: this.#asked[key], "data-key": key, onchange: (event) => { this.#asked[key] = event.target.value.trim(); event.target.blur(); this.#look(); } }));
    const kinds = el("select", { "data-key": "of_kind", onchange: (event) => { this.#asked.of_kind = event.target.value; event.target.blur(); this.#look(); } },
      [["", "Invoices and bills"], ["invoice", "Invoices"], ["bill", "Bills"]].map(([value, name]) => el("option", { value, selected: this.#asked.of_kind === value }, name)));
    return el("div", {}, el("div", { class: "bar", role: "group", "aria-label": "View" }, views),
      el("details", { "data-key": "more", open: Boolean(this.#asked.search || this.#asked.from || this.#asked.to || this.#asked.of_kind) }, el("summary", { "data-key": "more-head" }, "Search and dates"),
        el("div", { class: "bar" }, field("Number", "search", "search"), field("From", "from", "date"), field("To", "to", "date"), el("label", {}, "Show", kinds))));
  }

  #table(data) {
    if (!data.rows.length) return el("p", { class: "soft", role: "status" }, data.view === "pinned" ? "Nothing is pinned here." : "No document is in this view.");
    const rows = data.rows.slice(0, this.#shown).map((row) => this.#row(row));
    const head = ["Number", "Date", "Type", "Balance", "Total", "Status", ""].map((name) => el("th", { scope: "col", class: name === "Balance" || name === "Total" ? "num" : undefined }, name || el("span", { class: "said" }, "Actions")));
    const left = data.rows.length - rows.length;
    return el("div", { class: "wide", part: "documents" }, el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows)),
      left > 0 && el("button", { class: "quiet", "data-key": "more-rows", onclick: () => { this.#shown += PAGE_ROWS * 4; this.#draw(); } }, `Show more of ${left}`),
      data.more && el("p", { class: "soft" }, "There are more documents than were read: sums and rows leave some out."));
  }

  #row(row) {
    const parts = row.instalments ?? [];
    const paid = parts.length > 0 && el("details", { "data-key": `parts-${row.id}` }, el("summary", { "data-key": `parts-head-${row.id}` }, words(row.status)), el("ul", {}, parts.map((one) => el("li", {}, `${one.date}  ${money(one.amount, row.currency)}  ${one.number}`))));
    const pin = this.#may && el("button", { class: "quiet", "data-key": `pin-${row.id}`, "aria-label": `${row.pinned ? "Unpin" : "Pin"} ${row.number}`, onclick: () => this.#paper(row.pinned ? "DELETE" : "PUT", "pins", row, row.pinned ? "unpinned" : "pinned") }, row.pinned ? "Unpin" : "Pin");
    const unlink = this.#may && row.linked && el("button", { class: "quiet", "data-key": `link-${row.id}`, "aria-label": `Unlink ${row.number}`, onclick: () => this.#paper("DELETE", "links", row, "unlinked") }, "Unlink");
    return el("tr", {}, el("th", { scope: "row" }, away(row.url, row.number || "(no number)")), el("td", {}, row.date), el("td", { "data-less": true }, words(row.kind)),
      el("td", { class: "num" }, money(row.balance, row.currency)), el("td", { class: "num", "data-less": true }, money(row.total, row.currency)), el("td", {}, paid || words(row.status)), el("td", {}, pin, unlink));
  }

  #paper(method, what, row, done) {
    return this.#act(`${row.number} is ${done}.`, () => this.#ask(method, `/${what}/${encodeURIComponent(row.id)}`));
  }

  #beside(data) {
    const drafts = data.drafts.map((one) => el("li", {}, `Draft ${one.number}: ${words(typeof one.state === "string" ? one.state : "on its way")}`));
    const gone = data.gone.map((one) => el("li", { class: "soft" }, `${one.number} is not in the books any more.`));
    return drafts.length + gone.length ? el("ul", { part: "drafts" }, drafts, gone) : "";
  }

  // What can be done, for one who may work here.
  #deeds(data) {
    if (!this.#may) return "";
    const isParty = ["contact", "company", "lead"].includes(data.record.key.kind);
    const isLinked = Boolean(data.contact);
    const button = (key, name, act) => el("button", { "data-key": key, onclick: act }, name);
    const open = (task) => () => { this.#task = task(); this.#draw(); this.#root.querySelector("[data-first]")?.focus(); };
    return el("div", { class: "bar", part: "actions", role: "group", "aria-label": "Actions" },
      button("draft", "Draft an invoice", open(() => this.#drafting())),
      button("find", "Find and link", open(() => this.#finding())),
      isParty && isLinked && button("copy", "Copy details", open(() => this.#copying())),
      isParty && isLinked && button("unlink", "Unlink the contact", () => this.#act("Unlinked.", () => this.#ask("DELETE", "/contact"))));
  }

  #cancel() {
    return el("button", { type: "button", class: "quiet", onclick: () => { this.#task = null; this.#draw(); } }, "Cancel");
  }

  #finding() {
    const text = el("input", { type: "search", required: true, "data-first": true, "data-key": "find-text" });
    const from = el("input", { type: "date" });
    const to = el("input", { type: "date" });
    const found = el("ul", { "aria-live": "polite" });
    const look = async (event) => {
      event.preventDefault();
      try {
        const { rows, more } = await this.#ask("GET", "papers", { record: false, query: { text: text.value, from: from.value, to: to.value } });
        const lines = rows.map((row) => el("li", {}, el("button", { onclick: () => this.#paper("PUT", "links", row, "linked") }, `Link ${row.number}`), ` ${words(row.kind)} of ${row.date}, ${money(row.total, row.currency)}`));
        found.replaceChildren(...(lines.length ? lines : [el("li", { class: "soft" }, "Nothing has this in its number or reference.")]), more ? el("li", { class: "soft" }, "There are more: name more of it.") : "");
      } catch (trouble) {
        found.replaceChildren(el("li", { class: "bad" }, `${trouble.message} ${trouble.remedy}`));
      }
    };
    return el("div", { part: "task" }, el("h3", {}, "Find and link an invoice or a bill"),
      el("form", { class: "bar", onsubmit: look }, el("label", {}, "Number or reference, or a part", text), el("label", {}, "From", from), el("label", {}, "To", to), el("button", { class: "first" }, "Find"), this.#cancel()), found);
  }

  #copying() {
    const copy = (to) => async () => {
      const told = await this.#act("Copied.", () => this.#ask("POST", "/copy", { body: { to } }));
      if (!told) return;
      const left = told.left.map(([field, why]) => el("li", { class: "soft" }, `${words(field)} stays: ${why}`));
      const words_ = told.copied.length ? `Copied: ${told.copied.map(words).join(", ")}.` : "Nothing was missing there.";
      this.#task = el("div", { part: "task" }, el("p", { role: "status" }, words_), el("ul", {}, left), el("button", { "data-first": true, onclick: () => { this.#task = null; this.#draw(); } }, "Done"));
      this.#draw();
      this.#root.querySelector("[data-first]")?.focus();
    };
    return el("div", { part: "task" }, el("h3", {}, "Copy details"), el("p", { class: "soft" }, "What is missing is added; nothing is replaced."),
      el("div", { class: "bar" }, el("button", { "data-first": true, onclick: copy("contact") }, "To the contact in the books"), el("button", { onclick: copy("record") }, "To this record"), this.#cancel()));
  }

  #drafting() {
    const record = this.#data.record;
    const lines = el("tbody");
    const input = (name, value, size) => el("input", { "aria-label": name, value, required: true, size });
    const add = (line = { description: "", quantity: "1", unit_price: "" }) => {
      const row = el("tr", {}, el("td", {}, input("Description", line.description, 24)), el("td", {}, input("Quantity", line.quantity, 5)), el("td", {}, input("Price of one", line.unit_price, 8)),
        el("td", {}, el("button", { type: "button", class: "quiet", "aria-label": "Remove the line", onclick: () => row.remove() }, "Remove")));
      lines.append(row);
      return row;
    };
    const known = record.lines ?? [];
    known.forEach(add);
    if (!known.length) add({ description: record.name, quantity: "1", unit_price: record.amount ?? "" });
    const read = () => [...lines.children].map((row) => [...row.querySelectorAll("input")].map((field) => field.value.trim()));
    // As the fields hold them, which is not always as the product wrote them.
    const before = JSON.stringify(read());
    const losesMore = known.some((line) => line.article || (line.total ?? null) !== null);
    const another = this.#data.drafts.length > 0 && el("input", { type: "checkbox" });
    const make = (event) => {
      event.preventDefault();
      const written = read();
      // As they stand in the product, they keep what is not shown here: articles, what is taken off, their own currency.
      const asIs = known.length > 0 && JSON.stringify(written) === before;
      const body = { another: another && another.checked };
      if (!asIs) body.lines = written.map(([description, quantity, unit_price]) => ({ description, quantity, unit_price }));
      const currency = record.currency ?? known.find((line) => line.currency)?.currency;
      if (!asIs && currency) body.currency = currency;
      this.#act("The draft is on its way.", () => this.#ask("POST", "/drafts", { body }));
    };
    return el("form", { part: "task", onsubmit: make }, el("h3", {}, "Draft an invoice"),
      el("div", { class: "wide" }, el("table", {}, el("thead", {}, el("tr", {}, ["Description", "Quantity", "Price", ""].map((name) => el("th", { scope: "col" }, name || el("span", { class: "said" }, "Actions"))))), lines)),
      losesMore && el("p", { class: "soft" }, "Once a line is changed, articles and what is taken off a line are not kept: write the prices that are to be paid."),
      el("div", { class: "bar" }, el("button", { type: "button", onclick: () => add().querySelector("input").focus() }, "Add a line"), another && el("label", {}, el("span", {}, another, " one more, though there is a draft already"))),
      el("div", { class: "bar" }, el("button", { class: "first", "data-first": true }, "Make the draft"), this.#cancel()));
  }
}

if (!customElements.get("tieout-panel")) customElements.define("tieout-panel", TieoutPanel);
