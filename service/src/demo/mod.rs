//! `tieout demo`: the whole thing on invented books, with the same parts that do it for real.

mod report;
mod scene;

use std::time::Duration;

use rust_decimal::Decimal;
use rust_decimal::prelude::dec;
use tieout_identity::{Actor, EmailError, NewPerson, Role};
use tieout_sandbox_xero::{
    AUSTRALIA, NEW_ZEALAND, Running, ServeOptions, browser, serve as serve_sandbox,
};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use crate::cli::{Cli, ConnectArgs, DemoArgs};
use crate::command::{connect_with, keep_serving, run_once};
use crate::config::{Secrets, load};
use crate::exit::{Exit, Failure};
use crate::listen::Door;
use crate::office::{Office, Staff};
use crate::output::{ProgressView, say};
use crate::stop::{self, Work};
use report::Report;
use scene::Scene;

/// Payments that the demo's people make: organisation, number, amount (all of it where missing).
const PAYMENTS: [(Uuid, &str, Option<Decimal>); 4] = [
    (AUSTRALIA, "14501", None),
    (AUSTRALIA, "NSW2026477", Some(dec!(500.00))),
    (AUSTRALIA, "14504", Some(dec!(100.00))),
    (NEW_ZEALAND, "NZ2026033", None),
];
/// The payment that is taken back after it reached the host.
const TAKEN_BACK: (Uuid, &str) = (AUSTRALIA, "14503");

/// Runs the demo.
pub(crate) async fn run(cli: &Cli, args: &DemoArgs) -> Result<Exit, Failure> {
    let begun = std::time::Instant::now();
    let mut report = Report::new(cli.json);
    let running = serve_sandbox(ServeOptions {
        port: args.port,
        ..ServeOptions::default()
    })
    .await
    .map_err(|error| {
        Failure::new(format!(
            "the sandbox cannot listen on port {}: {error}",
            args.port
        ))
    })?;
    let scene = Scene::set(args.folder.as_deref(), &running.base_url)?;
    report.beginning(&running.base_url, &scene.folder);

    let mut office = Office::open(load(Some(&scene.config), Secrets::Needed)?)?;
    for connection in scene::CONNECTIONS {
        let tenant = connect(&mut office, connection).await?;
        report.connected(connection.name, &tenant);
    }
    let staff = office.staff().await?;
    let stop = stop::on_signals(Work::Books, cli.json);
    let played = play(&staff, &running, &scene, &mut report, &stop).await;
    let exit = match played? {
        None => Exit::Stopped,
        Some(agrees) => {
            report.end(begun.elapsed(), &running, &staff);
            if !args.once && !cli.json {
                staff.close().await;
                stay(&mut office, &running, &stop).await?;
            }
            if agrees { Exit::Done } else { Exit::Failed }
        }
    };
    staff.close().await;
    running.shutdown().await;
    Ok(exit)
}

/// Documents out, payments back, one taken back, and both sides compared: whether they agree, or `None` when
/// somebody stopped it on the way.
async fn play(
    staff: &Staff,
    running: &Running,
    scene: &Scene,
    report: &mut Report,
    stop: &CancellationToken,
) -> Result<Option<bool>, Failure> {
    if !sync(staff, report, "Documents out: host folder to Xero", stop).await? {
        return Ok(None);
    }
    report.documents(staff).await?;

    let taken_back = people_pay(running, report)?;
    if !next_second(stop).await
        || !sync(staff, report, "Payments back: Xero to host folder", stop).await?
    {
        return Ok(None);
    }
    report.told(scene)?;

    running
        .sandbox
        .people(chrono::Utc::now())
        .delete_payment(TAKEN_BACK.0, taken_back)
        .map_err(|error| refused(&error))?;
    report.act(&format!("somebody deletes the payment of {}", TAKEN_BACK.1));
    if !next_second(stop).await || !sync(staff, report, "And again", stop).await? {
        return Ok(None);
    }
    report.told(scene)?;
    report.comparison(staff).await.map(Some)
}

/// A poll looks at whole seconds: what happened in this one is seen from the next one on. Says whether to go on.
async fn next_second(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(1_100)) => true,
        () = stop.cancelled() => false,
    }
}

/// The real consent flow, with a browser that always says yes.
async fn connect(office: &mut Office, connection: &scene::Connection) -> Result<String, Failure> {
    let args = ConnectArgs {
        connection: connection.name.to_owned(),
        organisation: None,
        again: false,
        wait_s: 30,
    };
    let tenant = connection.tenant;
    let record = connect_with(office, &args, &mut |url| {
        tokio::spawn(async move {
            // Whatever goes wrong shows where the answer is waited for: nobody allowed access in time.
            if let Err(error) = browser::allow(&url, tenant).await {
                tracing::error!(%error, "the consent page could not be answered");
            }
        });
    })
    .await?;
    Ok(record.tenant_name)
}

/// Goes once through everything and tells of it. Says whether to go on.
async fn sync(
    staff: &Staff,
    report: &mut Report,
    title: &str,
    stop: &CancellationToken,
) -> Result<bool, Failure> {
    let before = staff.world.progress.counts();
    let summary = run_once(staff, ProgressView::Silent, stop).await?;
    report.synced(title, before, staff.world.progress.counts(), &summary);
    Ok(!stop.is_cancelled())
}

/// Pays in part and in full, and gives the payment that is to be taken back later.
fn people_pay(running: &Running, report: &mut Report) -> Result<Uuid, Failure> {
    let people = running.sandbox.people(chrono::Utc::now());
    for (organisation, number, amount) in PAYMENTS {
        people
            .pay(organisation, number, amount, None)
            .map_err(|error| refused(&error))?;
        let how = amount.map_or_else(|| "in full".to_owned(), |amount| format!("{amount} of it"));
        report.act(&format!("somebody pays {number}, {how}"));
    }
    report.act(&format!("somebody pays {}, in full", TAKEN_BACK.1));
    people
        .pay(TAKEN_BACK.0, TAKEN_BACK.1, None, None)
        .map_err(|error| refused(&error))
}

fn refused(refused: &tieout_sandbox_xero::Refused) -> Failure {
    Failure::new(format!("the sandbox refused: {refused}"))
}

/// Keeps both sides in agreement until Ctrl-C, with the dashboard, so that one can play with both pages.
async fn stay(
    office: &mut Office,
    running: &Running,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let mut door = None;
    Door::follow(&mut door, &office.loaded.config)?;
    if let Some(door) = &door {
        let link = sign_in_link(office, door).await?;
        say!("\nThe dashboard, by a link that works once: {link}");
    }
    say!(
        "Still running: pay or void something at {} and watch the dashboard and inbox/.",
        running.base_url
    );
    say!("Ctrl-C ends it.");
    keep_serving(office, door, stop).await?;
    Ok(())
}

/// How the person at this terminal comes into the dashboard.
async fn sign_in_link(office: &Office, door: &Door) -> Result<String, Failure> {
    let failed = |error: &dyn std::error::Error| Failure::of(error);
    let by = Actor::command_line(office.by.as_str());
    let email = "you@example.com".parse();
    let person = NewPerson {
        email: email.map_err(|error: EmailError| failed(&error))?,
        name: "You".to_owned(),
        role: Role::Admin,
    };
    let person = office.identity.add_person(&by, person).await;
    let person = person.map_err(|error| failed(&error))?;
    let link = office.identity.make_link(&by, person.id).await;
    let base = Url::parse(&format!("http://{}/", door.address)).map_err(|error| failed(&error))?;
    Ok(link.map_err(|error| failed(&error))?.address(&base))
}
