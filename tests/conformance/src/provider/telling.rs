//! What following changes promises: each change at least once, from any position that was ever given.

use std::collections::HashSet;

use chrono::TimeDelta;
use tieout_core::document::DocumentKind;
use tieout_core::provider::{ChangesAfter, ErrorKind, Posting, Snapshot, SnapshotStatus};

use super::acts::{
    after, again, backstage, create, create_all, draft, follow, is_settled, plain, send_one,
    timeless, units, update, void,
};
use super::stage::{Act, Stage};

/// Whole, as reading it shows it.
pub async fn what_is_new_changed_or_removed_is_told(stage: &dyn Stage, kind: DocumentKind) {
    let posting = draft(stage, kind, "Told");
    let made = create(stage, "made", &posting).await;
    let told = follow(stage, &[kind], None).await;
    assert_eq!(told.of(&made).map(timeless), Some(timeless(&made)));

    tick(stage);
    let content = Posting {
        status: posting.status,
        ..stage.posting(kind, &posting.number, &[units(200)])
    };
    let changed = send_one(stage, &update(stage, "changed", &made, content)).await;
    let changed = changed.expect("a draft can be changed");
    let told = follow(stage, &[kind], told.end()).await;
    assert_eq!(told.of(&made).map(|one| one.totals), Some(changed.totals));

    tick(stage);
    let gone = send_one(stage, &void(stage, "gone", &made)).await;
    gone.expect("a draft goes");
    let told = follow(stage, &[kind], told.end()).await;
    let status = told.of(&made).map(|one| one.status.clone());
    assert_eq!(status, Some(SnapshotStatus::Deleted));
}

/// A person's, which no request of ours could tell.
pub async fn what_a_person_did_is_told(stage: &dyn Stage, kind: DocumentKind) {
    let made = create(stage, "edited", &draft(stage, kind, "Edited")).await;
    let told = follow(stage, &[kind], None).await;
    backstage(stage).pass(TimeDelta::seconds(3_600));
    let date = made.date.pred_opt().expect("the day before exists");
    backstage(stage).person(Act::Redate {
        kind,
        id: &made.id,
        date,
    });
    let told = follow(stage, &[kind], told.end()).await;
    assert_eq!(told.of(&made).map(|one| one.date), Some(date));
    backstage(stage).pass(TimeDelta::seconds(3_600));
    backstage(stage).person(Act::Remove { kind, id: &made.id });
    let told = follow(stage, &[kind], told.end()).await;
    assert_eq!(told.of(&made).map(|one| one.status.is_live()), Some(false));
}

/// Also when the provider does not take a payment for a change of its document.
pub async fn payments_and_their_removal_are_told(stage: &dyn Stage, kind: DocumentKind) {
    if !is_settled(kind) {
        return println!("nobody pays a {kind}");
    }
    let made = create(stage, "paid", &plain(stage, kind, "Paid")).await;
    let other = create(stage, "other", &plain(stage, kind, "Other")).await;
    let told = follow(stage, &[kind], None).await;
    backstage(stage).pass(TimeDelta::seconds(3_600));
    for (id, amount) in [(&made.id, made.amount_due), (&other.id, units(10))] {
        backstage(stage).person(Act::Pay { kind, id, amount });
    }
    let told = follow(stage, &[kind], told.end()).await;
    for one in [&made, &other] {
        assert_eq!(told.of(one), Some(&again(stage, one).await));
        assert_eq!(told.of(one).map(|one| one.payments.len()), Some(1));
    }
    backstage(stage).pass(TimeDelta::seconds(3_600));
    backstage(stage).person(Act::TakePaymentsBack { kind, id: &made.id });
    let told = follow(stage, &[kind], told.end()).await;
    let held = told.of(&made).expect("the removal of a payment is told");
    assert_eq!((held.payments.len(), held.amount_due), (0, made.amount_due));
}

/// A document that changes in the second in which the last page was read.
pub async fn ties_of_one_second_are_told(stage: &dyn Stage, kind: DocumentKind) {
    let mut end = None;
    for name in ["One", "Two", "Three"] {
        let made = create(stage, name, &plain(stage, kind, name)).await;
        let told = follow(stage, &[kind], end).await;
        assert!(told.of(&made).is_some(), "{name} was missed");
        end = told.end();
    }
}

/// More than a page of them, all of one second, and then some.
pub async fn changes_are_told_over_pages(stage: &dyn Stage, kind: DocumentKind) {
    let crowd = backstage(stage).crowd();
    let made = create_all(stage, "crowd", &postings(stage, kind, "Crowd", crowd)).await;
    backstage(stage).pass(TimeDelta::seconds(1));
    let more = create_all(stage, "more", &postings(stage, kind, "More", 20)).await;
    let told = follow(stage, &[kind], None).await;
    assert!(told.positions.len() > 1, "a crowd does not fit on one page");
    let ids = ids(&told.documents);
    let missed = made
        .iter()
        .chain(&more)
        .filter(|one| !ids.contains(one.id.as_str()));
    assert_eq!(missed.count(), 0);
}

/// Rows that move while they are read push others out of the page to come.
pub async fn changes_during_paging_are_told(stage: &dyn Stage, kind: DocumentKind) {
    let crowd = backstage(stage).crowd();
    let made = create_all(stage, "crowd", &drafts(stage, kind, crowd)).await;
    backstage(stage).pass(TimeDelta::seconds(1));
    let date = made[0].date.pred_opt().expect("the day before exists");
    let mut asked = after(stage, &[kind], None);
    let mut told: Vec<Snapshot> = Vec::new();
    let mut moved = made.iter();
    loop {
        let page = stage.provider().changes(&asked).await;
        let page = page.expect("changes are told");
        told.extend(page.documents);
        if !page.more {
            break;
        }
        asked.cursor = Some(page.cursor);
        for one in moved.by_ref().take(100) {
            backstage(stage).person(Act::Redate {
                kind,
                id: &one.id,
                date,
            });
        }
        // Only so often that the reader can come to an end.
        let left = moved.len().saturating_sub(crowd / 2);
        if left == 0 {
            moved = [].iter();
        }
        backstage(stage).pass(TimeDelta::seconds(1));
    }
    let ids = ids(&told);
    let missed = made.iter().filter(|one| !ids.contains(one.id.as_str()));
    assert_eq!(missed.count(), 0);
    let redated: HashSet<&str> = told
        .iter()
        .filter(|one| one.date == date)
        .map(|one| one.id.as_str())
        .collect();
    assert!(
        made[..100]
            .iter()
            .all(|one| redated.contains(one.id.as_str()))
    );
}

/// Whoever goes back to an old position is told what came after it again; from a position within a run, at the
/// latest by the next run, since it ends that run first.
pub async fn every_position_can_be_gone_on_from(stage: &dyn Stage, kind: DocumentKind) {
    create(stage, "first", &plain(stage, kind, "First")).await;
    let first = follow(stage, &[kind], None).await;
    create(stage, "second", &plain(stage, kind, "Second")).await;
    let second = follow(stage, &[kind], first.end()).await;
    let third = create(stage, "third", &plain(stage, kind, "Third")).await;
    for position in first.positions.iter().chain(&second.positions) {
        let rest = follow(stage, &[kind], Some(position.clone())).await;
        let next = follow(stage, &[kind], rest.end()).await;
        let told = rest.of(&third).or_else(|| next.of(&third));
        assert!(told.is_some(), "missed after {position}");
    }
    let last = follow(stage, &[kind], second.end()).await;
    let repeated = follow(stage, &[kind], second.end()).await;
    assert_eq!(ids(&last.documents), ids(&repeated.documents));
}

/// And a kind that was left out for a while goes on where it was left.
pub async fn only_wanted_kinds_are_told(stage: &dyn Stage, kind: DocumentKind) {
    let all = stage.provider().capability().documents;
    let others: Vec<DocumentKind> = all.iter().copied().filter(|one| *one != kind).collect();
    if others.is_empty() {
        return println!("there is no other kind");
    }
    let begun = follow(stage, &[kind], None).await;
    let made = create(stage, "made", &plain(stage, kind, "Unwanted")).await;
    let told = follow(stage, &others, begun.end()).await;
    assert!(told.documents.iter().all(|one| others.contains(&one.kind)));
    let told = follow(stage, &[kind], told.end()).await;
    assert!(told.of(&made).is_some(), "missed after it was not wanted");
    assert!(told.documents.iter().all(|one| one.kind == kind));
    let told = follow(stage, all, None).await;
    assert!(told.of(&made).is_some(), "missed among all kinds");
}

/// And not later, or what changes meanwhile would be taken for told.
pub async fn completeness_is_not_claimed_for_the_future(stage: &dyn Stage, kind: DocumentKind) {
    let before = follow(stage, &[kind], None).await.last.complete_as_of;
    assert!(before <= stage.now());
    if let Some(backstage) = stage.backstage() {
        backstage.pass(TimeDelta::seconds(3_600));
        let later = follow(stage, &[kind], None).await.last.complete_as_of;
        assert!(before < later && later <= stage.now());
    }
}

/// It is an error that says so: whoever began at the beginning in its place would tell everything anew.
pub async fn a_position_of_no_make_is_refused_and_says_so(stage: &dyn Stage) {
    let kinds = &stage.provider().capability().documents[..1];
    let right = follow(stage, kinds, None).await.last.cursor;
    let chars: Vec<char> = right.chars().collect();
    let cut = |at: usize| chars[..at].iter().collect::<String>();
    let wrong = [
        String::new(),
        "x".to_owned(),
        "{}".to_owned(),
        "null".to_owned(),
        "\0".to_owned(),
        cut(1),
        cut(chars.len() / 2),
        cut(chars.len() - 1),
        format!("x{right}"),
        format!("{right}{right}"),
    ];
    for cursor in wrong {
        let asked = after(stage, kinds, Some(cursor.clone()));
        let error = stage.provider().changes(&asked).await;
        let error = error.expect_err("a position of no make");
        assert_eq!(error.kind, ErrorKind::Refused, "{cursor}");
        assert!(error.message.contains("position"), "{error}");
    }
}

/// Nobody can be told everything about nothing.
pub async fn changes_of_no_kind_are_refused(stage: &dyn Stage) {
    let asked = ChangesAfter {
        kinds: Vec::new(),
        ..after(stage, &[], None)
    };
    let error = stage.provider().changes(&asked).await;
    let error = error.expect_err("no kind is wanted");
    assert_eq!(error.kind, ErrorKind::Refused, "{error}");
}

/// The same second goes on; a provider that stamps its rows can tell a change from the one before.
fn tick(stage: &dyn Stage) {
    if let Some(backstage) = stage.backstage() {
        backstage.pass(TimeDelta::milliseconds(7));
    }
}

fn postings(stage: &dyn Stage, kind: DocumentKind, name: &str, many: usize) -> Vec<Posting> {
    (0..many)
        .map(|n| plain(stage, kind, &format!("{name} {n}")))
        .collect()
}

fn drafts(stage: &dyn Stage, kind: DocumentKind, many: usize) -> Vec<Posting> {
    (0..many)
        .map(|n| draft(stage, kind, &format!("Draft {n}")))
        .collect()
}

fn ids(documents: &[Snapshot]) -> HashSet<&str> {
    documents.iter().map(|one| one.id.as_str()).collect()
}
