//! How a database is asked while its promises are tried, and what shows what was seen.

use std::sync::Arc;

use tieout_core::clock::Clock;
use tieout_core::host::{HostError, HostErrorKind};
use tokio::sync::OnceCell;
use tokio_postgres::types::{ToSql, Type};

use super::super::exchange::Exchange;
use super::super::report::{Trouble, broken, left_out};
use super::survey::Survey;
use crate::sql::{Call, Lease, Session, SqlHost, SqlHostConfig, quoted, refused};

pub(super) const OPERATION: &str = "conform";
/// The database says that a procedure may not end the transaction that it is called in.
const ENDS_TRANSACTIONS: &str = "sqlstate_2d000";

/// What is tried of a database, and with what.
pub struct DatabaseTrial {
    /// How it is called in the report: its address without the password.
    pub product: String,
    /// The database as a configuration of this program has it.
    pub config: SqlHostConfig,
    /// An invoice, by `invoice_id`, that the procedures may be tried on; `None` leaves them out.
    pub invoice: Option<String>,
    /// Documents read at most.
    pub records_max: usize,
}

/// A database on trial.
pub struct Desk {
    pub(super) trial: DatabaseTrial,
    pub(super) host: SqlHost,
    /// Marks what this run makes, so that no two runs meet.
    pub(super) run: String,
    clock: Arc<dyn Clock>,
    session: Session,
    survey: OnceCell<Result<Survey, String>>,
}

impl Desk {
    pub(super) fn new(trial: DatabaseTrial, clock: Arc<dyn Clock>) -> Result<Self, HostError> {
        let session = Session::new(&trial.config)?;
        let host = SqlHost::open(trial.config.clone())?;
        Ok(Self {
            trial,
            host,
            run: clock.now().format("%Y%m%dT%H%M%S%3f").to_string(),
            clock,
            session,
            survey: OnceCell::new(),
        })
    }

    pub(super) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// The documents read once from the beginning; later the same again. Left out where they cannot be read.
    pub(super) async fn survey(&self) -> Result<&Survey, Trouble> {
        let read = self.survey.get_or_init(|| async {
            let page = self.trial.config.page_documents_max;
            let read = Survey::make(&self.host, page, self.trial.records_max);
            read.await.map_err(|error| error.to_string())
        });
        let read = read.await.as_ref();
        read.map_err(|why| Trouble::LeftOut(format!("the views cannot be read: {why}")))
    }

    /// A view or procedure with its schema, fit for a statement.
    pub(super) fn name(&self, of: &str) -> String {
        format!("{}.{of}", self.schema())
    }

    pub(super) fn schema(&self) -> String {
        quoted(&self.trial.config.schema)
    }

    /// The rows of one statement, each cell a text, with what shows them.
    pub(super) async fn ask(&self, statement: &str, with: &[&str]) -> Result<Rows, Trouble> {
        let lease = self.lease().await?;
        let rows = rows(&lease, statement, with).await?;
        lease.give_back();
        Ok(rows)
    }

    /// Begins what is rolled back, whatever comes of it: a connection that is let go ends its transaction.
    pub(super) async fn begin(&self) -> Result<Attempt<'_>, Trouble> {
        let lease = self.lease().await?;
        lease.run(OPERATION, "begin").await.map_err(trouble)?;
        let schema = self.schema();
        Ok(Attempt {
            lease,
            schema,
            said: Vec::new(),
        })
    }

    async fn lease(&self) -> Result<Lease<'_>, Trouble> {
        self.session.lease(OPERATION).await.map_err(trouble)
    }
}

/// What a statement gave.
pub(super) struct Rows {
    pub(super) cells: Vec<Vec<Option<String>>>,
    pub(super) exchange: Exchange,
}

impl Rows {
    /// A cell of the first row, empty where there is none.
    pub(super) fn first(&self, at: usize) -> &str {
        let cell = self.cells.first().and_then(|row| row.get(at)?.as_deref());
        cell.unwrap_or_default()
    }
}

async fn rows(lease: &Lease<'_>, statement: &str, with: &[&str]) -> Result<Rows, Trouble> {
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> = with
        .iter()
        .map(|text| (text as &(dyn ToSql + Sync), Type::TEXT))
        .collect();
    let rows = lease.rows(OPERATION, statement, &parameters).await;
    let rows = rows.map_err(trouble)?;
    let cells: Vec<Vec<Option<String>>> = rows
        .iter()
        .map(|row| {
            (0..row.len())
                .map(|at| row.get::<_, Option<String>>(at))
                .collect()
        })
        .collect();
    let shown = cells.iter().map(|row| {
        let cells = row.iter().map(|cell| cell.as_deref().unwrap_or("null"));
        cells.collect::<Vec<_>>().join(" | ")
    });
    let exchange = Exchange::of_statement(statement, with, shown.collect::<Vec<_>>().join("\n"));
    Ok(Rows { cells, exchange })
}

/// Calls of procedures that are rolled back.
pub(super) struct Attempt<'a> {
    lease: Lease<'a>,
    schema: String,
    /// What was called, and what came of it.
    said: Vec<Exchange>,
}

impl Attempt<'_> {
    /// Calls a procedure. Broken where it refuses.
    pub(super) async fn call(&mut self, call: &Call, what: &str) -> Result<(), Trouble> {
        match self.try_call(call).await? {
            Ok(()) => Ok(()),
            Err(code) if code == ENDS_TRANSACTIONS => left_out(
                "the procedure ends transactions itself, so it cannot be tried without leaving traces",
            ),
            Err(code) => {
                let said = self.said.last().map(|it| it.reply_body.clone());
                let said = said.unwrap_or(code);
                broken(format!("{what} was refused: {said}"), self.shown())
            }
        }
    }

    /// Calls a procedure; gives the code with which it refuses.
    pub(super) async fn try_call(&mut self, call: &Call) -> Result<Result<(), String>, Trouble> {
        let statement = call.procedure.statement(&self.schema);
        let arguments: Vec<(&(dyn ToSql + Sync), Type)> = call
            .arguments
            .iter()
            .map(|argument| (argument as &(dyn ToSql + Sync), Type::TEXT))
            .collect();
        let answer = self.lease.ask(OPERATION, &statement, &arguments).await;
        let (outcome, words) = match answer.map_err(trouble)? {
            Ok(_) => (Ok(()), "returned".to_owned()),
            Err(error) => {
                let refusal = refused(OPERATION, error).map_err(trouble)?;
                let words = format!("{}: {}", refusal.code, refusal.message);
                (Err(refusal.code), words)
            }
        };
        let texts: Vec<&str> = call
            .arguments
            .iter()
            .map(|argument| argument.as_deref().unwrap_or("null"))
            .collect();
        self.said
            .push(Exchange::of_statement(&statement, &texts, words));
        Ok(outcome)
    }

    /// The rows of a statement, as the transaction sees them.
    pub(super) async fn ask(&mut self, statement: &str, with: &[&str]) -> Result<Rows, Trouble> {
        let rows = rows(&self.lease, statement, with).await?;
        self.said.push(rows.exchange.clone());
        Ok(rows)
    }

    /// What was called and asked, in its order.
    pub(super) fn shown(&self) -> Vec<Exchange> {
        self.said.clone()
    }

    /// Takes everything back.
    pub(super) async fn end(self) -> Result<(), Trouble> {
        self.lease
            .run(OPERATION, "rollback")
            .await
            .map_err(trouble)?;
        self.lease.give_back();
        Ok(())
    }
}

/// What a failure to ask means for a promise.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
pub(super) fn trouble(error: HostError) -> Trouble {
    match error.kind {
        HostErrorKind::Unavailable | HostErrorKind::Unauthorised => {
            Trouble::LeftOut(error.to_string())
        }
        _ => Trouble::Broken(error.to_string(), Vec::new()),
    }
}
