//! What was ever stored can still be read: samples of each stored form, kept for good.
//!
//! `TIEOUT_FREEZE=1 cargo nextest run -p tieout-conformance --test frozen` adds a sample of each form that is
//! written differently today. It never changes one: bases with the older form exist.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::fs;
use std::path::PathBuf;

use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tieout_conformance::store::samples::{
    at, binding, document, entry, finding, flight, key, posted_binding,
};
use tieout_core::document::{
    AmountsAre, Currency, Document, DocumentId, DocumentKind, LineId, ProviderContactId,
    ProviderDocumentId, ProviderPaymentId, Totals,
};
use tieout_core::engine::{
    AsFound, Binding, BindingKey, Carried, CompanionRequest, ContentHash, Departure, Doubt, Entry,
    Event, Flight, FlightId, LineWanted, Membership, Op, PartThere, Posted, Reversal,
    ReversalState, Roster, Sent, SkipReason, Standing, State, Summed, Undo, summed,
};
use tieout_core::host::{DocumentRef, PostingNotice, PostingState, WriteBack};
use tieout_core::provider::{Mark, Posting, PostingLine};
use tieout_core::settings::CreateStatus;

/// The format byte of the entries that these forms lie in.
const FORMAT: &str = "v1";

#[test]
fn bindings_of_every_state_are_still_read() {
    let departure = departure();
    let not_before = Some(at(30));
    let states = [
        State::waiting(),
        State::Held {
            findings: vec![finding()],
        },
        State::Skipped {
            reason: SkipReason::Draft,
        },
        State::Skipped {
            reason: SkipReason::BeforeSyncFrom(at(0).date_naive()),
        },
        State::Ready {
            op: Op::Update,
            not_before,
            attempts: 3,
        },
        State::InFlight(departure.clone()),
        State::Unsure {
            departure,
            doubt: Doubt::ReplyLost,
            not_before,
            attempts: 1,
        },
        State::Posted,
        State::Rejected { finding: finding() },
        State::Voided,
        State::Removed { finding: finding() },
        State::Detached,
    ];
    for (index, state) in states.into_iter().enumerate() {
        let name = format!("binding-{index:02}-{}", state.name());
        frozen(
            &name,
            &Binding {
                state,
                version: 4,
                story: vec![1, 17],
                ..posted_binding("1")
            },
        );
    }
    frozen("binding-new", &binding("1"));
}

#[test]
fn what_was_edited_at_the_provider_is_still_read() {
    let mut edited = posted_binding("1");
    let posted = edited.posted.as_mut().unwrap();
    let made = Standing {
        contact: ProviderContactId::new("c-1").unwrap(),
        date: at(0).date_naive(),
        due_date: Some(at(0).date_naive()),
        lines: Some(hash()),
    };
    posted.seen = Some(Box::new(Standing {
        contact: ProviderContactId::new("c-2").unwrap(),
        ..made.clone()
    }));
    posted.made = Some(Box::new(made));
    frozen("binding-edited", &edited);
}

#[test]
fn what_was_told_to_hosts_is_still_read() {
    let mut refused = posted_binding("1");
    let document = DocumentRef {
        kind: key("1").document.kind,
        id: key("1").document.id,
        number: "INV-1".to_owned(),
    };
    let notice = PostingNotice {
        state: PostingState::Rejected,
        ledger_id: None,
        ledger_number: None,
        message: Some("no account".to_owned()),
    };
    refused.told.refused = vec![(WriteBack::Posting { document, notice }, finding())];
    frozen("binding-refused", &refused);
    let mut edited = posted_binding("1");
    let posted = edited.posted.as_mut().unwrap();
    posted.edit = Some(finding());
    frozen("binding-edited", &edited);
}

#[test]
fn what_travels_inside_summaries_is_still_read() {
    let id = |text: &str| DocumentId::new(text).unwrap();
    let day = at(0).date_naive();
    let mut gathering = binding("1");
    gathering.state = State::Skipped {
        reason: SkipReason::Gathers {
            into: id("sum-2026-W10-0123456789"),
            period: "2026-W10".to_owned(),
            leaves_at: at(30),
        },
    };
    frozen("binding-gathering", &gathering);
    let posted = posted_binding("1").posted.unwrap();
    let mut member = binding("1");
    member.state = State::Skipped {
        reason: SkipReason::InSummary {
            number: "SUM-2026-W10-0123456789-2".to_owned(),
        },
    };
    member.summary = Some(Box::new(Membership {
        summary: id("sum-2026-W10-0123456789-2"),
        group: id("sum-2026-W10-0123456789"),
        number: "SUM-2026-W10-0123456789-2".to_owned(),
        content: hash(),
        gross: "110.00".parse().unwrap(),
        carried: Some(Carried {
            notice: Some(PostingNotice {
                state: PostingState::Posted,
                ledger_id: Some(posted.id.to_string()),
                ledger_number: Some(posted.number.clone()),
                message: None,
            }),
            payments: posted.payments.clone(),
            settlement: Some(posted.settlement),
        }),
        leaving: true,
    }));
    frozen("binding-in-summary", &member);
    let mut summary = posted_binding("sum-2026-W10-0123456789");
    summary.roster = Some(Box::new(Roster {
        period: "2026-W10".to_owned(),
        first: day,
        last: day,
        group: id("sum-2026-W10-0123456789"),
        members: vec![id("1"), id("2")],
        leaving: vec![id("3")],
        shared: Some(hash()),
        settled: "10.00".parse().unwrap(),
        there: None,
        sent: Vec::new(),
        is_sent: false,
    }));
    frozen("binding-summary", &summary);
    let part = |member: &str, gross: &str| PartThere {
        member: id(member),
        gross: gross.parse().unwrap(),
        books: hash(),
    };
    let roster = summary.roster.as_mut().unwrap();
    roster.there = Some(vec![part("1", "110.00"), part("3", "55.00")]);
    roster.sent = vec![vec![part("1", "99.00")], vec![part("1", "98.00")]];
    roster.is_sent = true;
    frozen("binding-summary-on-its-way", &summary);
}

#[test]
fn documents_that_summaries_are_are_still_read() {
    let day = at(0).date_naive();
    let invoice = |id: &str| match document(id) {
        Document::Invoice(invoice) => invoice,
        Document::Bill(_) | Document::PurchaseOrder(_) => panic!("an invoice"),
    };
    let summary = summed(Summed {
        id: DocumentId::new("sum-2026-W10-0123456789").unwrap(),
        revision: 3,
        date: day,
        members: vec![invoice("1"), invoice("2")],
        at: at(0),
    });
    frozen("document-summary", &Document::Invoice(summary.unwrap()));
}

#[test]
fn what_people_decided_about_bindings_is_still_read() {
    let mut adopted = posted_binding("1");
    let posted = adopted.posted.as_mut().unwrap();
    let sent = sent(posted);
    posted.as_found = Some(Box::new(AsFound {
        content: hash(),
        sent,
        lines: vec![LineWanted {
            account_code: "200".to_owned(),
            tax_type: Some("OUTPUT".to_owned()),
            amount: "100.00".parse().unwrap(),
            with_tax: false,
        }],
    }));
    adopted.again = Some(7);
    frozen("binding-adopted", &adopted);
    adopted.came_at = Some(at(0));
    frozen("binding-since", &adopted);
    let mut skipped = binding("1");
    skipped.state = State::Skipped {
        reason: SkipReason::ByOperator {
            by: "ann".to_owned(),
            because: Some("paid in cash".to_owned()),
        },
    };
    skipped.not_these = vec![posted_binding("1").posted.unwrap().id];
    frozen("binding-skipped-by-operator", &skipped);
    let mut undone = posted_binding("1");
    undone.state = State::Skipped {
        reason: SkipReason::Undone {
            by: "ann".to_owned(),
            because: Some("the wrong year".to_owned()),
        },
    };
    undone.undo = Some(Undo {
        by: "ann".to_owned(),
        because: Some("the wrong year".to_owned()),
        content: hash(),
        void_refused: false,
    });
    frozen("binding-undone", &undone);
    reversed(&undone);
    let events = [
        Event::Adopted {
            provider_id: "p-1".to_owned(),
            number: "INV-1".to_owned(),
            mark: Mark::Reference,
            by: Some("ann".to_owned()),
            differences: vec!["number: host `1`, provider `INV-1`".to_owned()],
        },
        Event::Ignored {
            why: "told again".to_owned(),
        },
    ];
    let page = events.map(|event| Entry {
        event,
        ..entry(Some(key("1")), "")
    });
    frozen("journal-adoption", &page.to_vec());
}

#[test]
fn what_bindings_ask_of_the_queue_is_still_the_same() {
    let not_before = Some(at(30));
    let departure = departure();
    let unsure = State::Unsure {
        departure: departure.clone(),
        doubt: Doubt::NumberInUse,
        not_before,
        attempts: 1,
    };
    // When this changes, count INDEX_RULES of the store up: stored queues were made by the older answer.
    let current = Binding {
        state: State::ready(Op::Create),
        deliver_at: not_before,
        ..posted_binding("1")
    };
    let old = Binding {
        changed_at: at(40 * 86_400),
        ..current.clone()
    };
    let unsure = Binding {
        state: unsure,
        ..current.clone()
    };
    frozen(
        "due",
        &[current, old, unsure]
            .map(|binding| format!("{:?}", binding.due()))
            .to_vec(),
    );
}

#[test]
fn flights_are_still_read() {
    let mut sample = flight("f1", &[key("1"), key("2")]);
    let posted = posted_binding("1").posted.unwrap();
    sample.members[0].sent = Some(sent(&posted));
    frozen::<Flight>("flight", &sample);
    let linked = sample.members[0].sent.as_mut().unwrap();
    linked.url = Some("https://host.example/1".to_owned());
    frozen::<Flight>("flight-linked", &sample);
}

#[test]
fn journal_pages_are_still_read() {
    let finding = finding;
    let events = [
        Event::HostChanged { revision: 7 },
        Event::Planned {
            op: None,
            why: "nothing changed".to_owned(),
        },
        Event::Held {
            findings: vec![finding()],
        },
        Event::Departed {
            op: Op::Void,
            flight: FlightId("f1".to_owned()),
        },
        Event::Landed {
            op: Op::Create,
            provider_id: "p-1".to_owned(),
        },
        Event::Refused { finding: finding() },
        Event::InDoubt {
            why: "timeout".to_owned(),
        },
        Event::Resolved {
            why: "found".to_owned(),
        },
        Event::PutBack {
            why: "throttled".to_owned(),
        },
        Event::ProviderChanged {
            what: "paid".to_owned(),
        },
        Event::Delivered {
            items: 2,
            what: "posting, payment".to_owned(),
            payments: vec![ProviderPaymentId::new("payment-1").unwrap()],
        },
        Event::DeliveryRefused {
            finding: finding(),
            payments: vec![ProviderPaymentId::new("payment-1").unwrap()],
        },
        Event::Operator {
            action: "retry".to_owned(),
        },
        Event::RecordUnreadable { finding: finding() },
    ];
    let about = |of: Option<BindingKey>, event| Entry {
        event,
        ..entry(of, "")
    };
    let mut page: Vec<Entry> = events
        .into_iter()
        .map(|event| about(Some(key("1")), event))
        .collect();
    page.push(about(
        None,
        Event::Operator {
            action: "pause".to_owned(),
        },
    ));
    frozen("journal-page", &page);
}

#[test]
fn documents_are_still_read() {
    frozen::<Document>("document-invoice", &document("1"));
    let bill = r#"{"bill": {
        "id": "b1", "revision": 2, "number": "S-9", "status": "final", "supplier": {"id": "s1", "name": "Office Ltd"},
        "issue_date": "2026-03-01", "due_date": "2026-03-15", "currency": "AUD", "amounts_are": "tax_inclusive",
        "lines": [{"id": "1", "description": "Paper", "quantity": "3", "unit_price": "11.00", "net_amount": "30.00",
            "tax_rate": "0.10", "tax_amount": "3.00", "gross_amount": "33.00", "account_code": "461",
            "tracking": [{"category": "Region", "option": "North"}]}],
        "totals": {"net": "30.00", "tax": "3.00", "gross": "33.00"}, "updated_at": "2026-03-01T10:00:00Z"}}"#;
    frozen::<Document>("document-bill", &serde_json::from_str(bill).unwrap());
    let order = r#"{"purchase_order": {
        "id": "o1", "revision": 1, "number": "PO-1", "status": "cancelled", "supplier": {"name": "Mill"},
        "order_ref": "SO-7", "issue_date": "2026-03-01", "delivery_date": "2026-04-01", "currency": "KWD",
        "lines": [{"id": "1", "sku": "T-1", "description": "Shirt", "quantity": "12", "unit_price": "3.125",
            "tax_rate": "0", "expense_account": "310", "received_quantity": "4.5"}],
        "totals": {"net": "37.500", "tax": "0.000", "gross": "37.500"}, "updated_at": "2026-03-01T10:00:00Z"}}"#;
    frozen::<Document>(
        "document-purchase-order",
        &serde_json::from_str(order).unwrap(),
    );
}

/// Reads every sample of this form, and demands one that is what would be written today.
/// The credit note of an undo, wherever it stands.
fn reversed(undone: &Binding) {
    let id = ProviderDocumentId::new("note").unwrap();
    let request = CompanionRequest {
        key: "k".to_owned(),
        at: at(10),
        since: None,
        others: Vec::new(),
    };
    let states = [
        ReversalState::Wanted { before: None },
        ReversalState::NoteSent(request.clone()),
        ReversalState::NoteUnsure {
            request: request.clone(),
            taken: true,
        },
        ReversalState::Made { id: id.clone() },
        ReversalState::AllocationSent {
            id: id.clone(),
            request,
            amount: Decimal::new(1_111, 2),
            refused: Some(finding()),
        },
        ReversalState::TakingBack {
            id: id.clone(),
            why: Some(finding()),
        },
        ReversalState::Kept {
            id: id.clone(),
            finding: finding(),
        },
        ReversalState::Done { id },
        ReversalState::Ended,
    ];
    for (index, state) in states.into_iter().enumerate() {
        let mut binding = undone.clone();
        binding.reversal = Some(Box::new(Reversal {
            round: 1,
            note: note(),
            state,
            not_before: Some(at(30)),
            attempts: 2,
        }));
        if let Some(undo) = binding.undo.as_mut() {
            undo.void_refused = true;
        }
        frozen(&format!("binding-reversed-{index}"), &binding);
    }
}

fn note() -> Posting {
    Posting {
        kind: DocumentKind::CreditNote,
        number: "INV-1-undo-01234567-2".to_owned(),
        contact: ProviderContactId::new("contact").unwrap(),
        reference: Some("Reverses INV-1".to_owned()),
        date: at(0).date_naive(),
        due_date: None,
        delivery_date: None,
        status: CreateStatus::Authorised,
        currency: Currency::from_code("AUD").unwrap(),
        amounts_are: AmountsAre::TaxExclusive,
        lines: vec![PostingLine {
            line: LineId::new("1").unwrap(),
            description: "Work".to_owned(),
            quantity: Decimal::ONE,
            unit_amount: Decimal::new(1_010, 2),
            discount_amount: None,
            account_code: "200".to_owned(),
            tax_type: Some("OUTPUT".to_owned()),
            tax_amount: Some(Decimal::new(101, 2)),
            item_code: None,
            tracking: Vec::new(),
        }],
        totals: Totals {
            net: Decimal::new(1_010, 2),
            tax: Decimal::new(101, 2),
            gross: Decimal::new(1_111, 2),
        },
        url: None,
        branding_theme: None,
        explanation: Vec::new(),
    }
}

fn frozen<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let today = serde_json::to_string_pretty(value).unwrap() + "\n";
    let kept = samples(name);
    let mut current = false;
    for path in &kept {
        let text = fs::read_to_string(path).unwrap();
        let read: T = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        if text == today {
            assert_eq!(read, *value, "{}", path.display());
            current = true;
        }
    }
    if current {
        return;
    }
    assert!(
        std::env::var_os("TIEOUT_FREEZE").is_some(),
        "{name} is written in a form that no sample has; when the older ones are still read, keep it with \
         TIEOUT_FREEZE=1:\n{today}"
    );
    let path = directory().join(format!("{name}.{}.json", kept.len() + 1));
    fs::create_dir_all(directory()).unwrap();
    fs::write(path, today).unwrap();
}

fn samples(name: &str) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(directory()) else {
        return Vec::new();
    };
    let prefix = format!("{name}.");
    let mine = files.map(|file| file.unwrap().path());
    mine.filter(|path| {
        path.file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with(&prefix)
    })
    .collect()
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("frozen")
        .join(FORMAT)
}

fn sent(posted: &Posted) -> Sent {
    Sent {
        posting: hash(),
        number: "INV-1".to_owned(),
        contact: ProviderContactId::new("contact-1").unwrap(),
        reference: Some("Claim 7".to_owned()),
        date: at(0).date_naive(),
        due_date: None,
        currency: posted.settlement.currency,
        totals: posted.totals,
        lines: vec![LineId::new("1").unwrap()],
        url: None,
    }
}

fn hash() -> ContentHash {
    ContentHash::of_bytes(b"content")
}

fn departure() -> Departure {
    Departure {
        op: Op::Create,
        flight: FlightId("f1".to_owned()),
        content: hash(),
        attempts: 2,
        document_as_of: None,
        number_freed: false,
    }
}
