//! How what a person sees is found on a page: by role and name, as they would say it, through the panel's own tree too.

use serde_json::{Value, json};

/// What is looked for, as somebody who sees the page would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// Something to press, by its whole name: a button, or the head of something that opens.
    Button(&'a str),
    /// A link, by its whole text.
    Link(&'a str),
    /// Something to fill in, by the text of its label.
    Field(&'a str),
    /// The same among many: what is looked for in the row, list item or form whose text holds this.
    Beside(&'a str, &'a What<'a>),
    /// By a selector, where no name tells it.
    Css(&'a str),
}

/// Something found on the page.
#[derive(Clone, Debug)]
pub struct Element {
    pub(crate) id: String,
}

/// Finds what can be seen. Gives the element, or nothing where there is none yet.
pub(crate) const FIND: &str = r"
const deep = function* (root) {
  for (const it of root.querySelectorAll('*')) { yield it; if (it.shadowRoot) yield* deep(it.shadowRoot); }
};
const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
const isSeen = (it) => it.checkVisibility({ checkOpacity: true, visibilityProperty: true });
const namesOf = (it) => [it.getAttribute('aria-label'), it.innerText ?? it.textContent, it.textContent].map(plain);
const kinds = {
  button: 'button, summary, [role=button], input[type=submit]',
  link: 'a[href]',
  field: 'input:not([type=hidden]), select, textarea',
};
const labelsOf = (it) => [it.getAttribute('aria-label'), ...[...(it.labels ?? [])].map((one) => one.textContent)].map(plain);
const fits = ([kind, name], it) => {
  if (kind === 'css') return it.matches(name);
  if (!it.matches(kinds[kind])) return false;
  if (kind !== 'field') return namesOf(it).includes(name);
  return labelsOf(it).some((one) => one === name || one.startsWith(name + ' '));
};
// What was found about a row of a table stands in the row below it.
const told = (at) => plain((at.matches('.under') ? at.previousElementSibling.textContent : '') + at.textContent);
const around = (it, text) => {
  for (let at = it.parentElement; at && at !== document.body; at = at.parentElement) {
    if (at.matches('tr, li, form, section, article, .row, dl, fieldset') && told(at).includes(text)) return true;
    if (at.matches('tr, li, article, .row')) return false;
  }
  return false;
};
const [what, beside] = arguments;
for (const it of deep(document)) {
  if (fits(what, it) && isSeen(it) && beside.every((text) => around(it, text))) return it;
}
return null;
";

impl What<'_> {
    /// As the script takes it: kind and name, and what must stand around it.
    pub(crate) fn asked(&self) -> Value {
        let mut beside = Vec::new();
        let mut at = *self;
        loop {
            let (kind, name) = match at {
                Self::Beside(text, inner) => {
                    beside.push(text);
                    at = *inner;
                    continue;
                }
                Self::Button(name) => ("button", name),
                Self::Link(name) => ("link", name),
                Self::Field(name) => ("field", name),
                Self::Css(name) => ("css", name),
            };
            return json!([[kind, name], beside]);
        }
    }
}
