//! What a binding in doubt becomes by what a look-up shows.

use super::sample::{self, NOW};
use super::*;
use crate::check::Rule;
use crate::provider::{Rejection, RejectionKind, Snapshot};

fn unsure(op: Op) -> Binding {
    in_doubt(&sample::in_flight(op), "no reply", None, NOW)
        .unwrap()
        .binding
}

fn resolve(binding: &Binding, shown: LookedUp<'_>) -> State {
    looked_up(binding, Some(&sample::sent()), shown, sample::POLICY, NOW)
        .unwrap()
        .binding
        .state
}

#[test]
fn a_lost_create_that_landed_is_adopted() {
    let snapshot = sample::snapshot();
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    assert_eq!(resolve(&unsure(Op::Create), shown), State::Posted);
}

#[test]
fn a_lost_create_that_is_not_there_is_sent_again() {
    let state = resolve(&unsure(Op::Create), LookedUp::Nothing);
    assert_eq!(
        state,
        State::Ready {
            op: Op::Create,
            not_before: None,
            attempts: 1
        }
    );
}

#[test]
fn a_different_document_under_our_number_is_never_touched() {
    let mut snapshot = sample::snapshot();
    snapshot.totals.gross += rust_decimal::Decimal::ONE;
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    let State::Rejected { finding } = resolve(&unsure(Op::Create), shown) else {
        panic!("rejected")
    };
    assert_eq!(finding.rule, Rule::NumberTaken);
    assert_eq!(finding.detail, ["gross: host `110.00`, provider `111.00`"]);
}

#[test]
fn a_document_that_carries_our_link_is_ours_although_it_was_edited_meanwhile() {
    let link = Some("https://host.example/1".to_owned());
    let mut sent = sample::sent();
    sent.url.clone_from(&link);
    let mut snapshot = sample::snapshot();
    snapshot.totals.gross += rust_decimal::Decimal::ONE;
    snapshot.reference = Some("PO 7".to_owned());
    let find = |snapshot: &Snapshot| {
        let shown = LookedUp::Found {
            snapshot,
            claimed_by: None,
        };
        let doubt = unsure(Op::Create);
        looked_up(&doubt, Some(&sent), shown, sample::POLICY, NOW).unwrap()
    };
    let stranger = find(&snapshot).binding;
    assert!(matches!(stranger.state, State::Rejected { .. }));
    assert_eq!(stranger.posted, None);

    snapshot.url = link;
    let bound = find(&snapshot).binding;
    let State::Held { findings } = &bound.state else {
        panic!("held, not {:?}", bound.state)
    };
    assert_eq!(findings[0].rule, Rule::EditedAtProvider);
    assert_eq!(
        findings[0].detail,
        [
            "gross: host `110.00`, provider `111.00`",
            "reference: host ``, provider `PO 7`"
        ]
    );
    assert_eq!(bound.posted.unwrap().edit.as_ref(), findings.first());
}

#[test]
fn a_document_of_another_binding_is_never_adopted() {
    let snapshot = sample::snapshot();
    let owner = sample::key();
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: Some(&owner),
    };
    assert!(matches!(
        resolve(&unsure(Op::Create), shown),
        State::Rejected { .. }
    ));
}

#[test]
fn what_a_lost_create_made_is_not_left_behind_when_the_host_lets_it_go_meanwhile() {
    let mut let_go = unsure(Op::Create);
    let_go.wanted = Wanted::Gone;
    if let State::Unsure { doubt, .. } = &mut let_go.state {
        *doubt = Doubt::NumberInUse;
    }
    let snapshot = sample::snapshot();
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    let step = looked_up(&let_go, Some(&sample::sent()), shown, sample::POLICY, NOW).unwrap();
    assert_eq!(step.binding.state, State::waiting());
    assert_eq!(
        step.binding.posted.map(|posted| posted.id),
        Some(snapshot.id)
    );
}

#[test]
fn a_number_in_use_that_nobody_shows_does_not_loop() {
    let rejection = Rejection {
        kind: RejectionKind::DuplicateNumber,
        messages: Vec::new(),
        advice: None,
    };
    let binding = rejected(
        &sample::in_flight(Op::Create),
        &rejection,
        sample::POLICY,
        NOW,
    )
    .unwrap()
    .binding;
    let (snapshot, owner) = (sample::snapshot(), sample::key());
    let held = |claimed_by| LookedUp::Found {
        snapshot: &snapshot,
        claimed_by,
    };
    for shown in [LookedUp::Nothing, held(Some(&owner))] {
        assert!(matches!(resolve(&binding, shown), State::Rejected { .. }));
    }
    // Who had it gave it up since: it is sent once more.
    let freed = number_freed(&binding, NOW).unwrap().binding;
    for shown in [LookedUp::Nothing, held(Some(&owner))] {
        let once_more = State::Ready {
            op: Op::Create,
            not_before: None,
            attempts: 1,
        };
        assert_eq!(resolve(&freed, shown), once_more);
    }
    assert_eq!(number_freed(&freed, NOW), None);
}

#[test]
fn a_change_of_the_host_is_tried_before_a_number_in_use_is_a_finding() {
    let rejection = Rejection {
        kind: RejectionKind::DuplicateNumber,
        messages: Vec::new(),
        advice: None,
    };
    let mut binding = rejected(
        &sample::in_flight(Op::Create),
        &rejection,
        sample::POLICY,
        NOW,
    )
    .unwrap()
    .binding;
    binding.wanted = Wanted::Gone;
    // Somebody else's: ours would be taken up whatever the host wants.
    let mut snapshot = sample::snapshot();
    snapshot.totals.gross += rust_decimal::Decimal::ONE;
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    assert_eq!(
        resolve(&binding, shown),
        State::Waiting {
            not_before: None,
            attempts: 1
        }
    );
}

#[test]
fn a_lost_void_is_asked_again_until_the_document_is_gone() {
    let snapshot = sample::snapshot();
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    assert!(matches!(
        resolve(&unsure(Op::Void), shown),
        State::Ready { op: Op::Void, .. }
    ));
    assert_eq!(resolve(&unsure(Op::Void), LookedUp::Nothing), State::Voided);
}

#[test]
fn a_lost_update_may_have_been_done_so_what_was_there_before_is_not_there_for_sure() {
    let mut reverted = unsure(Op::Update);
    reverted.content = ContentHash::of(&"another");
    let before = reverted.posted.clone().unwrap().posting;
    let snapshot = sample::snapshot();
    let shown = LookedUp::Found {
        snapshot: &snapshot,
        claimed_by: None,
    };
    let step = looked_up(&reverted, Some(&sample::sent()), shown, sample::POLICY, NOW);
    let next = step.unwrap().binding;
    assert!(matches!(next.state, State::Waiting { .. }));
    assert_ne!(next.posted.unwrap().posting, before);
}

#[test]
fn what_the_host_decided_since_then_counts_for_what_is_gone() {
    let mut wanted_again = unsure(Op::Void);
    wanted_again.wanted = Wanted::Live;
    assert_eq!(resolve(&wanted_again, LookedUp::Nothing), State::waiting());
    let mut let_go = unsure(Op::Update);
    let_go.wanted = Wanted::Gone;
    assert_eq!(resolve(&let_go, LookedUp::Nothing), State::Voided);
}

#[test]
fn a_lost_update_of_a_removed_document_asks_a_person() {
    assert!(matches!(
        resolve(&unsure(Op::Update), LookedUp::Nothing),
        State::Removed { .. }
    ));
}

#[test]
fn a_document_whose_party_was_merged_since_is_never_made_again() {
    let mut moved = sample::snapshot();
    moved.contact = crate::document::ProviderContactId::new("survivor").unwrap();
    assert!(sample::sent().is_but_for_contact(&moved));
    let shown = LookedUp::Found {
        snapshot: &moved,
        claimed_by: None,
    };
    let step = looked_up(
        &unsure(Op::Create),
        Some(&sample::sent()),
        shown,
        sample::POLICY,
        NOW,
    )
    .unwrap();
    assert_eq!(step.binding.state.findings()[0].rule, Rule::NumberTaken);
}
