//! `tieout disconnect`: ends one connection at Xero and forgets its grant when nobody else uses it.

use tieout_xero::auth::{AuthError, ConnectionRecord, Disconnected};

use super::connect::{configured, forget_unused};
use crate::cli::{Cli, DisconnectArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// A connection that is no more.
pub(crate) struct EndedConnection {
    /// What was written down of it.
    pub(crate) record: ConnectionRecord,
    /// Whether it ended at Xero too, now or before; else nobody could end it from here any more.
    pub(crate) at_xero: bool,
}

/// Ends a connection and says so.
pub(super) async fn run(
    cli: &Cli,
    args: &DisconnectArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let ended = disconnect(office, &args.connection).await?;
    let name = &ended.record.connection;
    if cli.json {
        output::json(&serde_json::json!({ "disconnected": name, "ended_at_xero": ended.at_xero }));
        return Ok(Exit::Done);
    }
    say!(
        "{} {name} is disconnected from {}",
        output::ok(),
        ended.record.tenant_name
    );
    if !ended.at_xero {
        say!(
            "  The access was gone already. If the organisation still lists the app, remove it there."
        );
    }
    Ok(Exit::Done)
}

/// Ends a connection. What was sent stays at Xero, and the bindings stay here. Nobody may be at work on it.
///
/// The tokens are forgotten and not revoked: a revocation would end every connection of the same person to the same
/// app, those of other configurations too.
pub(crate) async fn disconnect(
    office: &mut Office,
    name: &str,
) -> Result<EndedConnection, Failure> {
    let (name, connection) = configured(office, name)?;
    if let Some(books) = connection.named_books() {
        return Err(Failure::config(format!(
            "nobody signed in at the books of {name}: they are in {books}"
        ))
        .advise("Name it under `connections` of [off], or take it out of the configuration."));
    }
    let Some(record) = office.apps.connections.read(&name).await? else {
        return Err(Failure::config(format!("{name} is not connected")));
    };
    let config = office.loaded.config.clone();
    let desk = office.apps.app(&config, &connection)?;
    let at_xero = match desk
        .keeper
        .disconnect(&record.grant, record.xero_connection_id)
        .await
    {
        Ok(Disconnected::Now | Disconnected::Already) => true,
        // Nobody can end it from here any more, and it must not stand in the way of another connection.
        Err(AuthError::GrantBroken { .. } | AuthError::UnknownGrant(_)) => false,
        // If Xero cannot be asked, nothing is forgotten here.
        Err(error) => return Err(error.into()),
    };
    office.apps.connections.remove(&name).await?;
    forget_unused(office, &desk, &record.grant).await?;
    Ok(EndedConnection { record, at_xero })
}
