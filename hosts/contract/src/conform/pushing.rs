//! The promises about what a product sends by itself, tried on what arrives while somebody changes an invoice.

use chrono::DateTime;
use http::header;
use serde_json::Value;

use super::bench::Bench;
use super::hearing::{Ear, Pushed};
use super::report::{Tried, Trouble, broken, left_out};
use super::survey::Seen;
use crate::http::{About, Event, Served, read_events};
use crate::map::read_document;

/// Records that are read because of pushes.
const READS_MAX: usize = 5;

/// Who listens, once something arrived.
async fn ear(bench: &Bench) -> Result<&Ear, Trouble> {
    let Some(ear) = &bench.ear else {
        return left_out("no address was given with --listen where pushes are awaited");
    };
    let arrived = ear.until(bench, |heard| (!heard.is_empty()).then_some(()));
    match arrived.await {
        Some(()) => Ok(ear),
        None => {
            let seconds = ear.patience().as_secs();
            let address = ear.address();
            broken(
                format!(
                    "nothing arrived at {address} within {seconds} s: was an invoice changed meanwhile, and does the \
                     product push there?"
                ),
                [],
            )
        }
    }
}

/// What was signed of what arrived; left out where nothing was.
async fn signed(bench: &Bench) -> Result<Vec<Pushed>, Trouble> {
    let Some(ear) = &bench.ear else {
        return left_out("no address was given with --listen where pushes are awaited");
    };
    let signed: Vec<Pushed> = ear
        .heard()
        .into_iter()
        .filter(|push| push.unsigned.is_none())
        .collect();
    match signed.is_empty() {
        true => left_out("no push arrived that is signed"),
        false => Ok(signed),
    }
}

pub(super) async fn pushes_are_signed(bench: &Bench) -> Tried {
    for push in ear(bench).await?.heard() {
        if let Some(why) = push.unsigned {
            return broken(why, [push.exchange]);
        }
    }
    Ok(())
}

pub(super) async fn pushes_are_events_of_the_contract(bench: &Bench) -> Tried {
    let pushes = signed(bench).await?;
    let mut is_about_something = false;
    for push in &pushes {
        match read_events(&push.headers, &push.body) {
            Ok(events) => {
                is_about_something |= events.iter().any(|event| event.about != About::Nothing);
            }
            Err(why) => return broken(why, [push.exchange.clone()]),
        }
    }
    if is_about_something {
        return Ok(());
    }
    let seen = "nothing that arrived is about a record: `type` ends with none of invoice., credit_note., bill. and \
                purchase_order. before its last word";
    broken(seen, pushes.into_iter().map(|push| push.exchange).take(1))
}

pub(super) async fn pushes_say_what_they_are(bench: &Bench) -> Tried {
    for push in signed(bench).await? {
        let media = push.headers.get(header::CONTENT_TYPE);
        let media = media
            .and_then(|media| media.to_str().ok())
            .unwrap_or_default();
        let content: Value = serde_json::from_slice(&push.body).unwrap_or_default();
        let (form, events) = match content {
            Value::Array(events) => ("application/cloudevents-batch+json", events),
            event => ("application/cloudevents+json", vec![event]),
        };
        // Attributes in headers are a form of their own.
        if push.headers.contains_key("ce-type") {
            continue;
        }
        if !media.starts_with(form) {
            let seen = format!("`content-type` is `{media}`, not {form}");
            return broken(seen, [push.exchange]);
        }
        if let Some(fault) = events.iter().find_map(attribute_fault) {
            return broken(fault, [push.exchange]);
        }
    }
    Ok(())
}

/// What is wrong with the attributes of an event, by the standard.
fn attribute_fault(event: &Value) -> Option<String> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let missing = ["id", "source", "type"]
        .into_iter()
        .find(|name| text(name).is_empty());
    if let Some(missing) = missing {
        return Some(format!("the event has no `{missing}`"));
    }
    if text("specversion") != "1.0" {
        return Some("`specversion` is not \"1.0\"".to_owned());
    }
    let time = event.get("time")?;
    let is_time = time
        .as_str()
        .is_some_and(|time| DateTime::parse_from_rfc3339(time).is_ok());
    (!is_time).then(|| format!("`time` is {time}, which is no time of RFC 3339"))
}

pub(super) async fn a_push_that_was_not_taken_comes_again(bench: &Bench) -> Tried {
    let pushes = signed(bench).await?;
    let put_off = pushes.into_iter().find(|push| push.was_put_off);
    let (Some(first), Some(ear)) = (put_off, &bench.ear) else {
        return left_out("no push was turned away");
    };
    let again = ear.until(bench, |heard| {
        let mut others = heard.iter().filter(|push| !push.was_put_off);
        others.find(|push| push.id == first.id).cloned()
    });
    let Some(again) = again.await else {
        let seconds = ear.patience().as_secs();
        let seen = format!(
            "the first push was answered 503, and `webhook-id` {} did not come again within {seconds} s",
            first.id
        );
        return broken(seen, [first.exchange]);
    };
    if let Some(why) = &again.unsigned {
        let seen = format!("when it comes again, {why}");
        return broken(seen, [first.exchange, again.exchange]);
    }
    if again.body != first.body {
        let seen = "the same `webhook-id` came with another content";
        return broken(seen, [first.exchange, again.exchange]);
    }
    Ok(())
}

pub(super) async fn what_a_push_names_can_be_read_already(bench: &Bench) -> Tried {
    let mut reads = 0;
    for push in signed(bench).await? {
        for event in read_events(&push.headers, &push.body).unwrap_or_default() {
            let About::Record { list, id } = &event.about else {
                continue;
            };
            if !bench.lists().contains(list) || reads == READS_MAX {
                continue;
            }
            reads += 1;
            is_there(bench, &push, &event, *list, id).await?;
        }
    }
    match reads {
        0 => left_out("no push is about a record of the lists that are tried"),
        _ => Ok(()),
    }
}

async fn is_there(bench: &Bench, push: &Pushed, event: &Event, list: Served, id: &str) -> Tried {
    if let Some(whole) = event.whole() {
        let whole = whole.to_string();
        if let Err(problem) = read_document(list.file_type(), whole.as_bytes(), 1).content {
            let (field, why) = (problem.field, problem.message);
            let seen = format!("the document of a push cannot be read: `{field}`: {why}");
            return broken(seen, [push.exchange.clone()]);
        }
    }
    let answer = bench.get(&["v1", list.as_str(), id], &[]).await?;
    let shown = [push.exchange.clone(), answer.exchange.clone()];
    if !answer.is_done() {
        return match (answer.status.as_u16(), answer.is_problem) {
            (404 | 410, true) if event.deletes => Ok(()),
            (404 | 405 | 501, false) => left_out("no record is served alone, so the list is read"),
            _ => {
                let status = answer.status;
                broken(
                    format!("a push is about `{id}`, which was answered {status}"),
                    shown,
                )
            }
        };
    }
    let record = answer.json()?;
    let seen = Seen::of(&record);
    if event.deletes && !seen.is_removed {
        return broken(
            format!("a push says that `{id}` is deleted, and it is there"),
            shown,
        );
    }
    let told = event.data.get("revision").and_then(Value::as_u64);
    let held = record.get("revision").and_then(Value::as_u64);
    if told > held {
        let words = |revision: Option<u64>| revision.map_or("none".to_owned(), |it| it.to_string());
        let seen = format!(
            "a push tells of revision {} of `{id}`, and {} is what is read",
            words(told),
            words(held)
        );
        return broken(seen, shown);
    }
    Ok(())
}
