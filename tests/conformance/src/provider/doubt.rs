//! What errors promise: whether a request can have been processed, and when to come back.

use tieout_core::document::DocumentKind;
use tieout_core::provider::{ErrorKind, Posting, ProviderError, RejectionKind, SnapshotStatus};

use super::acts::{
    after, again, backstage, create, creates, draft, fails, follow, goes_wrong, is_unique, look_up,
    plain, send, send_one, void,
};
use super::stage::{At, Stage, Trouble};

/// Whether the provider worked on it or not, nobody can know; under the same key it happens once.
pub async fn a_lost_reply_is_unsure_and_its_repeat_has_one_effect(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let troubles = [Trouble::LostBefore, Trouble::LostAfter];
    in_doubt(stage, kind, &troubles).await;
}

/// An error of the server says nothing about what it did before.
pub async fn an_error_of_the_server_is_unsure_and_its_repeat_has_one_effect(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let troubles = [Trouble::FailedBefore, Trouble::FailedAfter];
    in_doubt(stage, kind, &troubles).await;
}

/// Whatever it seems to say: success of something else proves nothing.
pub async fn a_reply_that_cannot_be_read_is_unsure_and_its_repeat_has_one_effect(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    let troubles = [Trouble::CutShort, Trouble::Garbled];
    in_doubt(stage, kind, &troubles).await;
}

async fn in_doubt(stage: &dyn Stage, kind: DocumentKind, troubles: &[Trouble]) {
    for &trouble in troubles {
        let name = format!("{trouble:?}");
        let postings = [
            plain(stage, kind, &format!("{name} 1")),
            plain(stage, kind, &format!("{name} 2")),
        ];
        let sent = creates(stage, &name, &postings);
        if !goes_wrong(stage, trouble, At::Create(kind)) {
            continue;
        }
        assert_eq!(fails(stage, &sent).await.kind, ErrorKind::Unsure, "{name}");
        let numbers = postings.map(|one| one.number);
        for outcome in send(stage, &sent).await {
            outcome.expect("the repeat is accepted");
        }
        assert_eq!(look_up(stage, kind, &numbers).await.len(), 2, "{name}");
    }
}

/// Where a number is one document's alone, not even a provider that forgot the key makes a second one.
pub async fn a_batch_that_broke_in_the_middle_makes_nothing_twice(
    stage: &dyn Stage,
    kind: DocumentKind,
) {
    if !is_unique(stage, kind) {
        return println!("the number of a {kind} may stand on several");
    }
    let postings: Vec<Posting> = (0..3)
        .map(|n| plain(stage, kind, &format!("Midway {n}")))
        .collect();
    let sent = creates(stage, "midway", &postings);
    if !goes_wrong(stage, Trouble::FailedMidway, At::Create(kind)) {
        return;
    }
    assert_eq!(fails(stage, &sent).await.kind, ErrorKind::Unsure);
    let numbers: Vec<String> = postings.iter().map(|one| one.number.clone()).collect();
    let found = look_up(stage, kind, &numbers).await;
    assert_eq!(found.len(), 1, "what is there can be found");
    let mut outcomes = send(stage, &sent).await;
    match outcomes.remove(0) {
        // It knows its own document by the key, whatever broke.
        Ok(first) => assert_eq!(first.id, found[0].id),
        Err(refused) => assert_eq!(refused.kind, RejectionKind::DuplicateNumber),
    }
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(look_up(stage, kind, &numbers).await.len(), 3);
}

/// A repeat finds it gone, or removes it.
pub async fn a_removal_whose_reply_was_lost_is_unsure(stage: &dyn Stage, kind: DocumentKind) {
    for trouble in [Trouble::LostBefore, Trouble::LostAfter] {
        let name = format!("{trouble:?}");
        let made = create(stage, &name, &draft(stage, kind, &name)).await;
        let removal = void(stage, &format!("remove {name}"), &made);
        if !goes_wrong(stage, trouble, At::Change(kind)) {
            continue;
        }
        assert_eq!(fails(stage, &removal).await.kind, ErrorKind::Unsure);
        let expected = match trouble {
            Trouble::LostAfter => SnapshotStatus::Deleted,
            _ => SnapshotStatus::Draft,
        };
        assert_eq!(again(stage, &made).await.status, expected);
        let gone = send_one(stage, &removal).await;
        gone.expect("the repeat is accepted");
        assert_eq!(again(stage, &made).await.status, SnapshotStatus::Deleted);
    }
}

/// The engine alone knows what was stored, and so what may be sent again.
pub async fn a_write_is_never_repeated_by_itself(stage: &dyn Stage, kind: DocumentKind) {
    let troubles = [
        Trouble::LostBefore,
        Trouble::LostAfter,
        Trouble::FailedBefore,
        Trouble::Garbled,
        Trouble::Throttled,
        Trouble::Expired,
    ];
    for trouble in troubles {
        let posting = plain(stage, kind, &format!("{trouble:?}"));
        let sent = creates(stage, &format!("{trouble:?}"), &[posting]);
        if !goes_wrong(stage, trouble, At::Create(kind)) {
            continue;
        }
        let before = backstage(stage).writes();
        fails(stage, &sent).await;
        assert_eq!(backstage(stage).writes(), before + 1, "{trouble:?}");
    }
}

/// Nothing was done, and there is a time to wait for.
pub async fn throttling_says_when_to_come_back(stage: &dyn Stage, kind: DocumentKind) {
    let posting = plain(stage, kind, "Throttled");
    let numbers = [posting.number.clone()];
    let sent = creates(stage, "throttled", &[posting]);
    if !goes_wrong(stage, Trouble::Throttled, At::Create(kind)) {
        return;
    }
    waits(stage, &fails(stage, &sent).await);
    assert!(look_up(stage, kind, &numbers).await.is_empty());
    if !goes_wrong(stage, Trouble::Throttled, At::Read(kind)) {
        return;
    }
    let error = stage.provider().look_up(kind, &numbers).await;
    waits(stage, &error.expect_err("it is throttled"));
    send_one(stage, &sent).await.expect("later it is accepted");
}

/// Nothing was done; somebody must connect again, and then it goes on.
pub async fn an_expired_sign_in_is_told_as_such(stage: &dyn Stage, kind: DocumentKind) {
    let posting = plain(stage, kind, "Expired");
    let numbers = [posting.number.clone()];
    let sent = creates(stage, "expired", &[posting]);
    if !goes_wrong(stage, Trouble::Expired, At::Create(kind)) {
        return;
    }
    assert_eq!(fails(stage, &sent).await.kind, ErrorKind::Unauthorised);
    assert!(look_up(stage, kind, &numbers).await.is_empty());
    if !goes_wrong(stage, Trouble::Expired, At::Read(kind)) {
        return;
    }
    let error = stage.provider().look_up(kind, &numbers).await;
    let error = error.expect_err("the sign-in has expired");
    assert_eq!(error.kind, ErrorKind::Unauthorised);
}

/// A reading that failed is an error, never "nothing is there"; it can be repeated without a thought.
pub async fn a_reading_that_failed_is_an_error_and_no_doubt(stage: &dyn Stage, kind: DocumentKind) {
    let posting = plain(stage, kind, "Read");
    let made = create(stage, "read", &posting).await;
    let before = follow(stage, &[kind], None).await;
    let other = create(stage, "other", &plain(stage, kind, "Other")).await;
    let troubles = [
        Trouble::LostBefore,
        Trouble::LostAfter,
        Trouble::FailedBefore,
        Trouble::CutShort,
        Trouble::Garbled,
    ];
    for trouble in troubles {
        if !goes_wrong(stage, trouble, At::Read(kind)) {
            continue;
        }
        let numbers = [posting.number.clone()];
        let found = stage.provider().look_up(kind, &numbers).await;
        no_doubt(&found.expect_err("the look-up fails"));
        assert!(goes_wrong(stage, trouble, At::Read(kind)));
        let held = stage.provider().read(kind, std::slice::from_ref(&made.id));
        no_doubt(&held.await.expect_err("the read fails"));
        assert!(goes_wrong(stage, trouble, At::Read(kind)));
        let asked = after(stage, &[kind], before.end());
        let page = stage.provider().changes(&asked).await;
        no_doubt(&page.expect_err("the page fails"));
    }
    // The position is still where it was.
    let told = follow(stage, &[kind], before.end()).await;
    assert!(told.of(&other).is_some());
}

fn no_doubt(error: &ProviderError) {
    assert!(
        matches!(error.kind, ErrorKind::NotProcessed | ErrorKind::BadReply),
        "{:?}: {error}",
        error.kind
    );
}

fn waits(stage: &dyn Stage, error: &ProviderError) {
    assert_eq!(error.kind, ErrorKind::Throttled, "{error}");
    let at = error.retry_at.expect("it says when to come back");
    assert!(at > stage.now());
}
