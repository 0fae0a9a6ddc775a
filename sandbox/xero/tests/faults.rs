//! Promises about faults: each does what it says to the books and to the reply.

mod support;

use bytes::Bytes;
use serde_json::Value;
use support::{Client, sale};
use tieout_sandbox_xero::{Ending, Fault, FaultRule, NEW_ZEALAND};

fn count(client: &Client) -> usize {
    client
        .sandbox
        .read(NEW_ZEALAND, |books| books.invoices.ledger.rows().len())
        .unwrap_or_default()
}

#[test]
fn each_fault_does_what_it_says() {
    let cases = [
        (Fault::LostAfterCommit, 1, Ending::HangUp, None),
        (Fault::LostBeforeCommit, 0, Ending::HangUp, None),
        (
            Fault::ErrorBeforeCommit { status: 502 },
            0,
            Ending::Whole,
            Some(502),
        ),
        (
            Fault::ErrorAfterCommit { status: 500 },
            1,
            Ending::Whole,
            Some(500),
        ),
        (Fault::Timeout { delay_ms: 7_000 }, 1, Ending::HangUp, None),
        (Fault::Slow { delay_ms: 7_000 }, 1, Ending::Whole, Some(200)),
        (Fault::Unauthorized, 0, Ending::Whole, Some(401)),
        (Fault::Maintenance, 0, Ending::Whole, Some(503)),
        (Fault::ProxyHtml, 1, Ending::Whole, Some(200)),
        // The second time the number is taken.
        (Fault::Twice, 1, Ending::Whole, Some(400)),
    ];
    for (fault, saved, ending, status) in cases {
        let client = Client::new();
        client
            .sandbox
            .faults()
            .push(FaultRule::once("PUT", "/Invoices", fault));
        let body = Bytes::from(sale("F-1", "10.00").to_string());
        let reply = client.reply(
            client
                .request("PUT", "Invoices")
                .body(body)
                .expect("a valid request"),
        );
        assert_eq!(count(&client), saved, "{fault:?}");
        assert_eq!(reply.delivery.ending, ending, "{fault:?}");
        if let Some(status) = status {
            assert_eq!(reply.response.status().as_u16(), status, "{fault:?}");
        }
        let late = matches!(fault, Fault::Timeout { .. } | Fault::Slow { .. });
        assert_eq!(reply.delivery.delay.as_millis() == 7_000, late, "{fault:?}");
        assert!(client.sandbox.faults().pending().is_empty());
        assert_eq!(client.get("Invoices").0, 200, "the next one passes");
    }
}

#[test]
fn a_truncated_reply_promises_more_than_it_sends() {
    let client = Client::new();
    client
        .sandbox
        .faults()
        .push(FaultRule::once("GET", "/Accounts", Fault::Truncated));
    let reply = client.reply(
        client
            .request("GET", "Accounts")
            .body(Bytes::new())
            .expect("a valid request"),
    );
    let Ending::CutAfter(bytes) = reply.delivery.ending else {
        panic!("it is cut");
    };
    assert!(bytes > 0 && bytes < reply.response.body().len());
    assert!(serde_json::from_slice::<Value>(&reply.response.body()[..bytes]).is_err());
}

#[test]
fn a_rule_waits_matches_and_wears_off() {
    let client = Client::new();
    client.sandbox.faults().push(
        FaultRule::once("PUT", "/Invoices", Fault::Maintenance)
            .after(1)
            .times(2)
            .with_body("F-"),
    );
    let codes: Vec<u16> = ["F-1", "G-1", "F-2", "G-2", "F-3", "F-4"]
        .into_iter()
        .map(|number| client.put("Invoices", &sale(number, "10.00")).0)
        .collect();
    assert_eq!(codes, [200, 200, 503, 200, 503, 200]);
}

#[test]
fn a_repeat_by_a_proxy_with_a_key_is_harmless() {
    let client = Client::new();
    client
        .sandbox
        .faults()
        .push(FaultRule::once("PUT", "/Invoices", Fault::Twice));
    let request = client
        .request("PUT", "Invoices")
        .header("idempotency-key", "k")
        .body(Bytes::from(sale("F-1", "10.00").to_string()))
        .expect("a valid request");
    assert_eq!(client.send(request).status(), 200);
    assert_eq!(count(&client), 1);
}

#[test]
fn a_batch_can_break_in_the_middle_and_a_repeat_finds_what_was_done() {
    let client = Client::new();
    client.sandbox.faults().push(FaultRule::once(
        "PUT",
        "/Invoices",
        Fault::ErrorMidBatch {
            status: 500,
            elements: 2,
        },
    ));
    let batch =
        serde_json::json!({"Invoices": [sale("B-1", "1"), sale("B-2", "1"), sale("B-3", "1")]});
    assert_eq!(client.put("Invoices?summarizeErrors=false", &batch).0, 500);
    assert_eq!(count(&client), 2);
    let (code, reply) = client.put("Invoices?summarizeErrors=false", &batch);
    assert_eq!(code, 200);
    let verdicts: Vec<&str> = reply["Invoices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["StatusAttributeString"].as_str())
        .collect();
    assert_eq!(verdicts, ["ERROR", "ERROR", "OK"]);
}

#[test]
fn rubbish_never_breaks_it() {
    let client = Client::with(
        tieout_sandbox_xero::Options::default().unlimited(),
        NEW_ZEALAND,
    );
    let huge = String::from(
        "{\"Quantity\": 999999999999, \"UnitAmount\": 999999999999, \"Description\": \"x\", \"AccountCode\": \"200\"}",
    );
    let bodies = [
        "\0".to_owned(),
        "[[[[".to_owned(),
        "{\"Invoices\": 1}".to_owned(),
        "{\"Invoices\": {\"a\": []}}".to_owned(),
        "{\"Type\": [], \"Contact\": 7}".to_owned(),
        "{\"Amount\": 1e400}".to_owned(),
        "{\"Amount\": \"NaN\"}".to_owned(),
        "{\"Date\": \"/Date(99999999999999999999)/\"}".to_owned(),
        "{\"Date\": \"2026-02-30\"}".to_owned(),
        "{\"Date\": \"ééééééééé\"}".to_owned(),
        format!(
            "{{\"Type\": \"ACCREC\", \"Contact\": {{\"Name\": \"x\"}}, \"LineItems\": [{huge}]}}"
        ),
        "\u{feff}{}".to_owned(),
        "{\"a\":".repeat(300),
    ];
    let paths = [
        "Invoices",
        "Contacts",
        "Payments",
        "Currencies",
        "Invoices/x/y/z",
        "%00",
        "Invoices/%ff",
        "//",
    ];
    for body in &bodies {
        for path in paths {
            for method in ["GET", "PUT", "POST", "DELETE", "PATCH"] {
                let request = client
                    .request(method, path)
                    .body(Bytes::from(body.clone()))
                    .expect("a valid request");
                let code = client.send(request).status().as_u16();
                assert!(
                    (200..=501).contains(&code) && code != 500,
                    "{method} {path} {body}: {code}"
                );
            }
        }
    }
    for query in [
        "where=%22",
        "where=((((",
        "order=%20",
        "page=99999999999999999999",
        "page=9223372036854775807&pageSize=1000",
        "IDs=,,,",
        "where=Date%3E%3DDateTime(99999999,1,1)",
    ] {
        assert!(client.get(&format!("Invoices?{query}")).0 <= 400, "{query}");
    }
}
