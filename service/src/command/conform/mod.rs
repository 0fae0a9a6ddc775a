//! `tieout conform`: tries the promises of the host contract on a vendor's product, and says how what is broken is mended.

mod database;
mod pushes;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tieout_core::clock::SystemClock;
use tieout_core::host::HostError;
use tieout_host_contract::HttpHostConfig;
use tieout_host_contract::conform::{
    Exchange, Outcome, Report, Scope, Trial, Verdict, Weight, conform_folder, conform_until,
};
use tieout_xero::http::{HttpConfig, ReqwestTransport};

use crate::cli::{Cli, ConformCommand, ConformHostArgs};
use crate::exit::{Exit, Failure, chain};
use crate::output::{self, counted, say};
use crate::stop::{Work, on_signals};

/// Tries, and ends with 0 where every promise that must be kept is kept.
pub(super) async fn run(cli: &Cli, command: &ConformCommand) -> Result<Exit, Failure> {
    let ConformCommand::Host(args) = command;
    let report = if database::is_one(&args.product) {
        database::tried(cli, args).await?
    } else if args.product.contains("://") {
        of_address(cli, args).await?
    } else {
        of_folder(Path::new(&args.product)).await?
    };
    match cli.json {
        true => output::json(&json!(report)),
        false => print(&report, args),
    }
    Ok(match (report.interrupted, report.conforms) {
        (true, _) => Exit::Stopped,
        (false, true) => Exit::Done,
        (false, false) => Exit::Failed,
    })
}

async fn of_address(cli: &Cli, args: &ConformHostArgs) -> Result<Report, Failure> {
    let config = config(args)?;
    if let Some(problem) = config.problems().into_iter().next() {
        return Err(Failure::config(problem.to_string()));
    }
    let transport = ReqwestTransport::new(&HttpConfig::default())
        .map_err(|error| Failure::new(format!("HTTPS cannot be used: {error}")))?;
    let hearing = match args.listen {
        Some(address) => {
            let hearing = pushes::open(address, Duration::from_secs(args.push_wait)).await?;
            let words = format!(
                "pushes are awaited at {}: change an invoice of the product now",
                hearing.address
            );
            output::notice(cli.json, &words);
            Some(hearing)
        }
        None => None,
    };
    let trial = Trial {
        config,
        scope: match args.documents.is_empty() {
            true => Scope::Said,
            false => Scope::Configured,
        },
        invoice: args.invoice.clone(),
        records_max: args.records.max(1),
        hearing,
    };
    let stop = on_signals(Work::Trial, cli.json);
    let report = conform_until(
        trial,
        Arc::new(transport),
        Arc::new(SystemClock),
        stop.cancelled(),
    );
    report.await.map_err(|error| failed(&error))
}

/// The product as `[hosts.NAME.http]` would have it.
fn config(args: &ConformHostArgs) -> Result<HttpHostConfig, Failure> {
    let mut keys = Map::new();
    keys.insert("url".to_owned(), json!(args.product));
    let client_secret = args.token_url.as_ref().and(args.client_secret.as_ref());
    let api_key = match args.token_url {
        Some(_) => None,
        None => args.api_key.as_ref(),
    };
    for (key, value) in [
        ("api_key", api_key),
        ("key_header", args.key_header.as_ref()),
        ("token_url", args.token_url.as_ref()),
        ("client_id", args.client_id.as_ref()),
        ("client_secret", client_secret),
        ("scope", args.scope.as_ref()),
        ("webhook_secret", args.listen.and(args.push_secret.as_ref())),
    ] {
        if let Some(value) = value {
            keys.insert(key.to_owned(), json!(value));
        }
    }
    if !args.documents.is_empty() {
        keys.insert("documents".to_owned(), json!(args.documents));
    }
    serde_json::from_value(Value::Object(keys)).map_err(|error| {
        Failure::config(format!("the product cannot be reached like that: {error}"))
    })
}

async fn of_folder(folder: &Path) -> Result<Report, Failure> {
    let copy = std::env::temp_dir().join(format!("tieout-conform-{}", uuid::Uuid::new_v4()));
    let cannot = |error: std::io::Error| Failure::new(format!("{}: {error}", copy.display()));
    private_folder(&copy).map_err(cannot)?;
    let report = conform_folder(folder, &copy).await;
    // What is left of a copy in the system's temporary folder is nobody's loss.
    let _ = std::fs::remove_dir_all(&copy);
    report.map_err(|error| failed(&error))
}

/// A folder for nobody else on this machine: what is copied are invoices.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn failed(error: &HostError) -> Failure {
    Failure::new(chain(error))
}

fn print(report: &Report, args: &ConformHostArgs) {
    for verdict in &report.promises {
        print_one(verdict, args);
    }
    for left in &report.left_behind {
        say!(
            "{} payment {} of invoice {} is left in the product, remove it by hand: {}",
            output::bad(),
            left.payment,
            left.invoice,
            left.why
        );
    }
    let (kept, broken) = (counted(report.kept, "promise", "promises"), report.broken);
    let left_out = match report.left_out {
        0 => String::new(),
        many => format!(", {many} left out"),
    };
    if report.interrupted {
        say!("\n{kept} kept, {broken} broken{left_out}: the run was interrupted.");
        return;
    }
    match (report.conforms, broken) {
        (true, 0) => say!("\n{kept} kept{left_out}: {} conforms.", report.product),
        (true, many) => say!(
            "\n{kept} kept{left_out}: {} conforms; {} would help.",
            report.product,
            counted(many, "thing", "things")
        ),
        (false, many) => say!(
            "\n{kept} kept, {many} broken{left_out}: {} does not conform.",
            report.product
        ),
    }
}

fn print_one(verdict: &Verdict, args: &ConformHostArgs) {
    let name = verdict.name.replace('_', " ");
    match &verdict.outcome {
        Outcome::Kept => {
            say!("{} {name}", output::ok());
            if args.verbose {
                say!("    {}", verdict.proves);
            }
        }
        Outcome::LeftOut { why } => say!("- {name}: left out, {why}"),
        Outcome::Broken {
            seen,
            mend,
            exchanges,
        } => {
            let weight = match verdict.weight {
                Weight::Must => output::bad(),
                Weight::Should => "!".to_owned(),
            };
            say!("{weight} {name}: {seen}");
            say!("    {}", verdict.proves);
            say!("    Mend: {mend}");
            match args.verbose {
                true => exchanges.iter().for_each(print_exchange),
                false => exchanges
                    .iter()
                    .for_each(|it| say!("    {} → {}", it.request, came_back(it))),
            }
        }
    }
}

/// What came back, in short: a status, or the first line of what a database said.
fn came_back(exchange: &Exchange) -> String {
    match exchange.status {
        0 => exchange
            .reply_body
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned(),
        status => status.to_string(),
    }
}

fn print_exchange(exchange: &Exchange) {
    say!("    > {}", exchange.request);
    for line in &exchange.request_headers {
        say!("    > {line}");
    }
    if !exchange.request_body.is_empty() {
        say!("    > {}", exchange.request_body);
    }
    if exchange.status != 0 {
        say!("    < {}", exchange.status);
    }
    for line in &exchange.reply_headers {
        say!("    < {line}");
    }
    say!("    < {}", exchange.reply_body);
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn nobody_else_may_look_into_the_copy_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        private_folder(&copy).unwrap();
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
