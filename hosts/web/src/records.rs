//! What hosts that keep records, and make no documents of their own, have in common.

use rust_decimal::Decimal;
use tieout_core::host::{
    Delivery, Drafting, HostError, HostPage, PostingState, RecordHost, Trace, WriteBack,
    WriteBackRefusal,
};
use tieout_core::panel::drafted_from;

use crate::ConfigError;

/// What cannot work of how drafts are made.
#[must_use]
pub fn drafts_problems(drafts: &Drafting) -> Vec<ConfigError> {
    let problem = |key, message: &str| ConfigError {
        key,
        message: message.to_owned(),
    };
    let mut problems = Vec::new();
    let rate = drafts.tax_rate;
    if rate.is_some_and(|rate| rate < Decimal::ZERO || rate >= Decimal::ONE) {
        let message = "must be a fraction such as \"0.10\"";
        problems.push(problem("drafts.tax_rate", message));
    }
    if rate.is_some() && drafts.tax_code.is_none() {
        let message = "is missing: the rate is that of a code";
        problems.push(problem("drafts.tax_code", message));
    }
    problems
}

/// No changes, ever: documents come into being only where a person drafts them.
#[must_use]
pub fn no_changes(after: Option<&str>) -> HostPage {
    HostPage {
        records: Vec::new(),
        position: after.map(str::to_owned),
        more: false,
    }
}

/// Leaves a trace of each draft that is at the provider now. Everything else is nothing to such a host.
///
/// A repeat finds the traces there. A trace whose reply was lost may be left twice, where a product cannot be asked for
/// the ones that it has.
pub async fn leave_traces(
    host: &dyn RecordHost,
    delivery: &Delivery,
) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
    let mut results = Vec::with_capacity(delivery.items.len());
    for item in &delivery.items {
        results.push(leave_one(host, item).await?);
    }
    Ok(results)
}

async fn leave_one(
    host: &dyn RecordHost,
    item: &WriteBack,
) -> Result<Result<(), WriteBackRefusal>, HostError> {
    let WriteBack::Posting { document, notice } = item else {
        return Ok(Ok(()));
    };
    let is_posted = match notice.state {
        PostingState::Posted => true,
        PostingState::Rejected | PostingState::Voided | PostingState::DeleteFailed => false,
    };
    let Some(record) = drafted_from(&document.id).filter(|_| is_posted) else {
        return Ok(Ok(()));
    };
    let number = notice.ledger_number.as_ref().unwrap_or(&document.number);
    let trace = Trace {
        number: number.clone(),
        url: None,
        text: format!("Invoice {number} was drafted from this record."),
    };
    let left = host.leave_trace(&record, &trace).await?;
    Ok(left.map_err(|message| WriteBackRefusal {
        code: "trace_refused".to_owned(),
        message,
    }))
}
