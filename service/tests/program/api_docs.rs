//! The page for vendors is true: each of its commands is played, in order, and comes to what stands below it.

use reqwest::{Client, Method};
use serde_json::Value;

use crate::api::{Told, with_two};

/// A command of the page, and what it must come to.
struct Example {
    words: Vec<String>,
    holds: Value,
}

fn examples(page: &str) -> Vec<Example> {
    let mut all: Vec<Example> = Vec::new();
    for block in page.split("```").skip(1).step_by(2) {
        if let Some(command) = block.strip_prefix("sh\n") {
            let words = shlex::split(command).unwrap();
            assert_eq!(words[0], "curl");
            all.push(Example {
                words,
                holds: Value::Null,
            });
        } else if let Some(json) = block.strip_prefix("json\n") {
            all.last_mut().unwrap().holds = serde_json::from_str(json).unwrap();
        }
    }
    all
}

/// Whether everything of `part` stands in `whole`.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (_, Value::Null) => true,
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => part
            .iter()
            .all(|part| whole.iter().any(|whole| holds(whole, part))),
        (whole, part) => whole == part,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_page_for_vendors_does_what_it_says() {
    let api = with_two().await;
    let all = examples(include_str!("../../../docs/api.md"));
    assert!(all.len() > 8);
    for example in all {
        let (mut method, mut url) = (Method::GET, String::new());
        let mut request = Vec::new();
        let mut words = example.words.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-X" => method = Method::from_bytes(words.next().unwrap().as_bytes()).unwrap(),
                "-H" => {
                    let header = words.next().unwrap();
                    let header = header.replace("$ADMIN_KEY", &api.admin);
                    request.push(header.replace("$KEY", &api.operator));
                }
                "-d" => request.push(format!("\n{}", words.next().unwrap())),
                address => url = address.replace("$TIEOUT", &api.base),
            }
        }
        let mut asked = Client::new().request(method, &url);
        for part in request {
            asked = match part.strip_prefix('\n') {
                Some(body) => asked.body(body.to_owned()),
                None => {
                    let (name, value) = part.split_once(": ").unwrap();
                    asked.header(name, value)
                }
            };
        }
        let told = Told::of(asked.send().await.unwrap()).await;
        assert!(told.status < 300, "{url}: {} {}", told.status, told.body);
        assert!(holds(&told.body, &example.holds), "{url}: {}", told.body);
    }
    api.end().await;
}
