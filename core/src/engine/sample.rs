//! Small values for the tests of the transitions.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{
    Binding, BindingKey, ContentHash, FlightId, HostChange, HostPolicy, Op, Sent, State, Wanted,
    departed, host_changed, landed,
};
use crate::check::{Finding, Rule};
use crate::document::{
    AmountsAre, ConnectionId, Currency, DocumentId, DocumentKey, DocumentKind, HostId, LineId,
    Payment, PaymentKind, ProviderContactId, ProviderDocumentId, ProviderPaymentId, Totals,
};
use crate::provider::{Posting, PostingLine, Snapshot, SnapshotLine, SnapshotStatus};
use crate::settings::CreateStatus;

pub(crate) const NOW: DateTime<Utc> = DateTime::<Utc>::UNIX_EPOCH;

pub(crate) const POLICY: HostPolicy = HostPolicy {
    postings: true,
    payments: true,
    settlements: true,
    payments_ahead_days_max: None,
    companions: None,
};

pub(crate) fn key() -> BindingKey {
    BindingKey {
        document: DocumentKey {
            host: HostId::new("h").unwrap(),
            kind: DocumentKind::Invoice,
            id: DocumentId::new("1").unwrap(),
        },
        connection: ConnectionId::new("c").unwrap(),
    }
}

pub(crate) fn content(text: &str) -> ContentHash {
    ContentHash::of_bytes(text.as_bytes())
}

pub(crate) fn change(revision: u64, text: &str) -> HostChange {
    HostChange {
        number: "INV-1".to_owned(),
        issue_date: day(),
        revision,
        content: content(text),
        wanted: Wanted::Live,
    }
}

pub(crate) fn finding() -> Finding {
    Finding::new(Rule::AccountMissing, "no account", "Add one.")
}

pub(crate) fn waiting() -> Binding {
    host_changed(&key(), None, &change(1, "a"), POLICY, NOW)
        .unwrap()
        .binding
}

pub(crate) fn in_flight(op: Op) -> Binding {
    let mut binding = if op == Op::Create {
        waiting()
    } else {
        posted()
    };
    binding.wanted = if op == Op::Void {
        Wanted::Gone
    } else {
        Wanted::Live
    };
    binding.state = State::ready(op);
    departed(&binding, &FlightId("f".to_owned()), NOW)
        .unwrap()
        .binding
}

pub(crate) fn posted() -> Binding {
    landed(
        &in_flight(Op::Create),
        Some(&sent()),
        &snapshot(),
        POLICY,
        NOW,
    )
    .unwrap()
    .binding
}

pub(crate) fn posting() -> Posting {
    Posting {
        kind: DocumentKind::Invoice,
        number: "INV-1".to_owned(),
        contact: ProviderContactId::new("x").unwrap(),
        reference: None,
        date: day(),
        due_date: None,
        delivery_date: None,
        status: CreateStatus::Authorised,
        currency: aud(),
        amounts_are: AmountsAre::TaxExclusive,
        lines: vec![PostingLine {
            line: LineId::new("l1").unwrap(),
            description: "Work".to_owned(),
            quantity: Decimal::ONE,
            unit_amount: Decimal::ONE_HUNDRED,
            discount_amount: None,
            account_code: "200".to_owned(),
            tax_type: Some("OUTPUT".to_owned()),
            tax_amount: None,
            item_code: None,
            tracking: Vec::new(),
        }],
        totals: totals(),
        url: None,
        branding_theme: None,
        explanation: Vec::new(),
    }
}

pub(crate) fn sent() -> Sent {
    Sent::of(&posting())
}

pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        id: ProviderDocumentId::new("d").unwrap(),
        kind: DocumentKind::Invoice,
        number: "INV-1".to_owned(),
        reference: None,
        contact: ProviderContactId::new("x").unwrap(),
        date: day(),
        due_date: None,
        status: SnapshotStatus::Authorised,
        currency: aud(),
        totals: totals(),
        lines: vec![SnapshotLine {
            id: "xl1".to_owned(),
            description: "Work".to_owned(),
            amount: Decimal::ONE_HUNDRED,
            tax_amount: Decimal::TEN,
            account_code: Some("200".to_owned()),
            tax_type: Some("OUTPUT".to_owned()),
            quantity: Some(Decimal::ONE),
            unit_amount: Some(Decimal::ONE_HUNDRED),
            item_code: None,
            tracking: Some(Vec::new()),
        }],
        payments: Vec::new(),
        amount_paid: Decimal::ZERO,
        amount_credited: Decimal::ZERO,
        amount_due: totals().gross,
        url: None,
        updated_at: NOW,
    }
}

pub(crate) fn paid_snapshot(id: &str, cents: i64) -> Snapshot {
    let amount = Decimal::new(cents, 2);
    let mut snapshot = snapshot();
    snapshot.payments = vec![Payment {
        id: ProviderPaymentId::new(id).unwrap(),
        date: day(),
        amount,
        currency: aud(),
        reference: None,
        kind: PaymentKind::Payment,
    }];
    snapshot.amount_paid = amount;
    snapshot.amount_due = totals().gross - amount;
    snapshot
}

pub(crate) fn voided_snapshot() -> Snapshot {
    let mut snapshot = snapshot();
    snapshot.status = SnapshotStatus::Voided;
    snapshot.amount_due = Decimal::ZERO;
    snapshot
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(1970, 1, 1).unwrap()
}

fn aud() -> Currency {
    Currency::from_code("AUD").unwrap()
}

fn totals() -> Totals {
    Totals {
        net: Decimal::new(10000, 2),
        tax: Decimal::new(1000, 2),
        gross: Decimal::new(11000, 2),
    }
}
