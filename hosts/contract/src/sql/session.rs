//! The one connection to a database: opened when it is needed, dropped when anything about it is uncertain.

use std::time::{Duration, Instant};

use tieout_core::host::{HostError, HostErrorKind};
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::config::SqlHostConfig;
use super::error::failed;
use super::tls::connector;
use tieout_host_web::ConfigError;

/// After a failure to connect nobody tries again for so long: a database that comes back is not run over.
const PAUSE: Duration = Duration::from_secs(1);

/// The one connection to a database.
pub(crate) struct Session {
    /// `None` when its address is a secret that is not at hand.
    target: Option<Config>,
    tls: Option<MakeRustlsConnect>,
    statement_timeout_ms: u64,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Client>,
    /// When and why the last attempt to connect failed.
    refused: Option<(Instant, HostErrorKind, String)>,
}

/// The connection in somebody's hands. Who lets go of it without [`Lease::give_back`] closes it: nobody then finds it in
/// the midst of a transaction.
pub(crate) struct Lease<'a> {
    state: MutexGuard<'a, State>,
    client: Client,
    patience: Duration,
}

/// A parameter of a statement with its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl Session {
    pub(crate) fn new(config: &SqlHostConfig) -> Result<Self, HostError> {
        let target = match config.is_addressed() {
            true => Some(config.target().map_err(|error| wrong(&error))?),
            false => None,
        };
        let is_encrypted = |target| config.is_encrypted(target);
        let tls = match target.as_ref().is_some_and(is_encrypted) {
            true => Some(connector(config.ca.as_deref())?),
            false => None,
        };
        Ok(Self {
            target,
            tls,
            statement_timeout_ms: config.statement_timeout_ms(),
            patience: config.patience(),
            state: Mutex::default(),
        })
    }

    /// The connection, opened if there is none; whoever comes meanwhile waits.
    pub(crate) async fn lease(&self, operation: &'static str) -> Result<Lease<'_>, HostError> {
        let mut state = self.state.lock().await;
        let client = match state.client.take().filter(|client| !client.is_closed()) {
            Some(client) => client,
            None => self.connect(&mut state, operation).await?,
        };
        Ok(Lease {
            state,
            client,
            patience: self.patience,
        })
    }

    async fn connect(
        &self,
        state: &mut State,
        operation: &'static str,
    ) -> Result<Client, HostError> {
        if let Some((at, kind, why)) = &state.refused
            && at.elapsed() < PAUSE
        {
            return Err(HostError::new(*kind, operation, why.clone()));
        }
        match tokio::time::timeout(self.patience, self.open(operation)).await {
            Ok(Ok(client)) => {
                state.refused = None;
                Ok(client)
            }
            Ok(Err(error)) => {
                state.refused = Some((Instant::now(), error.kind, error.message.clone()));
                Err(error)
            }
            Err(_) => Err(late(operation)),
        }
    }

    async fn open(&self, operation: &'static str) -> Result<Client, HostError> {
        let failed = |error| failed(operation, error);
        let Some(target) = &self.target else {
            let message = "`url` is not at hand";
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                operation,
                message,
            ));
        };
        let client = match &self.tls {
            None => {
                let (client, connection) = target.connect(NoTls).await.map_err(failed)?;
                tokio::spawn(drive(connection));
                client
            }
            Some(tls) => {
                let connecting = target.connect(tls.clone());
                let (client, connection) = connecting.await.map_err(failed)?;
                tokio::spawn(drive(connection));
                client
            }
        };
        let settings = format!(
            "set statement_timeout = {}; set datestyle = 'ISO, YMD'; set extra_float_digits = 0",
            self.statement_timeout_ms
        );
        client.batch_execute(&settings).await.map_err(failed)?;
        Ok(client)
    }
}

impl Lease<'_> {
    /// The rows of a statement, each cell a text.
    pub(crate) async fn rows(
        &self,
        operation: &'static str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, HostError> {
        self.ask(operation, statement, parameters)
            .await?
            .map_err(|error| failed(operation, error))
    }

    /// The same, with the database's error as it is; the outer error is that nobody answered.
    pub(crate) async fn ask(
        &self,
        operation: &'static str,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Result<Vec<Row>, tokio_postgres::Error>, HostError> {
        let asking = self.client.query_typed(statement, parameters);
        tokio::time::timeout(self.patience, asking)
            .await
            .map_err(|_| late(operation))
    }

    /// Statements without parameters and without rows.
    pub(crate) async fn run(
        &self,
        operation: &'static str,
        statements: &str,
    ) -> Result<(), HostError> {
        tokio::time::timeout(self.patience, self.client.batch_execute(statements))
            .await
            .map_err(|_| late(operation))?
            .map_err(|error| failed(operation, error))
    }

    /// Puts the connection back for the next one; it must be in no transaction.
    pub(crate) fn give_back(mut self) {
        self.state.client = Some(self.client);
    }
}

/// A setting that makes no sense.
pub(super) fn wrong(error: &ConfigError) -> HostError {
    HostError::new(HostErrorKind::Misconfigured, "open host", error.to_string())
}

fn late(operation: &'static str) -> HostError {
    let message = "the database did not answer in time";
    HostError::new(HostErrorKind::Unavailable, operation, message)
}

/// Carries what is said over a connection until it ends. Whoever waits for an answer is told why it did not come.
async fn drive<C>(connection: C)
where
    C: Future<Output = Result<(), tokio_postgres::Error>>,
{
    if let Err(error) = connection.await {
        tracing::debug!(%error, "the connection to a database ended");
    }
}
