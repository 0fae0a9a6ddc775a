//! A grant survives crashes, lost replies and crowds, and is given up only when it is really dead.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;
use secrecy::SecretString;
use support::identity::{Answer, Process};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{ConnectionId, Document, DocumentKey};
use tieout_core::engine::{Binding, BindingKey, Flight, Lane};
use tieout_core::store::{
    ChangeSet, DuePage, Fence, Find, JournalPage, LeaseRequest, ListPage, Listing, MemoryStore,
    Overview, RecordKey, Store, StoreError, Tallies,
};
use tieout_xero::auth::{
    AuthError, BrokenReason, Consent, Disconnected, GrantId, GrantKeeper, GrantStatus,
};
use tieout_xero::config::GrantKind;

const INVALID_GRANT: Answer = Answer::Status(400, r#"{"error":"invalid_grant"}"#);

/// A process with a grant whose token is about to die.
async fn aged() -> (Process, GrantId) {
    let process = Process::new(GrantKind::AuthorizationCode);
    let grant = connect(&process, "1").await;
    tokio::time::advance(Duration::from_secs(29 * 60)).await;
    (process, grant)
}

async fn connect(process: &Process, name: &'static str) -> GrantId {
    process.idp.will(&[Answer::Tokens(name)]);
    let (_, consent) = Consent::begin(&process.oauth);
    let query = format!("code=c&state={}", consent.state());
    let tokens = consent.finish(&process.oauth, &query).await.unwrap();
    let grant = process.keeper.adopt(tokens).await.unwrap();
    let key = RecordKey::new(&["grant", grant.as_str()]);
    *process.idp.watch.lock().unwrap() = Some((Arc::clone(&process.vault), key));
    grant
}

async fn header(keeper: &GrantKeeper, grant: &GrantId) -> Result<String, AuthError> {
    let token = keeper.access(grant).await?;
    Ok(token.header().unwrap().to_str().unwrap().to_owned())
}

/// The refresh tokens that were sent.
fn sent(process: &Process) -> Vec<String> {
    let came = process.idp.came();
    came.iter()
        .filter_map(|came| came.field("refresh_token").map(str::to_owned))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_token_with_life_left_is_used_and_one_about_to_die_is_renewed_first() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let grant = connect(&process, "1").await;
    tokio::time::advance(Duration::from_secs(27 * 60)).await;
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-1"
    );
    process.idp.will(&[Answer::Tokens("2")]);
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_refreshes_once() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Tokens("2")]);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (keeper, grant) = (process.keeper.clone(), grant.clone());
            tokio::spawn(async move { header(&keeper, &grant).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "Bearer access-2");
    }
    assert_eq!(sent(&process), ["refresh-1"]);
}

#[tokio::test(start_paused = true)]
async fn the_intent_is_stored_before_the_request_and_the_tokens_before_their_use() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Tokens("2")]);
    header(&process.keeper, &grant).await.unwrap();
    let at_request = process.idp.came()[1].stored.clone().unwrap();
    assert!(
        at_request.contains(r#""refreshing":{"since":"#),
        "{at_request}"
    );
    assert!(at_request.contains("refresh-1"));
    let next = Process::after(&process);
    assert_eq!(
        header(&next.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert!(matches!(
        next.keeper.status(&grant).await.unwrap(),
        GrantStatus::Live { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_during_a_refresh_the_same_token_is_sent_again() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Silence]);
    let (keeper, wanted) = (process.keeper.clone(), grant.clone());
    let caller = tokio::spawn(async move { header(&keeper, &wanted).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(sent(&process), ["refresh-1"]);
    caller.abort();

    let next = Process::after(&process);
    next.idp.will(&[Answer::Tokens("2")]);
    assert!(matches!(
        next.keeper.status(&grant).await.unwrap(),
        GrantStatus::Refreshing { attempts: 1, .. }
    ));
    assert_eq!(
        header(&next.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&next), ["refresh-1"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_does_not_lose_the_reply() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Tokens("2")]);
    let waited = tokio::time::timeout(Duration::from_millis(10), header(&process.keeper, &grant));
    assert!(waited.await.is_err());
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-1"]);
}

#[rstest]
#[case::reset(Answer::Lost)]
#[case::late(Answer::Silence)]
#[case::failed(Answer::Status(500, "oops"))]
#[case::cut_short(Answer::Status(200, r#"{"access_token":"acc"#))]
#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_asked_for_again_with_the_same_token(#[case] lost: Answer) {
    let (process, grant) = aged().await;
    process.idp.will(&[lost, Answer::Tokens("2")]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-1", "refresh-1"]);
}

#[tokio::test(start_paused = true)]
async fn while_renewal_fails_for_a_passing_reason_the_old_token_serves_and_nobody_hammers() {
    let (process, grant) = aged().await;
    process
        .idp
        .will(&[Answer::Lost, Answer::Lost, Answer::Lost]);
    for _ in 0..20 {
        assert_eq!(
            header(&process.keeper, &grant).await.unwrap(),
            "Bearer access-1"
        );
    }
    assert_eq!(sent(&process).len(), 3);
    // Dead at last: an error with a time, still without a request before that time.
    tokio::time::advance(Duration::from_secs(40)).await;
    process.idp.will(&[Answer::Refused]);
    tokio::time::advance(Duration::from_secs(20)).await;
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(error.retry_at().unwrap() > process.clock.now());
    let calls = sent(&process).len();
    assert!(header(&process.keeper, &grant).await.is_err());
    assert_eq!(sent(&process).len(), calls);
    // And when the service is back, the same token still brings the next set.
    tokio::time::advance(Duration::from_secs(60)).await;
    process.idp.will(&[Answer::Tokens("2")]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert!(sent(&process).iter().all(|token| token == "refresh-1"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_token_breaks_the_grant_once_and_for_all() {
    let (process, grant) = aged().await;
    process.idp.will(&[INVALID_GRANT]);
    let since = process.clock.now();
    for _ in 0..5 {
        let error = header(&process.keeper, &grant).await.unwrap_err();
        let AuthError::GrantBroken {
            since: told,
            reason,
            ..
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!(*reason, BrokenReason::RefreshRefused);
        assert!(*told - since < TimeDelta::seconds(1));
        assert_eq!(error.advice(), "connect again");
    }
    let next = Process::after(&process);
    assert!(matches!(
        header(&next.keeper, &grant).await,
        Err(AuthError::GrantBroken { .. })
    ));
    assert_eq!(sent(&process).len() + sent(&next).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_try_that_never_left_is_no_lost_reply() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Refused]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-1"
    );
    assert!(matches!(
        process.keeper.status(&grant).await.unwrap(),
        GrantStatus::Live { .. }
    ));
    tokio::time::advance(Duration::from_secs(31)).await;
    process.idp.will(&[INVALID_GRANT]);
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(matches!(
        error,
        AuthError::GrantBroken {
            reason: BrokenReason::RefreshRefused,
            ..
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_lost_reply_is_not_believed_at_once() {
    let (process, grant) = aged().await;
    process.idp.will(&[Answer::Lost, INVALID_GRANT]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-1"
    );
    tokio::time::advance(Duration::from_secs(60)).await;
    process.idp.will(&[Answer::Tokens("2")]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-1"; 3]);
}

#[tokio::test(start_paused = true)]
async fn refused_again_and_again_or_after_the_grace_the_grant_is_given_up() {
    let (process, grant) = aged().await;
    process
        .idp
        .will(&[Answer::Lost, INVALID_GRANT, INVALID_GRANT, INVALID_GRANT]);
    let error = loop {
        match header(&process.keeper, &grant).await {
            Err(error @ AuthError::GrantBroken { .. }) => break error,
            Ok(_) | Err(_) => tokio::time::advance(Duration::from_secs(31)).await,
        }
    };
    assert!(matches!(
        error,
        AuthError::GrantBroken {
            reason: BrokenReason::ReplyLost,
            ..
        }
    ));
    assert_eq!(sent(&process).len(), 4);

    let (process, grant) = aged().await;
    process
        .idp
        .will(&[Answer::Lost, Answer::Lost, Answer::Lost, INVALID_GRANT]);
    header(&process.keeper, &grant).await.unwrap();
    tokio::time::advance(Duration::from_secs(31 * 60)).await;
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(matches!(
        error,
        AuthError::GrantBroken {
            reason: BrokenReason::ReplyLost,
            ..
        }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_told_as_that_and_breaks_nothing() {
    let (process, grant) = aged().await;
    tokio::time::advance(Duration::from_secs(120)).await;
    process
        .idp
        .will(&[Answer::Status(400, r#"{"error":"invalid_client"}"#)]);
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(matches!(error, AuthError::ClientRefused));
    tokio::time::advance(Duration::from_secs(31)).await;
    process.idp.will(&[Answer::Tokens("2")]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
}

#[tokio::test(start_paused = true)]
async fn a_401_renews_once_and_not_for_a_token_just_issued() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let grant = connect(&process, "1").await;
    tokio::time::advance(Duration::from_secs(300)).await;
    let first = process.keeper.access(&grant).await.unwrap();
    process.idp.will(&[Answer::Tokens("2")]);
    let (one, other) = tokio::join!(
        process.keeper.refused(&grant, &first),
        process.keeper.refused(&grant, &first),
    );
    let second = one.unwrap();
    assert_eq!(second, other.unwrap());
    assert!(matches!(
        process.keeper.refused(&grant, &second).await,
        Err(AuthError::TokenRefused)
    ));
    assert_eq!(sent(&process), ["refresh-1"]);
}

#[tokio::test(start_paused = true)]
async fn ending_a_connection_renews_a_refused_token_and_finds_out_that_a_grant_is_dead() {
    const UNAUTHORISED: Answer = Answer::Status(401, r#"{"Detail":"TokenInvalid"}"#);
    let process = Process::new(GrantKind::AuthorizationCode);
    let grant = connect(&process, "1").await;
    let connection = uuid::Uuid::from_u128(7);
    tokio::time::advance(Duration::from_secs(300)).await;
    let answers = [UNAUTHORISED, Answer::Tokens("2"), Answer::Status(204, "")];
    process.idp.will(&answers);
    let ended = process.keeper.disconnect(&grant, connection).await.unwrap();
    assert_eq!(ended, Disconnected::Now);

    tokio::time::advance(Duration::from_secs(300)).await;
    process.idp.will(&[UNAUTHORISED, INVALID_GRANT]);
    let error = process.keeper.disconnect(&grant, connection).await;
    assert!(matches!(error, Err(AuthError::GrantBroken { .. })));
}

#[tokio::test(start_paused = true)]
async fn while_another_node_refreshes_this_one_waits_for_its_tokens() {
    let (process, grant) = aged().await;
    let request = LeaseRequest {
        name: format!("grant/{grant}"),
        holder: "node-2".to_owned(),
        now: process.clock.now(),
        ttl_ms: 120_000,
    };
    process.store.lease(&request).await.unwrap().unwrap();
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-1"
    );
    tokio::time::advance(Duration::from_secs(50)).await;
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(matches!(error, AuthError::RefreshingElsewhere { .. }));
    assert!(sent(&process).is_empty());
    // That node died: when its lease has run out, this one takes over.
    tokio::time::advance(Duration::from_secs(120)).await;
    process.idp.will(&[Answer::Tokens("2")]);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_consent_is_a_grant_of_its_own_and_another_app_gets_nothing() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let first = connect(&process, "1").await;
    let second = connect(&process, "2").await;
    assert_ne!(first, second);
    assert_eq!(
        header(&process.keeper, &first).await.unwrap(),
        "Bearer access-1"
    );
    assert_eq!(
        header(&process.keeper, &second).await.unwrap(),
        "Bearer access-2"
    );
}

#[tokio::test(start_paused = true)]
async fn without_offline_access_the_grant_ends_with_its_token() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let bare = r#"{"access_token":"a","expires_in":1800,"token_type":"bearer"}"#;
    process.idp.will(&[Answer::Status(200, bare)]);
    let (_, consent) = Consent::begin(&process.oauth);
    let query = format!("code=c&state={}", consent.state());
    let tokens = consent.finish(&process.oauth, &query).await.unwrap();
    let grant = process.keeper.adopt(tokens).await.unwrap();
    tokio::time::advance(Duration::from_secs(1_900)).await;
    let error = header(&process.keeper, &grant).await.unwrap_err();
    assert!(matches!(
        error,
        AuthError::GrantBroken {
            reason: BrokenReason::NoRefreshToken,
            ..
        }
    ));
}

/// A store that loses the connection to its disk on request.
struct Failing {
    inner: Arc<dyn Store>,
    failing: std::sync::atomic::AtomicBool,
}

macro_rules! handed_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $reply:ty;)+) => {
        #[async_trait::async_trait]
        impl Store for Failing {
            async fn commit(&self, changes: ChangeSet) -> Result<(), StoreError> {
                if self.failing.load(std::sync::atomic::Ordering::SeqCst) {
                    let source = std::io::Error::other("no space");
                    return Err(StoreError::Io { operation: "commit", source });
                }
                self.inner.commit(changes).await
            }
            $(async fn $name(&self, $($argument: $type),*) -> Result<$reply, StoreError> {
                self.inner.$name($($argument),*).await
            })+
        }
    };
}

handed_on! {
    bindings(keys: &[BindingKey]) -> Vec<Option<Binding>>;
    scan(after: Option<&BindingKey>, limit: usize) -> Vec<Binding>;
    find(find: &Find) -> Vec<BindingKey>;
    documents(keys: &[DocumentKey]) -> Vec<Option<Document>>;
    due(connection: &ConnectionId, lane: Lane, now: DateTime<Utc>, limit: usize) -> DuePage;
    flights(connection: &ConnectionId) -> Vec<Flight>;
    journal(pages: &[u64]) -> Vec<JournalPage>;
    journal_before(page: Option<u64>, limit: usize) -> Vec<JournalPage>;
    records(prefix: &str, limit: usize) -> Vec<(RecordKey, Vec<u8>)>;
    record(key: &RecordKey) -> Option<Vec<u8>>;
    lease(request: &LeaseRequest) -> Option<Fence>;
}

#[async_trait::async_trait]
impl Overview for Failing {
    async fn list(&self, listing: &Listing) -> Result<ListPage, StoreError> {
        self.inner.list(listing).await
    }

    async fn tallies(&self) -> Result<Tallies, StoreError> {
        self.inner.tallies().await
    }

    async fn journal_span(&self, time: Range<DateTime<Utc>>) -> Result<Range<u64>, StoreError> {
        self.inner.journal_span(time).await
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_that_cannot_be_stored_are_not_used_and_not_lost() {
    let failing = Arc::new(Failing {
        inner: Arc::new(MemoryStore::new()),
        failing: std::sync::atomic::AtomicBool::new(false),
    });
    let clock = TokioClock::starting_at(support::start());
    let process = Process::over(
        Arc::clone(&failing) as _,
        clock,
        GrantKind::AuthorizationCode,
    );
    let grant = connect(&process, "1").await;
    tokio::time::advance(Duration::from_secs(29 * 60 + 55)).await;
    process.idp.will(&[Answer::Tokens("2")]);
    let (keeper, wanted) = (process.keeper.clone(), grant.clone());
    let caller = tokio::spawn(async move { header(&keeper, &wanted).await });
    // The disk fills up while the request is in the air.
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(sent(&process), ["refresh-1"]);
    failing
        .failing
        .store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(matches!(caller.await.unwrap(), Err(AuthError::Store(_))));
    assert!(header(&process.keeper, &grant).await.is_err());
    failing
        .failing
        .store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-1"]);
    let next = Process::after(&process);
    assert_eq!(
        header(&next.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_stored_form_still_loads() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let sample = include_str!("samples/grant-v1.json");
    let id = "0f3c9a52-7a44-4a6b-9a53-0d6f1a2b3c4d";
    let key = RecordKey::new(&["grant", id]);
    process
        .vault
        .write(&key, Some(&SecretString::from(sample)))
        .await
        .unwrap();
    let grant = GrantId::from(uuid::Uuid::parse_str(id).unwrap());
    assert_eq!(
        process.keeper.email(&grant).await.unwrap().unwrap(),
        "ana@example.com"
    );
    process.idp.will(&[Answer::Tokens("2")]);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(
        header(&process.keeper, &grant).await.unwrap(),
        "Bearer access-2"
    );
    assert_eq!(sent(&process), ["refresh-old"]);
}
