//! Whether a replay asked what was asked before, and came to the same: request by request, field by field.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use tieout_core::engine::Binding;

use crate::story::{Asked, Difference, Masking, Said, differences, hidden};

/// Both sides of one request.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    /// What was asked, such as `PUT /Invoices`.
    pub(crate) request: String,
    /// On which side it is.
    pub(crate) side: Side,
    /// Where the two differ; `before` is what was sent.
    pub(crate) differences: Vec<Difference>,
}

/// On which side a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// It was sent, and the replay asks it too.
    Both,
    /// It was sent, but its body is kept no longer: nothing can be compared.
    BodyGone,
    /// Only the replay asks it.
    OnlyReplayed,
    /// It was sent, and the replay does not ask it.
    OnlySent,
}

/// What a document came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Outcome {
    /// Its state.
    pub(crate) state: String,
    /// Its status at the provider.
    pub(crate) status: Option<String>,
    /// Its number there.
    pub(crate) number: Option<String>,
    /// Its total there.
    #[serde(with = "tieout_core::document::decimal::optional")]
    pub(crate) gross: Option<Decimal>,
}

impl Outcome {
    /// What a binding came to. Settlement is left out: nobody pays in a replay.
    pub(crate) fn of(binding: &Binding) -> Self {
        let posted = binding.posted.as_ref();
        let status = posted.map(|posted| match posted.status.to_string().as_str() {
            // Whether somebody paid is no matter of what was sent.
            "paid" => "authorised".to_owned(),
            other => other.to_owned(),
        });
        Self {
            state: binding.state.name().to_owned(),
            status,
            number: posted.map(|posted| posted.number.clone()),
            gross: posted.map(|posted| posted.totals.gross.normalize()),
        }
    }
}

/// Compares the requests of both sides in their order. `known` are identifiers that both sides share; every other
/// one is compared by its place, since the sandbox gives its own.
pub(crate) fn compare(
    sent: &[Said],
    replayed: &[Said],
    known: &BTreeSet<String>,
    masking: Masking,
) -> Vec<Compared> {
    let sent = Side::once(sent, known);
    let replayed = Side::once(replayed, known);
    let most = sent.len().max(replayed.len());
    (0..most)
        .filter_map(|at| match (sent.get(at), replayed.get(at)) {
            (Some(sent), Some(replayed)) => Some(both(sent, replayed, masking)),
            (Some(sent), None) => Some(only(sent, Side::OnlySent)),
            (None, Some(replayed)) => Some(only(replayed, Side::OnlyReplayed)),
            (None, None) => None,
        })
        .collect()
}

fn both(sent: &Asked, replayed: &Asked, masking: Masking) -> Compared {
    let (Some(was), Some(is)) = (&sent.body, &replayed.body) else {
        return only(sent, Side::BodyGone);
    };
    let mut found = Vec::new();
    for (field, was, is) in [
        ("method", &sent.method, &replayed.method),
        ("path", &sent.path, &replayed.path),
    ] {
        if was != is {
            found.push(Difference {
                field: field.to_owned(),
                before: Some(was.clone()),
                after: Some(is.clone()),
            });
        }
    }
    let of_bodies = differences(was, is).into_iter();
    found.extend(of_bodies.map(|it| hidden(it, masking)));
    Compared {
        request: named(sent),
        side: Side::Both,
        differences: found,
    }
}

fn only(asked: &Asked, side: Side) -> Compared {
    Compared {
        request: named(asked),
        side,
        differences: Vec::new(),
    }
}

fn named(asked: &Asked) -> String {
    let path = asked.path.split('?').next().unwrap_or_default();
    format!("{} {path}", asked.method)
}

impl Side {
    /// What was asked, each thing once: a request that was sent again, for whatever reason, asked nothing new.
    fn once(said: &[Said], known: &BTreeSet<String>) -> Vec<Asked> {
        let mut places = Places {
            known,
            seen: BTreeMap::new(),
        };
        let mut all: Vec<Asked> = Vec::new();
        for asked in said.iter().flat_map(Said::writes) {
            let asked = Asked {
                path: places.of_path(&asked.path),
                body: asked.body.map(|body| places.of(&body)),
                method: asked.method,
            };
            if all.last() != Some(&asked) {
                all.push(asked);
            }
        }
        all
    }
}

/// Identifiers by the place at which they first stood.
struct Places<'a> {
    known: &'a BTreeSet<String>,
    seen: BTreeMap<String, usize>,
}

impl Places<'_> {
    fn of(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                // In the order of the names: that of the map is nobody's promise.
                let mut named: Vec<(&String, &Value)> = fields.iter().collect();
                named.sort_by_key(|(name, _)| *name);
                let fields = named
                    .into_iter()
                    .map(|(name, it)| (name.clone(), self.of(it)));
                Value::Object(fields.collect())
            }
            Value::Array(elements) => Value::Array(elements.iter().map(|it| self.of(it)).collect()),
            Value::String(text) => Value::String(self.text(text)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    fn of_path(&mut self, path: &str) -> String {
        let parts: Vec<String> = path.split('/').map(|part| self.text(part)).collect();
        parts.join("/")
    }

    fn text(&mut self, text: &str) -> String {
        if self.known.contains(text) || uuid::Uuid::parse_str(text).is_err() {
            return text.to_owned();
        }
        let next = self.seen.len() + 1;
        let place = *self.seen.entry(text.to_owned()).or_insert(next);
        format!("identifier {place} of the provider")
    }
}
