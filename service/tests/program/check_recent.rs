//! Promises about `tieout check`: what hosts told lately resolves, or is listed with how often it comes and the line that mends
//! it; and nothing is written for it.

use crate::stage::{Stage, files, invoice};

/// Two invoices with a tax code that is mapped nowhere.
fn two_with_a_new_code() -> String {
    let new = |id, index| invoice(id, index).replace("\"GST\"", "\"XGST\"");
    format!("{}{}", new("C-1", 1), new("C-2", 2))
}

fn edit(stage: &Stage, from: &str, to: &str) {
    let file = stage.path("tieout.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from} in\n{text}");
    std::fs::write(&file, text.replace(from, to)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_has_ready_is_tried_before_the_first_run_and_left_where_it_is() {
    let stage = Stage::connected().await;
    stage.drop_file("invoices-C-20261102T000000Z.jsonl", &two_with_a_new_code());
    let told = stage.must(3, &["check"]);
    for wanted in [
        "the tax code `XGST` is not mapped to a tax type: 2 recent documents, such as C-1",
        "connections.books.settings.tax_codes.\"XGST\" = \"...\"",
        "The configuration can be used; 1 value of recent documents does not resolve.",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
    assert_eq!(
        files(&stage.path("host/outbox")),
        ["invoices-C-20261102T000000Z.jsonl"]
    );
    // Nothing was taken: of the store alone there is nothing to try.
    stage.must(0, &["check", "--offline"]);
    stage.must(0, &["check", "--recent", "0"]);
    edit(
        &stage,
        "GST = \"OUTPUT\"",
        "GST = \"OUTPUT\"\nXGST = \"OUTPUT\"",
    );
    let told = stage.must(0, &["check"]);
    assert!(
        told.contains("2 recent documents of cm, asked for now: all of it resolves"),
        "{told}"
    );
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("C-").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_the_store_are_tried_without_asking_anybody() {
    let stage = Stage::connected().await;
    stage.drop_invoices("S", 3);
    stage.must(0, &["sync", "--once"]);
    let told = stage.must(0, &["check", "--offline"]);
    assert!(
        told.contains("3 recent documents of cm: all of it resolves"),
        "{told}"
    );
    edit(&stage, "GST = \"OUTPUT\"", "GST = \"OUTPUTS\"");
    let told = stage.json(3, &["check", "--offline"]);
    let unresolved = &told["recent"]["unresolved"];
    assert_eq!(unresolved.as_array().unwrap().len(), 1, "{told}");
    let one = &unresolved[0];
    assert_eq!(one["documents"], 3);
    assert_eq!(one["rule"], "tax_type_unusable");
    assert_eq!(one["connection"], "books");
    assert!(
        one["line"]
            .as_str()
            .unwrap()
            .contains("settings.tax_codes."),
        "{one}"
    );
    // So many alone are tried.
    let told = stage.json(3, &["check", "--offline", "--recent", "2"]);
    assert_eq!(told["recent"]["looked"]["cm"]["documents"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn divisions_that_no_route_claims_are_listed_with_the_route_that_would() {
    let stage = Stage::connected().await;
    let of = |id, index, division: &str| {
        let with = format!("\"business_division\":\"{division}\",\"issue_date\"");
        invoice(id, index).replace("\"issue_date\"", &with)
    };
    let all = [
        of("R-1", 1, "North"),
        of("R-2", 2, "South"),
        of("R-3", 3, "South"),
    ];
    stage.drop_file("invoices-R-20261102T000000Z.jsonl", &all.concat());
    let file = stage.path("tieout.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let route = "\n[[routes]]\nconnection = \"books\"\ndivisions = [\"North\"]\n";
    std::fs::write(&file, text + route).unwrap();
    let told = stage.must(3, &["check"]);
    for wanted in [
        "no route claims the division `South`, in AUD: 2 recent documents, such as R-2",
        "[[routes]] connection = \"...\", divisions = [\"South\"]",
    ] {
        assert!(told.contains(wanted), "wanted {wanted}\n{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_read_without_asking_the_organisation() {
    let stage = Stage::set().await;
    edit(
        &stage,
        "[connections.books.settings]",
        "[connections.books.settings]\ndescription = \"{descriptoin}\"",
    );
    let told = stage.must(1, &["check", "--offline"]);
    assert!(
        told.contains("connections.books.settings.description"),
        "{told}"
    );
}
