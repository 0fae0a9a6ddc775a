//! What a preview tells of each document, and what it keeps in mind while it goes through all of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rust_decimal::Decimal;
use serde::Serialize;

use super::decide::Aspirant;
use crate::check::Finding;
use crate::document::{ConnectionId, Currency};
use crate::engine::{Binding, BindingKey, ContentHash, Difference, Intention, Op};
use crate::provider::{ContactAnswer, ContactWanted, Sought, Toll};

/// What would become of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It would be made.
    Create,
    /// It would be made equal to the host's.
    Update,
    /// It would be taken out of the books.
    Void,
    /// Something would go out beside it.
    Beside,
    /// Nothing before somebody does something.
    Held,
    /// Deliberately nothing.
    Skipped,
    /// Nothing: both sides agree.
    LeftAlone,
    /// It is found out first what became of an earlier request.
    InDoubt,
}

/// What would be done about one document.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Preview {
    /// The document and the connection that claims it.
    pub binding: BindingKey,
    /// The host's number.
    pub number: String,
    /// The other party; empty for what is told from the binding alone.
    pub contact: String,
    /// Whether that contact would be made.
    pub creates_contact: bool,
    /// What the host says it comes to.
    #[serde(with = "crate::document::decimal::optional")]
    pub gross: Option<Decimal>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// What would become of it.
    pub verdict: Verdict,
    /// What would be done at the provider; `None` for nothing.
    pub op: Option<Op>,
    /// Why, in words.
    pub why: String,
    /// What holds it, if anything.
    pub findings: Vec<Finding>,
    /// What would go out beside it, in words: payments, files, a note.
    pub beside: Vec<String>,
    /// Where the provider's document would change, field by field; absent where nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<Vec<Difference>>,
    /// What else is to be known, such as why it waits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Everything that would be sent; absent where nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intention: Option<Box<Intention>>,
    /// Whether it is an old document, which goes after today's.
    pub old: bool,
    /// What a forecast of the costs has to know.
    #[serde(skip)]
    pub freight: Freight,
}

/// What a document brings into requests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Freight {
    /// Its bytes in the driver's own form, by which requests are filled.
    pub size: usize,
    /// Its bytes on the wire.
    pub toll: Toll,
    /// The contact that is made first.
    pub makes: Option<Box<ContactWanted>>,
    /// By what it is looked for first, where the settings say so.
    pub sought: Option<Box<Sought>>,
    /// What goes out beside it.
    pub beside: Vec<BesideKind>,
}

/// What sort of thing goes out beside a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BesideKind {
    /// A payment is made.
    Payment,
    /// A payment is taken back.
    TakeBack,
    /// A file.
    File,
    /// A note.
    Note,
}

/// Whom a preview asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asking {
    /// The providers: for contacts that are not known, and for what they hold of documents that would change.
    #[default]
    Providers,
    /// Nobody: what is remembered has to do.
    Nobody,
}

/// How to look.
#[derive(Clone, Debug, Default)]
pub struct PreviewOptions {
    /// Only documents of this number or identifier.
    pub only: Option<String>,
    /// Whom to ask.
    pub asking: Asking,
    /// Grows with every document that was looked at, for whoever shows the progress.
    pub looked_at: Arc<AtomicU64>,
}

/// What a preview looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PreviewSummary {
    /// Documents looked at.
    pub documents: usize,
    /// Those of them that agree on both sides and were not told one by one.
    pub settled: usize,
    /// Records that cannot be read, with their places.
    pub unreadable: Vec<String>,
    /// Connections that could not be asked.
    pub unasked: Vec<String>,
    /// Documents at providers that were read for it.
    pub read: usize,
}

/// Unreadable records named one by one.
const UNREADABLE_SHOWN_MAX: usize = 100;

/// A short mark of something, to know it again among hundreds of thousands.
pub(in crate::driver) type Mark = u128;

/// The mark of a value.
pub(super) fn mark<T: Serialize>(value: &T) -> Mark {
    u128::from_str_radix(ContentHash::of(value).as_str(), 16).unwrap_or_default()
}

/// What a preview has seen so far.
#[derive(Default)]
pub(in crate::driver) struct Pass {
    pub(in crate::driver) options: PreviewOptions,
    pub(super) seen: HashSet<Mark>,
    pub(in crate::driver) contacts: BTreeMap<(ConnectionId, String), ContactAnswer>,
    /// Numbers that documents of this pass would take, and which document takes each.
    pub(super) taken: HashMap<Mark, BindingKey>,
    /// Documents that are decided together with the next ones.
    pub(super) waiting: Vec<Aspirant>,
    /// Documents that go to another connection after they left theirs.
    pub(super) arriving: Vec<Aspirant>,
    pub(super) summary: PreviewSummary,
    /// Whether settings or routes are not those of the last run, so that the next one decides anew.
    pub(super) is_new_ground: bool,
}

impl Pass {
    /// Lets go of what would arrive elsewhere.
    pub(in crate::driver) fn forget_arriving(&mut self) {
        self.arriving.clear();
    }

    pub(super) fn unreadable(&mut self, place: &str, field: &str, message: &str) {
        if self.summary.unreadable.len() < UNREADABLE_SHOWN_MAX {
            let field = if field.is_empty() {
                String::new()
            } else {
                format!("{field}: ")
            };
            self.summary
                .unreadable
                .push(format!("{place}: {field}{message}"));
        }
    }

    /// Whether a document is one of those that are wanted.
    pub(super) fn wants(&self, binding: &Binding) -> bool {
        let wanted = self.options.only.as_deref();
        let id = binding.key.document.id.as_str();
        wanted.is_none_or(|wanted| wanted == binding.number || wanted == id)
    }

    pub(super) fn count(&mut self, documents: usize) {
        self.summary.documents += documents;
        let more = u64::try_from(documents).unwrap_or(u64::MAX);
        self.options.looked_at.fetch_add(more, Ordering::Relaxed);
    }
}
