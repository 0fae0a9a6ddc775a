//! Whatever happens to a request, each document is in the books once.

use tieout_sandbox_xero::{Fault, FaultRule};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_on_creates_leaves_each_invoice_there_once() {
    let faults = [
        Fault::LostAfterCommit,
        Fault::LostBeforeCommit,
        Fault::ErrorBeforeCommit { status: 500 },
        Fault::ErrorAfterCommit { status: 502 },
        Fault::Unauthorized,
        Fault::Maintenance,
        Fault::Truncated,
        Fault::ProxyHtml,
        Fault::Twice,
    ];
    let stage = Stage::connected().await;
    for (index, fault) in faults.into_iter().enumerate() {
        let batch = format!("F{index}");
        stage
            .sandbox
            .sandbox
            .faults()
            .push(FaultRule::once("PUT", "/Invoices", fault));
        stage.drop_invoices(&batch, 60);
        let report = stage.json(0, &["sync", "--once"]);
        let books = stage.books(&format!("{batch}-"));
        let live = books.iter().filter(|booked| booked.live).count();
        assert_eq!((books.len(), live), (60, 60), "{fault:?}\n{report}");
        assert_eq!(
            stage.sandbox.sandbox.faults().pending().len(),
            0,
            "{fault:?} never happened"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_while_contacts_are_made_leave_one_contact_each() {
    let stage = Stage::connected().await;
    stage.sandbox.sandbox.faults().push(FaultRule::once(
        "PUT",
        "/Contacts",
        Fault::LostAfterCommit,
    ));
    stage.drop_invoices("C", 20);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("C-").len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_document_does_not_hold_up_the_others() {
    let stage = Stage::connected().await;
    let mut lines: String = (1..=49)
        .map(|index| crate::stage::invoice(&format!("B-{index}"), index))
        .collect();
    lines.push_str(
        &crate::stage::invoice("B-50", 50).replace("\"number\":\"B-50\"", "\"number\":\"B-1\""),
    );
    lines.push_str("{ this is no invoice }\n");
    stage.drop_file("invoices-B-20261102T000000Z.jsonl", &lines);
    let report = stage.json(3, &["sync", "--once"]);
    assert_eq!(report["counts"]["unreadable"], 1, "{report}");
    assert_eq!(stage.books("B-").len(), 49);
    assert!(stage.must(3, &["status"]).contains("number_taken"));
}
