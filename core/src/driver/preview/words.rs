//! How the standing of a document is told: as decided, as it is stored, or where nobody is connected.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::beside::Goes;
use super::decide::Aspirant;
use super::told::{Freight, Preview, Verdict};
use crate::check::{Finding, Rule};
use crate::document::{ConnectionId, Currency, Document, DocumentKind};
use crate::engine::{Binding, Decision, Priority, SkipReason, State};

/// The decision that a binding stands by, where the driver would not make another one.
pub(super) fn as_it_stands(
    binding: &Binding,
    is_new_ground: bool,
    is_reviewed: bool,
) -> Option<Decision> {
    match &binding.state {
        State::Waiting { .. } | State::Ready { .. } => None,
        State::Posted => Some(Decision::Agrees),
        State::Voided => Some(Decision::Gone),
        State::Held { findings } => (!is_reviewed).then(|| Decision::Hold(findings.clone())),
        State::Rejected { finding } => {
            (!is_new_ground).then(|| Decision::Hold(vec![finding.clone()]))
        }
        State::Removed { finding } => Some(Decision::Hold(vec![finding.clone()])),
        State::Skipped { reason } => match reason {
            SkipReason::ByOperator { .. }
            | SkipReason::Undone { .. }
            | SkipReason::InSummary { .. } => Some(Decision::Skip(reason.clone())),
            SkipReason::Draft
            | SkipReason::BeforeSyncFrom(_)
            | SkipReason::KindNotSent
            | SkipReason::RoutedTo(_)
            | SkipReason::Gathers { .. } => {
                (!is_new_ground).then(|| Decision::Skip(reason.clone()))
            }
        },
        State::InFlight(_) | State::Unsure { .. } | State::Detached => Some(Decision::Agrees),
    }
}

/// What else a person should know of a document that would be sent.
pub(super) fn notes(binding: &Binding, now: DateTime<Utc>, is_guess: bool) -> Vec<String> {
    let not_before = match &binding.state {
        State::Waiting {
            not_before,
            attempts,
        }
        | State::Ready {
            not_before,
            attempts,
            ..
        } => not_before.map(|at| (at, *attempts)),
        _ => None,
    };
    let waits = not_before
        .filter(|(at, _)| *at > now)
        .map(|(at, attempts)| {
            let at = at.format("%Y-%m-%d %H:%M:%S UTC");
            format!("waits until {at} after {attempts} failed attempts")
        });
    let unasked = is_guess.then(|| "whether its contact exists was not asked".to_owned());
    waits.into_iter().chain(unasked).collect()
}

/// What is told of a document for a decision.
pub(super) fn preview(
    binding: &Binding,
    document: &Document,
    decision: &Decision,
    goes: &[Goes],
) -> Preview {
    let (contact, gross, currency) = shown(document);
    let findings = match decision {
        Decision::Hold(findings) => findings.clone(),
        Decision::Create(_)
        | Decision::Update(_)
        | Decision::Void
        | Decision::Undo(_)
        | Decision::Reverse(_)
        | Decision::Leave(_)
        | Decision::Agrees
        | Decision::Gone
        | Decision::Skip(_) => Vec::new(),
    };
    let verdict = match decision {
        Decision::Create(_) => Verdict::Create,
        Decision::Update(_) => Verdict::Update,
        Decision::Void | Decision::Undo(_) | Decision::Leave(_) => Verdict::Void,
        Decision::Agrees if is_in_doubt(binding) => Verdict::InDoubt,
        Decision::Agrees if !goes.is_empty() => Verdict::Beside,
        Decision::Reverse(_) | Decision::Agrees | Decision::Gone => Verdict::LeftAlone,
        Decision::Skip(_) => Verdict::Skipped,
        Decision::Hold(_) => Verdict::Held,
    };
    let why = match (verdict, decision) {
        (Verdict::InDoubt, _) => in_doubt(binding),
        _ if binding.state == State::Detached => {
            "somebody ended its binding: `tieout retry` brings it back".to_owned()
        }
        (_, Decision::Skip(reason)) => skipped(reason, binding.key.document.kind),
        (_, decision) => decision.why(),
    };
    Preview {
        binding: binding.key.clone(),
        number: binding.number.clone(),
        contact,
        creates_contact: false,
        gross,
        currency: Some(currency),
        verdict,
        op: decision.op(),
        why,
        findings,
        beside: goes.iter().map(|(what, _)| what.clone()).collect(),
        changes: None,
        notes: Vec::new(),
        intention: None,
        old: binding.priority() == Priority::Backfill,
        freight: Freight::default(),
    }
}

/// A document as its binding alone tells of it: nothing would be decided about it.
pub(super) fn stored(binding: &Binding) -> Preview {
    let totals = binding.posted.as_ref().map(|posted| {
        let currency = posted.settlement.currency;
        (posted.totals.gross, currency)
    });
    let decision = as_it_stands(binding, false, false).unwrap_or(Decision::Agrees);
    let (verdict, why) = match &decision {
        Decision::Skip(reason) => (Verdict::Skipped, skipped(reason, binding.key.document.kind)),
        Decision::Hold(_) => (Verdict::Held, decision.why()),
        _ if is_in_doubt(binding) => (Verdict::InDoubt, in_doubt(binding)),
        _ => (Verdict::LeftAlone, decision.why()),
    };
    Preview {
        binding: binding.key.clone(),
        number: binding.number.clone(),
        contact: String::new(),
        creates_contact: false,
        gross: totals.map(|(gross, _): (Decimal, Currency)| gross),
        currency: totals.map(|(_, currency)| currency),
        verdict,
        op: None,
        why,
        findings: binding.state.findings().to_vec(),
        beside: Vec::new(),
        changes: None,
        notes: Vec::new(),
        intention: None,
        old: binding.priority() == Priority::Backfill,
        freight: Freight::default(),
    }
}

/// A document that goes where nobody is connected, or nowhere.
pub(super) fn unasked(aspirant: &Aspirant, connection: &ConnectionId) -> Preview {
    let binding = &aspirant.binding;
    let finding = if *connection == ConnectionId::unrouted() {
        let stored = binding.state.findings().first().cloned();
        stored.unwrap_or_else(|| {
            Finding::new(
                Rule::Unrouted,
                "no route claims the document",
                "Add a [[routes]] entry that fits it.",
            )
        })
    } else {
        Finding::new(
            Rule::Unrouted,
            format!("the connection {connection} is not connected"),
            format!("Connect it with `tieout connect {connection}`."),
        )
    };
    let decision = match &binding.state {
        // What nobody claims and the host let go is nobody's business.
        State::Voided => Decision::Gone,
        _ => Decision::Hold(vec![finding]),
    };
    preview(binding, &aspirant.document, &decision, &[])
}

fn is_in_doubt(binding: &Binding) -> bool {
    binding.departure().is_some()
}

fn in_doubt(binding: &Binding) -> String {
    let op = binding.departure().map_or("request", |it| it.op.as_str());
    format!("an earlier {op} is in the air or in doubt: it is found out first what became of it")
}

/// Why a document is skipped, with what decides it.
fn skipped(reason: &SkipReason, kind: DocumentKind) -> String {
    let why = Decision::Skip(reason.clone()).why();
    let by = match reason {
        SkipReason::Draft => return why,
        SkipReason::BeforeSyncFrom(_) => "`sync_from`".to_owned(),
        SkipReason::KindNotSent => match kind {
            DocumentKind::CreditNote => "`credit_notes`".to_owned(),
            DocumentKind::Bill => "`bills`".to_owned(),
            DocumentKind::PurchaseOrder => "`method`".to_owned(),
            DocumentKind::Invoice => return why,
        },
        SkipReason::RoutedTo(_) => "[[routes]]".to_owned(),
        SkipReason::Gathers { .. } => {
            "`summary`: the summary itself is in a plan once it is made".to_owned()
        }
        SkipReason::InSummary { .. } => return why,
        SkipReason::ByOperator { because, .. } | SkipReason::Undone { because, .. } => {
            let because = because.as_ref().map(|because| format!("{because}; "));
            let because = because.unwrap_or_default();
            return format!("{why} ({because}`tieout retry` brings it back)");
        }
    };
    format!("{why} ({by})")
}

/// The provider does not show what is to be changed.
pub(super) fn gone_there(binding: &Binding) -> Finding {
    Finding::new(
        Rule::RemovedAtProvider,
        "somebody removed it at the provider, or the provider does not show it",
        "Run `tieout sync`, which finds out, and decide then.",
    )
    .at("number", &binding.number)
}

fn shown(document: &Document) -> (String, Option<Decimal>, Currency) {
    match document {
        Document::Invoice(it) => (it.bill_to.name.clone(), Some(it.totals.gross), it.currency),
        Document::Bill(it) => (it.supplier.name.clone(), Some(it.totals.gross), it.currency),
        Document::PurchaseOrder(it) => (
            it.supplier.name.clone(),
            it.totals.map(|totals| totals.gross),
            it.currency,
        ),
    }
}
