//! What was ever stored can still be read: samples of each stored form, as the first version wrote them.

use serde_json::{Value, json};
use tieout_core::store::{ChangeSet, RecordKey, Store};
use tieout_notices::{EndpointId, attempts, endpoints, groups, mails, relay};

use crate::stage::Stage;

/// Every record of the first version, by its name.
fn first_version() -> Vec<(&'static str, Value)> {
    [
        people(),
        endpoints_of_the_first_version(),
        mail_of_the_first_version(),
    ]
    .concat()
}

fn people() -> Vec<(&'static str, Value)> {
    vec![
        (
            "notice/cursor",
            json!({"page": 7, "next_event": 3, "first_event": 1, "next_mail": 2}),
        ),
        (
            "notice/group/accounts",
            json!({
                "id": "accounts", "name": "Accounts",
                "members": [{"name": "Ann", "email": "ann@x.example"}],
                "wants": {"periodic": true, "daily": true, "needs_somebody": true, "grant_expiring": false},
                "only": {"hosts": ["cm"], "connections": ["acme"], "divisions": ["North"]},
                "added_by": "ann", "added_at": "2026-11-22T10:00:00Z",
                "changed_by": "bob", "changed_at": "2026-11-22T11:00:00Z"
            }),
        ),
        (
            "notice/tally/accounts",
            json!({
                "of": "2026-11-22T10:00:00Z",
                "digest": {
                    "first_at": "2026-11-22T11:00:00Z",
                    "sent": {"count": 60, "rows": [{
                        "key": {"document": {"host": "cm", "kind": "invoice", "id": "1"}, "connection": "acme"},
                        "number": "INV-1", "at": "2026-11-22T11:00:00Z"
                    }]},
                    "updated": {"count": 0, "rows": []},
                    "voided": {"count": 0, "rows": []},
                    "payments": {"count": 1, "rows": [], "sums": [{"amount": "10.10", "currency": "AUD"}]},
                    "failed": {"count": 1, "rows": [{
                        "at": "2026-11-22T11:00:00Z", "rule": "account_missing", "field": "lines[0]", "note": "none", "remedy": "Add one."
                    }]},
                    "mended": 1
                },
                "needs": {
                    "first_at": "2026-11-22T11:00:00Z", "kinds": {"account_missing": 1},
                    "rows": [{"connection": "acme", "at": "2026-11-22T11:00:00Z", "rule": "access_broken"}],
                    "told_at": null, "in_a_row": 0
                },
                "daily_at": "2026-11-22T10:00:00Z",
                "last_mail": {"periodic": 1}
            }),
        ),
    ]
}

fn endpoints_of_the_first_version() -> Vec<(&'static str, Value)> {
    vec![
        (
            "notice/endpoint/erp",
            json!({
                "id": "erp", "url": "https://erp.example/hook", "events": ["document.posted", "of.another_version"],
                "groups": ["accounts"], "disabled": false, "added_by": "ann", "added_at": "2026-11-22T10:00:00Z"
            }),
        ),
        (
            "notice/endpoint-standing/erp",
            json!({
                "of": "2026-11-22T10:00:00Z", "delivered": 1, "waiting": 1, "given_up": 0, "passed_over": 0, "failures": 2,
                "failing_since": "2026-11-22T11:00:00Z", "took_at": null, "rests_until": null,
                "stopped": {"at": "2026-11-22T11:00:00Z", "why": "it answered 410 Gone", "told": true}, "attempts": 3
            }),
        ),
        (
            "notice/event/0000000000000002",
            json!({
                "id": "evt_2_00", "kind": "document.posted", "told_at": "2026-11-22T11:00:00Z", "takers": ["erp"], "body": "{}"
            }),
        ),
        (
            "notice/hook-due/erp/0001795345200000/0000000000000002",
            json!({"attempts": 1, "since": "2026-11-22T11:00:00Z"}),
        ),
        (
            "notice/hook-log/erp/0000",
            json!({
                "at": "2026-11-22T11:00:00Z", "event": "evt_1_00", "kind": "document.posted", "attempt": 1,
                "outcome": "failed", "status": 500, "ms": 12, "said": "no", "again_at": "2026-11-22T11:00:05Z"
            }),
        ),
        (
            "notice/hook-replay/erp/1-1-2",
            json!({"next": 1, "through": 2}),
        ),
    ]
}

fn mail_of_the_first_version() -> Vec<(&'static str, Value)> {
    vec![
        (
            "notice/told/connection/acme",
            json!(["acme", {"needs_consent": {
            "rule": "access_broken", "message": "m", "remedy": "r", "since": "2026-11-22T11:00:00Z"
        }, "warned": 0}]),
        ),
        ("notice/told/certificate", json!(4)),
        (
            "notice/mail/0000000000000001",
            json!({
                "number": 1, "group": "accounts", "group_name": "Accounts", "sort": "periodic", "subject": "s", "text": "t",
                "html": "h", "made_at": "2026-11-22T11:00:00Z",
                "recipients": [
                    {"email": "a@x.example", "state": {"waiting": {"attempts": 1, "next_at": "2026-11-22T11:01:00Z", "said": "451"}}},
                    {"name": "B", "email": "b@x.example", "state": {"sent": {"at": "2026-11-22T11:00:00Z"}}},
                    {"email": "c@x.example", "state": {"refused": {"at": "2026-11-22T11:00:00Z", "code": 550, "said": "no"}}},
                    {"email": "d@x.example", "state": {"given_up": {"at": "2026-11-22T11:00:00Z", "said": "no"}}}
                ]
            }),
        ),
        (
            "notice/mail-due/0001795345260000/0000000000000001",
            json!(1),
        ),
        (
            "notice/relay",
            json!({
                "took_at": "2026-11-22T11:00:00Z", "failing_since": null, "failures": 0, "said": "", "rests_until": null
            }),
        ),
    ]
}

#[tokio::test]
async fn a_store_of_the_first_version_is_read_and_gone_on_with() {
    let stage = Stage::empty().await;
    let records = first_version().into_iter().map(|(name, value)| {
        (
            RecordKey::from(name.to_owned()),
            Some(value.to_string().into_bytes()),
        )
    });
    let changes = ChangeSet {
        records: records.collect(),
        ..ChangeSet::default()
    };
    let store: &dyn Store = stage.store.as_ref();
    store.commit(changes).await.unwrap();
    let erp = EndpointId::new("erp").unwrap();
    assert_eq!(groups(store).await.unwrap()[0].members.len(), 1);
    let (endpoint, standing) = endpoints(store).await.unwrap().remove(0);
    assert!(standing.stopped(&endpoint).is_some());
    assert_eq!(attempts(store, &erp).await.unwrap()[0].ms, 12);
    assert_eq!(mails(store, None, 10).await.unwrap()[0].recipients.len(), 4);
    assert_eq!(relay(store).await.unwrap().failures, 0);
    stage.step().await;
}

#[tokio::test]
async fn what_is_written_today_is_what_the_first_version_wrote() {
    let stage = Stage::empty().await;
    let of_names = |name: &str| {
        let (_, value) = first_version()
            .into_iter()
            .find(|(it, _)| *it == name)
            .unwrap();
        value
    };
    // Read and written again, each form is the same: nothing of it is lost or renamed.
    let group: tieout_notices::Group =
        serde_json::from_value(of_names("notice/group/accounts")).unwrap();
    assert_eq!(
        serde_json::to_value(&group).unwrap(),
        of_names("notice/group/accounts")
    );
    let mail: tieout_notices::MailKept =
        serde_json::from_value(of_names("notice/mail/0000000000000001")).unwrap();
    assert_eq!(
        serde_json::to_value(&mail).unwrap(),
        of_names("notice/mail/0000000000000001")
    );
    let standing: tieout_notices::Standing =
        serde_json::from_value(of_names("notice/endpoint-standing/erp")).unwrap();
    assert_eq!(
        serde_json::to_value(&standing).unwrap(),
        of_names("notice/endpoint-standing/erp")
    );
    let endpoint: tieout_notices::Endpoint =
        serde_json::from_value(of_names("notice/endpoint/erp")).unwrap();
    assert_eq!(
        serde_json::to_value(&endpoint).unwrap(),
        of_names("notice/endpoint/erp")
    );
    drop(stage);
}
