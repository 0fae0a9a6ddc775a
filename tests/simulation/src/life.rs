//! One life: days of work and trouble, then calm, then the reckoning.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tieout_core::engine::{Binding, SkipReason, State};
use tieout_xero::auth::GrantId;

use crate::coverage::{Case, Coverage};
use crate::faults::{Chance, trouble};
use crate::ground::Ground;
use crate::invariants::ending;
use crate::model::Wrong;
use crate::mutations::Mutation;
use crate::node::{Disk, Fuse, Process, wait};
use crate::provider::{Choices, gathering};
use crate::random::Random;
use crate::report::{Failure, Totals, Violation};
use crate::run::{Mode, Run};
use crate::trace::Keep;
use crate::verbs::host::Desk;
use crate::verbs::people::Crowd;
use crate::verbs::{by_hand, operator};
use crate::webhooks;

/// One life in so many is lived on a real store on disk.
const ON_DISK_ONE_IN: u64 = 40;
/// The provider forgets a day's calls after a day.
const CALM: Duration = Duration::from_secs(25 * 3_600);

/// How a life ended.
#[derive(Debug)]
pub struct Ended {
    /// Its seed.
    pub seed: u64,
    /// What came up in it.
    pub coverage: Coverage,
    /// How much happened in it.
    pub totals: Totals,
    /// What went wrong, if anything did.
    pub failure: Option<Failure>,
    /// Its story, as far as it was kept.
    pub trace: Vec<String>,
}

/// Lives the life of a seed: the same one each time. Runs on a runtime of its own, so it must not be called within one.
///
/// # Panics
/// When the machine cannot make a runtime.
#[must_use]
pub fn live(seed: u64, keep: Keep) -> Ended {
    live_with(seed, keep, None)
}

/// The same with a mistake put round the engine.
///
/// # Panics
/// When the machine cannot make a runtime.
#[must_use]
pub fn live_with(seed: u64, keep: Keep, mutation: Option<Mutation>) -> Ended {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads or sockets needs nothing of the machine");
    let ground = runtime.block_on(async move {
        let ground = Ground::lay(seed, keep, mutation);
        if let Err(why) = Life::lead(Arc::clone(&ground)).await {
            ground.wrong(Wrong {
                invariant: "the simulation itself works",
                document: String::new(),
                what: why,
            });
        }
        ground
    });
    let failure = ground.first_wrong();
    let trace = ground.trace.take();
    Ended {
        seed,
        coverage: ground.coverage(),
        totals: ground.totals(),
        failure: failure.map(|wrong| Failure {
            seed,
            violation: Violation::from(wrong),
            odds: ground.odds.shown(),
            last: trace.clone(),
        }),
        trace,
    }
}

pub(crate) struct Life {
    pub(crate) ground: Arc<Ground>,
    pub(crate) disk: Disk,
    pub(crate) desk: Desk,
    pub(crate) crowd: Crowd,
    pub(crate) random: Random,
    pub(crate) choices: Choices,
    /// Its own numbers in a life that gathers.
    gathers: Option<Random>,
    pub(crate) grant: GrantId,
}

impl Life {
    async fn lead(ground: Arc<Ground>) -> Result<(), String> {
        let mut random = Random::of(ground.seed, "life");
        let disk = disk(&ground, &mut random)?;
        let mut choices = Choices::draw(&mut random);
        let mut pays = Random::of(ground.seed, "payments of the host");
        choices.host_payments = pays.one_in(3);
        let mut moves = Random::of(ground.seed, "what moves");
        choices.moves = moves.one_in(3);
        let mut gathers = Random::of(ground.seed, "what is gathered");
        choices.summary = gathers.one_in(4).then(|| gathering(&mut gathers));
        let gathers = choices.summary.is_some().then_some(gathers);
        note_gathering(&ground, &choices);
        ground.model().prefix(choices.number_prefix());
        ground.tell(
            "world",
            format!("seed {}, faults: {}", ground.seed, ground.odds.shown()),
        );
        ground.tell("world", format!("{choices:?}"));
        let grant = consent(&ground, &disk).await?;
        let mut life = Self {
            desk: Desk::new(
                &mut random,
                (
                    choices.host_payments.then_some(pays),
                    choices.moves.then_some(moves),
                    gathers
                        .is_some()
                        .then(|| Random::of(ground.seed, "the desk where it is gathered")),
                ),
            ),
            crowd: Crowd::new(&mut random),
            ground,
            disk,
            random,
            choices,
            gathers,
            grant,
        };
        if life.random.one_in(2) {
            webhooks::register(&life.ground);
        }
        life.ground.let_faults_strike();
        for _ in 0..life.random.between(3, 6) {
            life.day().await?;
            if life.is_over() {
                return Ok(());
            }
        }
        life.calm().await
    }

    fn is_over(&self) -> bool {
        self.ground.first_wrong().is_some()
    }

    async fn day(&mut self) -> Result<(), String> {
        for _ in 0..self.random.between(1, 6) {
            self.desk.act(&self.ground, &mut self.random);
            self.desk.also(&self.ground);
        }
        self.people_act(5);
        if self.random.one_in(4) {
            let store = self.disk.store().map_err(|error| error.to_string())?;
            self.choices = operator::act(
                &self.ground,
                store.as_ref(),
                &self.choices,
                &mut self.random,
            );
        }
        self.change_gathering();
        self.mend_access().await?;
        if self.random.one_in(2) {
            self.command().await?;
        }
        trouble::begin(&self.ground);
        let fuse = self
            .ground
            .strikes(Chance::Crash)
            .then(|| Fuse::draw(&mut self.random));
        let mode = if self.random.one_in(3) {
            Mode::Once
        } else {
            Mode::Serve
        };
        let slices = self.random.between(1, 4);
        self.run(Run { mode, slices, fuse }).await?;
        self.rest().await;
        self.let_periods_close().await
    }

    /// An operator decides anew whether and how documents are gathered.
    fn change_gathering(&mut self) {
        let Some(random) = &mut self.gathers else {
            return;
        };
        if !random.one_in(8) {
            return;
        }
        self.choices.summary = match random.one_in(3) && self.choices.summary.is_some() {
            true => None,
            false => Some(gathering(random)),
        };
        self.ground.met(Case::GatheringChanged);
        let summary = &self.choices.summary;
        self.ground
            .tell("operator", format!("gathers from now on by {summary:?}"));
        self.ground.model().settings_changed();
        note_gathering(&self.ground, &self.choices);
    }

    /// Days in which documents are gathered are longer: some periods shall be over within a life.
    async fn let_periods_close(&mut self) -> Result<(), String> {
        let Some(random) = &mut self.gathers else {
            return Ok(());
        };
        let store = self.disk.store().map_err(|error| error.to_string())?;
        let now = self.ground.time.now();
        let waits = |binding: &Binding| match &binding.state {
            State::Skipped {
                reason: SkipReason::Gathers { leaves_at, .. },
            } => *leaves_at < now,
            _ => false,
        };
        let all = wait(store.scan(None, usize::MAX)).unwrap_or_default();
        if all.iter().any(waits) {
            self.ground.met(Case::WaitedForHost);
        }
        let hours = match random.below(3) {
            0 => 0,
            1 => random.between(3, 20),
            _ => random.between(24, 60),
        };
        drop(store);
        tokio::time::sleep(Duration::from_secs(hours * 3_600)).await;
        Ok(())
    }

    /// A command of an operator, in a process of its own.
    async fn command(&mut self) -> Result<(), String> {
        let fuse = self
            .ground
            .strikes(Chance::Crash)
            .then(|| Fuse::draw(&mut self.random));
        let mode = Mode::Command(self.random.below(u64::MAX));
        self.run(Run {
            mode,
            slices: 0,
            fuse,
        })
        .await
    }

    pub(crate) fn people_act(&mut self, most: u64) {
        if self.random.one_in(8)
            && let Some(paper) = self.desk.unsent(&self.ground, &mut self.random)
        {
            by_hand::enter(&self.ground, &mut self.random, &self.choices, &paper);
        }
        for _ in 0..self.random.below(most + 1) {
            let next = self.desk.next_number();
            self.crowd.act(&self.ground, &mut self.random, &next);
        }
    }

    async fn rest(&mut self) {
        let mut seconds = self.random.below(3 * 3_600);
        if self.ground.strikes(Chance::NodeOff) {
            seconds += 86_400 * self.random.between(1, 9);
            self.ground.met(Case::NodeOff);
            self.ground.tell("world", "the node is off for days");
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    /// A grant that is broken needs somebody to consent anew.
    async fn mend_access(&mut self) -> Result<(), String> {
        let process =
            Process::start(&self.ground, &self.disk, None).map_err(|error| error.to_string())?;
        if process.is_broken(&self.grant).await {
            self.ground
                .tell("operator", "consents anew: the grant is broken");
            match consent(&self.ground, &self.disk).await {
                Ok(grant) => self.grant = grant,
                // Nobody gets through today; the next day somebody tries again.
                Err(why) => self.ground.tell("operator", why),
            }
        }
        process.store.let_go();
        Ok(())
    }

    /// No fault any more: everything comes to its end, and stays there.
    async fn calm(&mut self) -> Result<(), String> {
        self.ground.heal();
        operator::connect_again(&self.ground);
        tokio::time::sleep(CALM).await;
        let last = self
            .desk
            .last_close()
            .and_then(|day| day.and_hms_opt(0, 0, 0));
        if let Some(last) = last {
            // A day after the midnight that ends it, whatever is settled.
            let left = last.and_utc() + TimeDelta::days(2) - self.ground.time.now();
            tokio::time::sleep(left.to_std().unwrap_or_default()).await;
        }
        for (mode, pause_s) in [
            (Mode::Once, 1_200),
            (Mode::Once, 1_200),
            (Mode::Serve, 1_200),
            (Mode::Once, 60),
        ] {
            self.mend_access().await?;
            self.run(Run {
                mode,
                slices: 0,
                fuse: None,
            })
            .await?;
            tokio::time::sleep(Duration::from_secs(pause_s)).await;
        }
        if self.is_over() {
            return Ok(());
        }
        let store = self.disk.store().map_err(|error| error.to_string())?;
        ending::check(&self.ground, store.as_ref(), &self.choices);
        let before = ending::fingerprint(&self.ground, store.as_ref());
        drop(store);
        self.run(Run {
            mode: Mode::Last,
            slices: 0,
            fuse: None,
        })
        .await?;
        let store = self.disk.store().map_err(|error| error.to_string())?;
        let after = ending::fingerprint(&self.ground, store.as_ref());
        let changed = before
            .iter()
            .zip(&after)
            .find(|(before, after)| before != after);
        if let Some((before, after)) = changed {
            self.ground.wrong(Wrong {
                invariant: "a further run changes nothing",
                document: String::new(),
                what: format!("{before} became {after}"),
            });
        }
        Ok(())
    }
}

fn disk(ground: &Ground, random: &mut Random) -> Result<Disk, String> {
    if !random.one_in(ON_DISK_ONE_IN) {
        return Ok(Disk::in_memory());
    }
    ground.met(Case::Sled);
    ground.tell("world", "the store is a real one on disk");
    Disk::in_folder().map_err(|error| error.to_string())
}

/// What is settled of gathering counts for what may be in the books.
fn note_gathering(ground: &Ground, choices: &Choices) {
    if let Some(policy) = &choices.summary {
        let hours = i64::from(policy.closes_after_hours);
        ground.model().sums.closes_after(hours);
    }
}

async fn consent(ground: &Arc<Ground>, disk: &Disk) -> Result<GrantId, String> {
    let process = Process::start(ground, disk, None).map_err(|error| error.to_string())?;
    let mut outcome = Err("nobody tried".to_owned());
    for _ in 0..50 {
        outcome = process.consent().await;
        if outcome.is_ok() {
            break;
        }
    }
    process.store.let_go();
    outcome
}
