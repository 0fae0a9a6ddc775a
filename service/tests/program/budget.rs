//! What the budget came to and where old documents stand, as the program tells it.

use crate::stage::{Stage, invoice};

fn drop_old(stage: &Stage, batch: &str, count: usize) {
    let lines: String = (1..=count)
        .map(|index| invoice(&format!("{batch}-{index}"), index))
        .map(|line| line.replace("\"2026-11-02\"", "\"2024-03-01\""))
        .map(|line| line.replace("\"2026-11-16\"", "\"2024-03-15\""))
        .collect();
    stage.drop_file(&format!("invoices-{batch}-20261101T000000Z.jsonl"), &lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_tells_what_was_spent_and_what_the_month_costs_without_a_call() {
    let stage = Stage::connected().await;
    stage.drop_invoices("A", 60);
    stage.must(0, &["sync", "--once"]);
    let at_xero = || {
        stage
            .sandbox
            .sandbox
            .counters()
            .of(tieout_sandbox_xero::AUSTRALIA)
    };
    let spent = at_xero();
    let told = stage.json(0, &["usage"]);
    assert_eq!(at_xero(), spent, "nothing is asked of Xero");
    let spending = &told["organisations"]["books"]["spending"];
    let month = spending["month"].as_object().unwrap();
    let sum = |field: &str| {
        month
            .values()
            .map(|of| of[field].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!(sum("calls"), spent.total());
    assert_eq!(month["documents"]["calls"], 2);
    assert_eq!(spending["calls_left_today"], 5_000 - spent.total());
    let app = &told["apps"][0];
    assert_eq!(app["month"]["egress"]["so_far"], spent.bytes_out);
    let echoes = app["month"]["egress_without_echoes"]["so_far"]
        .as_u64()
        .unwrap();
    assert!(echoes > 0 && echoes < spent.bytes_out);
    assert_eq!(
        app["month"]["egress"]["by_month_end"],
        serde_json::Value::Null
    );
    assert_eq!(app["fits"], "Starter");
    assert_eq!(app["tiers"][1]["cost_so_far"], "35.00");

    let text = stage.must(0, &["usage", "--connection", "books"]);
    for expected in [
        "Wattle & Finch",
        "calls left today",
        "polling",
        "too little data",
        "Starter",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    let refused = stage.must(2, &["usage", "--connection", "nobody"]);
    assert!(refused.contains("no connection `nobody`"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_of_what_was_never_called_is_nothing() {
    let stage = Stage::set().await;
    let told = stage.must(0, &["usage"]);
    assert!(told.contains("No organisation is connected"), "{told}");
    stage.connect().await;
    let told = stage.json(0, &["usage"]);
    let spending = &told["organisations"]["books"]["spending"];
    assert_eq!(spending["counted_since"], serde_json::Value::Null);
    assert_eq!(told["apps"][0]["month"]["egress"]["so_far"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_documents_rest_while_they_are_paused_and_todays_go_on() {
    let stage = Stage::connected().await;
    assert!(stage.must(0, &["backfill"]).contains("no old documents"));
    let told = stage.must(0, &["backfill", "pause"]);
    assert!(told.contains("books: old documents rest now"), "{told}");
    assert!(
        stage
            .must(0, &["backfill", "pause"])
            .contains("rested already")
    );
    drop_old(&stage, "OLD", 130);
    let today = chrono::Utc::now().date_naive().to_string();
    let new = ["\"2026-11-02\"", "\"2026-11-16\""]
        .iter()
        .fold(invoice("NEW-1", 1), |new, day| {
            new.replace(day, &format!("\"{today}\""))
        });
    stage.drop_file("invoices-NEW-20261101T000000Z.jsonl", &new);
    // A run for cron ends well.
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("OLD-"), []);
    assert_eq!(stage.books("NEW-").len(), 1);

    let told = stage.json(0, &["backfill"]);
    let books = &told["connections"]["books"];
    assert_eq!(
        (&books["standing"]["left"], &books["standing"]["sent"]),
        (&130.into(), &0.into())
    );
    assert!(books["standing"]["pause"]["by"].is_string());
    let status = stage.must(0, &["status"]);
    assert!(status.contains("130 old documents rest since"), "{status}");
    let status = stage.json(0, &["status"]);
    assert_eq!(status["connections"]["books"]["old_left"], 130);

    stage.must(0, &["backfill", "resume", "--connection", "books"]);
    let outlook = stage.must(0, &["backfill"]);
    assert!(
        outlook.contains("0 of 130 old documents sent, 130 left"),
        "{outlook}"
    );
    assert!(outlook.contains("done by about"), "{outlook}");
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("OLD-").len(), 130);
    let told = stage.json(0, &["backfill"]);
    let standing = &told["connections"]["books"]["standing"];
    assert_eq!(
        (&standing["left"], &standing["sent_last_hour"]),
        (&0.into(), &130.into())
    );
    let spending = stage.json(0, &["usage"]);
    let month = &spending["organisations"]["books"]["spending"]["month"];
    assert!(month["backfill"]["calls"].as_u64().unwrap() >= 3, "{month}");
}
