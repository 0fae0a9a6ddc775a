//! `tieout sandbox insightly` and `freshsales`: the stand-in of a product, alone, until it is stopped.

use axum::Router;
use serde_json::json;
use tieout_sandbox_hosts::{freshsales, insightly, serve};

use crate::cli::{Cli, SandboxHostArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, say};
use crate::stop::{self, Work};

/// A stand-in as `tieout.toml` names it.
struct Product {
    name: &'static str,
    word: &'static str,
    /// Where its API begins.
    path: &'static str,
    api_key: &'static str,
}

/// Serves the local Insightly until Ctrl-C.
pub(super) async fn insightly(cli: &Cli, args: &SandboxHostArgs) -> Result<Exit, Failure> {
    let product = Product {
        name: "Insightly",
        word: "insightly",
        path: "v3.1",
        api_key: insightly::API_KEY,
    };
    run(cli, args, &product, insightly::Insightly::new().routes()).await
}

/// Serves the local Freshsales until Ctrl-C.
pub(super) async fn freshsales(cli: &Cli, args: &SandboxHostArgs) -> Result<Exit, Failure> {
    let product = Product {
        name: "Freshsales",
        word: "freshsales",
        path: "crm/sales",
        api_key: freshsales::API_KEY,
    };
    run(cli, args, &product, freshsales::Freshsales::new().routes()).await
}

async fn run(
    cli: &Cli,
    args: &SandboxHostArgs,
    product: &Product,
    routes: Router,
) -> Result<Exit, Failure> {
    let running = serve(routes, args.port).await.map_err(|error| {
        Failure::new(format!(
            "the sandbox cannot listen on port {}: {error}",
            args.port
        ))
        .advise("Choose another port with --port, or 0 for a free one.")
    })?;
    // Before anything is said: whoever reads that it can be stopped may stop it at once.
    let stop = stop::on_signals(Work::Sandbox, cli.json);
    let Product {
        name,
        word,
        path,
        api_key,
    } = product;
    let url = format!("{}{path}", running.url());
    if cli.json {
        output::json(&json!({ "url": url, "api_key": api_key }));
    } else {
        say!("The local {name} is at {url}");
        say!("\n  API key  {api_key}");
        say!("\nIn tieout.toml: [hosts.NAME.{word}] url = \"{url}\". Ctrl-C ends it.");
    }
    stop.cancelled().await;
    Ok(Exit::Done)
}
