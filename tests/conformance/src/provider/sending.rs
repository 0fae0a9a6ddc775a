//! What a request promises: one effect, never over something else, document by document.

use std::collections::HashSet;

use rust_decimal::Decimal;
use tieout_core::document::DocumentKind;
use tieout_core::engine::{Difference, Sent};
use tieout_core::provider::{
    ErrorKind, Order, Posting, RejectionKind, Request, Snapshot, SnapshotStatus,
};

use super::acts::{
    again, backstage, create, creates, draft, fails, is_created_as, is_unique, look_up, plain,
    request, send, send_one, timeless, units, update, void,
};
use super::stage::{Act, Stage};

/// With its totals, and with an identifier for each line; and it reads the same afterwards.
pub async fn a_create_comes_back_as_it_was_sent(stage: &dyn Stage, kind: DocumentKind) {
    let nets = [units(100), units(40), units(60)];
    let approved = stage.posting(kind, &stage.number("Whole"), &nets);
    for (key, posting) in [
        ("draft", draft(stage, kind, "Draft")),
        ("approved", approved),
    ] {
        let made = create(stage, key, &posting).await;
        let none: [Difference; 0] = [];
        assert_eq!(Sent::of(&posting).differences(&made), none);
        assert!(is_created_as(&posting, &made.status), "{:?}", made.status);
        assert_eq!(made.kind, kind);
        let ids: HashSet<&str> = made.lines.iter().map(|line| line.id.as_str()).collect();
        assert_eq!(ids.len(), posting.lines.len(), "each line has its own id");
        assert!(!ids.contains(""), "each line has an id");
        for (sent, held) in posting.lines.iter().zip(&made.lines) {
            assert_eq!(held.description, sent.description);
            assert_eq!(held.amount, sent.unit_amount * sent.quantity);
            assert_eq!(
                held.account_code.as_deref(),
                Some(sent.account_code.as_str())
            );
        }
        let tax: Decimal = made.lines.iter().map(|line| line.tax_amount).sum();
        assert_eq!(tax, posting.totals.tax);
        assert_eq!(timeless(&again(stage, &made).await), timeless(&made));
    }
}

/// Neither a reference nor a link, a payment or a settled amount is made up.
pub async fn what_was_not_sent_is_absent(stage: &dyn Stage, kind: DocumentKind) {
    let bare = Posting {
        reference: None,
        url: None,
        ..plain(stage, kind, "Bare")
    };
    let made = create(stage, "bare", &bare).await;
    for held in [again(stage, &made).await, made] {
        let reference = held.reference.filter(|text| !text.is_empty());
        assert_eq!((reference, held.url), (None, None));
        assert!(held.payments.is_empty());
        assert_eq!(
            (held.amount_paid, held.amount_credited),
            (units(0), units(0))
        );
        let due = match kind {
            DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => {
                bare.totals.gross
            }
            DocumentKind::PurchaseOrder => units(0),
        };
        assert_eq!(held.amount_due, due);
    }
}

/// Inside the window a repeat is answered as the first was, whatever it asks for.
pub async fn the_same_request_under_the_same_key_has_one_effect(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let posting = plain(stage, kind, "Once");
    let sent = creates(stage, "once", std::slice::from_ref(&posting));
    let first = send_one(stage, &sent).await.expect("it is accepted");
    let second = send_one(stage, &sent).await.expect("it is accepted again");
    assert_eq!(first, second);
    let found = look_up(stage, kind, std::slice::from_ref(&posting.number)).await;
    assert_eq!(found.len(), 1);

    let draft = create(stage, "draft", &draft(stage, kind, "Gone")).await;
    let removal = void(stage, "gone", &draft);
    let first = send_one(stage, &removal).await.expect("a draft goes");
    let second = send_one(stage, &removal).await.expect("and stays gone");
    assert_eq!(first.status, SnapshotStatus::Deleted);
    assert_eq!(first, second);
}

/// Another document under a taken number leaves the one that is there as it was.
pub async fn a_create_never_overwrites(stage: &dyn Stage, kind: DocumentKind) {
    let first = plain(stage, kind, "Taken");
    let made = create(stage, "first", &first).await;
    let other = stage.posting(kind, &first.number, &[units(999)]);
    let outcome = send_one(stage, &creates(stage, "second", &[other])).await;
    if is_unique(stage, kind) {
        let refused = outcome.expect_err("the number is taken");
        assert_eq!(refused.kind, RejectionKind::DuplicateNumber);
        assert!(!refused.messages.is_empty(), "in the provider's own words");
    } else {
        let second = outcome.expect("the number is free to be used again");
        assert_ne!(second.id, made.id);
    }
    assert_eq!(again(stage, &made).await, made);
}

/// Where numbers are unique, another party's is taken too; where they are not, both stand and both are found.
pub async fn the_number_of_another_party_is_taken_only_where_numbers_are_unique(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let ours = plain(stage, kind, "Shared");
    let theirs = Posting {
        contact: stage.other_party(kind),
        ..ours.clone()
    };
    let made = create(stage, "theirs", &theirs).await;
    let outcome = send_one(stage, &creates(stage, "ours", std::slice::from_ref(&ours))).await;
    let mut standing = vec![made.id.clone()];
    match outcome {
        Err(refused) if is_unique(stage, kind) => {
            assert_eq!(refused.kind, RejectionKind::DuplicateNumber);
        }
        Ok(second) if !is_unique(stage, kind) => {
            assert_eq!(second.contact, ours.contact);
            standing.push(second.id);
        }
        outcome => panic!("the capability says otherwise: {outcome:?}"),
    }
    let found = look_up(stage, kind, std::slice::from_ref(&ours.number)).await;
    let found: HashSet<_> = found.into_iter().map(|one| one.id).collect();
    assert_eq!(found, standing.into_iter().collect());
}

/// A bad one among good ones holds up nobody.
pub async fn orders_succeed_and_fail_one_by_one_in_order(stage: &dyn Stage, kind: DocumentKind) {
    let bad = stage.refused(kind, &stage.number("Bad"));
    let (reason, bad) = bad.into_iter().next().expect("a stage knows a refusal");
    let good: Vec<Posting> = ["One", "Two", "Three"]
        .iter()
        .map(|name| plain(stage, kind, name))
        .collect();
    let sent = [
        good[0].clone(),
        bad.clone(),
        good[1].clone(),
        good[2].clone(),
    ];
    let mut outcomes = send(stage, &creates(stage, "mixed", &sent)).await;
    let refused = outcomes.remove(1).expect_err("it is refused");
    assert_eq!(refused.kind, reason);
    let made: Vec<Snapshot> = outcomes
        .into_iter()
        .map(|one| one.expect("it is taken"))
        .collect();
    for (posting, made) in good.iter().zip(&made) {
        assert_eq!(made.number, posting.number);
        assert!(again(stage, made).await.status.is_live());
    }
    assert!(look_up(stage, kind, &[bad.number]).await.is_empty());

    let orders = [
        made[2].id.clone(),
        stage.unknown_document(),
        made[0].id.clone(),
    ];
    let orders = orders.into_iter().zip([&good[2], &good[1], &good[0]]);
    let orders = orders.map(|(id, posting)| Order::Update {
        id,
        posting: posting.clone(),
        line_ids: vec![None],
    });
    let outcomes = send(stage, &request(stage, "mixed update", orders.collect())).await;
    let ids: Vec<_> = outcomes
        .iter()
        .map(|one| one.as_ref().ok().map(|one| &one.id))
        .collect();
    assert_eq!(ids, [Some(&made[2].id), None, Some(&made[0].id)]);
}

/// As many documents as the capability says go at once, and come back in order.
pub async fn a_full_batch_is_taken(stage: &dyn Stage, kind: DocumentKind) {
    let many = stage.provider().capability().batch_documents_max;
    let postings: Vec<Posting> = (0..many)
        .map(|n| plain(stage, kind, &format!("Batch {n}")))
        .collect();
    let outcomes = send(stage, &creates(stage, "batch", &postings)).await;
    let numbers: Vec<String> = outcomes
        .into_iter()
        .map(|one| one.expect("it is taken").number)
        .collect();
    let sent: Vec<String> = postings.into_iter().map(|one| one.number).collect();
    assert_eq!(numbers, sent);
}

/// More than the capability says never leaves in part.
pub async fn a_batch_beyond_the_limit_is_refused_whole(stage: &dyn Stage, kind: DocumentKind) {
    let many = stage.provider().capability().batch_documents_max + 1;
    let postings: Vec<Posting> = (0..many)
        .map(|n| plain(stage, kind, &format!("Beyond {n}")))
        .collect();
    let error = fails(stage, &creates(stage, "beyond", &postings)).await;
    assert_eq!(error.kind, ErrorKind::Refused, "{error}");
    let numbers = [
        postings[0].number.clone(),
        postings[many - 1].number.clone(),
    ];
    assert!(look_up(stage, kind, &numbers).await.is_empty());
}

/// Number, reference and description may be as long as the capability says, in any script.
pub async fn the_longest_texts_come_back_whole(stage: &dyn Stage, kind: DocumentKind) {
    let capability = stage.provider().capability();
    let fill = |text: &str, chars: usize| -> String {
        text.chars()
            .chain(std::iter::repeat('x'))
            .take(chars)
            .collect()
    };
    let mut posting = plain(stage, kind, "Long");
    posting.number = fill(&posting.number, capability.number_chars_max);
    posting.reference = posting
        .reference
        .map(|text| fill(&text, capability.reference_chars_max));
    let odd = "Größe 東京 — “zwei” & <b>🧾</b> 'x' \\ ";
    posting.lines[0].description = fill(odd, capability.description_chars_max);
    let made = create(stage, "long", &posting).await;
    let found = look_up(stage, kind, std::slice::from_ref(&posting.number)).await;
    assert_eq!(found.len(), 1);
    for held in [made, found[0].clone()] {
        assert_eq!(
            (&held.number, &held.reference),
            (&posting.number, &posting.reference)
        );
        if let Some(line) = held.lines.first() {
            assert_eq!(line.description, posting.lines[0].description);
        }
    }
}

/// Lines that are kept keep their ids; a new one gets its own; what is not sent goes.
pub async fn an_update_keeps_the_identity_of_lines(stage: &dyn Stage, kind: DocumentKind) {
    let number = stage.number("Lines");
    let mut first = stage.posting(kind, &number, &[units(100), units(20), units(40)]);
    for (line, text) in first.lines.iter_mut().zip(["first", "second", "third"]) {
        text.clone_into(&mut line.description);
    }
    let made = create(stage, "made", &first).await;
    let id_of = |held: &Snapshot, text: &str| {
        let line = held.lines.iter().find(|line| line.description == text);
        line.map(|line| line.id.clone())
    };
    let mut content = stage.posting(kind, &number, &[units(60), units(80), units(200)]);
    for (line, text) in content.lines.iter_mut().zip(["second", "new", "third"]) {
        text.clone_into(&mut line.description);
    }
    let kept = [id_of(&made, "second"), None, id_of(&made, "third")];
    let order = Order::Update {
        id: made.id.clone(),
        posting: content.clone(),
        line_ids: kept.to_vec(),
    };
    let sent = request(stage, "update", vec![order]);
    let updated = send_one(stage, &sent).await.expect("it is accepted");
    for held in [again(stage, &made).await, updated] {
        assert_eq!((&held.id, held.totals), (&made.id, content.totals));
        assert_eq!(held.lines.len(), 3);
        assert_eq!(
            [id_of(&held, "second"), id_of(&held, "third")],
            [kept[0].clone(), kept[2].clone()]
        );
        let new = id_of(&held, "new").expect("the new line is there");
        assert!(made.lines.iter().all(|line| line.id != new));
    }
}

/// What was never approved is deleted; what was is voided, or stays where the provider never lets it go.
pub async fn a_removal_deletes_drafts_and_voids_what_was_approved(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let made = create(stage, "draft", &draft(stage, kind, "Draft")).await;
    let gone = send_one(stage, &void(stage, "delete", &made)).await;
    assert_eq!(gone.expect("a draft goes").status, SnapshotStatus::Deleted);
    assert_eq!(again(stage, &made).await.status, SnapshotStatus::Deleted);

    let made = create(stage, "approved", &plain(stage, kind, "Approved")).await;
    let outcome = send_one(stage, &void(stage, "void", &made)).await;
    let held = again(stage, &made).await;
    match outcome {
        Ok(gone) => {
            assert!(!gone.status.is_live(), "{:?}", gone.status);
            assert_eq!(held.status, gone.status);
        }
        Err(refused) => {
            assert!(stage.keeps_approved(kind), "{refused:?}");
            assert_eq!(refused.kind, RejectionKind::NotEditable);
            assert_eq!(held, made);
        }
    }
}

/// An update does not bring it back.
pub async fn what_was_removed_cannot_be_changed(stage: &dyn Stage, kind: DocumentKind) {
    let posting = draft(stage, kind, "Gone");
    let made = create(stage, "made", &posting).await;
    let gone = send_one(stage, &void(stage, "gone", &made)).await;
    gone.expect("a draft goes");
    let outcome = send_one(stage, &update(stage, "back", &made, posting)).await;
    let refused = outcome.expect_err("it is gone");
    assert!(
        matches!(
            refused.kind,
            RejectionKind::NotEditable | RejectionKind::NotFound
        ),
        "{refused:?}"
    );
    assert_eq!(again(stage, &made).await.status, SnapshotStatus::Deleted);
}

/// Neither changed nor made anew.
pub async fn an_unknown_document_is_told_as_not_found(stage: &dyn Stage, kind: DocumentKind) {
    let posting = plain(stage, kind, "Unknown");
    let id = stage.unknown_document();
    let order = Order::Update {
        id: id.clone(),
        posting: posting.clone(),
        line_ids: vec![None],
    };
    let removal = Request {
        kind,
        idempotency_key: stage.number("remove"),
        orders: vec![Order::Void {
            id,
            status: SnapshotStatus::Authorised,
        }],
    };
    for sent in [request(stage, "update", vec![order]), removal] {
        let refused = send_one(stage, &sent).await.expect_err("nobody knows it");
        assert_eq!(refused.kind, RejectionKind::NotFound, "{refused:?}");
    }
    assert!(look_up(stage, kind, &[posting.number]).await.is_empty());
}

/// With the provider's own words.
pub async fn every_refusal_tells_its_reason(stage: &dyn Stage, kind: DocumentKind) {
    let refusals = stage.refused(kind, &stage.number("Refused"));
    assert!(!refusals.is_empty(), "a stage knows a refusal");
    for (index, (reason, posting)) in refusals.into_iter().enumerate() {
        let sent = creates(stage, &format!("refused {index}"), &[posting]);
        let refused = send_one(stage, &sent).await.expect_err("it is refused");
        assert_eq!(refused.kind, reason, "{refused:?}");
        assert!(!refused.messages.is_empty());
    }
}

/// So that somebody brings the contact back, and nobody makes a second one.
pub async fn a_document_for_an_archived_contact_is_refused_as_such(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let posting = plain(stage, kind, "Archived");
    backstage(stage).person(Act::ArchiveContact(&posting.contact));
    let sent = creates(stage, "archived", std::slice::from_ref(&posting));
    let refused = send_one(stage, &sent)
        .await
        .expect_err("the contact is away");
    assert_eq!(refused.kind, RejectionKind::ContactArchived, "{refused:?}");
}

/// What an order says is in no ledger, so no lock concerns it.
pub async fn a_document_in_a_locked_period_is_refused_as_such(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let posting = plain(stage, kind, "Locked");
    backstage(stage).person(Act::CloseBooks(posting.date));
    let outcome = send_one(stage, &creates(stage, "locked", &[posting])).await;
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => {
            let refused = outcome.expect_err("the books are closed");
            assert_eq!(refused.kind, RejectionKind::PeriodLocked, "{refused:?}");
        }
        DocumentKind::PurchaseOrder => {
            outcome.expect("an order stands in no ledger");
        }
    }
}
