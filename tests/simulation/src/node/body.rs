//! Whether a process lives, and at which of its steps it dies: for good, in the middle of what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tieout_core::engine::FlightId;
use tokio::sync::watch;

use crate::coverage::Case;
use crate::ground::Ground;
use crate::random::Random;

/// Where a process touches the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// It reads its store.
    Read,
    /// It commits to its store.
    Commit,
    /// It sends something that changes documents.
    Write,
    /// It sends anything else.
    Ask,
    /// It talks to the host.
    Host,
}

/// When within a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    /// The other side has it and has not answered.
    Between,
    After,
}

/// How a process is going to die.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fuse {
    step: Step,
    /// The how-manieth of these steps, from 1.
    count: u64,
    moment: Moment,
}

impl Fuse {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let steps = [
            Step::Read,
            Step::Commit,
            Step::Commit,
            Step::Write,
            Step::Write,
            Step::Ask,
            Step::Host,
        ];
        let step = steps[random.index(steps.len())];
        let most = match step {
            Step::Read => 100,
            Step::Commit => 30,
            Step::Write => 3,
            Step::Ask => 12,
            Step::Host => 8,
        };
        let moments = [Moment::Before, Moment::Between, Moment::After];
        Self {
            step,
            count: random.between(1, most),
            moment: moments[random.index(moments.len())],
        }
    }
}

/// One process. What it does after its death never ends.
pub(crate) struct Body {
    pub(crate) ground: Arc<Ground>,
    fuse: Option<Fuse>,
    counts: Mutex<BTreeMap<Step, u64>>,
    alive: watch::Sender<bool>,
    /// Flights of which it sent a request.
    sent: Mutex<BTreeSet<FlightId>>,
}

/// One step of a process on its way.
pub(crate) struct Stepping<'a> {
    body: &'a Body,
    step: Step,
    count: u64,
}

impl Body {
    pub(crate) fn new(ground: Arc<Ground>, fuse: Option<Fuse>) -> Arc<Self> {
        Arc::new(Self {
            ground,
            fuse,
            counts: Mutex::default(),
            alive: watch::Sender::new(true),
            sent: Mutex::default(),
        })
    }

    /// A request of a flight leaves.
    pub(crate) fn note_sent(&self, flight: FlightId) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.insert(flight);
    }

    /// Whether this process sent a request of a flight.
    pub(crate) fn has_sent(&self, flight: &FlightId) -> bool {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.contains(flight)
    }

    pub(crate) fn is_dead(&self) -> bool {
        !*self.alive.borrow()
    }

    /// Ends when the process does.
    pub(crate) async fn death(&self) {
        let mut alive = self.alive.subscribe();
        // The sender lives as long as this borrow does.
        let _ = alive.wait_for(|alive| !alive).await;
    }

    /// The process is killed from outside.
    pub(crate) fn kill(&self) {
        self.alive.send_replace(false);
    }

    /// Begins a step.
    pub(crate) async fn step(&self, step: Step) -> Stepping<'_> {
        let count = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry(step).or_default();
            *count += 1;
            *count
        };
        let stepping = Stepping {
            body: self,
            step,
            count,
        };
        stepping.at(Moment::Before).await;
        stepping
    }

    fn note(&self, step: Step, moment: Moment) {
        let case = match (step, moment) {
            (Step::Read, _) => Case::CrashAtRead,
            (Step::Commit, Moment::Before) => Case::CrashBeforeCommit,
            (Step::Commit, Moment::Between | Moment::After) => Case::CrashAfterCommit,
            (Step::Write, Moment::Before) => Case::CrashBeforeDeparture,
            (Step::Write, Moment::Between) => Case::CrashInFlight,
            (Step::Write, Moment::After) => Case::CrashAfterLanding,
            (Step::Host, _) => Case::CrashAtHost,
            (Step::Ask, _) => return,
        };
        self.ground.met(case);
    }
}

impl Stepping<'_> {
    /// Whoever dies at this moment, or is dead, goes no further.
    pub(crate) async fn at(&self, moment: Moment) {
        let due = |fuse: Fuse| {
            fuse.step == self.step && fuse.count == self.count && fuse.moment == moment
        };
        if !self.body.is_dead() && self.body.fuse.is_some_and(due) {
            let (step, count) = (self.step, self.count);
            self.body
                .ground
                .tell("node", format!("dies: {moment:?} {step:?} {count}"));
            self.body.note(self.step, moment);
            self.body.kill();
        }
        if self.body.is_dead() {
            std::future::pending::<()>().await;
        }
    }
}
