//! What a story tells of summaries: the one that a document travels in, or the documents that one joins.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;
use tieout_core::document::{Document, Settlement};
use tieout_core::engine::Binding;
use tieout_core::store::Store;

use crate::exit::Failure;
use crate::output::{self, counted, say, short};

/// The summary that a document travels in.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Inside {
    /// Its number.
    pub(crate) number: String,
    /// The document that it is, as `host/kind/id`.
    pub(crate) document: String,
    /// Its number at the provider, once it is there.
    pub(crate) ledger_number: Option<String>,
    /// What of it is this document, with tax.
    #[serde(with = "tieout_core::document::decimal")]
    #[schemars(with = "String")]
    pub(crate) gross: Decimal,
    /// What of its payments and credits is this document's.
    #[serde(with = "tieout_core::document::decimal")]
    #[schemars(with = "String")]
    pub(crate) settled: Decimal,
}

/// A document that a summary joins.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Member {
    /// Its number.
    pub(crate) number: String,
    /// The document, as `host/kind/id`.
    pub(crate) document: String,
    /// Its date.
    pub(crate) date: NaiveDate,
    /// What the summary has it come to, with tax.
    #[serde(with = "tieout_core::document::decimal")]
    #[schemars(with = "String")]
    pub(crate) gross: Decimal,
    /// What of the payments and credits on the summary is its own.
    #[serde(with = "tieout_core::document::decimal")]
    #[schemars(with = "String")]
    pub(crate) settled: Decimal,
    /// Whether it changed since in a way that the summary does not follow.
    pub(crate) differs: bool,
}

/// The summary that a document travels in, if it does.
pub(super) fn inside(binding: &Binding) -> Option<Inside> {
    let membership = binding.summary.as_ref()?;
    let carried = membership.carried.as_ref();
    let notice = carried.and_then(|it| it.notice.as_ref());
    Some(Inside {
        number: membership.number.clone(),
        document: binding.summary_key()?.document.to_string(),
        ledger_number: notice.and_then(|notice| notice.ledger_number.clone()),
        gross: membership.gross,
        settled: settled(carried.and_then(|it| it.settlement.as_ref())),
    })
}

/// The documents that a summary joins; none of any other document.
pub(super) async fn members(store: &dyn Store, binding: &Binding) -> Result<Vec<Member>, Failure> {
    let members = store.bindings(&binding.member_keys()).await?;
    let told = members.into_iter().flatten().filter_map(|member| {
        let membership = member.summary.as_ref()?;
        let carried = membership.carried.as_ref();
        Some(Member {
            number: member.number.clone(),
            document: member.key.document.to_string(),
            date: member.issue_date,
            gross: membership.gross,
            settled: settled(carried.and_then(|it| it.settlement.as_ref())),
            differs: !member.is_carried_as_wanted(),
        })
    });
    Ok(told.collect())
}

/// Prints what there is of it.
pub(super) fn show(inside: Option<&Inside>, members: &[Member], document: Option<&Document>) {
    let currency = document.and_then(|document| match document {
        Document::Invoice(it) => Some(it.currency),
        Document::Bill(_) | Document::PurchaseOrder(_) => None,
    });
    let money = |amount: Decimal| match currency {
        Some(currency) => output::money(amount, currency),
        None => amount.to_string(),
    };
    if let Some(inside) = inside {
        let there = match &inside.ledger_number {
            Some(number) if *number == inside.number => "at the provider".to_owned(),
            Some(number) => format!("at the provider as {number}"),
            None => "not at the provider yet".to_owned(),
        };
        say!(
            "  summary   {}, {there}: {} of it is this one, {} of that settled",
            inside.number,
            money(inside.gross),
            money(inside.settled)
        );
    }
    if members.is_empty() {
        return;
    }
    say!(
        "  joins     {}",
        counted(members.len(), "document", "documents")
    );
    let mut table = output::table(&["    number", "date", "total", "settled", ""]);
    for member in members {
        let note = match member.differs {
            true => "changed since: see its own story",
            false => "",
        };
        table.add_row([
            format!("    {}", short(&member.number)),
            member.date.to_string(),
            money(member.gross),
            money(member.settled),
            note.to_owned(),
        ]);
    }
    say!("{table}");
}

fn settled(settlement: Option<&Settlement>) -> Decimal {
    settlement.map_or(Decimal::ZERO, |it| it.amount_paid + it.amount_credited)
}
