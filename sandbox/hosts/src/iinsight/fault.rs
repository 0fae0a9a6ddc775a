//! What may go wrong on order, for some requests.

use serde::Deserialize;

/// Something that goes wrong.
#[derive(Clone, Debug, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// The requests that it meets: those whose path and query hold this text. Empty for all.
    #[serde(default)]
    pub of: String,
    /// How many of them; without it all.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many of them go well before.
    #[serde(default)]
    pub after: u32,
}

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is answered 503.
    Down,
    /// It is answered 500, and nothing is done.
    Failure,
    /// It is answered 401.
    Unauthorised,
    /// It is answered 422.
    Refused,
    /// It is answered after a second.
    Slow,
    /// Its reply is cut off in the middle.
    Cut,
    /// A list is answered with an empty page, wherever it stands.
    Empty,
    /// What it asks for is done, and then it is answered 504.
    ReplyLost,
    /// It is answered 400.
    BadRequest,
    /// It is answered 403.
    Forbidden,
    /// It is answered 404.
    Missing,
    /// It is answered 429.
    Throttled,
    /// Nothing is done, and it is answered 200 with a page for people.
    Page,
    /// What it asks for is done, and it is answered 200 without a word.
    Wordless,
}

impl Fault {
    /// A fault of the requests whose path and query hold a text.
    #[must_use]
    pub fn of(kind: Kind, of: &str) -> Self {
        Self {
            kind,
            of: of.to_owned(),
            times: None,
            after: 0,
        }
    }

    /// Only after so many of them went well.
    #[must_use]
    pub fn after(mut self, after: u32) -> Self {
        self.after = after;
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// The fault that a request meets, if any; one that is used up falls away.
pub(super) fn met(faults: &mut Vec<Fault>, asked: &str) -> Option<Kind> {
    let place = faults.iter().position(|fault| asked.contains(&fault.of))?;
    if faults[place].after > 0 {
        faults[place].after -= 1;
        return None;
    }
    let kind = faults[place].kind;
    if let Some(times) = &mut faults[place].times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            faults.remove(place);
        }
    }
    Some(kind)
}
