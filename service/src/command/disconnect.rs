//! `tieout disconnect`: ends one connection at Xero and forgets its grant when nobody else uses it.

use tieout_xero::auth::{AuthError, Disconnected};

use super::connect::{configured, forget_unused};
use crate::cli::{Cli, DisconnectArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Ends a connection. What was sent stays at Xero, and the bindings stay here.
///
/// The tokens are forgotten and not revoked: a revocation would end every connection of the same person to the same
/// app, those of other configurations too.
pub(super) async fn run(
    cli: &Cli,
    args: &DisconnectArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let (name, connection) = configured(office, &args.connection)?;
    let Some(record) = office.apps.connections.read(&name).await? else {
        return Err(Failure::config(format!("{name} is not connected")));
    };
    let config = office.loaded.config.clone();
    let desk = office.apps.app(&config, &connection)?;
    let ended = match desk
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
    if cli.json {
        output::json(&serde_json::json!({ "disconnected": name, "ended_at_xero": ended }));
        return Ok(Exit::Done);
    }
    say!(
        "{} {name} is disconnected from {}",
        output::ok(),
        record.tenant_name
    );
    if !ended {
        say!(
            "  The access was gone already. If the organisation still lists the app, remove it there."
        );
    }
    Ok(Exit::Done)
}
