//! How the engine reaches a product by the views and procedures of its database.

use async_trait::async_trait;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, WriteBackRefusal,
};
use tokio_postgres::types::Type;

use super::changes::changes;
use super::config::SqlHostConfig;
use super::deliver::deliver;
use super::procedures::Procedure;
use super::session::{Lease, Session, wrong};
use super::shape::{Shape, quoted};
use super::statement;
use crate::capability::SQL;
use crate::http::Takes;

const PROBE: &str = "look at the database";

/// A product whose PostgreSQL database has the views and procedures of the contract.
///
/// The engine keeps how far it was read, so nothing is kept here but one connection, which is opened when it is needed.
pub struct SqlHost {
    session: Session,
    config: SqlHostConfig,
    capability: HostCapability,
}

impl SqlHost {
    /// A host in a database. Asks nobody: a database that is down now is found out about when it is read.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense or the certificates cannot be read.
    pub fn open(config: SqlHostConfig) -> Result<Self, HostError> {
        let is_addressed = config.is_addressed();
        config
            .problems()
            .into_iter()
            .find(|problem| is_addressed || problem.key != "url")
            .map_or(Ok(()), |problem| Err(wrong(&problem)))?;
        let takes = |what| config.takes.contains(&what);
        let capability = HostCapability {
            takes_payments: takes(Takes::Payments),
            takes_settlements: takes(Takes::Settlements),
            takes_postings: takes(Takes::Postings),
            ..SQL.clone()
        };
        Ok(Self {
            session: Session::new(&config)?,
            config,
            capability,
        })
    }

    /// Refuses procedures that are not there or not ours to call.
    async fn find_procedures(&self, lease: &Lease<'_>) -> Result<(), HostError> {
        let schema = quoted(&self.config.schema);
        let mut problems = Vec::new();
        for procedure in Procedure::needed(&self.config.takes) {
            let signature = procedure.signature(&schema);
            let statement = "select p.prokind::text, has_function_privilege(p.oid, 'execute')::text \
                 from pg_catalog.pg_proc p where p.oid = to_regprocedure($1)::oid";
            let rows = lease
                .rows(PROBE, statement, &[(&signature, Type::TEXT)])
                .await?;
            let found = rows
                .first()
                .map(|row| (row.get::<_, &str>(0), row.get::<_, &str>(1)));
            match found {
                Some(("p", "true")) => {}
                Some(("p", _)) => problems.push(format!(
                    "the user may not call {signature}: grant execute on it"
                )),
                Some(_) => problems.push(format!("{signature} is no procedure")),
                None => problems.push(format!(
                    "there is no procedure {signature}; leave what it takes out of `takes` if the product does not take it"
                )),
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        let message = problems.join("; ");
        Err(HostError::new(HostErrorKind::Misconfigured, PROBE, message))
    }
}

#[async_trait]
impl Host for SqlHost {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let limit = limit.min(self.config.page_documents_max).max(1);
        changes(&self.session, &self.config, after, limit).await
    }

    /// Nothing: a position says all.
    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        deliver(&self.session, &self.config.schema, delivery).await
    }

    /// The views with their columns and types, the procedures, and rows that nobody could ever read.
    async fn probe(&self) -> Result<(), HostError> {
        let lease = self.session.lease(PROBE).await?;
        let shape = Shape::read(&lease, PROBE, &self.config.schema).await?;
        self.find_procedures(&lease).await?;
        let rows = lease
            .rows(PROBE, &statement::without_place(&shape), &[])
            .await?;
        let lost = rows.first().map_or("0", |row| row.get::<_, &str>(0));
        if lost != "0" {
            let message = format!(
                "{lost} rows of {} have no row_version or no invoice_id, so they would never be read",
                shape.name(super::views::View::Invoice)
            );
            return Err(HostError::new(HostErrorKind::BadData, PROBE, message));
        }
        lease.give_back();
        Ok(())
    }
}
