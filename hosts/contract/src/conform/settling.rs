//! The promises about what a product is told of an invoice as a whole: its settlement, and what became of it.

use serde_json::json;

use super::bench::Bench;
use super::held::{Held, POSTING, SETTLEMENT};
use super::report::Tried;
use super::subject::{payment_id, subject, wants};
use crate::http::Takes;

pub(super) async fn settlements_come_in_any_order(bench: &Bench) -> Tried {
    wants(bench, Takes::Settlements)?;
    let subject = subject(bench).await?;
    let now = bench.now().timestamp_millis();
    let first = subject.settlement(bench, now, 0);
    let newer = subject.settlement(bench, now + 1, 2);
    for (what, told, counts) in [
        ("a settlement", &first, &first),
        ("a newer settlement", &newer, &newer),
        ("the same settlement again", &newer, &newer),
        ("an older settlement that comes late", &first, &newer),
        ("the newest settlement once more", &newer, &newer),
    ] {
        let is_late = told["revision"] != counts["revision"];
        bench.next_delivery();
        let answer = subject.put(bench, &["settlement"], told).await?;
        if is_late && answer.status.as_u16() == 409 && answer.is_problem {
            continue;
        }
        Held::of(answer, what)?.counts(counts, &SETTLEMENT)?;
    }
    // Nothing was paid: that is what stays.
    let last = subject.settlement(bench, now + 2, 0);
    let answer = subject.put(bench, &["settlement"], &last).await?;
    Held::of(answer, "a settlement that takes it back")?.counts(&last, &SETTLEMENT)
}

pub(super) async fn a_posting_may_come_twice(bench: &Bench) -> Tried {
    wants(bench, Takes::Postings)?;
    let subject = subject(bench).await?;
    let words = "tried by tieout conform";
    let rejected = subject.posting(json!({"state": "rejected", "message": words}));
    let posted = subject.posting(json!({
        "state": "posted", "ledger_invoice_id": payment_id(bench, "ledger"), "ledger_number": subject.number,
    }));
    // Nothing of it is in any books: that is what stays.
    let voided = subject.posting(json!({"state": "voided", "message": words}));
    for (what, body) in [
        ("a posting", &rejected),
        ("a posting after a rejection", &posted),
        ("the same posting again", &posted),
        ("a posting that takes it back", &voided),
    ] {
        let answer = subject.put(bench, &["posting"], body).await?;
        Held::of(answer, what)?.counts(body, &POSTING)?;
    }
    Ok(())
}
