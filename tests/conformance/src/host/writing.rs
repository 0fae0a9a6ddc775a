//! What every host promises of write-backs: told twice is told once, and a refusal is about one of them.

use rust_decimal::Decimal;
use tieout_core::document::{Currency, DocumentId, DocumentKind, Payment, PaymentKind};
use tieout_core::host::{
    Delivery, DocumentRef, PostingNotice, PostingState, WriteBack, WriteBackRefusal,
};

use super::stage::{Can, HostStage, Paid};

fn document(name: &str, id: &DocumentId) -> DocumentRef {
    DocumentRef {
        kind: DocumentKind::Invoice,
        id: id.clone(),
        number: name.to_owned(),
    }
}

fn payment(id: &str, amount: u32) -> Payment {
    Payment {
        id: id.parse().expect("an identifier"),
        date: "2026-11-20".parse().expect("a date"),
        amount: Decimal::from(amount),
        currency: Currency::from_code("AUD").expect("a currency"),
        reference: Some("TAP 5".to_owned()),
        kind: PaymentKind::Payment,
    }
}

fn paid(of: &DocumentRef, id: &str, revision: u64, amount: u32) -> WriteBack {
    WriteBack::Payment {
        document: of.clone(),
        revision,
        payment: payment(id, amount),
    }
}

fn removed(of: &DocumentRef, id: &str, revision: u64) -> WriteBack {
    WriteBack::PaymentRemoved {
        document: of.clone(),
        revision,
        payment: payment(id, 1),
    }
}

fn posted(of: &DocumentRef) -> WriteBack {
    WriteBack::Posting {
        document: of.clone(),
        notice: PostingNotice {
            state: PostingState::Posted,
            ledger_id: Some("x-9".to_owned()),
            ledger_number: Some(of.number.clone()),
            message: None,
        },
    }
}

async fn told(
    stage: &dyn HostStage,
    id: &str,
    items: Vec<WriteBack>,
) -> Vec<Result<(), WriteBackRefusal>> {
    let delivery = Delivery {
        id: id.to_owned(),
        items,
    };
    let host = stage.host().await;
    let told = host.deliver(&delivery).await;
    told.unwrap_or_else(|error| panic!("it takes nothing: {error}"))
}

/// Whether the product takes payments at all.
async fn takes_payments(stage: &dyn HostStage) -> bool {
    stage.host().await.capability().takes_payments
}

fn held(stage: &dyn HostStage, name: &str, wanted: &[(&str, u32)]) {
    let Some(mut held) = stage.paid(name) else {
        return;
    };
    held.sort();
    let wanted = wanted.iter().map(|(id, amount)| Paid {
        id: (*id).to_owned(),
        amount: Decimal::from(*amount),
    });
    assert_eq!(held, wanted.collect::<Vec<_>>());
}

/// Proves that each write-back has its own outcome in its place. Broken, a refusal is shown at another invoice.
pub async fn each_write_back_has_a_result_in_its_place(stage: &dyn HostStage) {
    let (a, b) = (
        document("A", &stage.put("A")),
        document("B", &stage.put("B")),
    );
    let capability = stage.host().await.capability().clone();
    let mut items = Vec::new();
    if capability.takes_postings {
        items.extend([posted(&a), posted(&b)]);
    }
    if capability.takes_payments {
        items.extend([paid(&a, "p-1", 1, 10), paid(&b, "p-2", 1, 20)]);
    }
    let count = items.len();
    let results = told(stage, "d-1", items).await;
    assert_eq!(results, vec![Ok(()); count]);
}

/// Proves that a delivery whose outcome was lost is harmless again, by its name and by each payment. Broken, a payment is
/// booked twice in the product.
pub async fn a_write_back_may_come_twice(stage: &dyn HostStage) {
    if !takes_payments(stage).await {
        return;
    }
    let a = document("A", &stage.put("A"));
    for delivery in ["d-1", "d-1", "d-2"] {
        let results = told(stage, delivery, vec![paid(&a, "p-1", 1, 10)]).await;
        assert_eq!(results, [Ok(())], "{delivery}");
    }
    held(stage, "A", &[("p-1", 10)]);
}

/// Proves that a payment that was changed in the books is changed in the product. Broken, both amounts are there.
pub async fn a_payment_is_replaced_by_its_higher_revision(stage: &dyn HostStage) {
    if !takes_payments(stage).await {
        return;
    }
    let a = document("A", &stage.put("A"));
    told(stage, "d-1", vec![paid(&a, "p-1", 1, 10)]).await;
    let results = told(stage, "d-2", vec![paid(&a, "p-1", 2, 30)]).await;
    assert_eq!(results, [Ok(())]);
    held(stage, "A", &[("p-1", 30)]);
}

/// Proves that a payment that is gone is gone, however often that is told. Broken, a delivery never ends.
pub async fn a_payment_may_be_removed_twice(stage: &dyn HostStage) {
    if !takes_payments(stage).await {
        return;
    }
    let a = document("A", &stage.put("A"));
    told(
        stage,
        "d-1",
        vec![paid(&a, "p-1", 1, 10), paid(&a, "p-2", 1, 20)],
    )
    .await;
    for delivery in ["d-2", "d-2", "d-3"] {
        let results = told(stage, delivery, vec![removed(&a, "p-1", 2)]).await;
        assert_eq!(results, [Ok(())], "{delivery}");
    }
    held(stage, "A", &[("p-2", 20)]);
}

/// Proves that what a product will never take is shown to people and keeps nothing else waiting. Broken, one closed period
/// stops every payment: make it a refusal, not an error.
pub async fn a_refusal_concerns_one_write_back_alone(stage: &dyn HostStage) {
    if !takes_payments(stage).await {
        return;
    }
    let (a, b) = (
        document("A", &stage.put("A")),
        document("B", &stage.put("B")),
    );
    let refuses = stage.backstage().map(|backstage| backstage.refuse("A"));
    if refuses != Some(Can::Done) {
        return;
    }
    let items = vec![paid(&a, "p-1", 1, 10), paid(&b, "p-2", 1, 20)];
    let results = told(stage, "d-1", items).await;
    let [Err(refusal), Ok(())] = results.as_slice() else {
        panic!("{results:?}");
    };
    assert!(!refusal.code.is_empty() && !refusal.message.is_empty());
    held(stage, "A", &[]);
    held(stage, "B", &[("p-2", 20)]);
}
