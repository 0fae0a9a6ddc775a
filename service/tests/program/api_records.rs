//! Records over the HTTP API: found, matched, linked, pinned, drafted once, and shown with what stands beside them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::Api;
use crate::records::{Crm, insightly};
use crate::stopping::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_found_and_a_draft_is_made_of_it_once() {
    let Crm {
        stage,
        product: _product,
        _running,
    } = insightly().await;
    let api = Api::serving(stage, "").await;
    assert_eq!(api.see("/v1/hosts/crm").await["keeps_records"], true);
    let found = api
        .see("/v1/hosts/crm/records?kind=company&text=Bellbird%20Architects%20Pty%20Ltd")
        .await;
    assert_eq!(found["records"][0]["key"]["id"], "147000", "{found}");
    let company = "/v1/hosts/crm/records/company/147000";
    let party = api.see(&format!("{company}/match")).await;
    assert_eq!(party["standing"], "nobody");
    let missing = api.get("/v1/hosts/crm/records/company/999999").await;
    missing.refuses(StatusCode::NOT_FOUND, "not-found");
    let deal = api
        .get("/v1/hosts/crm/records/opportunity/36100/match")
        .await;
    deal.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");

    let opportunity = "/v1/hosts/crm/records/opportunity/36100";
    let key = [("idempotency-key", "draft-1")];
    let path = format!("{opportunity}/drafts");
    let drafted = api.write(Method::POST, &path, &json!({}), &key).await;
    assert_eq!(
        (drafted.status, &drafted.body["new"]),
        (201, &json!(true)),
        "{}",
        drafted.body
    );
    let again = api.write(Method::POST, &path, &json!({}), &key).await;
    assert_eq!(
        (again.status, &again.body),
        (201, &drafted.body),
        "the reply of the first"
    );
    let other = api.post(&path, &json!({})).await;
    assert_eq!(other.body["new"], false, "a record has one draft");
    until("the draft is there", || api.stage.books("OPP-").len() == 1).await;
    let sheet = loop {
        let sheet = api.see(opportunity).await;
        if sheet["rows"][0]["number"] == "OPP-36100" {
            break sheet;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(sheet["net"][0]["net"], "20350.00");
    let bad = json!({"lines": [{"description": "", "quantity": "1", "unit_price": "1"}], "another": true});
    api.post(&path, &bad)
        .await
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let float = json!({"lines": [{"description": "x", "quantity": 1.5, "unit_price": "1"}]});
    api.post(&path, &float)
        .await
        .refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");

    api.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_links_and_pins_beside_a_panel_of_its_own() {
    let Crm {
        stage,
        product: _product,
        _running,
    } = insightly().await;
    let api = Api::serving(stage, "").await;
    let put = async |path: &str, body: &Value| api.write(Method::PUT, path, body, &[]).await;
    let delete = async |path: &str| api.write(Method::DELETE, path, &json!({}), &[]).await;
    let company = "/v1/hosts/crm/records/company/147000";
    let path = "/v1/hosts/crm/records/opportunity/36100/drafts";
    assert_eq!(api.post(path, &json!({})).await.status, 201);
    until("the draft is there", || api.stage.books("OPP-").len() == 1).await;

    let contacts = api.see("/v1/hosts/crm/contacts?text=Bellbird").await;
    let contact = contacts["contacts"][0]["id"].as_str().unwrap().to_owned();
    let linked = put(&format!("{company}/contact"), &json!({"contact": contact})).await;
    assert_eq!(linked.body["by"], "the key doer", "{}", linked.body);
    let both = put(
        &format!("{company}/contact"),
        &json!({"contact": "x", "create": true}),
    )
    .await;
    both.refuses(StatusCode::UNPROCESSABLE_ENTITY, "not-usable");
    let papers = api.see("/v1/hosts/crm/papers?text=36100").await;
    assert_eq!(papers["rows"][0]["number"], "OPP-36100", "{papers}");
    let pinned = put(&format!("{company}/pins/OPP-36100"), &json!({})).await;
    assert_eq!(
        (pinned.status, &pinned.body["number"]),
        (200, &json!("OPP-36100"))
    );
    let sheet = api.see(&format!("{company}?view=pinned")).await;
    assert_eq!(sheet["rows"][0]["pinned"], true, "{sheet}");
    assert_eq!(
        delete(&format!("{company}/pins/OPP-36100")).await.status,
        200
    );
    let gone = delete(&format!("{company}/pins/OPP-36100")).await;
    gone.refuses(StatusCode::CONFLICT, "not-possible");
    let copied = api
        .post(&format!("{company}/copy"), &json!({"to": "contact"}))
        .await;
    assert!(copied.body["copied"].is_array(), "{}", copied.body);
    let unlinked = delete(&format!("{company}/contact")).await;
    assert_eq!(
        unlinked.body["was"]["contact"],
        json!(contact),
        "{}",
        unlinked.body
    );
    api.end().await;
}
