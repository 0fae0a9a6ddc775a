//! `tieout connect`: the consent in the browser, the choice of an organisation, and what is written down.

use std::time::Duration;

use tieout_core::document::ConnectionId;
use tieout_xero::auth::{ConnectionRecord, Consent, GrantId, XeroConnection};
use tieout_xero::config::{GrantKind, XeroConfig};
use url::Url;

use crate::cli::{Cli, ConnectArgs};
use crate::config::ConnectionConfig;
use crate::exit::{Exit, Failure};
use crate::office::{AppDesk, Office};
use crate::output::{self, say};

mod listener;
mod page;

/// Lets somebody allow access and remembers it.
pub(super) async fn run(
    cli: &Cli,
    args: &ConnectArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let record = connect_with(office, args, &mut |url| {
        if cli.json {
            output::json(&serde_json::json!({ "open": url }));
        } else {
            say!("Open this address in a browser, sign in and allow access:\n\n  {url}\n");
            say!(
                "Waiting for the answer, {} at most ...",
                output::counted(args.wait_s, "second", "seconds")
            );
        }
    })
    .await?;
    if cli.json {
        let told = serde_json::json!({
            "connection": record.connection,
            "organisation": record.tenant_name,
            "tenant_id": record.tenant_id,
            "by": record.by,
        });
        output::json(&told);
    } else {
        let by = record
            .by
            .as_deref()
            .map(|by| format!(", allowed by {by}"))
            .unwrap_or_default();
        let (name, organisation) = (&record.connection, &record.tenant_name);
        say!("{} {name} is connected to {organisation}{by}", output::ok());
    }
    Ok(Exit::Done)
}

/// The consent and what is written down after it. `open` is given the address that a person must open.
pub(crate) async fn connect_with(
    office: &mut Office,
    args: &ConnectArgs,
    open: &mut (dyn FnMut(Url) + Send),
) -> Result<ConnectionRecord, Failure> {
    let left = office.loaded.placeholders();
    if !left.is_empty() {
        return Err(Failure::mistakes(left));
    }
    let (name, connection) = configured(office, &args.connection)?;
    if let Some(books) = connection.named_books() {
        return Err(Failure::config(format!(
            "nobody signs in at the books of {name}: they are in {books}"
        ))
        .advise("It is ready as it is. `tieout check` looks at it."));
    }
    let known = office.apps.connections.read(&name).await?;
    if let Some(known) = known.as_ref().filter(|_| !args.again) {
        return Err(
            Failure::config(format!("{name} is connected to {}", known.tenant_name))
                .advise("Use --again for a new consent, or `tieout disconnect` first."),
        );
    }
    let config = office.loaded.config.clone();
    let app = config
        .app(&connection)
        .ok_or_else(|| Failure::config("the connection has no app at Xero"))?;
    let desk = office.apps.app(&config, &connection)?;
    let grant = consent(&desk, app, Duration::from_secs(args.wait_s), open).await?;
    let organisation = args.organisation.as_deref();
    let remembered = remember(office, &desk, &name, grant.clone(), organisation).await;
    if remembered.is_err() {
        // Tokens that no connection uses would lie in the store for ever.
        forget_unused(office, &desk, &grant).await?;
    }
    remembered
}

/// Forgets the tokens of a grant unless a connection uses it.
pub(crate) async fn forget_unused(
    office: &Office,
    desk: &AppDesk,
    grant: &GrantId,
) -> Result<(), Failure> {
    if office.apps.connections.users_of(grant).await?.is_empty() {
        desk.keeper.forget(grant).await?;
    }
    Ok(())
}

/// The connection of a name.
pub(super) fn configured(
    office: &Office,
    name: &str,
) -> Result<(ConnectionId, ConnectionConfig), Failure> {
    let connections = &office.loaded.config.connections;
    let found = connections.iter().find(|(known, _)| known.as_str() == name);
    found
        .map(|(name, connection)| (name.clone(), connection.clone()))
        .ok_or_else(|| {
            let known: Vec<&str> = connections.keys().map(ConnectionId::as_str).collect();
            Failure::config(format!(
                "there is no connection `{name}` in {}",
                office.loaded.file.display()
            ))
            .advise(format!("Known: {}.", known.join(", ")))
        })
}

async fn consent(
    desk: &AppDesk,
    app: &XeroConfig,
    wait: Duration,
    open: &mut (dyn FnMut(Url) + Send),
) -> Result<GrantId, Failure> {
    let oauth = desk.keeper.oauth();
    let tokens = match app.grant {
        GrantKind::ClientCredentials => oauth.client_credentials().await?,
        GrantKind::AuthorizationCode => {
            let listener = listener::Listener::bind(&app.redirect_uri).await?;
            let (url, pending) = Consent::begin(oauth);
            open(url);
            let query = listener.callback(&pending, wait).await?;
            pending.finish(oauth, &query).await?
        }
    };
    Ok(desk.keeper.adopt(tokens).await?)
}

/// Writes down the organisation that a grant opens for a connection: the only one, or the one named by its name or
/// identifier. A connection that is known keeps its organisation and gets the grant in place of its former one.
pub(crate) async fn remember(
    office: &Office,
    desk: &AppDesk,
    name: &ConnectionId,
    grant: GrantId,
    organisation: Option<&str>,
) -> Result<ConnectionRecord, Failure> {
    let list = desk.keeper.connections(&grant).await?;
    let known = office.apps.connections.read(name).await?;
    let open: Vec<&XeroConnection> = list.chosen.iter().chain(&list.earlier).collect();
    let by = desk.keeper.email(&grant).await?;
    let now = office.clock.now();
    if let Some(known) = known {
        let same = open.into_iter().find(|one| one.tenant_id == known.tenant_id).ok_or_else(|| {
            Failure::new(format!("the consent does not open {}, to which {name} belongs", known.tenant_name))
                .advise("Consent again and choose that organisation, or disconnect first to choose another.")
        })?;
        let connections = &office.apps.connections;
        let former = connections
            .replace_grant(name, grant, same, by, now)
            .await?;
        forget_unused(office, desk, &former).await?;
        return connections.read(name).await?.ok_or_else(|| {
            Failure::new(format!(
                "{name} was removed by somebody else in the meantime"
            ))
        });
    }
    let candidates = if list.chosen.is_empty() {
        open
    } else {
        list.chosen.iter().collect()
    };
    let chosen = choose(&candidates, organisation)?;
    let record = ConnectionRecord::new(name.clone(), chosen, grant, by, now);
    office.apps.connections.connect(record.clone()).await?;
    Ok(record)
}

/// The organisation to keep: the only one, or the one named.
fn choose<'a>(
    open: &[&'a XeroConnection],
    named: Option<&str>,
) -> Result<&'a XeroConnection, Failure> {
    let name = |one: &XeroConnection| {
        one.tenant_name
            .clone()
            .unwrap_or_else(|| one.tenant_id.to_string())
    };
    let fits = |one: &XeroConnection, wanted: &str| {
        name(one).to_lowercase().contains(&wanted.to_lowercase())
            || one.tenant_id.to_string() == wanted
    };
    let fitting: Vec<&XeroConnection> = match named {
        None => open.to_vec(),
        Some(wanted) => open
            .iter()
            .copied()
            .filter(|one| fits(one, wanted))
            .collect(),
    };
    match fitting.as_slice() {
        [one] => Ok(*one),
        _ => {
            let names: Vec<String> = open.iter().map(|one| name(one)).collect();
            let why = if fitting.is_empty() {
                "no organisation fits"
            } else {
                "several organisations fit"
            };
            Err(Failure::new(why).advise(format!(
                "Choose one with --organisation NAME: {}.",
                names.join(", ")
            )))
        }
    }
}
