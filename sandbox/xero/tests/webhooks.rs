//! Promises about webhooks: what raises an event, how it is signed and repeated, and how it goes wrong on request.

mod support;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use support::{Client, sale, switched};
use tieout_sandbox_xero::switches::EventTypeCase;
use tieout_sandbox_xero::webhooks::{Standing, WebhookRefused, signature};
use tieout_sandbox_xero::{
    NEW_ZEALAND, Registration, WEB_CLIENT_ID, WebhookDelivery, WebhookFault,
};

const KEY: &str = "c2lnbmluZw==key";

fn register(client: &Client) {
    client
        .sandbox
        .register_webhook(
            Registration {
                client_id: WEB_CLIENT_ID.to_owned(),
                url: "http://127.0.0.1:9/hook".to_owned(),
                key: KEY.to_owned(),
                categories: Vec::new(),
            },
            client.now,
        )
        .expect("the app is registered");
}

fn due(client: &Client) -> Option<WebhookDelivery> {
    let mut due = client.sandbox.due_deliveries(client.now);
    assert!(due.len() < 2, "one at a time");
    due.pop()
}

fn answer(client: &Client, delivery: &WebhookDelivery, status: u16) {
    assert!(
        client
            .sandbox
            .webhook_answered(delivery.id, Some(status), client.now)
    );
}

fn is_right(delivery: &WebhookDelivery) -> bool {
    signature(KEY, &delivery.body) == delivery.signature
}

/// A client whose webhook has passed the check of the intent to receive.
fn healthy() -> Client {
    let client = Client::new();
    register(&client);
    while let Some(check) = due(&client) {
        answer(&client, &check, if is_right(&check) { 200 } else { 401 });
    }
    assert_eq!(standing(&client), Standing::Healthy);
    client
}

fn standing(client: &Client) -> Standing {
    client.sandbox.webhooks().list()[0].standing
}

fn parsed(delivery: &WebhookDelivery) -> Value {
    serde_json::from_slice(&delivery.body).expect("a JSON body")
}

/// Takes and accepts everything that is due, and returns the bodies.
fn received(client: &Client) -> Vec<Value> {
    let mut bodies = Vec::new();
    while let Some(delivery) = due(client) {
        assert!(is_right(&delivery));
        bodies.push(parsed(&delivery));
        answer(client, &delivery, 200);
    }
    bodies
}

/// `CATEGORY TYPE` of all events that arrive.
fn told(client: &Client) -> Vec<String> {
    received(client)
        .iter()
        .flat_map(|body| body["events"].as_array().cloned().unwrap_or_default())
        .map(|event| {
            format!(
                "{} {}",
                event["eventCategory"].as_str().unwrap_or_default(),
                event["eventType"].as_str().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn the_intent_to_receive_wants_right_signatures_taken_and_wrong_ones_refused() {
    let client = Client::new();
    register(&client);
    let mut seals = Vec::new();
    while let Some(check) = due(&client) {
        let body = parsed(&check);
        assert_eq!(body["events"], json!([]));
        assert_eq!(body["firstEventSequence"], 0);
        seals.push(is_right(&check));
        answer(&client, &check, if is_right(&check) { 204 } else { 401 });
    }
    assert!(seals.contains(&true) && seals.contains(&false));
    assert_eq!(standing(&client), Standing::Healthy);
    for (to_right, to_wrong) in [(200, 200), (200, 400), (500, 401)] {
        register(&client);
        while let Some(check) = due(&client) {
            answer(
                &client,
                &check,
                if is_right(&check) { to_right } else { to_wrong },
            );
        }
        assert_eq!(
            standing(&client),
            Standing::IntentRequired,
            "{to_right} {to_wrong}"
        );
    }
}

#[test]
fn a_registration_names_an_app_an_address_and_a_key() {
    let client = Client::new();
    let with = |client_id: &str, url: &str, key: &str| {
        client.sandbox.register_webhook(
            Registration {
                client_id: client_id.to_owned(),
                url: url.to_owned(),
                key: key.to_owned(),
                categories: Vec::new(),
            },
            client.now,
        )
    };
    assert_eq!(with("nobody", "http://h/", "k"), Err(WebhookRefused::NoApp));
    assert_eq!(
        with(WEB_CLIENT_ID, "ftp://h/", "k"),
        Err(WebhookRefused::BadUrl)
    );
    assert_eq!(
        with(WEB_CLIENT_ID, "http://h/", ""),
        Err(WebhookRefused::NoKey)
    );
    assert!(client.sandbox.webhooks().list().is_empty());
}

#[test]
fn an_event_has_the_shape_of_xeros_and_the_raw_body_its_spaces() {
    let client = healthy();
    let made = client.invoice(&sale("A-1", "115.00"));
    let delivery = due(&client).expect("an event");
    assert!(is_right(&delivery));
    let text = String::from_utf8_lossy(&delivery.body).into_owned();
    assert!(
        text.contains(",\"firstEventSequence\": 1,\"lastEventSequence\": 1, \"entropy\": \""),
        "{text}"
    );
    let event = &parsed(&delivery)["events"][0];
    let id = made["InvoiceID"].as_str().unwrap_or_default();
    assert_eq!(
        *event,
        json!({"resourceUrl": format!("https://api.xero.com/api.xro/2.0/Invoices/{id}"), "resourceId": id,
            "eventDateUtc": "2026-11-21T01:00:00.000", "eventType": "CREATE", "eventCategory": "INVOICE",
            "tenantId": NEW_ZEALAND, "tenantType": "ORGANISATION"})
    );
    assert_eq!(
        parsed(&delivery)["entropy"].as_str().map(str::len),
        Some(20)
    );
}

#[test]
fn changes_of_contacts_invoices_and_credits_are_told_and_orders_are_not() {
    let client = healthy();
    let people = client.sandbox.people(client.now);
    client.invoice(&sale("A-1", "115.00"));
    assert_eq!(told(&client), ["INVOICE CREATE"]);
    client.put("Contacts", &json!({"Name": "Kea Joinery"}));
    assert_eq!(told(&client), ["CONTACT CREATE"]);
    people
        .archive_contact(NEW_ZEALAND, "Kea Joinery")
        .expect("it is there");
    assert_eq!(told(&client), ["CONTACT UPDATE"]);
    people
        .pay(NEW_ZEALAND, "A-1", "15".parse().ok(), None)
        .expect("it can be paid");
    assert_eq!(told(&client), ["INVOICE UPDATE"]);
    let note = json!({"Type": "ACCRECCREDIT", "Contact": {"ContactNumber": "HT-001"}, "Status": "AUTHORISED",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}]});
    client.put("CreditNotes", &note);
    let data = received(&client)[0]["events"][0]["data"].clone();
    assert_eq!(
        data,
        json!({"Type": "ACCRECCREDIT", "Status": "AUTHORISED"})
    );
    people
        .allocate(NEW_ZEALAND, "CN-0001", "A-1", None)
        .expect("it fits");
    assert_eq!(told(&client), ["INVOICE UPDATE", "CREDITNOTE UPDATE"]);
    client.put(
        "PurchaseOrders",
        &json!({"Contact": {"ContactNumber": "SP-004"}, "LineItems": [{"Description": "x"}]}),
    );
    client.get("Invoices");
    assert_eq!(told(&client), Vec::<String>::new());
}

#[test]
fn one_call_tells_of_a_document_once_and_several_calls_share_a_delivery() {
    let client = healthy();
    let batch = json!({"Invoices": [sale("A-1", "10.00"), sale("A-2", "10.00")]});
    assert_eq!(client.put("Invoices", &batch).0, 200);
    client.invoice(&support::sale_with(
        "A-3",
        &json!({"Contact": {"Name": "Weka Farm"}}),
    ));
    let bodies = received(&client);
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["events"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        (
            &bodies[0]["firstEventSequence"],
            &bodies[0]["lastEventSequence"]
        ),
        (&json!(1), &json!(4))
    );
}

#[test]
fn what_raises_an_event_is_a_switch_where_nobody_confirmed_it() {
    let client = healthy();
    let people = client.sandbox.people(client.now);
    switched(&client, |switches| {
        switches.webhook_on_payment = false;
        switches.webhook_on_removal = false;
        switches.webhook_event_type_case = EventTypeCase::Title;
    });
    client.invoice(&sale("A-1", "10.00"));
    assert_eq!(told(&client), ["INVOICE Create"]);
    let payment = people
        .pay(NEW_ZEALAND, "A-1", None, None)
        .expect("it can be paid");
    people
        .delete_payment(NEW_ZEALAND, payment)
        .expect("it is there");
    people.void(NEW_ZEALAND, "A-1").expect("nothing is paid");
    assert_eq!(told(&client), Vec::<String>::new());
    switched(&client, |switches| switches.webhook_on_own_writes = false);
    client.invoice(&sale("A-2", "10.00"));
    assert_eq!(told(&client), Vec::<String>::new());
    people
        .rename_contact(NEW_ZEALAND, "HT-001", "Harbour")
        .expect("it is free");
    assert_eq!(told(&client), ["CONTACT Update"]);
}

#[test]
fn only_subscribed_categories_and_connected_organisations_are_told() {
    let client = Client::new();
    client
        .sandbox
        .register_webhook(
            Registration {
                client_id: WEB_CLIENT_ID.to_owned(),
                url: "http://127.0.0.1:9/".to_owned(),
                key: KEY.to_owned(),
                categories: vec!["CONTACT".to_owned()],
            },
            client.now,
        )
        .expect("the app is registered");
    while let Some(check) = due(&client) {
        answer(&client, &check, if is_right(&check) { 200 } else { 401 });
    }
    client.invoice(&support::sale_with(
        "A-1",
        &json!({"Contact": {"Name": "Weka Farm"}}),
    ));
    assert_eq!(told(&client), ["CONTACT CREATE"]);
    let people = client.sandbox.people(client.now);
    assert_eq!(people.disconnect(NEW_ZEALAND), 1);
    people
        .rename_contact(NEW_ZEALAND, "HT-001", "Harbour")
        .expect("it is free");
    assert_eq!(told(&client), Vec::<String>::new());
}

#[test]
fn a_refused_delivery_is_repeated_for_a_day_and_newer_events_wait_behind_it() {
    let mut client = healthy();
    client.invoice(&sale("A-1", "10.00"));
    let first = due(&client).expect("an event");
    answer(&client, &first, 500);
    client.invoice(&sale("A-2", "10.00"));
    let again = due(&client).expect("at once");
    assert_eq!(
        (&again.body, &again.signature, again.attempt),
        (&first.body, &first.signature, 1)
    );
    answer(&client, &again, 503);
    assert!(due(&client).is_none(), "now it waits");
    let mut attempts = vec![client.now];
    let begun: DateTime<Utc> = client.now;
    while standing(&client) == Standing::Retrying {
        client.pass(60);
        if let Some(again) = due(&client) {
            attempts.push(client.now);
            answer(&client, &again, 500);
        }
    }
    assert_eq!(standing(&client), Standing::Disabled);
    let minutes: Vec<i64> = attempts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).num_minutes())
        .collect();
    assert_eq!(minutes[..6], [15, 15, 15, 30, 60, 120]);
    assert!((client.now - begun).num_hours() >= 24);
    client.pass(3_600);
    assert!(due(&client).is_none(), "disabled");
    register(&client);
    let mut numbers = Vec::new();
    while let Some(delivery) = due(&client) {
        numbers.push(parsed(&delivery)["firstEventSequence"].clone());
        answer(
            &client,
            &delivery,
            if is_right(&delivery) { 200 } else { 401 },
        );
    }
    assert_eq!(numbers[4..], [json!(1), json!(2)], "replayed in order");
}

#[test]
fn events_are_kept_for_31_days_and_a_silent_receiver_counts_as_refusing() {
    let mut client = healthy();
    client.invoice(&sale("A-1", "10.00"));
    let lost = due(&client).expect("an event");
    assert!(due(&client).is_none(), "it is in the air");
    client.pass(5);
    let again = due(&client).expect("five seconds are over");
    assert_eq!(again.body, lost.body);
    assert!(
        !client
            .sandbox
            .webhook_answered(lost.id, Some(200), client.now),
        "too late"
    );
    answer(&client, &again, 200);
    client.invoice(&sale("A-2", "10.00"));
    client.pass(32 * 86_400);
    assert!(due(&client).is_none());
}

#[test]
fn a_delivery_holds_fifty_events_and_sequences_go_on_without_a_hole() {
    let client = Client::with(
        tieout_sandbox_xero::Options::default().unlimited(),
        NEW_ZEALAND,
    );
    register(&client);
    while let Some(check) = due(&client) {
        answer(&client, &check, if is_right(&check) { 200 } else { 401 });
    }
    client
        .sandbox
        .webhooks()
        .push_fault(WebhookFault::UnknownCategory {
            category: "TIMESHEET".to_owned(),
        });
    for number in 0..60 {
        client.invoice(&sale(&format!("A-{number}"), "10.00"));
    }
    let bounds: Vec<(u64, u64)> = received(&client)
        .iter()
        .map(|body| {
            let number = |key: &str| body[key].as_u64().unwrap_or_default();
            (number("firstEventSequence"), number("lastEventSequence"))
        })
        .collect();
    assert_eq!(bounds, [(1, 51), (52, 61)]);
}

#[test]
fn registering_again_with_another_key_signs_what_was_kept_with_it_and_begins_at_once() {
    let mut client = healthy();
    client.invoice(&sale("A-1", "10.00"));
    for status in [500, 500] {
        let delivery = due(&client).expect("at once");
        answer(&client, &delivery, status);
    }
    client
        .sandbox
        .register_webhook(
            Registration {
                client_id: WEB_CLIENT_ID.to_owned(),
                url: "http://127.0.0.1:9/new".to_owned(),
                key: "another".to_owned(),
                categories: Vec::new(),
            },
            client.now,
        )
        .expect("the app is registered");
    let mut last = None;
    while let Some(delivery) = due(&client) {
        assert_eq!(delivery.url, "http://127.0.0.1:9/new");
        let right = signature("another", &delivery.body) == delivery.signature;
        answer(&client, &delivery, if right { 200 } else { 401 });
        last = Some((parsed(&delivery)["firstEventSequence"].clone(), right));
    }
    assert_eq!(last, Some((json!(1), true)));
    client.invoice(&sale("A-2", "10.00"));
    let lost = due(&client).expect("an event");
    answer(&client, &lost, 500);
    client.pass(32 * 86_400);
    assert!(due(&client).is_none(), "kept for 31 days only");
}

#[test]
fn faults_duplicate_reorder_lose_invent_and_missign() {
    let client = healthy();
    let fault = |fault| client.sandbox.webhooks().push_fault(fault);
    let write = |numbers: &[&str]| {
        for number in numbers {
            client.invoice(&sale(number, "10.00"));
        }
    };
    let sequences = |bodies: &[Value]| -> Vec<(u64, u64)> {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        bodies
            .iter()
            .map(|body| {
                (
                    number(&body["firstEventSequence"]),
                    number(&body["lastEventSequence"]),
                )
            })
            .collect()
    };
    fault(WebhookFault::Duplicate);
    write(&["A-1"]);
    let twice = received(&client);
    assert_eq!(twice[0], twice[1]);
    fault(WebhookFault::Reorder);
    write(&["A-2"]);
    assert!(received(&client).is_empty(), "held back");
    write(&["A-3"]);
    assert_eq!(sequences(&received(&client)), [(3, 3), (2, 2)]);
    fault(WebhookFault::Gap { events: 2 });
    write(&["A-4", "A-5", "A-6"]);
    assert_eq!(sequences(&received(&client)), [(6, 6)]);
    fault(WebhookFault::UnknownCategory {
        category: "TIMESHEET".to_owned(),
    });
    write(&["A-7"]);
    assert_eq!(told(&client), ["INVOICE CREATE", "TIMESHEET CREATE"]);
    fault(WebhookFault::WrongSignature);
    write(&["A-8"]);
    let wrong = due(&client).expect("an event");
    assert!(!is_right(&wrong));
    answer(&client, &wrong, 401);
    assert_eq!(sequences(&received(&client)), [(9, 9)]);
}

#[test]
fn equal_runs_give_equal_bytes_and_control_calls_do_it_from_outside() {
    let run = || {
        let client = healthy();
        client.invoice(&sale("A-1", "10.00"));
        due(&client).map(|delivery| (delivery.body, delivery.signature))
    };
    assert_eq!(run(), run());
    let client = Client::new();
    let control = |method: &str, path: &str, body: &Value| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/_control/{path}"))
            .body(bytes::Bytes::from(body.to_string()))
            .expect("a valid request");
        support::read(&client.sandbox.handle(request, client.now).response)
    };
    let hook = json!({"client_id": WEB_CLIENT_ID, "url": "http://127.0.0.1:9/", "key": KEY});
    let (code, listed) = control("POST", "webhooks", &hook);
    assert_eq!((code, &listed[0]["standing"]), (200, &json!("checking")));
    assert!(!listed.to_string().contains(KEY), "no key is shown");
    assert_eq!(
        control(
            "POST",
            "webhooks/faults",
            &json!({"kind": "gap", "events": 1})
        )
        .0,
        200
    );
    assert_eq!(
        control(
            "POST",
            "webhooks",
            &json!({"client_id": "x", "url": "http://h/", "key": "k"})
        )
        .0,
        400
    );
    assert_eq!(control("DELETE", "webhooks", &Value::Null).1, json!([]));
    assert!(due(&client).is_none());
}

#[tokio::test]
async fn the_shell_posts_them() {
    use tieout_sandbox_xero::{ServeOptions, serve};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let running = serve(ServeOptions::default()).await.expect("a free port");
    let receiver = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let url = format!("http://{}/hook?a=b", receiver.local_addr().expect("bound"));
    running
        .sandbox
        .register_webhook(
            Registration {
                client_id: WEB_CLIENT_ID.to_owned(),
                url,
                key: KEY.to_owned(),
                categories: Vec::new(),
            },
            Utc::now(),
        )
        .expect("the app is registered");
    for _ in 0..4 {
        let (mut stream, _) = receiver.accept().await.expect("a delivery");
        let mut text = Vec::new();
        let mut part = [0; 1_024];
        while !text.ends_with(b"\"}") {
            let read = stream.read(&mut part).await.expect("it can be read");
            text.extend_from_slice(&part[..read]);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
        let sent = head
            .lines()
            .find_map(|line| line.strip_prefix("x-xero-signature: "))
            .expect("a signature");
        let status = if sent == signature(KEY, body.as_bytes()) {
            "200 OK"
        } else {
            "401 Unauthorized"
        };
        let reply = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream
            .write_all(reply.as_bytes())
            .await
            .expect("it can be answered");
    }
    running.shutdown().await;
}
