//! `tieout disconnect`: ends a connection at Xero and forgets its grant when nobody else uses it.

use super::connect::configured;
use super::office;
use crate::cli::{Cli, DisconnectArgs};
use crate::config::Secrets;
use crate::exit::{Exit, Failure};

/// Ends a connection. What was sent stays at Xero, and the bindings stay here.
pub(super) async fn run(cli: &Cli, args: &DisconnectArgs) -> Result<Exit, Failure> {
    let mut office = office(cli, Secrets::Needed)?;
    let (name, connection) = configured(&office, &args.connection)?;
    let Some(record) = office.apps.connections.read(&name).await? else {
        return Err(Failure::config(format!("{name} is not connected")));
    };
    let config = office.loaded.config.clone();
    let desk = office.apps.app(&config, &connection)?;
    // The organisation first: if Xero cannot be asked, nothing is forgotten here.
    desk.keeper.disconnect(&record.grant, record.xero_connection_id).await?;
    office.apps.connections.remove(&name).await?;
    let last = office.apps.connections.users_of(&record.grant).await?.is_empty();
    if last {
        desk.keeper.revoke(&record.grant).await?;
        desk.keeper.forget(&record.grant).await?;
    }
    if cli.json {
        println!("{}", serde_json::json!({ "disconnected": name, "grant_revoked": last }));
    } else {
        anstream::println!("{} {name} is disconnected from {}", crate::output::ok(), record.tenant_name);
    }
    Ok(Exit::Done)
}
