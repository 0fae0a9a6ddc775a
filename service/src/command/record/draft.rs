//! `tieout record draft`: a draft invoice of a record, made once.

use rust_decimal::Decimal;
use serde_json::json;
use tieout_core::document::{Currency, decimal};
use tieout_core::driver::RecordDesk;
use tieout_core::host::RecordRef;
use tieout_core::panel::DraftLine;

use super::failed;
use crate::cli::{Cli, DraftArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, ok, say, short};

pub(super) async fn run(
    cli: &Cli,
    args: &DraftArgs,
    desk: &RecordDesk<'_>,
    key: &RecordRef,
) -> Result<Exit, Failure> {
    let lines: Result<Vec<DraftLine>, Failure> = args.lines.iter().map(|text| line(text)).collect();
    let lines = lines?;
    let currency = args
        .currency
        .as_deref()
        .map(Currency::from_code)
        .transpose();
    let currency = currency.map_err(|error| Failure::config(error.to_string()))?;
    let record = desk.record(key).await.map_err(failed)?;
    let drafted = desk.draft(&record, (&lines, currency), args.another).await;
    let drafted = drafted.map_err(failed)?;
    let binding = &drafted.binding;
    let findings = binding.state.findings();
    if cli.json {
        output::json(&json!({
            "new": drafted.is_new,
            "contact": drafted.contact,
            "number": binding.number,
            "state": binding.state.name(),
            "binding": binding.key,
            "posted": binding.posted.as_ref().map(|posted| &posted.id),
            "findings": findings,
        }));
    } else {
        let number = short(&binding.number);
        let state = output::state(&binding.state);
        match (drafted.is_new, &drafted.contact) {
            (true, Some(contact)) => {
                say!(
                    "{} {number} is drafted for {}: {state}.",
                    ok(),
                    short(&contact.name)
                );
                say!("It goes out with the next `tieout sync`, or now where `tieout serve` runs.");
            }
            (true, None) => say!("{} {number} is drafted: {state}.", ok()),
            (false, _) => {
                say!("{key} has the draft {number} already: {state}. Nothing was made.");
                say!("`--another` makes one more.");
            }
        }
        for finding in findings {
            output::finding(finding, "  ");
        }
    }
    Ok(match findings.is_empty() {
        true => Exit::Done,
        false => Exit::NeedsSomebody,
    })
}

/// A line as a person writes it: description, quantity, price, item.
fn line(text: &str) -> Result<DraftLine, Failure> {
    let wrong = |why: String| {
        Failure::config(format!("`{text}` is no line: {why}"))
            .advise("Write it as \"DESCRIPTION; QUANTITY; PRICE\", with the item's code behind where there is one.")
    };
    let parts: Vec<&str> = text.split(';').map(str::trim).collect();
    let (description, quantity, price, item) = match parts.as_slice() {
        [description, quantity, price] => (*description, *quantity, *price, None),
        [description, quantity, price, item] => (*description, *quantity, *price, Some(*item)),
        _ => return Err(wrong(format!("it has {} parts", parts.len()))),
    };
    if description.is_empty() {
        return Err(wrong("it has no description".to_owned()));
    }
    let figure = |text: &str| -> Result<Decimal, Failure> { decimal::read(text).map_err(wrong) };
    Ok(DraftLine {
        description: description.to_owned(),
        quantity: figure(quantity)?,
        unit_price: figure(price)?,
        item: item.filter(|item| !item.is_empty()).map(str::to_owned),
    })
}
