//! What look-ups and reads promise: everything that is there, nothing that is not.

use std::collections::HashSet;

use chrono::TimeDelta;
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{Candidate, Mark, Posting, Snapshot, Sought};

use super::acts::{
    again, backstage, create, create_all, creates, draft, look_up, plain, read, send, send_one,
    timeless, units, void,
};
use super::stage::{Act, Stage};

/// A document that was removed still answers to its number.
pub async fn a_look_up_finds_live_and_removed_ones(stage: &dyn Stage, kind: DocumentKind) {
    let live = create(stage, "live", &plain(stage, kind, "Live")).await;
    let made = create(stage, "deleted", &draft(stage, kind, "Deleted")).await;
    let deleted = send_one(stage, &void(stage, "delete", &made)).await;
    let mut all = vec![live, deleted.expect("a draft goes")];
    if !stage.keeps_approved(kind) {
        let made = create(stage, "voided", &plain(stage, kind, "Voided")).await;
        let voided = send_one(stage, &void(stage, "void", &made)).await;
        all.push(voided.expect("it is voided"));
    }
    let numbers: Vec<String> = all.iter().map(|one| one.number.clone()).collect();
    let found = look_up(stage, kind, &numbers).await;
    assert_eq!(statuses(&found), statuses(&all));
}

/// Not even one whose number begins alike, or has the number within it.
pub async fn a_look_up_leaves_out_what_nobody_carries(stage: &dyn Stage, kind: DocumentKind) {
    let posting = plain(stage, kind, "Like");
    create(stage, "like", &posting).await;
    let number = posting.number;
    let unlike = [
        format!("{number}0"),
        number[..number.len() - 1].to_owned(),
        format!("0{number}"),
    ];
    assert!(look_up(stage, kind, &unlike).await.is_empty());
    assert!(look_up(stage, kind, &[]).await.is_empty());
    let [begins, ..] = unlike;
    let found = look_up(stage, kind, &[begins, number.clone()]).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number, number);
}

/// As many as the capability says.
pub async fn as_many_as_promised_are_looked_up_at_once(stage: &dyn Stage, kind: DocumentKind) {
    let many = stage.provider().capability().look_up_max;
    let postings: Vec<Posting> = (0..many - 1)
        .map(|n| plain(stage, kind, &format!("Many {n}")))
        .collect();
    let made = create_all(stage, "many", &postings).await;
    let mut numbers: Vec<String> = postings.into_iter().map(|one| one.number).collect();
    numbers.insert(many / 2, stage.number("Nobody"));
    assert_eq!(numbers.len(), many);
    let found = look_up(stage, kind, &numbers).await;
    assert_eq!(ids(&found), ids(&made));
    assert_eq!(found.len(), made.len(), "each is told once");
    let wanted: Vec<ProviderDocumentId> = made.iter().map(|one| one.id.clone()).collect();
    let held = read(stage, kind, &wanted).await;
    assert_eq!((ids(&held), held.len()), (ids(&made), made.len()));
}

/// What a query, a path, a list and a condition may take for something else, as far as the provider takes it.
pub async fn odd_numbers_are_found(stage: &dyn Stage, kind: DocumentKind) {
    let odd = [
        "a,b",
        "say \"so\"",
        "../x?y#z",
        "1+1=2&3%20",
        "O'Neil \\ Söhne",
        "東京/7",
    ];
    let postings: Vec<Posting> = odd
        .iter()
        .enumerate()
        .map(|(index, odd)| {
            let number = format!("{} {odd}", stage.number(&format!("Odd {index}")));
            stage.posting(kind, &number, &[units(100)])
        })
        .collect();
    let outcomes = send(stage, &creates(stage, "odd", &postings)).await;
    let made: Vec<Snapshot> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert!(made.len() > 1, "a provider takes some of them");
    for one in &made {
        let found = look_up(stage, kind, std::slice::from_ref(&one.number)).await;
        assert_eq!(
            ids(&found),
            ids(std::slice::from_ref(one)),
            "{}",
            one.number
        );
    }
    let numbers: Vec<String> = postings.into_iter().map(|one| one.number).collect();
    assert_eq!(ids(&look_up(stage, kind, &numbers).await), ids(&made));
}

/// With lines, whatever the number of them that is asked for.
pub async fn documents_are_read_whole_and_unknown_ones_are_absent(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let made = create(stage, "one", &plain(stage, kind, "One")).await;
    let other = create(stage, "two", &draft(stage, kind, "Two")).await;
    let wanted = [other.id.clone(), stage.unknown_document(), made.id.clone()];
    let held = read(stage, kind, &wanted).await;
    assert_eq!(held.len(), 2);
    for one in [&made, &other] {
        let held = held.iter().find(|held| held.id == one.id);
        assert_eq!(held.map(timeless), Some(timeless(one)));
    }
    assert!(read(stage, kind, &[]).await.is_empty());
    let unknown = [stage.unknown_document()];
    assert!(read(stage, kind, &unknown).await.is_empty());
}

/// Reading shows the provider's document, not the one that was sent.
pub async fn what_a_person_did_is_read(stage: &dyn Stage, kind: DocumentKind) {
    let made = create(stage, "edited", &draft(stage, kind, "Edited")).await;
    let date = made.date.pred_opt().expect("the day before exists");
    backstage(stage).pass(TimeDelta::seconds(10));
    backstage(stage).person(Act::Redate {
        kind,
        id: &made.id,
        date,
    });
    let held = again(stage, &made).await;
    assert_eq!((held.date, &held.lines), (date, &made.lines));
    assert!(held.updated_at > made.updated_at);
    backstage(stage).person(Act::Remove { kind, id: &made.id });
    assert!(!again(stage, &made).await.status.is_live());
}

/// Each by its strongest mark, and what stands under the number or the reference of nobody is nothing.
pub async fn what_was_never_sent_is_found_by_each_mark(stage: &dyn Stage, kind: DocumentKind) {
    let other = stage.number("Other");
    let mut posting = plain(stage, kind, "Sought");
    posting.reference = Some(stage.number("Claim"));
    let made = create(stage, "sought", &posting).await;
    create(stage, "beside", &plain(stage, kind, "Beside")).await;
    let capability = stage.provider().capability();
    let by_number = Sought {
        url: None,
        ..Sought::of(&posting, capability.numbers_unique.contains(&kind))
    };
    let renumbered = Sought {
        number: other.clone(),
        ..by_number.clone()
    };
    let by_link = Sought {
        url: made.url.clone(),
        reference: None,
        ..renumbered.clone()
    };
    let nobody = Sought {
        reference: Some(stage.number("Nobody")),
        ..renumbered.clone()
    };
    let wanted = [
        Some(Mark::Number),
        made.url.as_ref().map(|_| Mark::Link),
        made.reference.as_ref().map(|_| Mark::Reference),
        None,
    ];
    let all = [by_number, by_link, renumbered, nobody];
    let found = stage.provider().find(kind, &all).await;
    let found = found.expect("the search is answered");
    let marks: Vec<Option<Mark>> = found
        .iter()
        .map(|candidates| {
            let of = |it: &&Candidate| it.snapshot.id == made.id;
            candidates.iter().find(of).map(|it| it.mark)
        })
        .collect();
    assert_eq!(marks, wanted);
    assert!(found.iter().all(|candidates| candidates.len() < 2));
    assert!(found.iter().flatten().all(|it| it.snapshot == made));
    let none = stage.provider().find(kind, &[]).await;
    assert_eq!(
        none.expect("the search is answered"),
        Vec::<Vec<Candidate>>::new()
    );
}

/// What was removed is not in the way of sending.
pub async fn a_search_passes_over_what_was_removed(stage: &dyn Stage, kind: DocumentKind) {
    let posting = draft(stage, kind, "Removed");
    let made = create(stage, "made", &posting).await;
    send_one(stage, &void(stage, "delete", &made))
        .await
        .expect("a draft goes");
    let unique = stage.provider().capability().numbers_unique.contains(&kind);
    let sought = [Sought::of(&posting, unique)];
    let found = stage.provider().find(kind, &sought).await;
    assert_eq!(found.expect("the search is answered"), [Vec::new()]);
}

/// As many as the capability says, each answered in its place.
pub async fn as_many_as_promised_are_sought_at_once(stage: &dyn Stage, kind: DocumentKind) {
    let capability = stage.provider().capability();
    let unique = capability.numbers_unique.contains(&kind);
    let postings: Vec<Posting> = (0..capability.look_up_max)
        .map(|n| plain(stage, kind, &format!("Lot {n}")))
        .collect();
    create_all(stage, "lot", &postings[..3]).await;
    let sought: Vec<Sought> = postings.iter().map(|one| Sought::of(one, unique)).collect();
    let cost = stage.provider().find_cost(kind, &sought);
    assert!(0 < cost.calls_min && cost.calls_min <= cost.calls_usual_max);
    let found = stage.provider().find(kind, &sought).await;
    let found = found.expect("the search is answered");
    let numbers: Vec<Option<&str>> = found
        .iter()
        .map(|candidates| candidates.first().map(|it| it.snapshot.number.as_str()))
        .collect();
    let wanted = postings.iter().enumerate();
    let wanted: Vec<Option<&str>> = wanted
        .map(|(at, one)| (at < 3).then_some(one.number.as_str()))
        .collect();
    assert_eq!(numbers, wanted);
}

fn ids(documents: &[Snapshot]) -> HashSet<&str> {
    documents.iter().map(|one| one.id.as_str()).collect()
}

fn statuses(documents: &[Snapshot]) -> HashSet<(&str, String)> {
    documents
        .iter()
        .map(|one| (one.id.as_str(), format!("{:?}", one.status)))
        .collect()
}
