//! The demo: what a newcomer sees first.

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_ends_with_both_sides_in_agreement() {
    let stage = Stage::set().await;
    let report = stage.json(0, &["demo", "--once", "--folder", "demo"]);
    let steps = report["demo"].as_array().unwrap();
    let comparison = steps
        .iter()
        .find(|step| step["step"] == "comparison")
        .unwrap();
    let rows = comparison["rows"].as_array().unwrap();
    let agree = rows.iter().filter(|row| row["verdict"] == "agrees").count();
    assert_eq!((rows.len(), agree), (20, 16), "{comparison}");
    let files = steps
        .iter()
        .filter(|step| step["step"] == "payments file")
        .count();
    assert!(files >= 2, "{report}");
}
