//! What the identity server remembers: codes, sessions, refresh tokens and connections, with their lives.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::books::ids::IdSource;
use crate::switches::GraceAnswer;

use super::jwt;

/// Life of an authorisation code.
pub const CODE_MINUTES: i64 = 5;
/// Life of an access token.
pub const ACCESS_MINUTES: i64 = 30;
/// Life of a refresh token that is not used.
pub const REFRESH_DAYS: i64 = 60;
/// How long the previous refresh token can be tried again.
pub const GRACE_MINUTES: i64 = 30;
const SESSIONS_SWEEP: usize = 1_000;

/// The one user of the sandbox.
pub const USER_ID: Uuid = Uuid::from_u128(0xd00d_5eed_0000_4000_8000_0000_0000_0001);

/// A code waiting to be exchanged.
#[derive(Debug, Clone)]
pub struct Code {
    /// The app it was issued to.
    pub client_id: String,
    /// The address it was sent to.
    pub redirect_uri: String,
    /// What the person agreed to.
    pub scopes: Vec<String>,
    /// PKCE challenge, if one was sent.
    pub challenge: Option<String>,
    /// The consent.
    pub auth_event: Uuid,
    /// When it was issued.
    pub issued: DateTime<Utc>,
}

/// What an access token allows.
#[derive(Debug, Clone)]
pub struct Session {
    /// The app.
    pub client_id: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// The consent.
    pub auth_event: Uuid,
    /// When it ends.
    pub expires: DateTime<Utc>,
    family: Option<u64>,
}

#[derive(Debug, Clone)]
struct Family {
    client_id: String,
    scopes: Vec<String>,
    auth_event: Uuid,
    current: String,
    issued: DateTime<Utc>,
    previous: Option<(String, DateTime<Utc>)>,
}

/// A person's permission for an app to work on an organisation.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Id of the connection, which is not the tenant's.
    pub id: Uuid,
    /// The app.
    pub client_id: String,
    /// The organisation.
    pub tenant: Uuid,
    /// The latest consent.
    pub auth_event: Uuid,
    /// First consent.
    pub created: DateTime<Utc>,
    /// Latest consent.
    pub updated: DateTime<Utc>,
}

/// The reply of the token endpoint; no other keys, since clients refuse what they do not know.
#[derive(Debug, Clone, Serialize)]
pub struct TokenSet {
    /// Only with the scope openid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// Bearer token, 30 minutes.
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
    /// `Bearer`.
    pub token_type: &'static str,
    /// Only with the scope `offline_access`; a new one each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Granted scopes, space separated.
    pub scope: String,
}

/// Everything the identity server remembers.
#[derive(Debug)]
pub struct Identity {
    ids: IdSource,
    codes: HashMap<String, Code>,
    sessions: HashMap<String, Session>,
    families: HashMap<u64, Family>,
    family_of_token: HashMap<String, u64>,
    next_family: u64,
    connections: Vec<Connection>,
}

impl Identity {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            ids: IdSource::new(seed ^ 0x1de7_717f),
            codes: HashMap::new(),
            sessions: HashMap::new(),
            families: HashMap::new(),
            family_of_token: HashMap::new(),
            next_family: 0,
            connections: Vec::new(),
        }
    }

    /// A fresh id, for correlation headers and consents.
    pub fn next_id(&mut self) -> Uuid {
        self.ids.next_id()
    }

    /// Records a consent: connects the app to the organisations, or marks them as reconnected.
    pub fn connect(
        &mut self,
        client_id: &str,
        tenants: &[Uuid],
        auth_event: Uuid,
        now: DateTime<Utc>,
    ) {
        for tenant in tenants {
            let known = self
                .connections
                .iter_mut()
                .find(|known| known.client_id == client_id && known.tenant == *tenant);
            if let Some(known) = known {
                known.auth_event = auth_event;
                known.updated = now;
            } else {
                let id = self.ids.next_id();
                self.connections.push(Connection {
                    id,
                    client_id: client_id.to_owned(),
                    tenant: *tenant,
                    auth_event,
                    created: now,
                    updated: now,
                });
            }
        }
    }

    /// Connections of an app, oldest first.
    pub fn connections_of(&self, client_id: &str) -> impl Iterator<Item = &Connection> {
        self.connections
            .iter()
            .filter(move |known| known.client_id == client_id)
    }

    /// All connections.
    #[must_use]
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// Whether the app may work on the organisation.
    #[must_use]
    pub fn is_connected(&self, client_id: &str, tenant: Uuid) -> bool {
        self.connections_of(client_id)
            .any(|known| known.tenant == tenant)
    }

    /// Drops connections and says how many there were.
    pub fn disconnect(&mut self, doomed: impl Fn(&Connection) -> bool) -> usize {
        let before = self.connections.len();
        self.connections.retain(|known| !doomed(known));
        before - self.connections.len()
    }

    /// Issues a code for a consent.
    pub fn issue_code(&mut self, code: Code) -> String {
        let text = self.ids.next_token();
        self.codes.insert(text.clone(), code);
        text
    }

    /// Takes a code out; it works once and for five minutes.
    pub fn take_code(&mut self, text: &str, now: DateTime<Utc>) -> Option<Code> {
        self.codes
            .remove(text)
            .filter(|code| now < code.issued + TimeDelta::minutes(CODE_MINUTES))
    }

    /// The session of an access token, also of one that has ended.
    #[must_use]
    pub fn session(&self, access_token: &str) -> Option<&Session> {
        self.sessions.get(access_token)
    }

    /// Issues tokens; a refresh token comes with the scope `offline_access`.
    pub fn issue(
        &mut self,
        client_id: &str,
        scopes: &[String],
        auth_event: Uuid,
        now: DateTime<Utc>,
    ) -> TokenSet {
        let family = scopes
            .iter()
            .any(|scope| scope == "offline_access")
            .then(|| {
                self.next_family += 1;
                let current = self.ids.next_token();
                self.family_of_token
                    .insert(current.clone(), self.next_family);
                self.families.insert(
                    self.next_family,
                    Family {
                        client_id: client_id.to_owned(),
                        scopes: scopes.to_vec(),
                        auth_event,
                        current,
                        issued: now,
                        previous: None,
                    },
                );
                self.next_family
            });
        self.token_set(client_id, scopes, auth_event, family, now)
    }

    /// Rotates a refresh token; the previous one works for 30 minutes more. Nothing when the token is dead, superseded or another app's.
    pub fn refresh(
        &mut self,
        client_id: &str,
        token: &str,
        answer: GraceAnswer,
        now: DateTime<Utc>,
    ) -> Option<TokenSet> {
        let number = *self.family_of_token.get(token)?;
        let family = self.families.get(&number)?;
        if family.client_id != client_id || now >= family.issued + TimeDelta::days(REFRESH_DAYS) {
            return None;
        }
        let is_current = family.current == token;
        let in_grace = family.previous.as_ref().is_some_and(|(previous, rotated)| {
            previous == token && now <= *rotated + TimeDelta::minutes(GRACE_MINUTES)
        });
        match (is_current, in_grace, answer) {
            (true, _, _) => self.rotate(number, Some((token.to_owned(), now)), now),
            (false, true, GraceAnswer::FurtherToken) => {
                let previous = family.previous.clone();
                self.rotate(number, previous, now);
            }
            (false, true, GraceAnswer::SameToken) => {}
            (false, false, _) => return None,
        }
        let family = self.families.get(&number)?.clone();
        Some(self.token_set(
            client_id,
            &family.scopes,
            family.auth_event,
            Some(number),
            now,
        ))
    }

    /// Ends a refresh token and every connection of its app, as Xero's revocation does. Unknown tokens are ignored.
    pub fn revoke(&mut self, client_id: &str, token: &str) {
        let Some(number) = self.family_of_token.get(token).copied() else {
            return;
        };
        if self
            .families
            .get(&number)
            .is_none_or(|family| family.client_id != client_id)
        {
            return;
        }
        self.families.remove(&number);
        self.family_of_token.retain(|_, family| *family != number);
        self.sessions
            .retain(|_, session| session.family != Some(number));
        self.disconnect(|known| known.client_id == client_id);
    }

    fn rotate(
        &mut self,
        number: u64,
        previous: Option<(String, DateTime<Utc>)>,
        now: DateTime<Utc>,
    ) {
        let fresh = self.ids.next_token();
        self.family_of_token.insert(fresh.clone(), number);
        if let Some(family) = self.families.get_mut(&number) {
            family.current = fresh;
            family.issued = now;
            family.previous = previous;
        }
    }

    fn token_set(
        &mut self,
        client_id: &str,
        scopes: &[String],
        auth_event: Uuid,
        family: Option<u64>,
        now: DateTime<Utc>,
    ) -> TokenSet {
        let expires = now + TimeDelta::minutes(ACCESS_MINUTES);
        let claims = json!({
            "nbf": now.timestamp(), "exp": expires.timestamp(), "iss": "https://identity.xero.com",
            "aud": "https://identity.xero.com/resources", "client_id": client_id,
            "sub": USER_ID.simple().to_string(), "auth_time": now.timestamp(), "xero_userid": USER_ID,
            "global_session_id": auth_event.simple().to_string(), "jti": self.ids.next_token(),
            "authentication_event_id": auth_event, "scope": scopes,
        });
        let access_token = jwt::sign(&claims);
        if self.sessions.len() >= SESSIONS_SWEEP {
            self.sessions
                .retain(|_, session| now < session.expires + TimeDelta::days(1));
        }
        self.sessions.insert(
            access_token.clone(),
            Session {
                client_id: client_id.to_owned(),
                scopes: scopes.to_vec(),
                auth_event,
                expires,
                family,
            },
        );
        let id_token = scopes.iter().any(|scope| scope == "openid").then(|| {
            jwt::sign(&json!({
                "nbf": now.timestamp(), "exp": (now + TimeDelta::minutes(5)).timestamp(),
                "iss": "https://identity.xero.com", "aud": client_id, "sub": USER_ID.simple().to_string(),
                "xero_userid": USER_ID, "preferred_username": "demo@sandbox.example",
                "email": "demo@sandbox.example", "given_name": "Demo", "family_name": "Person",
            }))
        });
        TokenSet {
            id_token,
            access_token,
            expires_in: ACCESS_MINUTES * 60,
            token_type: "Bearer",
            refresh_token: family
                .and_then(|number| self.families.get(&number))
                .map(|family| family.current.clone()),
            scope: scopes.join(" "),
        }
    }
}
