//! One run of the node: it works while the world goes on, until it is stopped or dies.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tieout_core::driver::{DriverError, RunKind, World, serve, sync_once};
use tieout_xero::auth::GrantId;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::coverage::Case;
use crate::faults::trouble;
use crate::life::Life;
use crate::model::Wrong;
use crate::node::{Fuse, Process};
use crate::provider::Choices;
use crate::pushes;
use crate::random::Random;
use crate::verbs::command::{self, Beside};
use crate::webhooks::{self, Way};

/// How a node works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Until it is stopped.
    Serve,
    /// Once through everything.
    Once,
    /// Once through everything, without any trouble.
    Last,
    /// A command of an operator, drawn from this.
    Command(u64),
}

/// One run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) mode: Mode,
    /// Times that the world goes on during it.
    pub(crate) slices: u64,
    pub(crate) fuse: Option<Fuse>,
}

/// How long a node may take to stop, in virtual time.
const STOPS_WITHIN: Duration = Duration::from_secs(30 * 60);

/// How long one that should end by itself is left to it, in virtual time.
const ENDS_WITHIN: Duration = Duration::from_secs(30 * 60);

/// Webhooks that may come at a time.
const WEBHOOKS_MAX: usize = 6;

type Task = JoinHandle<Result<(), String>>;

/// How a run ended.
enum End {
    Died,
    Done(Result<(), String>),
    Stuck,
}

impl Life {
    /// A process runs on the disk.
    pub(crate) async fn run(&mut self, run: Run) -> Result<(), String> {
        self.ground.tell("node", format!("starts: {:?}", run.mode));
        let process = Process::start(&self.ground, &self.disk, run.fuse)
            .map_err(|error| error.to_string())?;
        let process = Arc::new(process);
        let (stop, slot) = (CancellationToken::new(), Arc::new(OnceLock::new()));
        let work = work(
            Arc::clone(&process),
            self.grant.clone(),
            self.choices.clone(),
            run.mode,
            stop.clone(),
            Arc::clone(&slot),
        );
        let mut task: Task = tokio::spawn(work);
        let mut end = None;
        let slices = if run.mode == Mode::Serve {
            run.slices.max(1)
        } else {
            run.slices
        };
        let listens = run.mode == Mode::Serve && run.slices > 0;
        // What could not be sent before is sent as soon as somebody listens again.
        if listens && self.ground.outbox().is_some() {
            end = wait_for(&process, &mut task, Duration::from_millis(1)).await;
            if end.is_none() {
                self.pushes_come(&process, slot.get()).await;
            }
        }
        for _ in 0..slices {
            if end.is_some() {
                break;
            }
            let length = Duration::from_millis(self.random.between(500, 150_000));
            end = wait_for(&process, &mut task, length).await;
            if end.is_none() && run.slices > 0 {
                self.go_on(&process, slot.get()).await;
            }
            if end.is_none() && listens {
                self.pushes_come(&process, slot.get()).await;
            }
        }
        let end = match end {
            Some(end) => end,
            None => {
                // Others end by themselves, unless they have so few calls a minute that a person stops them too.
                let ended = match run.mode {
                    Mode::Serve => None,
                    Mode::Once | Mode::Last | Mode::Command(_) => {
                        wait_for(&process, &mut task, ENDS_WITHIN).await
                    }
                };
                match ended {
                    Some(end) => end,
                    None => {
                        stop.cancel();
                        let stopped = wait_for(&process, &mut task, STOPS_WITHIN).await;
                        stopped.unwrap_or(End::Stuck)
                    }
                }
            }
        };
        self.reckon((&process, run.mode), task, end).await;
        Ok(())
    }

    /// The world goes on while the node runs.
    async fn go_on(&mut self, process: &Process, world: Option<&Arc<World>>) {
        if self.random.one_in(2) {
            self.desk.act(&self.ground, &mut self.random);
        }
        self.desk.also(&self.ground);
        self.people_act(3);
        if self.random.one_in(5)
            && let Some(world) = world
        {
            self.command_beside(process, world).await;
        }
        webhooks::disturb(&self.ground);
        for _ in 0..WEBHOOKS_MAX {
            self.webhooks_come(process, world).await;
        }
        trouble::clock_may_jump(&self.ground);
        if self.random.one_in(2) {
            self.ground.set_provider_down(false);
            self.ground.set_host_down(false);
        }
    }

    /// A command of an operator while the node serves, which the node carries out.
    async fn command_beside(&mut self, process: &Process, world: &World) {
        let ground = Arc::clone(&self.ground);
        let done = tokio::select! {
            biased;
            () = process.body.death() => None,
            done = command::run(&ground, world, &mut self.random, Beside::Node) => Some(done),
            () = tokio::time::sleep(STOPS_WITHIN) => None,
        };
        match done {
            None => ground.tell("operator", "hears nothing more of it"),
            Some(Err(error)) => ground.tell("operator", format!("is told: {}", error.chain())),
            Some(Ok(())) => {}
        }
    }

    async fn webhooks_come(&mut self, process: &Process, world: Option<&Arc<World>>) {
        for (delivery, way) in webhooks::due(&self.ground) {
            let answer = match (way, world) {
                (Way::Lost, _) => {
                    self.ground.met(Case::HintLost);
                    None
                }
                (Way::Arrives, None) => None,
                (Way::Arrives, Some(world)) => tokio::select! {
                    biased;
                    () = process.body.death() => None,
                    status = webhooks::answer(&self.ground, world, &delivery) => Some(status),
                },
            };
            self.ground.tell(
                "webhook",
                format!("{} {way:?}, answered {answer:?}", delivery.id),
            );
            self.ground
                .sandbox
                .webhook_answered(delivery.id, answer, self.ground.time.now());
        }
    }

    async fn pushes_come(&self, process: &Process, world: Option<&Arc<World>>) {
        if let Some(world) = world.filter(|_| !process.body.is_dead()) {
            pushes::come(&self.ground, process, world).await;
        }
    }

    /// What became of the process, and whether it should have.
    async fn reckon(&mut self, (process, mode): (&Process, Mode), task: Task, end: End) {
        let ground = Arc::clone(&self.ground);
        let broken = process.store.is_broken();
        let is_done = matches!(end, End::Done(_));
        match end {
            End::Died => {
                if matches!(mode, Mode::Command(_)) {
                    ground.met(Case::CrashInCommand);
                }
                ground.tell("node", "is dead");
            }
            End::Done(Ok(())) => ground.tell("node", "has stopped"),
            End::Done(Err(why)) if broken => ground.tell("node", format!("stops: {why}")),
            End::Done(Err(why)) => ground.wrong(Wrong {
                invariant: "only a failing store ends the node",
                document: String::new(),
                what: why,
            }),
            End::Stuck => ground.wrong(Wrong {
                invariant: "a node that is asked to stop stops",
                document: String::new(),
                what: format!("it did not within {STOPS_WITHIN:?}"),
            }),
        }
        process.body.kill();
        if !is_done {
            task.abort();
            // It is over either way, and how was judged above.
            let _ = task.await;
        }
        process.store.let_go();
        self.disk.close();
        if broken {
            ground.met(Case::StoreReopened);
        }
    }
}

/// Waits for the end of a process, for some time.
async fn wait_for(process: &Process, task: &mut Task, length: Duration) -> Option<End> {
    tokio::select! {
        biased;
        () = process.body.death() => Some(End::Died),
        done = task => Some(End::Done(done.unwrap_or_else(|error| Err(format!("it panicked: {error}"))))),
        () = tokio::time::sleep(length) => None,
    }
}

async fn work(
    process: Arc<Process>,
    grant: GrantId,
    choices: Choices,
    mode: Mode,
    stop: CancellationToken,
    slot: Arc<OnceLock<Arc<World>>>,
) -> Result<(), String> {
    let opened = process
        .open(&grant, &choices)
        .await
        .map_err(|error| error.to_string())?;
    let world = slot.get_or_init(|| Arc::clone(&opened.world));
    let done = match mode {
        Mode::Serve => in_run(world, RunKind::Serving, serve(Arc::clone(world), stop)).await,
        Mode::Once | Mode::Last => {
            if mode == Mode::Last {
                pushes::arrive_late(&process.body.ground, &process, world).await;
            }
            let once = sync_once(Arc::clone(world), stop);
            match in_run(world, RunKind::Once, once).await {
                Ok(summary) if mode == Mode::Last && !summary.troubles.is_empty() => {
                    process.body.ground.wrong(Wrong {
                        invariant: "without faults nothing is in trouble",
                        document: String::new(),
                        what: format!("{:?}", summary.troubles),
                    });
                    Ok(())
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            }
        }
        Mode::Command(drawn) => {
            let mut random = Random::of(drawn, "command");
            command::run(&process.body.ground, world, &mut random, Beside::Nobody).await
        }
    };
    opened.close().await;
    done.map_err(|error: DriverError| error.chain())
}

/// Something within a run that an operator can name.
async fn in_run<T>(
    world: &World,
    kind: RunKind,
    work: impl Future<Output = Result<T, DriverError>>,
) -> Result<T, DriverError> {
    let run = world.begin_run(kind, "ann").await?;
    let done = work.await;
    let ended = world.end_run(run).await;
    let done = done?;
    ended?;
    Ok(done)
}
