//! What the description promises and what the server does: the same addresses and methods, the same forms, and no 5xx whatever comes.

use std::collections::BTreeSet;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::api::{Api, Told};
use crate::stage::Stage;

/// Everything that the description names.
fn operations(description: &Value) -> Vec<(String, Method, Value)> {
    let paths = description["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            all.push((path.clone(), method, operation.clone()));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_described_is_served_and_what_is_served_is_described() {
    let api = Api::serving(Stage::connected().await, "").await;
    let description = api.see("/v1/openapi.json").await;
    let checked_in = include_str!("../../../schemas/api.openapi.json");
    let checked_in: Value = serde_json::from_str(checked_in).unwrap();
    assert!(description == checked_in, "run `cargo xtask codegen`");
    let page = api.get("/v1").await;
    assert_eq!(page.status, 200);
    let page = page.body.as_str().unwrap().to_owned();

    let all = operations(&description);
    let names: BTreeSet<&str> = all
        .iter()
        .map(|it| it.2["operationId"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), all.len(), "each has a name of its own");
    let client = Client::new();
    for (path, method, operation) in &all {
        let name = operation["operationId"].as_str().unwrap();
        assert!(
            page.contains(&format!("id=\"{name}\"")),
            "{name} stands on the page"
        );
        // Without a key everything that is there says so, and nothing else.
        let address = path.replace(['{', '}'], "");
        let url = format!("{}{address}", api.base);
        let asked = client.request(method.clone(), &url).send().await.unwrap();
        assert_eq!(asked.status().as_u16(), 401, "{method} {path}");
        // The other methods are turned away, and those that are named are the ones that are described.
        let told = Told::of(
            client
                .patch(&url)
                .bearer_auth(&api.reader)
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(told.status, 405, "{path}");
        let mut allowed: BTreeSet<&str> = told.header("allow").split(", ").collect();
        allowed.remove("HEAD");
        let described = all
            .iter()
            .filter(|it| it.0 == *path)
            .map(|it| it.1.as_str());
        assert_eq!(allowed, described.collect(), "{path}");
        references(operation, &description);
    }
    api.end().await;
}

/// Every reference leads somewhere.
fn references(value: &Value, description: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(at)) = fields.get("$ref") {
                let found = description.pointer(at.trim_start_matches('#'));
                assert!(found.is_some(), "{at} leads nowhere");
            }
            fields.values().for_each(|it| references(it, description));
        }
        Value::Array(items) => items.iter().for_each(|it| references(it, description)),
        _ => {}
    }
}

/// A source of numbers that is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// What may stand in an address, from right to wrong.
const PARTS: [&str; 22] = [
    "books",
    "cm",
    "invoice",
    "contact",
    "deal",
    "1",
    "0",
    "-1",
    "newest",
    "unrouted",
    "%00",
    "%2F..%2F..%2Fetc%2Fpasswd",
    "%FF%FE",
    "..%2f",
    "%F0%9F%A6%98",
    "18446744073709551616",
    "null",
    "true",
    "2026-13-40",
    "' OR 1=1 --",
    "%E2%80%AE",
    "{}",
];

/// What may be sent for a field.
fn thing(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(18_446_744_073_709_551_615_u64),
        4 => json!(1e300),
        5 => json!(""),
        6 => json!("\u{0}\u{202e}x"),
        7 => json!("x".repeat(5_000)),
        8 => json!("books"),
        9 => json!("2026-11-22"),
        10 => json!("tax_code_unmapped"),
        11 => json!("0.1"),
        12 if depth > 0 => json!([thing(dice, depth - 1), thing(dice, depth - 1)]),
        _ if depth > 0 => json!({"id": thing(dice, depth - 1), "host": "cm", "kind": "invoice"}),
        _ => json!("999999999999999999999999999999.99"),
    }
}

/// A body with the fields that an endpoint names, and others.
fn body(dice: &mut Dice, operation: &Value, description: &Value) -> Value {
    let form = &operation["requestBody"]["content"]["application/json"]["schema"];
    let form = match form["$ref"].as_str() {
        Some(at) => description.pointer(at.trim_start_matches('#')).unwrap(),
        None => form,
    };
    let mut made = serde_json::Map::new();
    for name in form["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|it| it.0)
    {
        if dice.roll(3) > 0 {
            made.insert(name.clone(), thing(dice, 3));
        }
    }
    if dice.roll(6) == 0 {
        made.insert("surprise".to_owned(), thing(dice, 2));
    }
    match dice.roll(9) {
        0 => thing(dice, 3),
        _ => Value::Object(made),
    }
}

/// A request that the dice made of what an endpoint takes.
fn bent(
    dice: &mut Dice,
    client: &Client,
    api: &Api,
    ((path, method, operation), description): ((&str, &Method, &Value), &Value),
) -> RequestBuilder {
    let address: Vec<&str> = path
        .split('/')
        .map(|part| match part.starts_with('{') {
            true => dice.pick(&PARTS),
            false => part,
        })
        .collect();
    let mut url = format!("{}{}?", api.base, address.join("/"));
    for parameter in operation["parameters"].as_array().unwrap() {
        if parameter["in"] == "query" && dice.roll(3) == 0 {
            let name = parameter["name"].as_str().unwrap();
            url.push_str(&format!("{name}={}&", dice.pick(&PARTS)));
        }
    }
    if *method == Method::GET {
        return client.get(&url).bearer_auth(&api.reader);
    }
    let text = match dice.roll(8) {
        0 => "{\"a\":".to_owned(),
        _ => body(dice, operation, description).to_string(),
    };
    let request = client.request(method.clone(), &url);
    let request = request.bearer_auth(&api.operator).body(text);
    let request = request.header("content-type", "application/json");
    match dice.roll(4) {
        0 => request.header(
            "if-match",
            dice.pick(&["*", "\"0\"", "\"x\"", "", "W/\"1\""]),
        ),
        _ => request,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_or_refused_and_never_breaks_anything() {
    let api = Api::serving(Stage::connected().await, "").await;
    let description = api.see("/v1/openapi.json").await;
    let client = Client::new();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut met = BTreeSet::new();
    for (path, method, operation) in operations(&description) {
        for turn in 0..5 {
            let of = (path.as_str(), &method, &operation);
            let mut request = bent(&mut dice, &client, &api, (of, &description));
            if method != Method::GET && dice.roll(3) == 0 {
                request = request.header("idempotency-key", format!("{turn}"));
            }
            let told = Told::of(request.send().await.unwrap()).await;
            assert!(
                told.status < 500,
                "{method} {path}: {} {}",
                told.status,
                told.body
            );
            if told.status >= 400 {
                assert_eq!(
                    told.header("content-type"),
                    "application/problem+json",
                    "{path}"
                );
                let documented = &operation["responses"][told.status.to_string()];
                assert!(
                    documented.is_object(),
                    "{method} {path}: {} is not described",
                    told.status
                );
            }
            met.insert(told.status);
        }
    }
    assert!(met.len() > 4, "the dice meet several answers: {met:?}");
    assert_eq!(api.get("/v1/me").await.status, 200, "it goes on");
    api.end().await;
}
