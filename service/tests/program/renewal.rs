//! A program that serves takes a changed configuration without ending, and goes on with the old one where the new one is bent.

use std::fs;

use crate::stage::Stage;
use crate::stopping::{Running, until};

fn serve(stage: &Stage) -> Running {
    let mut running = Running::start(stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    running
}

fn anew(running: &mut Running, told: &str) {
    running.signal("HUP");
    tokio::task::block_in_place(|| {
        running.says(told);
        running.says("keeping both sides in agreement");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_configuration_is_taken_at_a_hang_up() {
    let stage = Stage::connected().await;
    let mut running = serve(&stage);
    stage.drop_invoices("A", 1);
    until("the first is there", || stage.books("A-").len() == 1).await;

    let configuration = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let other = "[hosts.other.folder]\npath = \"other\"\nstable_ms = 0\n";
    fs::create_dir(stage.path("other")).unwrap();
    fs::write(
        stage.path("tieout.toml"),
        format!("{configuration}\n{other}"),
    )
    .unwrap();
    anew(&mut running, "beginning anew");
    until("the other host has its folders", || {
        stage.path("other/outbox").is_dir()
    })
    .await;
    stage.drop_invoices("B", 2);
    until("the rest is there", || stage.books("B-").len() == 2).await;

    running.signal("TERM");
    assert!(running.ends().await.success());
    assert_eq!(stage.books("A-").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bent_configuration_is_told_and_the_work_goes_on_with_the_one_before() {
    let stage = Stage::connected().await;
    let mut running = serve(&stage);
    let configuration = fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let nowhere = "[hosts.other.folder]\npath = \"nowhere/at/all\"\n";
    let bent = ["[hosts", "[store]\npath = \"elsewhere\"\n"].map(str::to_owned);
    for bent in bent
        .into_iter()
        .chain([format!("{configuration}\n{nowhere}")])
    {
        fs::write(stage.path("tieout.toml"), bent).unwrap();
        anew(&mut running, "going on with the one before");
    }
    fs::write(stage.path("tieout.toml"), configuration).unwrap();
    stage.drop_invoices("C", 2);
    until("they are there", || stage.books("C-").len() == 2).await;
    running.signal("TERM");
    assert!(running.ends().await.success());
}
