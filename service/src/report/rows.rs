//! What one row of a tie-out says, whatever it is written into.

use rust_decimal::Decimal;
use serde::Serialize;
use tieout_core::advice::{Action, actions_for};
use tieout_core::check::kinds::Act;
use tieout_core::document::ConnectionId;
use tieout_core::driver::TieOutRow;
use tieout_core::provider::Snapshot;
use tieout_core::tieout::{Cause, Comparison, Difference, GatheredBy, Verdict};

use crate::output::pasteable;

/// The columns, in order.
pub(crate) const COLUMNS: [&str; 17] = [
    "connection",
    "kind",
    "number",
    "id",
    "contact",
    "date",
    "currency",
    "host_total",
    "provider_total",
    "host_settled",
    "provider_settled",
    "verdict",
    "differences",
    "causes",
    "fix",
    "findings",
    "provider_id",
];

/// Columns that hold amounts.
pub(crate) const AMOUNTS: std::ops::Range<usize> = 7..11;

/// One row, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// On which connection.
    pub(crate) connection: String,
    /// What it is.
    pub(crate) kind: &'static str,
    /// The number that people use.
    pub(crate) number: String,
    /// The host's identifier as host/kind/id; empty for what the host does not have.
    pub(crate) id: String,
    /// Who owes or supplies, as the host says.
    pub(crate) contact: String,
    /// The accounting date.
    pub(crate) date: String,
    /// The currency of the amounts.
    pub(crate) currency: String,
    /// What the host says that it comes to.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub(crate) host_total: Option<Decimal>,
    /// What the provider holds.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub(crate) provider_total: Option<Decimal>,
    /// What the host knows as paid and credited.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub(crate) host_settled: Option<Decimal>,
    /// What the provider holds as paid and credited.
    #[serde(with = "rust_decimal::serde::str_option")]
    pub(crate) provider_settled: Option<Decimal>,
    /// `agrees`, `differs`, `nothing_to_compare` or `foreign`.
    pub(crate) verdict: &'static str,
    /// Where it differs, or why there is nothing to compare.
    pub(crate) differences: Vec<String>,
    /// Why.
    pub(crate) causes: Vec<Cause>,
    /// What mends it.
    pub(crate) fix: Vec<String>,
    /// What is known of it, as findings say it.
    pub(crate) findings: Vec<String>,
    /// The provider's identifier of what the host does not have.
    pub(crate) provider_id: String,
}

impl Row {
    /// The row of what was compared.
    pub(crate) fn of(connection: &ConnectionId, row: &TieOutRow) -> Self {
        match row {
            TieOutRow::Document(one) => Self::document(connection, one),
            TieOutRow::Foreign(snapshot) => Self::foreign(connection, snapshot),
        }
    }

    fn document(connection: &ConnectionId, one: &Comparison) -> Self {
        let key = &one.document;
        // A number may be that of several documents.
        let named = format!("{}/{}/{}", key.host, key.kind.as_str(), key.id);
        let row = Self {
            connection: connection.to_string(),
            kind: key.kind.as_str(),
            number: one.number.clone(),
            id: named.clone(),
            contact: one.party.clone(),
            date: one.date.to_string(),
            currency: one.currency.to_string(),
            host_total: one.host_total.filter(|_| one.wanted),
            provider_total: one.provider_total,
            host_settled: Some(one.host_settled),
            provider_settled: one.provider_settled,
            verdict: "agrees",
            differences: Vec::new(),
            causes: Vec::new(),
            fix: Vec::new(),
            findings: Vec::new(),
            provider_id: String::new(),
        };
        match &one.verdict {
            Verdict::Agrees => row,
            Verdict::NothingToCompare { why } => Self {
                verdict: "nothing_to_compare",
                differences: vec![why.clone()],
                ..row
            },
            Verdict::Differs {
                differences,
                causes,
                findings,
            } => Self {
                verdict: "differs",
                differences: differences.iter().map(words).collect(),
                causes: causes.clone(),
                fix: fix(causes, &named),
                findings: findings.iter().map(ToString::to_string).collect(),
                ..row
            },
        }
    }

    fn foreign(connection: &ConnectionId, snapshot: &Snapshot) -> Self {
        Self {
            connection: connection.to_string(),
            kind: snapshot.kind.as_str(),
            number: snapshot.number.clone(),
            id: String::new(),
            contact: String::new(),
            date: snapshot.date.to_string(),
            currency: snapshot.currency.to_string(),
            host_total: None,
            provider_total: Some(snapshot.totals.gross),
            host_settled: None,
            provider_settled: Some(snapshot.amount_paid + snapshot.amount_credited),
            verdict: "foreign",
            differences: vec!["nobody here sent it".to_owned()],
            causes: Vec::new(),
            fix: Vec::new(),
            findings: Vec::new(),
            provider_id: snapshot.id.to_string(),
        }
    }
}

/// What mends it: commands that change nothing, then what can be decided, in words.
///
/// A cell is copied into a shell as it stands, all of it and of many rows at once. A command that sends again what somebody
/// voided, or overwrites what a bookkeeper corrected, is therefore not in it: `explain` gives those that the document
/// allows, beside the reasons.
fn fix(causes: &[Cause], named: &str) -> Vec<String> {
    let mut fix: Vec<String> = Vec::new();
    let mut add = |text: String| {
        if !fix.contains(&text) {
            fix.push(text);
        }
    };
    let (harmless, deciding): (Vec<Action>, Vec<Action>) = causes
        .iter()
        .flat_map(|cause| actions_for(cause.kind(), named))
        .partition(|action| action.act.is_harmless());
    for action in harmless {
        add(pasteable(&action.command).into_owned());
    }
    if !deciding.is_empty() {
        let explain = Action::new(Act::Explain, named);
        add(pasteable(&explain.command).into_owned());
    }
    let decides = |cause: &&Cause| cause.kind().acts.iter().any(|act| !act.is_harmless());
    for cause in causes.iter().filter(decides) {
        add(cause.kind().meaning.to_owned());
    }
    fix
}

fn words(part: &Difference) -> String {
    format!(
        "{}: host {}, provider {}",
        part.what.as_str(),
        part.host,
        part.provider
    )
}

/// The texts of a row, column by column. No text of a customer is taken for a formula by a spreadsheet.
pub(crate) fn cells(row: &Row) -> [String; COLUMNS.len()] {
    let amount =
        |amount: Option<Decimal>| amount.map_or_else(String::new, |amount| amount.to_string());
    let causes: Vec<&str> = row.causes.iter().map(|cause| cause.words()).collect();
    [
        plain(&row.connection),
        row.kind.to_owned(),
        plain(&row.number),
        plain(&row.id),
        plain(&row.contact),
        row.date.clone(),
        row.currency.clone(),
        amount(row.host_total),
        amount(row.provider_total),
        amount(row.host_settled),
        amount(row.provider_settled),
        row.verdict.to_owned(),
        plain(&row.differences.join("; ")),
        causes.join("; "),
        plain(&row.fix.join("; ")),
        plain(&row.findings.join("; ")),
        row.provider_id.clone(),
    ]
}

/// What control totals are gathered by, in a word.
pub(crate) fn word(by: GatheredBy) -> &'static str {
    match by {
        GatheredBy::All => "all",
        GatheredBy::Contact => "contact",
        GatheredBy::Month => "month",
        GatheredBy::Account => "account",
    }
}

/// A text as a spreadsheet takes it for nothing else.
pub(crate) fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_report_gives_to_paste_changes_nothing() {
        let about = "case-manager/invoice/A 1";
        for cause in Cause::ALL {
            let fix = fix(&[cause, Cause::InDoubt], about);
            assert!(!fix.is_empty(), "{cause:?}");
            for text in fix.iter().filter(|text| text.starts_with("tieout ")) {
                let is_harmless = text == "tieout explain 'case-manager/invoice/A 1'"
                    || text == "tieout sync --once";
                assert!(is_harmless, "{cause:?}: {text}");
            }
        }
        let removed = fix(&[Cause::RemovedAtProvider], about).join("; ");
        assert!(removed.contains("or retry it"), "{removed}");
    }

    #[test]
    fn a_customers_name_is_never_a_formula() {
        assert_eq!(plain("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(plain("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(plain("Banksia - Perth"), "Banksia - Perth");
    }
}
