//! What the promises do again and again: send, look, read, follow changes.

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    ChangePage, ChangesAfter, ContactAnswer, ContactWanted, Order, Posting, ProviderError,
    Rejection, Request, Snapshot, SnapshotStatus,
};
use tieout_core::settings::CreateStatus;

use super::stage::{At, Backstage, Stage, Trouble};
use crate::host::Can;

/// One outcome of each order.
pub type Outcomes = Vec<Result<Snapshot, Rejection>>;

/// An amount of so many whole units.
pub(super) fn units(amount: i64) -> Decimal {
    Decimal::from(amount)
}

/// An approved document of one line of a hundred.
pub(super) fn plain(stage: &dyn Stage, kind: DocumentKind, name: &str) -> Posting {
    stage.posting(kind, &stage.number(name), &[units(100)])
}

/// The same as a draft.
pub(super) fn draft(stage: &dyn Stage, kind: DocumentKind, name: &str) -> Posting {
    Posting {
        status: CreateStatus::Draft,
        ..plain(stage, kind, name)
    }
}

pub(super) fn request(stage: &dyn Stage, key: &str, orders: Vec<Order>) -> Request {
    let kind = orders.iter().find_map(|order| match order {
        Order::Create(posting) | Order::Update { posting, .. } => Some(posting.kind),
        Order::Void { .. } => None,
    });
    Request {
        kind: kind.expect("an order with its content is among them"),
        idempotency_key: stage.number(key),
        orders,
    }
}

pub(super) fn creates(stage: &dyn Stage, key: &str, postings: &[Posting]) -> Request {
    request(
        stage,
        key,
        postings.iter().cloned().map(Order::Create).collect(),
    )
}

pub(super) fn void(stage: &dyn Stage, key: &str, made: &Snapshot) -> Request {
    Request {
        kind: made.kind,
        idempotency_key: stage.number(key),
        orders: vec![Order::Void {
            id: made.id.clone(),
            status: made.status.clone(),
        }],
    }
}

/// An update that keeps every line.
pub(super) fn update(stage: &dyn Stage, key: &str, made: &Snapshot, posting: Posting) -> Request {
    let ids = made.lines.iter().map(|line| Some(line.id.clone()));
    let order = Order::Update {
        id: made.id.clone(),
        line_ids: ids.collect(),
        posting,
    };
    request(stage, key, vec![order])
}

pub(super) async fn send(stage: &dyn Stage, request: &Request) -> Outcomes {
    let outcomes = stage.provider().send(request).await;
    let outcomes = outcomes.expect("the request is answered");
    assert_eq!(
        outcomes.len(),
        request.orders.len(),
        "one outcome for each order"
    );
    outcomes
}

pub(super) async fn fails(stage: &dyn Stage, request: &Request) -> ProviderError {
    stage
        .provider()
        .send(request)
        .await
        .expect_err("the request fails")
}

/// The outcome of a request of one order.
pub(super) async fn send_one(stage: &dyn Stage, request: &Request) -> Result<Snapshot, Rejection> {
    send(stage, request)
        .await
        .pop()
        .expect("there is one outcome for each order")
}

pub(super) async fn create(stage: &dyn Stage, key: &str, posting: &Posting) -> Snapshot {
    let sent = creates(stage, key, std::slice::from_ref(posting));
    send_one(stage, &sent).await.expect("it is accepted")
}

/// Creates any number of documents in as many requests as that needs.
pub(super) async fn create_all(
    stage: &dyn Stage,
    key: &str,
    postings: &[Posting],
) -> Vec<Snapshot> {
    let at_once = stage.provider().capability().batch_documents_max;
    let mut all = Vec::with_capacity(postings.len());
    for (index, batch) in postings.chunks(at_once).enumerate() {
        let sent = creates(stage, &format!("{key} {index}"), batch);
        for outcome in send(stage, &sent).await {
            all.push(outcome.expect("it is accepted"));
        }
    }
    all
}

pub(super) async fn look_up(
    stage: &dyn Stage,
    kind: DocumentKind,
    numbers: &[String],
) -> Vec<Snapshot> {
    let found = stage.provider().look_up(kind, numbers).await;
    found.expect("numbers are looked up")
}

pub(super) async fn read(
    stage: &dyn Stage,
    kind: DocumentKind,
    ids: &[ProviderDocumentId],
) -> Vec<Snapshot> {
    let read = stage.provider().read(kind, ids).await;
    read.expect("documents are read")
}

/// The document as it stands now.
pub(super) async fn again(stage: &dyn Stage, made: &Snapshot) -> Snapshot {
    let mut read = read(stage, made.kind, std::slice::from_ref(&made.id)).await;
    assert_eq!(read.len(), 1, "{} {} is there", made.kind, made.number);
    read.remove(0)
}

/// A document as far as two answers about it must agree: when it was changed may be told later.
pub(super) fn timeless(snapshot: &Snapshot) -> Snapshot {
    Snapshot {
        updated_at: DateTime::<Utc>::UNIX_EPOCH,
        ..snapshot.clone()
    }
}

/// What changed from a position on, to the end.
pub(super) struct Told {
    pub(super) documents: Vec<Snapshot>,
    /// The position after each page.
    pub(super) positions: Vec<String>,
    pub(super) last: ChangePage,
}

impl Told {
    /// The newest that was told of a document.
    pub(super) fn of(&self, made: &Snapshot) -> Option<&Snapshot> {
        self.documents.iter().rfind(|one| one.id == made.id)
    }

    pub(super) fn end(&self) -> Option<String> {
        Some(self.last.cursor.clone())
    }
}

pub(super) fn after(
    stage: &dyn Stage,
    kinds: &[DocumentKind],
    cursor: Option<String>,
) -> ChangesAfter {
    ChangesAfter {
        cursor,
        since: Some(stage.now() - TimeDelta::minutes(30)),
        kinds: kinds.to_vec(),
    }
}

/// Follows changes to the end; a provider that never comes to one has broken its promise.
pub(super) async fn follow(
    stage: &dyn Stage,
    kinds: &[DocumentKind],
    cursor: Option<String>,
) -> Told {
    let mut after = after(stage, kinds, cursor);
    let (mut documents, mut positions) = (Vec::new(), Vec::new());
    for _ in 0..10_000 {
        let page = stage.provider().changes(&after).await;
        let page = page.expect("changes are told");
        documents.extend(page.documents.iter().cloned());
        positions.push(page.cursor.clone());
        if !page.more {
            return Told {
                documents,
                positions,
                last: page,
            };
        }
        after.cursor = Some(page.cursor);
    }
    panic!("changes have no end");
}

pub(super) async fn resolve(stage: &dyn Stage, wanted: &ContactWanted) -> ContactAnswer {
    let answers = stage
        .provider()
        .resolve_contacts(std::slice::from_ref(wanted))
        .await;
    let mut answers = answers.expect("contacts are resolved");
    assert_eq!(answers.len(), 1, "one answer for each wanted contact");
    answers.remove(0)
}

pub(super) fn backstage(stage: &dyn Stage) -> &dyn Backstage {
    stage
        .backstage()
        .expect("promises that need a backstage run where there is one")
}

/// Whether the next call of that sort goes wrong now; one that cannot go wrong in that way is told.
pub(super) fn goes_wrong(stage: &dyn Stage, trouble: Trouble, at: At) -> bool {
    let can = backstage(stage).trouble(trouble, at);
    if can == Can::Not {
        println!("left out: {trouble:?} at {at:?} cannot happen here");
    }
    can == Can::Done
}

/// Whether money can be put against a document of the kind.
pub(super) fn is_settled(kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => true,
        DocumentKind::PurchaseOrder => false,
    }
}

pub(super) fn is_unique(stage: &dyn Stage, kind: DocumentKind) -> bool {
    stage.provider().capability().numbers_unique.contains(&kind)
}

/// Whether a status means what a posting asked for.
pub(super) fn is_created_as(posting: &Posting, status: &SnapshotStatus) -> bool {
    match posting.status {
        CreateStatus::Draft => *status == SnapshotStatus::Draft,
        CreateStatus::Submitted => *status == SnapshotStatus::Submitted,
        CreateStatus::Authorised => *status == SnapshotStatus::Authorised,
    }
}
