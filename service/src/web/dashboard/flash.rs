//! What is said on the page after a deed: kept here for a few minutes, and named in the address by a number that nobody guesses.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::response::Redirect;
use maud::{Markup, html};
use uuid::Uuid;

use crate::web::entry::Caller;

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// As it was wanted.
    Well,
    /// Not, or not wholly.
    Badly,
}

struct Note {
    id: Uuid,
    to: String,
    at: Instant,
    went: Went,
    words: Vec<String>,
}

/// The parameter that names a note.
pub(super) const TOLD: &str = "told";

const NOTES_MAX: usize = 500;
const KEPT: Duration = Duration::from_secs(600);

/// The notes of this process; they outlive a new beginning with another configuration.
static NOTES: Mutex<VecDeque<Note>> = Mutex::new(VecDeque::new());

/// Goes back to a page of ours, which then says so.
pub(super) fn back(caller: &Caller, to: &str, went: Went, words: Vec<String>) -> Redirect {
    let id = Uuid::new_v4();
    let mut notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    while notes.len() >= NOTES_MAX || notes.front().is_some_and(|it| it.at.elapsed() > KEPT) {
        notes.pop_front();
    }
    notes.push_back(Note {
        id,
        to: caller.name.clone(),
        at: Instant::now(),
        went,
        words,
    });
    let to = if is_ours(to) { to } else { "/" };
    let (path, query) = to.split_once('?').unwrap_or((to, ""));
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if name != TOLD {
            pairs.append_pair(&name, &value);
        }
    }
    pairs.append_pair(TOLD, &id.to_string());
    Redirect::to(&format!("{path}?{}", pairs.finish()))
}

/// What is to be said to this person, by the pairs of the address.
pub(super) fn said(caller: &Caller, pairs: &[(String, String)]) -> Markup {
    let id = pairs.iter().find(|(name, _)| name == TOLD);
    let id = id.and_then(|(_, id)| id.parse::<Uuid>().ok());
    let notes = NOTES.lock().unwrap_or_else(PoisonError::into_inner);
    let note = notes
        .iter()
        .find(|it| Some(it.id) == id && it.to == caller.name);
    html! {
        @if let Some(note) = note {
            div class=(if note.went == Went::Well { "flash" } else { "flash bad" }) role="status" {
                @for line in &note.words { p { (line) } }
            }
        }
    }
}

/// Whether an address is a page of this server.
fn is_ours(to: &str) -> bool {
    to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains(|char: char| char == '\\' || char.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_from_here() {
        for to in ["/", "/findings?rule=a", "/documents/cm/invoice/1"] {
            assert!(is_ours(to), "{to}");
        }
        for to in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\r\nx",
            "javascript:1",
        ] {
            assert!(!is_ours(to), "{to}");
        }
    }
}
