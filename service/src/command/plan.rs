//! `tieout plan`: what would be sent, document by document, without sending anything.

use std::collections::BTreeMap;

use serde_json::json;
use tieout_core::driver::Preview;

use crate::cli::{Cli, PlanArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, say};

/// Shows the plan and ends with 3 when something would be held.
pub(super) async fn run(cli: &Cli, args: &PlanArgs, office: &mut Office) -> Result<Exit, Failure> {
    let staff = office.staff().await?;
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut table = output::table(&[
        "document",
        "number",
        "connection",
        "contact",
        "total",
        "plan",
    ]);
    let mut held = 0_usize;
    let summary = staff
        .world
        .preview(&mut |preview: Preview| {
            let wanted = args.document.as_deref();
            let id = preview.binding.document.id.as_str();
            if wanted.is_some_and(|wanted| wanted != preview.number && wanted != id) {
                return;
            }
            held += usize::from(!preview.findings.is_empty());
            *counts.entry(outcome(&preview)).or_default() += 1;
            if cli.json {
                output::json(&json!({ "document": preview }));
            } else {
                table.add_row(row(&preview));
            }
        })
        .await?;
    office.dismiss(&staff).await;
    if cli.json {
        output::json(&json!({ "summary": summary, "counts": counts }));
    } else {
        say!("{table}");
        for place in &summary.unreadable {
            say!("{} {place}", output::bad());
        }
        for trouble in &summary.unasked {
            say!("{} {trouble}", output::bad());
        }
        let words: Vec<String> = counts
            .iter()
            .map(|(outcome, count)| format!("{count} {outcome}"))
            .collect();
        match (&args.document, words.is_empty()) {
            (Some(wanted), true) => say!(
                "\nNothing is to be done about `{wanted}`: `tieout explain {wanted}` tells why."
            ),
            (None, true) => say!("\nPlan: nothing to do. Nothing was sent."),
            (_, false) => say!("\nPlan: {}. Nothing was sent.", words.join(", ")),
        }
    }
    if !summary.unasked.is_empty() {
        return Ok(Exit::Failed);
    }
    let needs = held > 0 || !summary.unreadable.is_empty();
    Ok(if needs {
        Exit::NeedsSomebody
    } else {
        Exit::Done
    })
}

fn outcome(preview: &Preview) -> &'static str {
    match preview.op {
        Some(op) => match op {
            tieout_core::engine::Op::Create => "to create",
            tieout_core::engine::Op::Update => "to update",
            tieout_core::engine::Op::Void => "to void",
        },
        None if preview.findings.is_empty() => "left alone",
        None => "held",
    }
}

fn row(preview: &Preview) -> Vec<String> {
    let new = if preview.creates_contact {
        " (new)"
    } else {
        ""
    };
    let plan = match preview.op {
        Some(op) => format!("{}: {}", op.as_str(), preview.why),
        None if preview.findings.is_empty() => preview.why.clone(),
        None => {
            let told: Vec<String> = preview
                .findings
                .iter()
                .map(|finding| {
                    std::iter::once(finding.to_string())
                        .chain(finding.detail.clone())
                        .collect::<Vec<_>>()
                        .join("\n  ")
                })
                .collect();
            format!("held: {}", told.join("\n"))
        }
    };
    let plan = preview
        .beside
        .iter()
        .fold(plan, |plan, what| format!("{plan}\n  beside: {what}"));
    vec![
        output::short(&preview.binding.document.to_string()),
        output::short(&preview.number),
        preview.binding.connection.to_string(),
        format!("{}{new}", output::short(&preview.contact)),
        preview
            .gross
            .map(|gross| output::money(gross, preview.currency))
            .unwrap_or_default(),
        plan,
    ]
}
