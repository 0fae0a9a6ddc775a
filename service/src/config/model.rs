//! What a configuration file holds.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveTime;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use tieout_adapter_files::FilesConfig;
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::settings::{Routes, Settings};
use tieout_host_contract::{FolderConfig, HttpHostConfig, SftpHostConfig, SqlHostConfig};
use tieout_host_freshsales::FreshsalesConfig;
use tieout_host_iinsight::IinsightConfig;
use tieout_host_insightly::InsightlyConfig;
use tieout_host_kornit_x::KornitXConfig;
use tieout_identity::{PanelConfig, SignInConfig};
use tieout_notices::NotifyConfig;
use tieout_sftp::SftpServer;
use tieout_xero::config::XeroConfig;
use url::Url;

/// A configuration file of tieout.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where everything is remembered.
    #[serde(default)]
    pub(crate) store: StoreConfig,
    /// What seals tokens at rest.
    #[serde(default)]
    pub(crate) secrets: SecretsConfig,
    /// When to look for news.
    #[serde(default)]
    pub(crate) schedule: ScheduleConfig,
    /// What is remembered of what was said to organisations.
    #[serde(default)]
    pub(crate) journal: JournalConfig,
    /// Certificates of what both sides come to.
    #[serde(default)]
    pub(crate) reports: ReportsConfig,
    /// Where `tieout serve` listens, for webhooks and for the dashboard; without it, it does not listen and changes are
    /// seen by looking for them.
    #[serde(default)]
    pub(crate) listen: Option<ListenConfig>,
    /// Who may sign in at the dashboard, and for how long.
    #[serde(default)]
    pub(crate) sign_in: SignInConfig,
    /// What programs may do over HTTP.
    #[serde(default)]
    pub(crate) api: ApiConfig,
    /// What people and other systems are told without asking.
    #[serde(default)]
    pub(crate) notify: NotifyConfig,
    /// What monitors may see.
    #[serde(default)]
    pub(crate) metrics: MetricsConfig,
    /// Where traces go.
    #[serde(default)]
    pub(crate) telemetry: TelemetryConfig,
    /// The app registered at Xero, for every connection that names none of its own.
    #[serde(default)]
    pub(crate) xero: Option<XeroConfig>,
    /// The panel that products show beside their own records.
    #[serde(default)]
    pub(crate) panel: PanelConfig,
    /// Servers on which files are exchanged, by a name of your choice.
    #[serde(default)]
    pub(crate) servers: BTreeMap<String, ServerConfig>,
    /// The products whose documents are kept, by a name of your choice.
    #[serde(default)]
    pub(crate) hosts: BTreeMap<HostId, HostConfig>,
    /// The organisations that keep them, by a name of your choice.
    #[serde(default)]
    pub(crate) connections: BTreeMap<ConnectionId, ConnectionConfig>,
    /// Which document belongs to which connection: the first route that fits. Without any, everything
    /// goes to the only connection.
    #[serde(default)]
    pub(crate) routes: Routes,
    /// What is switched off.
    #[serde(default)]
    pub(crate) off: OffConfig,
}

/// What is switched off: nothing leaves or enters it, and what happens meanwhile waits until it is on again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OffConfig {
    /// Products that are not read and not told anything.
    pub(crate) hosts: BTreeSet<HostId>,
    /// Organisations to which nothing is sent and from which nothing is collected.
    pub(crate) connections: BTreeSet<ConnectionId>,
}

/// Where everything is remembered.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StoreConfig {
    /// A folder on a local disk; `$XDG_STATE_HOME/tieout` by default.
    pub(crate) path: Option<PathBuf>,
    /// Bytes of the cache; 32 MiB by default.
    pub(crate) cache_bytes: Option<u64>,
}

/// What is remembered of what was said to organisations.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct JournalConfig {
    /// Days for which the bodies of requests and replies about documents are kept; 0 keeps none. When they were
    /// said, what for, with which status and how long they took is kept for ever.
    #[schemars(range(max = 36_500))]
    pub(crate) exchanges_keep_days: u32,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            exchanges_keep_days: 365,
        }
    }
}

/// Certificates of what both sides come to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportsConfig {
    /// The folder of the certificates; beside the store, with `-reports` behind its name, by default.
    pub(crate) folder: Option<PathBuf>,
    /// Whether `tieout serve` keeps one every day.
    pub(crate) daily: bool,
    /// From when on in the day, as `HH:MM` in UTC.
    #[serde(deserialize_with = "time_of_day")]
    #[schemars(with = "String", regex(pattern = "^[0-2][0-9]:[0-5][0-9]$"))]
    pub(crate) daily_at: NaiveTime,
}

impl Default for ReportsConfig {
    fn default() -> Self {
        Self {
            folder: None,
            daily: true,
            daily_at: NaiveTime::MIN,
        }
    }
}

fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| {
        D::Error::custom(format!(
            "`{text}` is no time of the day: write it as HH:MM, such as 06:00"
        ))
    })
}

/// What seals tokens at rest.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SecretsConfig {
    /// The key: 32 bytes in hexadecimal or base64. To rotate, put the new key in front of the old one,
    /// separated by a comma.
    #[schemars(with = "Option<String>")]
    pub(crate) key: Option<SecretString>,
}

/// When to look for news.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScheduleConfig {
    /// Seconds between two looks at a host that has no `poll_s` of its own.
    #[schemars(range(min = 1, max = 86_400))]
    pub(crate) host_poll_s: u64,
    /// Seconds between two looks at an organisation. Each look takes at least two calls of its budget.
    #[schemars(range(min = 1, max = 86_400))]
    pub(crate) provider_poll_s: u64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self {
            host_poll_s: 30,
            provider_poll_s: 300,
        }
    }
}

/// Where `tieout serve` listens: for webhooks, and for people and programs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListenConfig {
    /// Address and port. Xero posts over HTTPS, so what is reached from outside is a proxy that passes on.
    #[schemars(with = "String")]
    pub(crate) address: SocketAddr,
    /// How people reach it, such as `https://books.example.com`: the name of the proxy before it. Without it, only this
    /// machine does.
    #[serde(default)]
    pub(crate) public_url: Option<Url>,
}

/// What programs may do over HTTP.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ApiConfig {
    /// Sites whose pages may call the API from a browser, with a key or a panel of their own, such as `https://app.example.com`; none
    /// by default.
    pub(crate) allowed_origins: Vec<Url>,
}

/// What monitors may see.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsConfig {
    /// Whether programs on this machine read `/metrics` without a key. By default they do where `[listen]` has no
    /// `public_url`: behind a proxy on this machine everybody would come from here.
    pub(crate) without_key: Option<bool>,
}

/// Where traces go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TelemetryConfig {
    /// The address of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; without it there are
    /// no traces. The variables of OpenTelemetry, such as OTEL_EXPORTER_OTLP_ENDPOINT, come before it.
    pub(crate) otlp: Option<Url>,
}

impl ApiConfig {
    /// The sites as browsers name them.
    pub(crate) fn origins(&self) -> Vec<String> {
        let named = self.allowed_origins.iter();
        named
            .map(|url| url.origin().ascii_serialization())
            .collect()
    }
}

/// A product whose documents are kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HostConfig {
    /// It exchanges files in a folder, by the open host contract.
    Folder(FolderConfig),
    /// It exchanges such files in a folder on a server of `[servers]`.
    Sftp(Box<SftpHostConfig>),
    /// It serves the open host contract over HTTP.
    Http(Box<HttpHostConfig>),
    /// Freshsales: records beside which invoices are seen and drafted.
    Freshsales(FreshsalesConfig),
    /// Insightly: the same.
    Insightly(InsightlyConfig),
    /// It is iinsight, through its API.
    Iinsight(Box<IinsightConfig>),
    /// Kornit X, which was Custom Gateway: orders as purchase orders and invoices.
    KornitX(Box<KornitXConfig>),
    /// Its PostgreSQL database has the views and procedures of the open host contract.
    Sql(SqlHostConfig),
}

/// A server on which files are exchanged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ServerConfig {
    /// It is reached by SFTP.
    Sftp(Box<SftpServer>),
}

/// An organisation that keeps the documents.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionConfig {
    /// The accounting system.
    #[serde(default)]
    pub(crate) provider: ProviderKind,
    /// An app of its own, in place of the common one.
    #[serde(default)]
    pub(crate) xero: Option<XeroConfig>,
    /// Where its books are, with `provider = "files"`.
    #[serde(default)]
    pub(crate) files: Option<FilesConfig>,
    /// How its books are kept.
    #[serde(default)]
    pub(crate) settings: Settings,
}

/// An accounting system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderKind {
    /// Xero.
    #[default]
    Xero,
    /// A folder of JSON documents.
    Files,
}

impl HostConfig {
    /// Its place below its name in the file, and the seconds between two looks at it, where it has some of its own. What
    /// keeps records alone is not looked at.
    pub(crate) fn poll(&self) -> (&'static str, Option<u64>) {
        match self {
            Self::Folder(folder) => ("folder", folder.poll_s),
            Self::Sftp(sftp) => ("sftp", sftp.poll_s),
            Self::Http(http) => ("http", http.poll_s),
            Self::Iinsight(iinsight) => ("iinsight", iinsight.poll_s),
            Self::KornitX(kornit) => ("kornit_x", kornit.poll_s),
            Self::Sql(sql) => ("sql", sql.poll_s),
            Self::Freshsales(_) => ("freshsales", None),
            Self::Insightly(_) => ("insightly", None),
        }
    }
}

impl OffConfig {
    /// Whether everything is on.
    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.connections.is_empty()
    }
}

impl Config {
    /// The app of a connection at Xero: its own, or the common one.
    pub(crate) fn app<'a>(&'a self, connection: &'a ConnectionConfig) -> Option<&'a XeroConfig> {
        let app = connection.xero.as_ref().or(self.xero.as_ref());
        app.filter(|_| connection.provider == ProviderKind::Xero)
    }

    /// The routes; without any, the only connection takes everything.
    pub(crate) fn routes(&self) -> Routes {
        let mut names = self.connections.keys();
        match (self.routes.0.is_empty(), names.next(), names.next()) {
            (true, Some(only), None) => {
                Routes(vec![tieout_core::settings::Route::everything(only.clone())])
            }
            _ => self.routes.clone(),
        }
    }
}
