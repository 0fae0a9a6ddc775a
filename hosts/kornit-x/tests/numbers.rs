//! Promises about numbers: no two orders share one, and none changes once it is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Desk, invoices, order};

fn of(company: Value, id: u64) -> Value {
    let mut one = order(46_140_200, 8);
    one["id"] = json!(id);
    one["company_ref_id"] = company;
    one["external_ref"] = json!("1001");
    one
}

#[tokio::test]
async fn two_companies_that_count_alike_have_numbers_of_their_own() {
    let settings = json!({"cost_field": null});
    let desk = Desk::new(&settings);
    desk.order(&of(json!(100_231), 1)).await;
    // Both at once, and a further part of each.
    desk.order(&json!([
        of(json!(200_877), 2),
        of(json!(100_231), 3),
        of(json!(200_877), 4),
        of(Value::Null, 5),
    ]))
    .await;
    let numbers = |told: &[tieout_core::host::Record]| {
        let mut all: Vec<String> = invoices(told)
            .iter()
            .map(|invoice| format!("{} {}", invoice.id, invoice.number))
            .collect();
        all.sort();
        all
    };
    let told = numbers(&desk.told().await);
    let reference = order(46_140_200, 8)["ref"].as_str().unwrap().to_owned();
    assert_eq!(
        told,
        [
            "1 1001".to_owned(),
            "2 200877-1001".to_owned(),
            "3 1001-2".to_owned(),
            "4 200877-1001-2".to_owned(),
            format!("5 {reference}"),
        ]
    );
    let desk = desk.restarted(&settings);
    for (company, id) in [(json!(100_231), 1), (json!(200_877), 2)] {
        let mut later = of(company, id);
        later["status"] = json!(128);
        later["items"][0]["quantity"] = json!(1);
        desk.order(&later).await;
    }
    for one in numbers(&desk.told().await) {
        assert!(told.contains(&one), "{one}");
    }
}
