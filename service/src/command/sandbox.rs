//! `tieout sandbox`: a stand-in of an accounting system, alone, until it is stopped.

use serde_json::json;
use tieout_sandbox_xero::{Options, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, serve};

use crate::cli::{Cli, SandboxArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, say};
use crate::stop::{self, Work};

/// Serves the local Xero until Ctrl-C.
pub(super) async fn run(cli: &Cli, args: &SandboxArgs) -> Result<Exit, Failure> {
    let sandbox = if args.unlimited {
        Options::default().unlimited()
    } else {
        Options::default()
    };
    let running = serve(ServeOptions {
        port: args.port,
        sandbox,
        ..ServeOptions::default()
    })
    .await
    .map_err(|error| {
        Failure::new(format!(
            "the sandbox cannot listen on port {}: {error}",
            args.port
        ))
        .advise("Choose another port with --port, or 0 for a free one.")
    })?;
    // Before anything is said: whoever reads that it can be stopped may stop it at once.
    let stop = stop::on_signals(Work::Sandbox, cli.json);
    if cli.json {
        let told = json!({ "base_url": running.base_url, "client_id": WEB_CLIENT_ID, "client_secret": WEB_CLIENT_SECRET });
        output::json(&told);
    } else {
        say!("The local Xero is at {}", running.base_url);
        say!("\n  client id      {WEB_CLIENT_ID}\n  client secret  {WEB_CLIENT_SECRET}");
        say!(
            "\nIn tieout.toml: [xero] sandbox = \"{}\". Ctrl-C ends it.",
            running.base_url
        );
    }
    stop.cancelled().await;
    running.shutdown().await;
    Ok(Exit::Done)
}
