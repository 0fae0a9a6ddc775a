//! What a command may do that another process or a page hands over: on the store, the apps and the organisations of this one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::{Cli, Command, RecordCommand};
use crate::command;
use crate::config::{Loaded, Secrets, load};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff, store_folder};
use crate::output;
use crate::telemetry::under_its_name;

/// What the process that has the store is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It keeps both sides in agreement until it is stopped.
    Serving,
    /// It goes once through everything.
    Once,
    /// It does what a plan says, and nothing else.
    Plan,
}

/// What running a command takes.
pub(crate) struct Shop {
    office: Office,
    staff: Arc<Staff>,
    role: Role,
}

impl Shop {
    /// The shop of a process that has the store open.
    pub(crate) fn new(office: &Office, staff: &Arc<Staff>, role: Role) -> Arc<Self> {
        Arc::new(Self {
            office: office.lend(staff, office.by.clone()),
            staff: Arc::clone(staff),
            role,
        })
    }

    /// The office, lent to somebody who works in it under a name.
    pub(crate) fn office(&self, by: impl Into<String>) -> Office {
        self.office.lend(&self.staff, by.into())
    }

    /// Those who work here.
    pub(crate) fn staff(&self) -> &Arc<Staff> {
        &self.staff
    }

    /// The configuration that the process began with.
    pub(crate) fn loaded(&self) -> &Loaded {
        &self.office.loaded
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.office.loaded.fingerprint
    }

    pub(super) fn store_folder(&self) -> PathBuf {
        store_folder(&self.office.loaded)
    }

    /// Runs a command in somebody's name. `file` is the configuration that it names.
    pub(crate) async fn obey(&self, cli: &Cli, file: &Path, by: String) -> Result<Exit, Failure> {
        under_its_name(cli, self.obey_now(cli, file, by)).await
    }

    async fn obey_now(&self, cli: &Cli, file: &Path, by: String) -> Result<Exit, Failure> {
        let mut office = self.office(by);
        if self.role == Role::Plan && asks_for_work(&cli.command) {
            return Err(beside_a_plan());
        }
        if let Command::Check(_) = &cli.command {
            // The file as it is now is what is checked, by the organisations as they are open.
            office.loaded = load(Some(file), Secrets::Spared)?;
        }
        if let Command::Sync(args) = &cli.command {
            if args.plan.is_some() {
                return Err(not_just_a_plan(self.role));
            }
            if args.once {
                return self.wake(cli).await;
            }
        }
        // On the heap: it holds the work of every command there is.
        let exit = Box::pin(command::on_office(cli, &mut office)).await?;
        if asks_for_work(&cli.command) {
            self.staff.world.work_now();
        }
        Ok(exit)
    }

    /// `sync --once` beside a process that syncs: that one does it, now.
    async fn wake(&self, cli: &Cli) -> Result<Exit, Failure> {
        let pid = std::process::id();
        match self.role {
            Role::Once => Err(Failure::new(format!(
                "`tieout sync --once` is at work already (pid {pid})"
            ))
            .advise("Wait until it ends.")),
            Role::Plan => Err(beside_a_plan()),
            Role::Serving => {
                self.staff.world.look_now();
                if cli.json {
                    let run = command::latest_run(self.office.store.as_ref()).await?;
                    let run = run.map(|run| run.id);
                    output::json(&serde_json::json!({ "woken": true, "pid": pid, "run": run }));
                } else {
                    output::say!(
                        "The running process (pid {pid}) sends and collects already; it looks at every host and every \
                         organisation now. `tieout status` tells what came of it."
                    );
                }
                Ok(Exit::Done)
            }
        }
    }
}

/// A plan is executed by whoever sends nothing else.
fn not_just_a_plan(role: Role) -> Failure {
    let pid = std::process::id();
    match role {
        Role::Serving => Failure::new(format!(
            "`tieout serve` is at work (pid {pid}) and sends everything as it comes: just a plan cannot be done beside it"
        ))
        .advise("Stop it, execute the plan, and start it again when everything else may go too."),
        Role::Once => Failure::new(format!("`tieout sync` is at work (pid {pid})"))
            .advise("Wait until it ends, and make a new plan: it sends everything."),
        Role::Plan => Failure::new(format!("`tieout sync --plan` is at work (pid {pid})"))
            .advise("Wait until it ends."),
    }
}

/// Whether a command changes what is to be sent, or has something sent: whoever executes a plan does neither.
fn asks_for_work(command: &Command) -> bool {
    match command {
        Command::Retry(_) | Command::Adopt(_) | Command::Detach(_) | Command::Skip(_) => true,
        Command::Undo(args) => args.apply || args.cancel,
        Command::Record(command) => matches!(command, RecordCommand::Draft(_)),
        Command::Sync(args) => args.plan.is_none(),
        Command::Backfill(args) => args.action.is_some(),
        Command::Init(_)
        | Command::Connect(_)
        | Command::Disconnect(_)
        | Command::Erase(_)
        | Command::Check(_)
        | Command::Plan(_)
        | Command::Serve(_)
        | Command::Status
        | Command::Findings(_)
        | Command::Explain(_)
        | Command::Replay(_)
        | Command::Report(_)
        | Command::Usage(_)
        | Command::Export(_)
        | Command::Person(_)
        | Command::Key(_)
        | Command::Group(_)
        | Command::Webhook(_)
        | Command::Certificate(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::VerifyStore
        | Command::Demo(_)
        | Command::Conform(_)
        | Command::Sandbox(_)
        | Command::Schema(_)
        | Command::Completions(_)
        | Command::Man(_) => false,
    }
}

fn beside_a_plan() -> Failure {
    Failure::new(format!(
        "`tieout sync --plan` is at work (pid {}): it does what its plan says, and nothing else",
        std::process::id()
    ))
    .advise("Wait until it ends, or stop it: the same plan goes on later. Then give this command again.")
}
