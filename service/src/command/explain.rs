//! `tieout explain`: the whole story of a document, from the store, and what of it lies in `failed/`.

use serde_json::json;
use tieout_core::engine::companions_told;
use tieout_core::settings::Settings;

use super::documents;
use super::failed::{self, FailedHere};
use super::unread;
use crate::cli::{Cli, ExplainArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};
use crate::story::{self, Bodies, Masking};

/// Tells where the document stands and everything that happened to it, on each connection that it ever went to.
pub(super) async fn run(cli: &Cli, args: &ExplainArgs, office: &Office) -> Result<Exit, Failure> {
    let named = &args.document;
    let bindings = documents::find(office.store.as_ref(), named).await?;
    let failed = failed::about(&office.loaded, named).await?;
    let unread = unread::about(office, named).await?;
    if bindings.is_empty() && failed.is_empty() && unread.is_empty() {
        return Err(documents::unknown(named));
    }
    let masking = if args.unmasked {
        Masking::Open
    } else {
        Masking::Masked
    };
    let bodies = if args.exchanges {
        Bodies::Shown
    } else {
        Bodies::Left
    };
    let file = office.loaded.file.file_name().unwrap_or_default();
    let file = file.to_string_lossy();
    for binding in bindings {
        let told = story::tell(office, binding, masking).await?;
        if cli.json {
            output::json(&json!(told.explanation));
            continue;
        }
        let connections = &office.loaded.config.connections;
        let connection = connections.get(&told.binding.key.connection);
        let default = Settings::default();
        let settings = connection.map_or(&default, |connection| &connection.settings);
        let beside = companions_told(&told.binding, told.document.as_ref(), settings);
        story::show(&told, &beside, bodies, &file);
    }
    tell_failed(cli, &failed);
    if cli.json {
        unread
            .iter()
            .for_each(|it| output::json(&json!({ "unread": it })));
    } else {
        unread::print(&unread);
    }
    Ok(Exit::Done)
}

/// What the host handed over of it that nobody could read: no document knows of that.
fn tell_failed(cli: &Cli, failed: &[FailedHere]) {
    if cli.json {
        for file in failed {
            output::json(&json!({ "failed": file }));
        }
        return;
    }
    for file in failed {
        say!("handed over by {} and not taken:", file.host);
        file.print("  ");
        say!("  Mend it and put it into outbox/ again, or take it out of failed/.");
    }
}
