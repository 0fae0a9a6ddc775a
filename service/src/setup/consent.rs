//! How a consent is asked for from a page, and what its answer comes to: a grant that waits, and the organisations it opens.

use tieout_core::document::ConnectionId;
use tieout_xero::auth::{AuthError, Consent, GrantId, XeroConnection};
use tieout_xero::config::GrantKind;
use url::Url;

use super::{NotOurs, PendingGrant};
use crate::command::forget_unused;
use crate::exit::Failure;
use crate::office::{AppDesk, Office};
use crate::web::Front;

/// The path of the page to which Xero sends the browser back.
pub(crate) const CALLBACK: &str = "/connect/xero/callback";

/// What it takes to get access.
pub(crate) enum Asked {
    /// Somebody must allow it at this address.
    Open(Url),
    /// Nobody needs to: the app is a custom connection, and the grant waits already.
    Granted,
}

/// A consent that came to nothing.
pub(crate) struct NotConnected {
    /// Which connection it was for, if that is known.
    pub(crate) connection: Option<ConnectionId>,
    /// Why, and what to do.
    pub(crate) failure: Failure,
    /// Where it is mended.
    pub(crate) mended: Mended,
}

/// Where something about a consent is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mended {
    /// At the app: its identifier, its secret, its redirect URI, its scopes.
    AtTheApp,
    /// By another consent.
    ByConsent,
}

/// The organisations that a grant which waits opens.
pub(crate) struct Choice {
    /// Those to choose from.
    pub(crate) organisations: Vec<XeroConnection>,
    /// Whether the connection has its organisation already, and only gets the grant.
    pub(crate) is_again: bool,
}

/// Where Xero sends the browser back to: to be entered at the app, byte for byte.
pub(crate) fn redirect_uri(front: &Front) -> Url {
    let mut url = front.base();
    url.set_path(CALLBACK);
    url
}

/// Asks for the consent for a connection, for the session that may answer it.
pub(crate) async fn ask(
    front: &Front,
    office: &mut Office,
    name: &ConnectionId,
    session: &str,
) -> Result<Asked, Failure> {
    let left = office.loaded.placeholders();
    if !left.is_empty() {
        return Err(Failure::mistakes(left));
    }
    let desk = desk(office, name)?;
    let now = office.clock.now();
    match desk.keeper.oauth().app().grant {
        GrantKind::AuthorizationCode => {
            let oauth = desk.oauth_to(&redirect_uri(front), &office.clock);
            let (url, consent) = Consent::begin(&oauth);
            front.consents.begin(consent, name.clone(), session, now);
            Ok(Asked::Open(url))
        }
        GrantKind::ClientCredentials => {
            let tokens = desk.keeper.oauth().client_credentials().await?;
            let grant = desk.keeper.adopt(tokens).await?;
            wait(office, &desk, name, &grant).await?;
            Ok(Asked::Granted)
        }
    }
}

/// Takes the answer that a browser brings, and lets the grant wait for its organisation. Gives the connection.
pub(crate) async fn answer(
    front: &Front,
    office: &mut Office,
    query: &str,
    session: &str,
) -> Result<ConnectionId, NotConnected> {
    let state = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
    let state = state
        .map(|(_, state)| state.into_owned())
        .unwrap_or_default();
    let (consent, name) = front.consents.take(&state, session).map_err(not_ours)?;
    let failed = |failure: Failure, mended: Mended| NotConnected {
        connection: Some(name.clone()),
        failure,
        mended,
    };
    let desk = desk(office, &name).map_err(|failure| failed(failure, Mended::AtTheApp))?;
    let oauth = desk.oauth_to(&redirect_uri(front), &office.clock);
    let tokens = consent.finish(&oauth, query).await;
    let tokens = tokens.map_err(|error| {
        let mended = mended(&error);
        failed(error.into(), mended)
    })?;
    let by_consent = |failure: Failure| failed(failure, Mended::ByConsent);
    let grant = desk.keeper.adopt(tokens).await;
    let grant = grant.map_err(|error| by_consent(error.into()))?;
    wait(office, &desk, &name, &grant)
        .await
        .map_err(by_consent)?;
    Ok(name)
}

/// What the grant that waits for a connection opens; `None` where none waits.
pub(crate) async fn choice(
    office: &mut Office,
    name: &ConnectionId,
) -> Result<Option<Choice>, Failure> {
    let Some(pending) = PendingGrant::read(office.store.as_ref(), name).await? else {
        return Ok(None);
    };
    let desk = desk(office, name)?;
    let is_again = office.apps.connections.read(name).await?.is_some();
    let list = desk.keeper.connections(&pending.grant).await?;
    let organisations = match list.chosen.is_empty() {
        true => list.earlier,
        false => list.chosen,
    };
    if organisations.is_empty() {
        forget(office, name).await?;
        return Err(none_opened());
    }
    Ok(Some(Choice {
        organisations,
        is_again,
    }))
}

/// Forgets the grant that waits for a connection, if one does.
pub(crate) async fn forget(office: &mut Office, name: &ConnectionId) -> Result<(), Failure> {
    let store = office.port();
    if let Some(pending) = PendingGrant::read(store.as_ref(), name).await? {
        PendingGrant::end(store.as_ref(), name).await?;
        let desk = desk(office, name)?;
        forget_unused(office, &desk, &pending.grant).await?;
    }
    Ok(())
}

fn desk(office: &mut Office, name: &ConnectionId) -> Result<AppDesk, Failure> {
    let config = office.loaded.config.clone();
    let connection = config
        .connections
        .get(name)
        .ok_or_else(|| Failure::config(format!("there is no connection `{name}`")))?;
    office.apps.app(&config, connection)
}

/// Lets a grant wait for a connection, in place of one that waited before.
async fn wait(
    office: &mut Office,
    desk: &AppDesk,
    name: &ConnectionId,
    grant: &GrantId,
) -> Result<(), Failure> {
    let (store, now) = (office.port(), office.clock.now());
    let former = PendingGrant::read(store.as_ref(), name).await?;
    PendingGrant::keep(store.as_ref(), name, grant, now).await?;
    match former.filter(|former| former.grant != *grant) {
        Some(former) => forget_unused(office, desk, &former.grant).await,
        None => Ok(()),
    }
}

fn not_ours(why: NotOurs) -> NotConnected {
    let failure = match why {
        NotOurs::Unknown => Failure::new(
            "no consent is open here that this is the answer to: it was answered, or the program began anew in between",
        )
        .advise("Nothing was connected. Begin the consent again."),
        NotOurs::OtherSession => Failure::new(
            "the consent was begun by somebody else, or in another browser, and this answer to it counts for nothing here",
        )
        .advise(
            "Nothing was connected. Begin the consent in this browser; if you began nothing, somebody tried to slip in \
             their own account.",
        ),
    };
    NotConnected {
        connection: None,
        failure,
        mended: Mended::ByConsent,
    }
}

fn none_opened() -> Failure {
    Failure::new("the consent opens no organisation").advise(
        "Choose an organisation on Xero's page, as somebody who may connect apps there (adviser or standard user). Xero \
         refuses a third uncertified app in one organisation, and more organisations than the app's tier has: disconnect \
         one that is not needed, or raise the tier.",
    )
}

/// Where what Xero refused is mended.
fn mended(error: &AuthError) -> Mended {
    match error {
        AuthError::RequestMalformed
        | AuthError::ClientRefused
        | AuthError::CodeRefused
        | AuthError::GrantTypeRefused
        | AuthError::ScopeRefused
        | AuthError::AppTypeRefused
        | AuthError::Refused(_)
        | AuthError::ConsentFailed(_)
        | AuthError::OtherApp(_) => Mended::AtTheApp,
        AuthError::ConsentRefused
        | AuthError::StateMismatch
        | AuthError::CodeMissing
        | AuthError::ConsentExpired
        | AuthError::GrantBroken { .. }
        | AuthError::UnknownGrant(_)
        | AuthError::TokenRefused
        | AuthError::ScopeMissing
        | AuthError::TenantRefused
        | AuthError::Unavailable { .. }
        | AuthError::RefreshUnsure { .. }
        | AuthError::RefreshingElsewhere { .. }
        | AuthError::BadReply { .. }
        | AuthError::Vault(_)
        | AuthError::Store(_) => Mended::ByConsent,
    }
}
