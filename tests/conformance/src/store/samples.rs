//! Small and large values for the promises, each with every field that a store could lose.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_core::check::{Finding, Rule};
use tieout_core::document::{
    AmountsAre, BillTo, ConnectionId, Currency, Document, DocumentId, DocumentKey, DocumentKind,
    HostId, Invoice, InvoiceKind, InvoiceStatus, Line, LineId, Payment, PaymentKind,
    ProviderDocumentId, ProviderPaymentId, References, Settlement, SettlementStatus, Totals,
};
use tieout_core::engine::{
    Binding, BindingKey, Companions, ContentHash, Entry, Event, Flight, FlightId, FlightMember, Op,
    Posted, State, Told, ToldPayment, Wanted,
};
use tieout_core::host::{PostingNotice, PostingState};
use tieout_core::provider::SnapshotStatus;
use tieout_core::store::{ChangeSet, RecordKey, Store};

/// What an expectation on a constant text says.
const VALID: &str = "the samples are valid";

/// Ten in the morning of 3 March 2026.
#[must_use]
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_532_000, 0).expect(VALID)
}

/// Some seconds after [`start`].
#[must_use]
pub fn at(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

/// A connection.
#[must_use]
pub fn connection(id: &str) -> ConnectionId {
    ConnectionId::new(id).expect(VALID)
}

/// An invoice of the host `case-manager`.
#[must_use]
pub fn document_key(id: &str) -> DocumentKey {
    DocumentKey {
        host: HostId::new("case-manager").expect(VALID),
        kind: DocumentKind::Invoice,
        id: DocumentId::new(id).expect(VALID),
    }
}

/// That invoice on the connection `acme`.
#[must_use]
pub fn key(id: &str) -> BindingKey {
    key_on(id, "acme")
}

/// That invoice on some connection.
#[must_use]
pub fn key_on(id: &str, on: &str) -> BindingKey {
    BindingKey {
        document: document_key(id),
        connection: connection(on),
    }
}

/// A name of a provider document.
#[must_use]
pub fn provider_id(id: &str) -> ProviderDocumentId {
    ProviderDocumentId::new(id).expect(VALID)
}

/// A new binding that waits for its plan.
#[must_use]
pub fn binding(id: &str) -> Binding {
    binding_on(id, "acme")
}

/// The same on some connection.
#[must_use]
pub fn binding_on(id: &str, on: &str) -> Binding {
    Binding {
        key: key_on(id, on),
        version: 0,
        number: format!("INV-{id}"),
        came_at: None,
        issue_date: NaiveDate::from_ymd_opt(2026, 3, 1).expect(VALID),
        revision: 7,
        content: ContentHash::of_bytes(id.as_bytes()),
        wanted: Wanted::Live,
        state: State::waiting(),
        elsewhere: None,
        undo: None,
        reversal: None,
        stale_refusals: 0,
        posted: None,
        told: Told::default(),
        deliver_at: None,
        deliver_attempts: 0,
        again: None,
        not_these: Vec::new(),
        companions: Companions::default(),
        summary: None,
        roster: None,
        erased: None,
        story: Vec::new(),
        changed_at: start(),
    }
}

/// A binding that is posted, paid in part and told.
#[must_use]
pub fn posted_binding(id: &str) -> Binding {
    let payment = payment(id);
    let told = ToldPayment {
        revision: 1,
        payment: payment.clone(),
        removed: false,
    };
    Binding {
        state: State::Posted,
        posted: Some(Posted {
            id: provider_id(&format!("p-{id}")),
            number: format!("INV-{id}"),
            status: SnapshotStatus::Authorised,
            posting: ContentHash::of_bytes(b"posting"),
            lines: vec![(LineId::new("1").expect(VALID), "line-1".to_owned())],
            totals: totals(),
            made: None,
            seen: None,
            edit: None,
            as_found: None,
            payments: vec![payment.clone()],
            settlement: settlement(),
            updated_at: at(60),
        }),
        told: Told {
            posting: Some(PostingNotice {
                state: PostingState::Posted,
                ledger_id: Some(format!("p-{id}")),
                ledger_number: Some(format!("INV-{id}")),
                message: None,
            }),
            settlement: Some(settlement()),
            settled_elsewhere: false,
            left_summary: false,
            payments: [(payment.id, told)].into(),
            refused: Vec::new(),
        },
        ..binding(id)
    }
}

/// A finding.
#[must_use]
pub fn finding() -> Finding {
    Finding::new(
        Rule::AccountMissing,
        "no account is set for `X`",
        "Set one in the settings.",
    )
    .at("lines[0].charge_code", "X")
    .with_detail(vec!["known: 200".to_owned()])
}

/// An invoice with one line.
#[must_use]
pub fn document(id: &str) -> Document {
    document_with_notes(id, "")
}

/// An invoice whose notes make it as large as wanted.
#[must_use]
pub fn document_with_notes(id: &str, notes: &str) -> Document {
    Document::Invoice(Invoice {
        id: DocumentId::new(id).expect(VALID),
        revision: 7,
        kind: InvoiceKind::Sales,
        number: format!("INV-{id}"),
        status: InvoiceStatus::Other("parked".to_owned()),
        business_division: None,
        issue_date: NaiveDate::from_ymd_opt(2026, 3, 1).expect(VALID),
        due_date: None,
        payment_terms_days: Some(14),
        currency: currency(),
        amounts_are: AmountsAre::TaxExclusive,
        bill_to: BillTo {
            name: "Å & Söhne".to_owned(),
            ..BillTo::default()
        },
        references: References::default(),
        grouped: false,
        group_sources: Vec::new(),
        batch_id: None,
        tracking: Vec::new(),
        lines: vec![line()],
        totals: totals(),
        notes: Some(notes.to_owned()).filter(|notes| !notes.is_empty()),
        url: Some(format!("https://cases.example/invoices/{id}")),
        attachments: Vec::new(),
        payments: None,
        updated_at: start(),
    })
}

/// A flight of these bindings.
#[must_use]
pub fn flight(id: &str, members: &[BindingKey]) -> Flight {
    let member = |key: &BindingKey| FlightMember {
        binding: key.clone(),
        payload: ContentHash::of_bytes(key.to_string().as_bytes()),
        sent: None,
    };
    Flight {
        id: FlightId(id.to_owned()),
        connection: members
            .first()
            .map_or_else(|| connection("acme"), |key| key.connection.clone()),
        op: Op::Create,
        kind: DocumentKind::Invoice,
        members: members.iter().map(member).collect(),
        departed_at: start(),
    }
}

/// A journal entry about a binding, told apart by its text.
#[must_use]
pub fn entry(key: Option<BindingKey>, why: &str) -> Entry {
    let event = Event::Planned {
        op: Some(Op::Create),
        why: why.to_owned(),
    };
    Entry {
        at: start(),
        binding: key,
        event,
        state: Some("ready".to_owned()),
    }
}

/// A record's name.
#[must_use]
pub fn record(name: &str) -> RecordKey {
    RecordKey::from(name.to_owned())
}

/// A set of bindings only.
#[must_use]
pub fn bindings(bindings: impl IntoIterator<Item = Binding>) -> ChangeSet {
    ChangeSet {
        bindings: bindings.into_iter().collect(),
        ..ChangeSet::default()
    }
}

/// A set of one record only.
#[must_use]
pub fn set_record(name: &str, value: &[u8]) -> ChangeSet {
    ChangeSet {
        records: vec![(record(name), Some(value.to_vec()))],
        ..ChangeSet::default()
    }
}

/// Commits what must succeed.
pub async fn commit(store: &dyn Store, changes: ChangeSet) {
    store
        .commit(changes)
        .await
        .expect("a sound set is committed");
}

/// Reads one binding that must be there.
pub async fn stored(store: &dyn Store, key: &BindingKey) -> Binding {
    let mut found = store
        .bindings(std::slice::from_ref(key))
        .await
        .expect("bindings are read");
    found.pop().flatten().expect("the binding is there")
}

fn line() -> Line {
    Line {
        id: LineId::new("1").expect(VALID),
        description: "Assessment, 1.5 h".to_owned(),
        service_date: None,
        service_end_date: None,
        quantity: Decimal::new(15, 1),
        unit_price: Decimal::new(12_000, 2),
        discount: None,
        net_amount: Decimal::new(18_000, 2),
        tax_code: Some("GST".to_owned()),
        tax_rate: Some(Decimal::new(10, 2)),
        tax_amount: Decimal::new(1_800, 2),
        gross_amount: None,
        charge_code: Some("ASSESS".to_owned()),
        service_contract: None,
        item_code: None,
        account_code: None,
        tracking: Vec::new(),
        case_number: None,
        worker: None,
        funding: None,
    }
}

fn totals() -> Totals {
    Totals {
        net: Decimal::new(18_000, 2),
        tax: Decimal::new(1_800, 2),
        gross: Decimal::new(19_800, 2),
    }
}

fn payment(of: &str) -> Payment {
    Payment {
        id: ProviderPaymentId::new(format!("pay-{of}")).expect(VALID),
        date: NaiveDate::from_ymd_opt(2026, 3, 2).expect(VALID),
        amount: Decimal::new(10_000, 2),
        currency: currency(),
        reference: None,
        kind: PaymentKind::Payment,
    }
}

fn settlement() -> Settlement {
    Settlement {
        status: SettlementStatus::PartlyPaid,
        amount_paid: Decimal::new(10_000, 2),
        amount_credited: Decimal::ZERO,
        amount_due: Decimal::new(9_800, 2),
        currency: currency(),
        as_of: at(60),
    }
}

fn currency() -> Currency {
    Currency::from_code("AUD").expect(VALID)
}
