//! `tieout undo`: takes documents out of the books again, one, a batch or a run; shows first what that comes to.

mod list;
mod named;
mod told;

use std::collections::BTreeSet;
use std::time::Duration;

use tieout_core::driver::{Summary, Undoable, undo_now};
use tieout_core::engine::{Binding, BindingKey, Inverse, UndoProgress};
use tieout_core::store::Store;
use tokio::time::Instant;

use super::act;
use crate::cli::{Cli, UndoArgs};
use crate::exit::{Exit, Failure};
use crate::office::{Office, Staff};
use crate::output::say;
use crate::stop::{self, Work};

pub(crate) use list::latest;
pub(crate) use list::runs_of;
pub(crate) use named::{Named, all as undo_targets};

/// How long a process that serves is waited for while nothing more of the undo gets done.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what that process has done.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Shows or undoes what is named.
pub(super) async fn run(cli: &Cli, args: &UndoArgs, office: &mut Office) -> Result<Exit, Failure> {
    if args.list {
        return list::run(cli, office).await;
    }
    let named = named::all(office, &args.targets, args.named_as).await?;
    let staff = office.staff().await?;
    let done = match args.cancel {
        true => cancel(cli, &named, office, &staff).await,
        false => {
            let work = undo(cli, args, &named, office, &staff);
            staff.patiently(cli.json, work).await
        }
    };
    office.dismiss(&staff).await;
    done
}

async fn undo(
    cli: &Cli,
    args: &UndoArgs,
    named: &Named,
    office: &Office,
    staff: &Staff,
) -> Result<Exit, Failure> {
    let world = &staff.world;
    let keys = named.keys();
    told::cost_of_looking(cli, keys.len(), &world.undo_look_cost(&keys).await?);
    let looked = world.look_at_undo(&keys).await?;
    let rows: Vec<Undoable> = looked.into_iter().map(|row| named.confined(row)).collect();
    if !args.apply {
        told::preview(cli, &rows, named, &world.undo_cost(&rows));
        let refused = rows
            .iter()
            .any(|row| matches!(row.inverse, Inverse::Refused(_)));
        return Ok(needs(refused));
    }
    told::cost_of_doing(cli, &world.undo_cost(&rows));
    let rows = world
        .mark_undone(rows, &office.by, args.because.as_deref())
        .await?;
    let marked: Vec<BindingKey> = rows
        .iter()
        .filter(|row| row.is_at_work())
        .map(|row| row.binding.key.clone())
        .collect();
    let (summary, stopped) = if office.is_lent() {
        world.work_now();
        wait_for(office.store.as_ref(), &marked).await?;
        (Summary::default(), false)
    } else {
        let stop = stop::on_signals(Work::Books, cli.json);
        world.end_dead_runs().await?;
        let summary = undo_now(world, &marked, &stop).await?;
        (summary, stop.is_cancelled())
    };
    let now = office.store.bindings(&keys).await?;
    let now: Vec<Binding> = now.into_iter().flatten().collect();
    let server = match office.is_lent() {
        true => told::Server::Serves,
        false => told::Server::Absent,
    };
    let open = told::outcome(cli, &rows, &now, named, (&summary, server));
    Ok(match (stopped, summary.troubles.is_empty()) {
        (true, _) => Exit::Stopped,
        (false, false) => Exit::Failed,
        (false, true) => needs(open),
    })
}

fn needs(somebody: bool) -> Exit {
    match somebody {
        true => Exit::NeedsSomebody,
        false => Exit::Done,
    }
}

/// Waits until the process that serves has done it, or gets no further.
async fn wait_for(store: &dyn Store, keys: &[BindingKey]) -> Result<(), Failure> {
    let mut left: BTreeSet<BindingKey> = keys.iter().cloned().collect();
    let mut until = Instant::now() + PATIENCE;
    while !left.is_empty() && Instant::now() < until {
        tokio::time::sleep(LOOK_EVERY).await;
        let asked: Vec<BindingKey> = left.iter().cloned().collect();
        for binding in store.bindings(&asked).await?.into_iter().flatten() {
            if binding.undo_progress() != Some(UndoProgress::Underway) {
                left.remove(&binding.key);
                until = Instant::now() + PATIENCE;
            }
        }
    }
    Ok(())
}

/// Lets documents stay whose undo is not done yet.
async fn cancel(cli: &Cli, named: &Named, office: &Office, staff: &Staff) -> Result<Exit, Failure> {
    let (mut stay, mut denied) = (Vec::new(), Vec::new());
    for key in named.keys() {
        match staff.world.cancel_undo(&key, &office.by).await? {
            Ok(binding) => stay.push(binding),
            Err(why) => denied.push((key, why)),
        }
    }
    if office.is_lent() {
        staff.world.work_now();
    }
    if let ([], [(key, why)]) = (stay.as_slice(), denied.as_slice()) {
        let known = office.store.bindings(std::slice::from_ref(key)).await?;
        return Err(match known.into_iter().flatten().next() {
            Some(binding) => act::not_done(&binding, why.clone()),
            None => Failure::new(why.why.clone()),
        });
    }
    told::cancelled(cli, &stay, &denied);
    if !cli.json && !stay.is_empty() && !office.is_lent() {
        say!("The next run compares them with the host's and goes on with them.");
    }
    Ok(needs(!denied.is_empty()))
}
