//! Promises about runs and batches: what each wrote or brought can be named later, for as many as are remembered.

use std::time::Duration;

use tieout_core::document::Invoice;
use tieout_core::driver::{
    BATCHES_MAX, RUNS_MAX, RunKind, batch_documents, batches, run_documents, runs,
};
use tieout_core::store::Store;

use crate::support::documents::{host_id, invoice, revised};
use crate::support::planning::Plan;
use crate::support::scene::{HOST, Scene};

#[tokio::test(start_paused = true)]
async fn a_batch_is_what_it_brought_and_only_so_many_are_remembered() {
    let scene = Scene::new();
    let of = |id: &str, batch: &str| {
        let mut invoice = invoice(id, &[1_000]);
        invoice.batch_id = Some(batch.to_owned());
        invoice
    };
    for (id, batch) in [("1", "a"), ("2", "b"), ("3", "a")] {
        scene.host().put(&of(id, batch));
    }
    scene.sync().await;
    let store = scene.store.as_ref();
    let named = async |name: &str| {
        let known = batches(store, &host_id(HOST)).await.unwrap();
        let batch = known.iter().find(|batch| batch.name == name)?.clone();
        let keys = batch_documents(store, &batch).await.unwrap();
        Some(
            keys.iter()
                .map(|key| key.id.to_string())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(named("a").await.unwrap(), ["1", "3"]);
    assert_eq!(named("b").await.unwrap(), ["2"]);
    // Handed over again, it came with the batch that brought it.
    scene.host().tell_again([0, 1, 2]);
    scene.sync().await;
    assert_eq!(named("a").await.unwrap(), ["1", "3"]);
    for some in (0..BATCHES_MAX).collect::<Vec<_>>().chunks(20) {
        for at in some {
            scene.host().put(&of(&format!("x{at}"), &format!("x{at}")));
        }
        scene.sync().await;
    }
    let known = batches(store, &host_id(HOST)).await.unwrap();
    assert_eq!(known.len(), BATCHES_MAX);
    assert_eq!(named("a").await, None);
    assert_eq!(
        store.records("batch/", usize::MAX).await.unwrap().len(),
        BATCHES_MAX
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_is_what_was_written_in_it_and_one_that_died_ends_with_the_next() {
    let scene = Scene::new();
    let run = async |invoices: &[Invoice], dies: bool| {
        for invoice in invoices {
            scene.host().put(invoice);
        }
        let world = scene.world();
        let run = world.begin_run(RunKind::Once, "ann").await.unwrap();
        scene.sync_with(&world).await.unwrap();
        scene.wait(Duration::from_secs(1)).await;
        match dies {
            true => Some(run),
            false => world.end_run(run).await.unwrap(),
        }
    };
    let first = run(&[invoice("1", &[1_000])], true).await.unwrap();
    let changed = revised(&invoice("1", &[1_000]), |invoice| {
        invoice.lines = self::invoice("x", &[2_000]).lines;
    });
    let second = run(&[changed, invoice("2", &[1_000])], false)
        .await
        .unwrap();
    assert_eq!(run(&[], false).await, None);
    let store = scene.store.as_ref();
    let known = runs(store).await.unwrap();
    let ids: Vec<&str> = known.iter().map(|run| run.id.as_str()).collect();
    assert_eq!(ids, [second.id.as_str(), first.id.as_str()]);
    assert!(known.iter().all(|run| run.ended_at.is_some()));
    let wrote = async |at: usize| {
        let wrote = run_documents(store, &known[at]).await.unwrap();
        let told = wrote
            .iter()
            .map(|it| (it.binding.document.id.to_string(), it.created));
        told.collect::<Vec<_>>()
    };
    assert_eq!(wrote(1).await, [("1".to_owned(), true)]);
    assert_eq!(
        wrote(0).await,
        [("1".to_owned(), false), ("2".to_owned(), true)]
    );
    for _ in 0..RUNS_MAX {
        scene.wait(Duration::from_millis(500)).await;
        scene.world().begin_run(RunKind::Once, "ann").await.unwrap();
    }
    let known = runs(store).await.unwrap();
    assert_eq!(known.len(), RUNS_MAX);
    assert!(known.iter().all(|run| run.id != second.id));
}

#[tokio::test(start_paused = true)]
async fn a_plan_is_a_run_of_its_own_and_nothing_of_one_that_died() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let dead = scene.world();
    dead.begin_run(RunKind::Once, "ann").await.unwrap();
    scene.sync_with(&dead).await.unwrap();
    scene.wait(Duration::from_secs(1)).await;
    scene.host().put(&invoice("2", &[2_000]));
    let plan = Plan::of(&scene).await;
    let world = scene.world();
    let run = world.begin_run(RunKind::Plan, "ben").await.unwrap();
    let (became, _) = plan.run_in(&world).await;
    assert_eq!(became.len(), 1);
    let run = world.end_run(run).await.unwrap().expect("it wrote");
    let known = runs(scene.store.as_ref()).await.unwrap();
    let wrote = async |at: usize| {
        let wrote = run_documents(scene.store.as_ref(), &known[at]).await;
        let ids = wrote.unwrap().into_iter();
        ids.map(|it| it.binding.document.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (known[0].kind, known[0].id.clone()),
        (RunKind::Plan, run.id)
    );
    assert_eq!(
        (wrote(0).await, wrote(1).await),
        (vec!["2".to_owned()], vec!["1".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_without_a_run_ends_the_ones_that_died_first() {
    let scene = Scene::new();
    let dead = scene.world();
    dead.begin_run(RunKind::Once, "ann").await.unwrap();
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync_with(&dead).await.unwrap();
    let world = scene.world();
    for _ in 0..2 {
        world.end_dead_runs().await.unwrap();
    }
    scene.host().put(&invoice("2", &[2_000]));
    scene.sync_with(&world).await.unwrap();
    let known = runs(scene.store.as_ref()).await.unwrap();
    let [run] = &known[..] else {
        panic!("{known:?}")
    };
    assert!(run.ended_at.is_some());
    let wrote = run_documents(scene.store.as_ref(), run).await.unwrap();
    assert_eq!(wrote.len(), 1, "{wrote:?}");
}
