//! How a product is told: one call of a procedure for each write-back, in order, each for good once it returns.

use tieout_core::host::{Delivery, HostError, WriteBackRefusal};
use tokio_postgres::types::{ToSql, Type};

use super::error::refused;
use super::procedures::Call;
use super::session::{Lease, Session};
use super::shape::quoted;

const OPERATION: &str = "deliver";

/// Calls the procedures. An error means that the whole delivery comes again, which changes nothing for those that were
/// taken: each procedure is idempotent by the identifier and the revision.
pub(super) async fn deliver(
    session: &Session,
    schema: &str,
    delivery: &Delivery,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    let lease = session.lease(OPERATION).await?;
    let schema = quoted(schema);
    let mut outcomes = Vec::with_capacity(delivery.items.len());
    for item in &delivery.items {
        outcomes.push(call(&lease, &schema, &Call::of(item)).await?);
    }
    lease.give_back();
    Ok(outcomes)
}

async fn call(
    lease: &Lease<'_>,
    schema: &str,
    call: &Call,
) -> Result<Result<(), WriteBackRefusal>, HostError> {
    let statement = call.procedure.statement(schema);
    let arguments: Vec<(&(dyn ToSql + Sync), Type)> = call
        .arguments
        .iter()
        .map(|argument| (argument as &(dyn ToSql + Sync), Type::TEXT))
        .collect();
    match lease.ask(OPERATION, &statement, &arguments).await? {
        Ok(_) => Ok(Ok(())),
        Err(error) => refused(OPERATION, error).map(Err),
    }
}
