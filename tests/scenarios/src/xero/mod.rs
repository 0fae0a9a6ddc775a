//! What a story does in Xero: `xero pay 14501 100.00`, as somebody does it in Xero's own pages, and looks into the books.

mod acts;
mod look;

use std::collections::BTreeSet;

use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use http::Request;
use serde_json::Value;
use tieout_sandbox_xero::{AUSTRALIA, BRITAIN, NEW_ZEALAND};
use uuid::Uuid;

use crate::compare::Answer;
use crate::consent::Decision;
use crate::stage::Stage;

/// Further apart than the moments that one look at Xero takes for the same.
const APART: TimeDelta = TimeDelta::seconds(5);

/// Does what the words behind `xero` say.
///
/// # Errors
/// Words that say nothing; what Xero itself refuses is an answer.
pub(crate) async fn perform(stage: &mut Stage, act: &str) -> Result<Answer, String> {
    let words = shlex::split(act).ok_or("a quote is not closed")?;
    let (organisation, words) = whose(stage, &words)?;
    let words = written_out(stage, organisation, words)?;
    let (verb, rest) = words.split_first().ok_or("xero does what?")?;
    if let Some(text) = look::at(stage, organisation, verb, rest)? {
        return Ok(printed(0, text));
    }
    let sandbox = &stage.xero.sandbox;
    sandbox.advance(APART);
    let (path, body) = match verb.as_str() {
        "consent" => {
            stage.person.decide(decision(stage, rest)?);
            return Ok(printed(0, String::new()));
        }
        "calm" => {
            sandbox.faults().clear();
            return Ok(printed(0, String::new()));
        }
        "fault" => ("faults".to_owned(), acts::fault(rest)?),
        "limits" => ("limits".to_owned(), acts::fields(rest)?),
        "advance" => ("advance".to_owned(), acts::fields(rest)?),
        "webhook" => ("webhooks".to_owned(), acts::webhook(rest)?),
        verb => {
            let (act, body) = acts::act(stage, organisation, verb, rest)?;
            (format!("{organisation}/{act}"), body)
        }
    };
    let answer = control(stage, &path, &body)?;
    stage.xero.sandbox.advance(APART);
    Ok(answer)
}

/// Every document and contact that the books hold.
pub(crate) fn ids(stage: &Stage) -> BTreeSet<Uuid> {
    let organisations = [AUSTRALIA, NEW_ZEALAND, BRITAIN].into_iter();
    organisations
        .filter_map(|organisation| stage.xero.sandbox.read(organisation, look::ids))
        .flatten()
        .collect()
}

fn printed(code: i32, printed: String) -> Answer {
    Answer { code, printed }
}

/// A number that ends with `*` is the only one that begins so: parts of some differ from run to run.
fn written_out(stage: &Stage, organisation: Uuid, words: &[String]) -> Result<Vec<String>, String> {
    let whole = |word: &String| match word.strip_suffix('*') {
        None => Ok(word.clone()),
        Some(begins) => {
            let numbers = |books: &_| look::numbers(books, begins);
            let found = stage.xero.sandbox.read(organisation, numbers);
            match found.unwrap_or_default().as_slice() {
                [one] => Ok(one.clone()),
                found => Err(format!("{} numbers begin with {begins}", found.len())),
            }
        }
    };
    words.iter().map(whole).collect()
}

/// `--in Kowhai` chooses an organisation by the beginning of its name.
fn whose<'a>(stage: &Stage, words: &'a [String]) -> Result<(Uuid, &'a [String]), String> {
    match words {
        [first, name, rest @ ..] if first == "--in" => Ok((organisation(stage, name)?, rest)),
        words => Ok((AUSTRALIA, words)),
    }
}

fn organisation(stage: &Stage, name: &str) -> Result<Uuid, String> {
    let names = stage.xero.sandbox.organisation_names();
    let found = names.iter().find(|(_, known)| known.starts_with(name));
    found
        .map(|(id, _)| *id)
        .ok_or_else(|| format!("there is no organisation {name}"))
}

fn decision(stage: &Stage, words: &[String]) -> Result<Decision, String> {
    if matches!(words, [word] if word == "cancel") {
        return Ok(Decision::Cancel);
    }
    let ticked: Result<Vec<Uuid>, String> =
        words.iter().map(|name| organisation(stage, name)).collect();
    ticked.map(Decision::Allow)
}

/// A call of the sandbox's control API. Success says nothing, a refusal says why.
fn control(stage: &Stage, path: &str, body: &Value) -> Result<Answer, String> {
    let request = Request::post(format!("/_control/{path}"))
        .body(Bytes::from(body.to_string()))
        .map_err(|error| error.to_string())?;
    let (response, _, _) = stage.xero.sandbox.handle(request, Utc::now()).into_parts();
    if response.status().is_success() {
        return Ok(printed(0, String::new()));
    }
    let told: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let why = told["error"].as_str().unwrap_or("no reason given");
    if response.status().as_u16() == 422 {
        return Ok(printed(1, format!("Xero refuses: {why}")));
    }
    Err(format!("{} of {path}: {why}", response.status()))
}
