//! Whose calls are recorded: those made inside a scope, on the tape of that scope, until a commit takes them along.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::call::Call;
use super::keep::{Purpose, Records, Subject, records};
use crate::document::ConnectionId;
use crate::engine::{BindingKey, FlightId};

tokio::task_local! {
    static TAPE: Arc<Tape>;
}

/// What calls are about.
#[derive(Clone, Debug)]
pub struct About {
    /// What they are for.
    pub purpose: Purpose,
    /// At which connection.
    pub connection: ConnectionId,
    /// For which request of ours, where they are.
    pub flight: Option<FlightId>,
    /// The documents in them, in the order of the request.
    pub members: Vec<BindingKey>,
    /// Whose story they belong to.
    pub concerned: Concerned,
    /// By what it is known in bodies: names, numbers and identifiers. Of lists that show whatever the organisation
    /// has, only the elements that carry one are kept.
    pub marks: Vec<String>,
}

/// Whose story calls belong to.
#[derive(Clone, Debug)]
pub enum Concerned {
    /// These, whatever comes of it.
    All(Vec<Subject>),
    /// Only the documents that the outcome changes: others have nothing to do with it.
    WhoeverChanges,
}

/// The calls made in a scope that no commit has taken along yet.
#[derive(Debug)]
pub struct Tape {
    about: About,
    taped: Mutex<Taped>,
}

/// What is on a tape.
#[derive(Debug, Default)]
pub(super) struct Taped {
    /// The calls with their bodies, oldest first.
    pub(super) calls: Vec<TapedCall>,
    /// Bytes of their bodies.
    bytes: usize,
    /// Calls that were taken along before these.
    pub(super) before: usize,
}

/// A call with its bodies, where they are kept.
#[derive(Clone, Debug)]
pub(super) struct TapedCall {
    pub(super) call: Call,
    pub(super) request: Option<Bytes>,
    pub(super) reply: Option<Bytes>,
}

/// Bytes of bodies on one tape; what comes beyond is kept without its bodies.
const BODIES_BYTES_MAX: usize = 24 << 20;
/// Calls on one tape; nothing of ours makes so many before a commit, and memory has an end.
const CALLS_MAX: usize = 2_000;

/// Runs some work whose calls are recorded. What no commit took along is on the tape afterwards.
pub async fn taped<F: Future>(about: About, work: F) -> (F::Output, Arc<Tape>) {
    let tape = Arc::new(Tape {
        about,
        taped: Mutex::default(),
    });
    let output = resumed(Arc::clone(&tape), work).await;
    (output, tape)
}

/// Runs more work on a tape.
pub async fn resumed<F: Future>(tape: Arc<Tape>, work: F) -> F::Output {
    TAPE.scope(tape, work).await
}

/// The tape of this scope, if there is one. Work that is spawned has none.
#[must_use]
pub fn current() -> Option<Arc<Tape>> {
    TAPE.try_with(Arc::clone).ok()
}

impl Tape {
    /// The records of everything on the tape and how many calls that is, for a commit that changes `changed`.
    /// `marks` are those that are known only now, beside those of [`About::marks`].
    ///
    /// Nothing leaves the tape before [`Self::taken`] says that the commit is durable.
    #[must_use]
    pub fn records(&self, changed: &[BindingKey], marks: &[String]) -> (Records, usize) {
        let taped = self.lock();
        if taped.calls.is_empty() {
            return (Vec::new(), 0);
        }
        let marks = [self.about.marks.as_slice(), marks].concat();
        let calls = taped.calls.len();
        (records(&self.about, &taped, changed, &marks), calls)
    }

    /// The first `calls` are durable.
    pub fn taken(&self, calls: usize) {
        let mut taped = self.lock();
        let calls = calls.min(taped.calls.len());
        taped.calls.drain(..calls);
        taped.before += calls;
        taped.bytes = taped.calls.iter().map(TapedCall::bytes).sum();
    }

    pub(super) fn push(&self, mut call: TapedCall) {
        let mut taped = self.lock();
        if taped.calls.len() >= CALLS_MAX {
            return;
        }
        let bytes = call.bytes();
        if taped.bytes + bytes > BODIES_BYTES_MAX {
            call.request = None;
            call.reply = None;
            call.call.not_kept = Some("too much was said at once".to_owned());
        } else {
            taped.bytes += bytes;
        }
        taped.calls.push(call);
    }

    fn lock(&self) -> MutexGuard<'_, Taped> {
        self.taped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TapedCall {
    fn bytes(&self) -> usize {
        let of = |body: &Option<Bytes>| body.as_ref().map_or(0, Bytes::len);
        of(&self.request) + of(&self.reply)
    }
}
