//! Tokens that open the panel of one record for one user of a host: who may sign them, and what is believed of one.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::Mac;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tieout_core::clock::Clock;
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::host::{RecordKind, RecordRef};
use tieout_core::store::RecordKey;
use tieout_core::vault::Vault;

use crate::config::mistake;
use crate::jws::{Jws, seconds};
use crate::secret::{Secret, mac, mac_of};
use crate::{Actor, ConfigError, Fault, Kind};

/// For whom tokens must be.
const AUDIENCE: &str = "tieout-panel";

/// The name of our own key; hosts name theirs otherwise, or not at all.
const OWN_KEY: &str = "tieout";

/// How long a token may live, whoever signs it.
pub(crate) const LIFE_MAX: TimeDelta = TimeDelta::minutes(15);

/// By how much the clocks of hosts may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// Shortest shared secret, in bytes: as long as what it signs with.
const SECRET_BYTES_MIN: usize = 32;

/// Longest name or identifier of a user, in characters.
const USER_CHARS_MAX: usize = 200;

/// The panel that a product shows beside its own records.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PanelConfig {
    /// What the server of a product signs tokens with by itself (HS256, at least 32 random characters). Without it,
    /// tokens are asked for with an API key that has the scope `panel`.
    #[schemars(with = "Option<String>")]
    pub secret: Option<SecretString>,
    /// The secret before that one, while products change over.
    #[schemars(with = "Option<String>")]
    pub former_secret: Option<SecretString>,
}

impl PanelConfig {
    /// Everything that cannot work, by its key below `panel`.
    #[must_use]
    pub fn mistakes(&self) -> Vec<ConfigError> {
        let secrets = [
            ("secret", &self.secret),
            ("former_secret", &self.former_secret),
        ];
        let short = secrets.into_iter().filter(|(_, secret)| {
            let length = secret.as_ref().map(|it| it.expose_secret().len());
            length.is_some_and(|length| length < SECRET_BYTES_MIN)
        });
        let told = short.map(|(key, _)| {
            let message =
                format!("is too short to sign with: {SECRET_BYTES_MIN} random characters or more");
            mistake(key, message)
        });
        told.collect()
    }
}

/// What a token opens, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelGrant {
    /// The product.
    pub host: HostId,
    /// The books, where the record is shown against one organisation only.
    pub connection: Option<ConnectionId>,
    /// The only record that it opens.
    pub record: RecordRef,
    /// The user of the product.
    pub user: PanelUser,
    /// What the user may do.
    pub can: PanelRight,
}

/// A user of a product, as the product's server names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelUser {
    /// The product's identifier.
    pub id: String,
    /// What they are called; the identifier where nothing is said.
    #[serde(default)]
    pub name: String,
}

/// What a user may do in a panel.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PanelRight {
    /// See what stands in the books.
    View,
    /// Link, pin, draft and copy too.
    Work,
}

impl PanelGrant {
    /// The user as one who acts, for the journal.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::HostUser {
            host: self.host.to_string(),
            user: self.user.id.clone(),
            name: self.user.name.clone(),
        }
    }
}

/// Why a token opens nothing. The texts are for whoever builds the product's side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PanelRefusal {
    /// It is no signed token.
    #[error("the panel token is malformed")]
    Malformed,
    /// It is not signed with HS256.
    #[error("the panel token is not signed with HS256")]
    Algorithm,
    /// No secret is shared.
    #[error("no secret is shared with products here: `secret` under [panel]")]
    NoSecret,
    /// The signature is wrong.
    #[error("the signature of the panel token is wrong")]
    Signature,
    /// It is for something else.
    #[error("the panel token has another `aud` than {AUDIENCE}")]
    Audience,
    /// It does not say when it begins and ends, in whole seconds.
    #[error("the panel token lacks `iat` or `exp`")]
    Undated,
    /// It lives too long.
    #[error("the panel token lives longer than {} minutes", LIFE_MAX.num_minutes())]
    TooLong,
    /// It is over.
    #[error("the panel token has expired")]
    Expired,
    /// It begins later.
    #[error("the panel token is not valid yet: compare the clocks")]
    NotYet,
    /// One of its claims is missing or makes no sense.
    #[error("the claim `{0}` of the panel token is missing or makes no sense")]
    Claim(&'static str),
    /// It is for another record.
    #[error("the panel token is for {0}")]
    OtherRecord(RecordRef),
    /// It lets see and not work.
    #[error("the panel token lets its user see, not work")]
    ViewOnly,
}

impl PanelRefusal {
    /// What it comes to.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Malformed
            | Self::Algorithm
            | Self::NoSecret
            | Self::Signature
            | Self::Audience
            | Self::Undated
            | Self::TooLong
            | Self::Expired
            | Self::NotYet
            | Self::Claim(_) => Kind::SignIn,
            Self::OtherRecord(_) | Self::ViewOnly => Kind::Forbidden,
        }
    }
}

/// Signs panel tokens with a key of ours, and checks those and the ones that products sign with the shared secret.
pub struct Panels {
    own: SecretString,
    shared: Vec<SecretString>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Panels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panels")
            .field("shared", &self.shared.len())
            .finish_non_exhaustive()
    }
}

impl Panels {
    /// Those of a configuration. Our own key lies sealed in the vault; without a vault it is another one at each start.
    ///
    /// # Errors
    /// When the vault fails, or the operating system gives no random bytes.
    pub async fn open(
        vault: Option<&Vault>,
        config: &PanelConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Fault> {
        let key = RecordKey::new(&["identity", "panel-key"]);
        let known = match vault {
            Some(vault) => vault.read(&key).await?,
            None => None,
        };
        let own = match (known, vault) {
            (Some(known), _) => known,
            (None, vault) => {
                let fresh = Secret::random()?.to_text();
                if let Some(vault) = vault {
                    vault.write(&key, Some(&fresh)).await?;
                }
                fresh
            }
        };
        let shared = [&config.secret, &config.former_secret];
        Ok(Self {
            own,
            shared: shared.into_iter().flatten().cloned().collect(),
            clock,
        })
    }

    /// A token for what is granted, and until when it opens it: a quarter of an hour.
    #[must_use]
    pub fn issue(&self, grant: &PanelGrant) -> (SecretString, DateTime<Utc>) {
        let now = self.clock.now();
        let until = now + LIFE_MAX;
        let mut claims = json!({
            "aud": AUDIENCE,
            "iat": now.timestamp(),
            "exp": until.timestamp(),
            "host": grant.host,
            "record": grant.record.to_string(),
            "user": grant.user,
            "can": grant.can,
        });
        if let Some(connection) = &grant.connection {
            claims["connection"] = json!(connection);
        }
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": OWN_KEY });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = mac(self.own.expose_secret().as_bytes(), signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        (SecretString::from(token), until)
    }

    /// What a token opens.
    ///
    /// # Errors
    /// [`PanelRefusal`], by the first thing that is wrong; what it claims is looked at only under a right signature.
    pub fn check(&self, token: &str) -> Result<PanelGrant, PanelRefusal> {
        self.check_until(token).map(|(grant, _)| grant)
    }

    /// What a token opens, and until when.
    ///
    /// # Errors
    /// As of [`Self::check`].
    pub fn check_until(&self, token: &str) -> Result<(PanelGrant, DateTime<Utc>), PanelRefusal> {
        let token = Jws::split(token).ok_or(PanelRefusal::Malformed)?;
        if token.header.alg != "HS256" || token.header.crit.is_some() {
            return Err(PanelRefusal::Algorithm);
        }
        self.check_signature(&token)?;
        let claims: Value =
            serde_json::from_slice(&token.payload).map_err(|_| PanelRefusal::Malformed)?;
        let is_ours = match claims.get("aud") {
            Some(Value::String(audience)) => audience == AUDIENCE,
            Some(Value::Array(several)) => several.iter().any(|it| it == AUDIENCE),
            _ => false,
        };
        if !is_ours {
            return Err(PanelRefusal::Audience);
        }
        let ends = check_time(&claims, self.clock.now())?;
        let ends = DateTime::from_timestamp(ends, 0).ok_or(PanelRefusal::Undated)?;
        Ok((granted(&claims)?, ends))
    }

    fn check_signature(&self, token: &Jws<'_>) -> Result<(), PanelRefusal> {
        let signature = URL_SAFE_NO_PAD
            .decode(token.signature)
            .map_err(|_| PanelRefusal::Malformed)?;
        let keys = match token.header.kid.as_deref() {
            Some(OWN_KEY) => std::slice::from_ref(&self.own),
            _ => self.shared.as_slice(),
        };
        if keys.is_empty() {
            return Err(PanelRefusal::NoSecret);
        }
        // Every key is tried, so that the time does not tell which one fits.
        let fits = keys.iter().fold(false, |fits, key| {
            let mac = mac_of(key.expose_secret().as_bytes(), token.signed.as_bytes());
            fits | mac.verify_slice(&signature).is_ok()
        });
        match fits {
            true => Ok(()),
            false => Err(PanelRefusal::Signature),
        }
    }
}

impl PanelGrant {
    /// That it opens this record, and that its user may do this there.
    ///
    /// # Errors
    /// [`PanelRefusal::OtherRecord`] or [`PanelRefusal::ViewOnly`].
    pub fn demand(
        &self,
        host: &HostId,
        record: &RecordRef,
        right: PanelRight,
    ) -> Result<(), PanelRefusal> {
        if self.host != *host || self.record != *record {
            return Err(PanelRefusal::OtherRecord(self.record.clone()));
        }
        match right <= self.can {
            true => Ok(()),
            false => Err(PanelRefusal::ViewOnly),
        }
    }
}

/// When a token ends, in seconds since 1970, if it has begun and has not ended.
fn check_time(claims: &Value, now: DateTime<Utc>) -> Result<i64, PanelRefusal> {
    let moment = |claim: &str| seconds(claims.get(claim));
    let (Some(begins), Some(ends)) = (moment("iat"), moment("exp")) else {
        return Err(PanelRefusal::Undated);
    };
    let (now, leeway) = (now.timestamp(), LEEWAY.num_seconds());
    if ends.saturating_sub(begins) > LIFE_MAX.num_seconds() {
        return Err(PanelRefusal::TooLong);
    }
    let latest = moment("nbf").map_or(begins, |other| other.max(begins));
    if claims.get("nbf").is_some() && moment("nbf").is_none() || latest.saturating_sub(leeway) > now
    {
        return Err(PanelRefusal::NotYet);
    }
    // What is over is over: a host whose clock is behind signs tokens that live less.
    if ends <= now {
        return Err(PanelRefusal::Expired);
    }
    Ok(ends)
}

fn granted(claims: &Value) -> Result<PanelGrant, PanelRefusal> {
    let text = |claim: &'static str| {
        let told = claims.get(claim).and_then(Value::as_str);
        told.ok_or(PanelRefusal::Claim(claim))
    };
    let host = HostId::new(text("host")?).map_err(|_| PanelRefusal::Claim("host"))?;
    let connection = match claims.get("connection") {
        None | Some(Value::Null) => None,
        Some(_) => Some(
            ConnectionId::new(text("connection")?)
                .map_err(|_| PanelRefusal::Claim("connection"))?,
        ),
    };
    let record = record(text("record")?).ok_or(PanelRefusal::Claim("record"))?;
    let can = claims.get("can").cloned().unwrap_or_default();
    let can = serde_json::from_value(can).map_err(|_| PanelRefusal::Claim("can"))?;
    let user = claims.get("user").cloned().unwrap_or_default();
    let user = serde_json::from_value(user)
        .ok()
        .and_then(named)
        .ok_or(PanelRefusal::Claim("user"))?;
    Ok(PanelGrant {
        host,
        connection,
        record,
        user,
        can,
    })
}

/// A record of the form KIND/ID.
fn record(text: &str) -> Option<RecordRef> {
    let (word, id) = text.split_once('/')?;
    RecordRef::new(RecordKind::of_word(&word.to_lowercase())?, id).ok()
}

/// A user whom the journal can name.
fn named(mut user: PanelUser) -> Option<PanelUser> {
    if user.name.trim().is_empty() {
        user.name.clone_from(&user.id);
    }
    let fits = |text: &str| {
        !text.trim().is_empty()
            && text.chars().count() <= USER_CHARS_MAX
            && !text.chars().any(char::is_control)
    };
    (fits(&user.id) && fits(&user.name)).then_some(user)
}
