//! Promises about findings on the command line: each is counted and told with its commands, and many are decided at once.

use serde_json::Value;

use crate::stage::{Stage, invoice};
use crate::stopping::{Running, until};

/// A stage with `unmapped` invoices whose tax code is not mapped, one whose number is too long, and one that is posted.
async fn with_findings(unmapped: usize) -> Stage {
    let stage = Stage::connected().await;
    stage.drop_invoices("G", 1);
    let bad: String = (1..=unmapped)
        .map(|index| invoice(&format!("V-{index}"), index).replace("GST", "VAT"))
        .collect();
    stage.drop_file("invoices-V-20261102T000000Z.jsonl", &bad);
    let long = invoice("L-1", 1).replace(
        "\"number\":\"L-1\"",
        &format!("\"number\":\"{}\"", "9".repeat(300)),
    );
    stage.drop_file("invoices-W-20261103T000000Z.jsonl", &long);
    stage.must(3, &["sync", "--once"]);
    stage
}

fn mapped(stage: &Stage) {
    let path = stage.path("tieout.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(path, text + "VAT = \"OUTPUT\"\n").unwrap();
}

fn actions(finding: &Value) -> Vec<&str> {
    let actions = finding["actions"].as_array().unwrap();
    actions
        .iter()
        .map(|it| it["command"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_counted_by_kind_and_each_comes_with_what_can_be_done() {
    let stage = with_findings(3).await;
    let open = stage.json(3, &["findings"]);
    assert_eq!(
        (&open["documents"], &open["findings"]),
        (&4.into(), &4.into())
    );
    assert_eq!(open["by_rule"]["tax_code_unmapped"]["documents"], 3);
    assert_eq!(open["by_rule"]["text_unusable"]["findings"], 1);
    assert_eq!(open["truncated"], false);

    let one = stage.json(
        3,
        &["findings", "--rule", "tax_code_unmapped", "--limit", "1"],
    );
    assert_eq!(
        (&one["documents"], &one["truncated"]),
        (&3.into(), &true.into())
    );
    let finding = &one["shown"][0]["findings"][0];
    assert_eq!(finding["title"], "a tax code is not mapped");
    assert_eq!(finding["who"][0], "operator");
    let id = one["shown"][0]["document"]["id"].as_str().unwrap();
    let retry = format!("tieout retry cm/invoice/{id}");
    let skip = format!("tieout skip cm/invoice/{id}");
    assert_eq!(actions(finding), [retry.as_str(), skip.as_str()]);
    let settings = &finding["mends"][0];
    assert_eq!(
        (&settings["site"], &settings["keys"][0], &settings["then"]),
        (
            &"settings".into(),
            &"connections.books.settings.tax_codes.\"VAT\"".into(),
            &"restarted".into()
        )
    );
    // What is offered works as it stands.
    stage.must(0, &["skip", &format!("cm/invoice/{id}")]);
    assert_eq!(stage.json(3, &["findings"])["documents"], 3);

    let told = stage.must(3, &["findings"]);
    assert!(told.contains("3 findings about 3 documents:"), "{told}");
    assert!(
        told.contains("tieout retry cm/invoice/L-1   Try it again"),
        "{told}"
    );
    let status = stage.must(3, &["status"]);
    assert!(
        status.contains("tieout retry cm/invoice/L-1   Try it again"),
        "{status}"
    );
    assert_eq!(
        stage.json(3, &["status"])["by_rule"]["text_unusable"]["documents"],
        1
    );
    let story = stage.json(0, &["explain", "cm/invoice/L-1"]);
    assert_eq!(story["findings"][0]["severity"], "stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_shown_before_they_are_retried_and_those_of_other_kinds_stay() {
    let stage = with_findings(25).await;
    let rule = ["retry", "--rule", "tax_code_unmapped"];
    let told = stage.must(0, &rule);
    assert!(told.contains("25 documents to be planned anew:"), "{told}");
    assert!(told.contains("and 5 more"), "{told}");
    let go_ahead = "tieout retry --rule tax_code_unmapped --yes";
    assert!(
        told.contains(&format!("Nothing was done. Go ahead with `{go_ahead}`.")),
        "{told}"
    );
    assert_eq!(stage.json(3, &["status"])["needs_somebody"], 26);
    let shown = stage.json(0, &rule);
    assert_eq!(
        (&shown["documents"], &shown["go_ahead"]),
        (&25.into(), &go_ahead.into())
    );

    mapped(&stage);
    let done = stage.json(0, &["retry", "--rule", "tax_code_unmapped", "--yes"]);
    assert_eq!(done["retried"], 25);
    stage.must(3, &["sync", "--once"]);
    assert_eq!(stage.books("V-").len(), 25);
    let left = stage.json(3, &["findings"]);
    assert_eq!(
        (
            &left["documents"],
            &left["by_rule"]["text_unusable"]["documents"]
        ),
        (&1.into(), &1.into())
    );

    let none = stage.must(0, &["skip", "--rule", "tax_code_unmapped", "--yes"]);
    assert!(none.contains("0 documents are skipped"), "{none}");
    let told = stage.must(0, &["skip", "--rule", "text_unusable"]);
    assert!(told.contains("1 document to be skipped:"), "{told}");
    let args = [
        "skip",
        "--rule",
        "text_unusable",
        "--because",
        "a test",
        "--yes",
    ];
    assert_eq!(stage.json(0, &args)["skipped"], 1);
    assert!(
        stage
            .must(0, &["findings"])
            .contains("Nothing needs anybody.")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_serves_answers_and_goes_on_with_what_was_retried() {
    let stage = with_findings(2).await;
    mapped(&stage);
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    until("they are sent", || stage.books("V-").len() == 2).await;
    let open = stage.json(3, &["findings", "--host", "cm", "--connection", "books"]);
    assert_eq!(open["documents"], 1);
    stage.must(0, &["skip", "--rule", "text_unusable", "--yes"]);
    assert_eq!(stage.json(0, &["findings"])["documents"], 0);
    running.signal("TERM");
    assert!(running.ends().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_access_and_a_file_that_nobody_could_take_are_told_too() {
    let stage = Stage::set().await;
    let open = stage.json(3, &["findings"]);
    let site = &open["sites"][0];
    assert_eq!(
        (&site["rule"], &site["connection"]),
        (&"not_connected".into(), &"books".into())
    );
    assert_eq!(actions(site), ["tieout connect books"]);
    stage.connect().await;
    stage.drop_file("invoices-X-20261101T000000Z.jsonl", "{\n");
    stage.must(3, &["sync", "--once"]);
    let open = stage.json(3, &["findings", "--rule", "file_failed"]);
    assert_eq!(open["sites"][0]["host"], "cm", "{open}");
    assert!(
        stage
            .must(3, &["findings"])
            .contains("file_failed: host cm: ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_is_explained_without_a_store_and_a_wrong_name_is_answered_with_the_nearest() {
    let stage = Stage::set().await;
    let told = stage.must(0, &["findings", "void_refused"]);
    assert!(
        told.contains("Take back the payments and credits on it."),
        "{told}"
    );
    assert!(told.contains("tieout detach DOCUMENT"), "{told}");
    // A document's kind and a difference's share this name.
    let both = stage.json(0, &["findings", "edited_at_provider"]);
    assert_eq!(both["kinds"].as_array().unwrap().len(), 2);
    let all = stage.must(0, &["findings", "--kinds"]);
    assert!(
        all.contains("access_broken") && all.contains("tracking_missing"),
        "{all}"
    );
    for arguments in [
        ["findings", "void_refusd"].as_slice(),
        &["retry", "--rule", "void_refusd"],
    ] {
        let told = stage.must(2, arguments);
        assert!(told.contains("Did you mean `void_refused`"), "{told}");
    }
    let told = stage.must(2, &["findings", "--host", "nobody"]);
    assert!(
        told.contains("the configuration has no host `nobody`"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn printed_commands_name_the_configuration_that_the_command_line_named() {
    let stage = with_findings(1).await;
    std::fs::rename(stage.path("tieout.toml"), stage.path("our books.toml")).unwrap();
    let named = ["--config", "our books.toml"];
    let findings = [named.as_slice(), &["findings"]].concat();
    let retry = "tieout --config 'our books.toml' retry cm/invoice/V-1   ";
    let preview = [named.as_slice(), &["retry", "--rule", "tax_code_unmapped"]].concat();
    let go_ahead = "`tieout --config 'our books.toml' retry --rule tax_code_unmapped --yes`";
    for beside in [false, true] {
        let _running = beside.then(|| {
            let mut running = Running::start(&stage, &[named.as_slice(), &["serve"]].concat());
            tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
            running
        });
        let told = stage.must(3, &findings);
        assert!(told.contains(retry), "{told}");
        let told = stage.must(0, &preview);
        assert!(told.contains(go_ahead), "{told}");
        let open = stage.json(3, &findings);
        let first = actions(&open["shown"][0]["findings"][0])[0];
        assert!(
            first.starts_with("tieout --config 'our books.toml' "),
            "{first}"
        );
    }
    std::fs::rename(stage.path("our books.toml"), stage.path("tieout.toml")).unwrap();
    let told = stage.must(3, &["status"]);
    assert!(!told.contains("--config"), "{told}");
}
