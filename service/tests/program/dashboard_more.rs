//! The other pages about documents from a browser without scripts: one document, the journal, exports, the tie-out.

use reqwest::StatusCode;
use tieout_sandbox_xero::AUSTRALIA;

use crate::stage::{files, invoice};
use crate::stopping::until;
use crate::visitor::{Visitor, ends, hidden, open, shows, unmapped};

#[tokio::test(flavor = "multi_thread")]
async fn a_document_shows_both_sides_its_story_and_is_undone_after_a_look() {
    let (stage, running, visitor) = open().await;
    stage.drop_file("invoices-D-20261101T000000Z.jsonl", &invoice("D-1", 3));
    let path = "/documents/cm/invoice/D-1";
    until("it is in the books", || stage.books("D-").len() == 1).await;
    let page = shows(&visitor, path, "In the books").await;
    assert!(
        page.contains("33.33") && page.contains("the same"),
        "{page}"
    );
    assert!(
        page.contains("https://go.xero.com/"),
        "it leads into the books: {page}"
    );
    assert!(
        page.contains("lines[0].account_code") && page.contains("tieout.toml:"),
        "{page}"
    );
    assert!(page.contains("PUT"), "what was said is there: {page}");
    assert!(!page.contains("Customer 3</pre>"), "and masked");
    let read = visitor.page(&format!("{path}?now=1")).await;
    assert!(
        read.contains("just now") && read.contains("line 1 account"),
        "{read}"
    );
    let undo = visitor
        .page(&format!("{path}/undo?connection=books&back={path}"))
        .await;
    assert!(undo.contains("voided in the books"), "{undo}");
    let key = hidden(&undo, "key");
    let form = [
        ("key", key.as_str()),
        ("because", "wrong year"),
        ("back", path),
    ];
    visitor.does(&undo, "/documents/undo", &form).await;
    until("it is out of the books", || {
        stage.books("D-").iter().all(|it| !it.live)
    })
    .await;
    shows(&visitor, path, "wrong year").await;
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_of_everything_of_a_case_and_of_a_kind() {
    let (stage, running, visitor) = open().await;
    let with_case = |id: &str, case: &str| {
        let mut value: serde_json::Value = serde_json::from_str(&invoice(id, 1)).unwrap();
        value["references"] = serde_json::json!({ "case_numbers": [case] });
        format!("{value}\n")
    };
    let lines = [with_case("J-1", "C/77"), with_case("J-2", "C-78")].concat();
    stage.drop_file("invoices-J-20261101T000000Z.jsonl", &lines);
    until("they are in the books", || stage.books("J-").len() == 2).await;
    let page = shows(&visitor, "/journal?event=landed", "J-2").await;
    assert!(
        page.contains("J-1") && page.contains("the provider did create it"),
        "{page}"
    );
    let case = visitor.page("/journal?case=c%2F77").await;
    assert!(case.contains("J-1") && !case.contains("J-2"), "{case}");
    assert!(
        visitor
            .page("/journal?case=nobody")
            .await
            .contains("No document is about the case")
    );
    let one = visitor.page("/journal?document=J-2").await;
    assert!(one.contains("J-2") && !one.contains("J-1"), "{one}");
    assert!(
        visitor
            .page("/journal?to=2001-01-01")
            .await
            .contains("Nothing of that happened")
    );
    assert!(
        visitor
            .page("/journal?connection=other")
            .await
            .contains("Nothing of that happened")
    );
    assert_eq!(
        visitor.get("/journal?event=thing").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_are_exported_kept_and_deleted() {
    let (stage, running, visitor) = open().await;
    let lines = [
        invoice("E-1", 2),
        unmapped("E-2", "FRE", "=cmd|' /C calc'!A0"),
    ]
    .concat();
    stage.drop_file("invoices-E-20261101T000000Z.jsonl", &lines);
    until("it is in the books", || stage.books("E-").len() == 1).await;
    shows(&visitor, "/integrations?status=successful", "E-1").await;
    let failed = shows(&visitor, "/integrations?status=failed", "E-2").await;
    assert!(!failed.contains("E-1"), "{failed}");
    for form in ["csv", "xlsx"] {
        visitor
            .does(
                &failed,
                "/exports",
                &[("status", "all"), ("query", ""), ("form", form)],
            )
            .await;
        shows(&visitor, "/exports", &format!(".{form}\"")).await;
    }
    let page = visitor.page("/exports").await;
    let names: Vec<&str> = page
        .split("href=\"/exports/")
        .skip(1)
        .map(|it| it.split('"').next().unwrap())
        .collect();
    let csv = names.iter().find(|name| name.ends_with(".csv")).unwrap();
    let text = visitor.page(&format!("/exports/{csv}")).await;
    assert!(
        text.contains("E-1,invoice,Customer 2,2026-11-02,AUD,20.20,2.02,22.22,books,cm"),
        "{text}"
    );
    assert!(text.contains("'=cmd|"), "no formula: {text}");
    let xlsx = names.iter().find(|name| name.ends_with(".xlsx")).unwrap();
    a_workbook_is_sent_as_an_attachment(&visitor, xlsx).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(stage.path("store-exports").join(csv))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for name in ["..%2Ftieout.toml", "nothing.csv"] {
        assert_eq!(
            visitor.get(&format!("/exports/{name}")).await.status,
            StatusCode::NOT_FOUND,
            "{name}"
        );
    }
    let page = visitor
        .does(&page, &format!("/exports/{csv}/delete"), &[])
        .await;
    assert!(
        page.contains("is deleted") && !page.contains(&format!("href=\"/exports/{csv}\"")),
        "{page}"
    );
    assert_eq!(files(&stage.path("store-exports")).len(), 2);
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tie_out_is_made_shown_and_verified() {
    let (stage, running, visitor) = open().await;
    assert!(visitor.page("/tie-out").await.contains("Compare now"));
    stage.drop_file(
        "invoices-R-20261101T000000Z.jsonl",
        &[invoice("R-1", 1), invoice("R-2", 2)].concat(),
    );
    until("they are in the books", || stage.books("R-").len() == 2).await;
    shows(&visitor, "/documents?state=posted", "2 documents").await;
    let page = visitor.page("/tie-out").await;
    visitor.does(&page, "/tie-out/run", &[]).await;
    let page = shows(&visitor, "/tie-out", "agree to the cent").await;
    let first = newest(&page);
    assert!(
        visitor
            .page("/tie-out?by=contact")
            .await
            .contains("Control totals")
    );
    let by_contact = visitor.page(&format!("/tie-out/{first}?by=contact")).await;
    assert!(by_contact.contains("Customer 2"), "{by_contact}");

    // Somebody voids one in the books: the next one names it, with its cause.
    stage
        .sandbox
        .sandbox
        .people(chrono::Utc::now() + chrono::Duration::seconds(5))
        .void(AUSTRALIA, "R-2")
        .unwrap();
    visitor.does(&page, "/tie-out/run", &[]).await;
    let page = shows(&visitor, "/tie-out", "1 document differs").await;
    assert!(page.contains("/documents/cm/invoice/R-2"), "{page}");
    let second = newest(&page);
    assert!(second > first);

    let full = visitor.page("/tie-out/full").await;
    assert!(full.contains("Calls at least"), "{full}");
    let verified = visitor.does(&page, "/tie-out/verify", &[]).await;
    assert!(
        verified.contains("follow each other unchanged"),
        "{verified}"
    );
    let json = visitor
        .page(&format!("/tie-out/{second}/certificate.json"))
        .await;
    assert!(json.contains("tieout-certificate/1"), "{json}");
    let rows = visitor.page(&format!("/tie-out/{second}/rows.csv")).await;
    assert!(rows.contains("R-2"), "{rows}");
    assert_eq!(
        visitor
            .get(&format!("/tie-out/{second}/other"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        visitor.get("/tie-out/999").await.status,
        StatusCode::NOT_FOUND
    );
    let number = second.to_string();
    visitor
        .does(
            &page,
            "/exports",
            &[("certificate", &number), ("form", "xlsx")],
        )
        .await;
    shows(&visitor, "/exports", "The documents of certificate").await;
    ends(running).await;
}

/// The number of the certificate on a page.
fn newest(page: &str) -> u64 {
    let (_, rest) = page.split_once("Certificate ").unwrap();
    rest.chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap()
}

/// What is downloaded under the name is an attachment, and a workbook.
async fn a_workbook_is_sent_as_an_attachment(visitor: &Visitor, xlsx: &str) {
    let reply = visitor
        .client
        .get(format!("{}/exports/{xlsx}", visitor.base))
        .send()
        .await
        .unwrap();
    let disposition = reply.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(reply.bytes().await.unwrap().starts_with(b"PK"));
}
