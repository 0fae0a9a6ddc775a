//! What the demo prints: each step as it happens, and at the end both sides next to each other.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{ProgressCounts, Summary, TieOutRow};
use tieout_core::tieout::{Comparison, Depth, Verdict};
use tieout_sandbox_xero::Running;
use tokio_util::sync::CancellationToken;

use super::scene::Scene;
use crate::command::standing;
use crate::exit::Failure;
use crate::office::Staff;
use crate::output::{self, say};

/// The demo's story, as text or gathered into one JSON object.
pub(super) struct Report {
    json: Option<Vec<Value>>,
    /// The payments files that were shown.
    shown: BTreeSet<String>,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json: json.then(Vec::new),
            shown: BTreeSet::new(),
        }
    }

    pub(super) fn beginning(&mut self, base_url: &str, folder: &Path) {
        self.note(json!({ "step": "begin", "sandbox": base_url, "folder": folder }));
        self.say(&format!("The local Xero is at {base_url}"));
        self.say(&format!("Everything else is in {}\n", folder.display()));
    }

    pub(super) fn connected(&mut self, connection: &str, organisation: &str) {
        self.note(
            json!({ "step": "connected", "connection": connection, "organisation": organisation }),
        );
        self.say(&format!(
            "{} {connection} connected to {organisation}, by the consent page",
            output::ok()
        ));
    }

    pub(super) fn synced(
        &mut self,
        title: &str,
        before: ProgressCounts,
        after: ProgressCounts,
        summary: &Summary,
    ) {
        let bold = output::bold();
        self.say(&format!("\n{bold}{title}{bold:#}"));
        for (one, many, before, after) in [
            ("record read", "records read", before.records, after.records),
            (
                "document posted",
                "documents posted",
                before.posted,
                after.posted,
            ),
            (
                "document voided",
                "documents voided",
                before.voided,
                after.voided,
            ),
            ("held", "held", before.held, after.held),
            (
                "change seen at Xero",
                "changes seen at Xero",
                before.changes,
                after.changes,
            ),
            (
                "message to hosts",
                "messages to hosts",
                before.delivered,
                after.delivered,
            ),
            (
                "request that writes",
                "requests that write",
                before.requests,
                after.requests,
            ),
        ] {
            if after > before {
                let word = if after - before == 1 { one } else { many };
                self.say(&format!("  {:>4} {word}", after - before));
            }
        }
        for trouble in &summary.troubles {
            self.say(&format!(
                "  {} {}: {}",
                output::bad(),
                trouble.site,
                trouble.message
            ));
        }
        let troubles: Vec<&str> = summary
            .troubles
            .iter()
            .map(|trouble| trouble.message.as_str())
            .collect();
        self.note(json!({ "step": title, "counts": after, "troubles": troubles }));
    }

    /// Which documents were held, and why.
    pub(super) async fn documents(&mut self, staff: &Staff) -> Result<(), Failure> {
        let standing = standing(staff.world.store.as_ref()).await?;
        for document in &standing.documents {
            for finding in document.findings.iter().map(|advice| &advice.finding) {
                self.say(&format!(
                    "  {} {} held: {}",
                    output::bad(),
                    document.number,
                    finding.message
                ));
                finding
                    .detail
                    .iter()
                    .for_each(|line| self.say(&format!("      {line}")));
                self.say(&format!("      {}", finding.remedy));
            }
        }
        self.note(json!({ "step": "held", "count": standing.needs_somebody }));
        Ok(())
    }

    pub(super) fn act(&mut self, words: &str) {
        self.note(json!({ "step": "in Xero", "act": words }));
        self.say(&format!("  in Xero: {words}"));
    }

    /// The newest payments file of each host, if it is new.
    pub(super) fn told(&mut self, scene: &Scene) -> Result<(), Failure> {
        for host in ["case-manager", "iinsight"] {
            let inbox = scene.folder.join(host).join("inbox");
            let Some((name, rows)) = newest_payments(&inbox)? else {
                continue;
            };
            if !self.shown.insert(format!("{host}/{name}")) {
                continue;
            }
            self.say(&format!("  told the host: {host}/inbox/{name}"));
            rows.iter()
                .for_each(|row| self.say(&format!("      {row}")));
            self.note(json!({ "step": "payments file", "host": host, "file": name, "rows": rows }));
        }
        Ok(())
    }

    /// Both sides next to each other. Gives whether they agree wherever nothing is held.
    pub(super) async fn comparison(&mut self, staff: &Staff) -> Result<bool, Failure> {
        let mut rows: Vec<(ConnectionId, Comparison)> = Vec::new();
        let stop = CancellationToken::new();
        staff
            .world
            .tie_out(Depth::Full, &stop, &mut |connection, row| {
                if let TieOutRow::Document(one) = row {
                    rows.push((connection.clone(), *one));
                }
            })
            .await?;
        rows.sort_by(|(_, one), (_, other)| one.document.cmp(&other.document));
        let bold = output::bold();
        self.say(&format!("\n{bold}Both sides{bold:#}"));
        let mut table = output::table(&[
            "document",
            "connection",
            "host",
            "Xero",
            "host: settled",
            "Xero: settled",
            "",
        ]);
        let (mut agree, mut held, mut unexplained) = (0_usize, 0_usize, 0_usize);
        for (connection, row) in &rows {
            match &row.verdict {
                Verdict::Agrees => agree += 1,
                Verdict::NothingToCompare { .. } => {}
                Verdict::Differs { findings, .. } if findings.is_empty() => unexplained += 1,
                Verdict::Differs { .. } => held += 1,
            }
            table.add_row(cells(connection, row));
        }
        self.say(&table.to_string());
        self.note(json!({ "step": "comparison", "rows": rows.iter().map(|(_, row)| row).collect::<Vec<_>>() }));
        let verdict = match (held, unexplained) {
            (0, 0) => format!(
                "{} {agree} documents: both sides agree to the cent.",
                output::ok()
            ),
            (held, 0) => format!(
                "{} {agree} documents agree to the cent; {held} held for the reasons above, none sent wrong.",
                output::ok()
            ),
            (_, differ) => format!("{} {differ} documents differ.", output::bad()),
        };
        self.say(&format!("\n{verdict}"));
        Ok(unexplained == 0)
    }

    pub(super) fn end(&mut self, took: Duration, running: &Running, staff: &Staff) {
        let usage = staff
            .organisations
            .values()
            .filter_map(|organisation| Some(organisation.budget()?.usage()));
        let requests: u64 = usage
            .flat_map(|usage| usage.purposes.into_values())
            .map(|counter| counter.calls)
            .sum();
        let took_ms = took.as_millis();
        self.say(&format!(
            "{requests} calls to the Accounting API, {}.{:03} seconds in all.",
            took_ms / 1_000,
            took_ms % 1_000
        ));
        self.note(json!({ "step": "end", "calls": requests, "took_ms": took_ms, "sandbox": running.base_url }));
        if let Some(notes) = &self.json {
            output::json(&json!({ "demo": notes }));
        }
    }

    fn say(&self, line: &str) {
        if self.json.is_none() {
            say!("{line}");
        }
    }

    fn note(&mut self, value: Value) {
        if let Some(notes) = &mut self.json {
            notes.push(value);
        }
    }
}

fn cells(connection: &ConnectionId, row: &Comparison) -> Vec<String> {
    let money = |amount: Option<rust_decimal::Decimal>| {
        amount.map_or_else(
            || "-".to_owned(),
            |amount| format!("{amount:.2} {}", row.currency),
        )
    };
    let verdict = match &row.verdict {
        Verdict::Agrees => "agrees".to_owned(),
        Verdict::NothingToCompare { why } => why.clone(),
        Verdict::Differs {
            differences,
            findings,
            ..
        } => {
            let causes: Vec<String> = findings
                .iter()
                .map(|finding| finding.rule.to_string())
                .collect();
            let places: Vec<String> = differences
                .iter()
                .map(|one| {
                    format!(
                        "{}: host {}, Xero {}",
                        one.what.as_str(),
                        one.host,
                        one.provider
                    )
                })
                .collect();
            if causes.is_empty() {
                places.join("; ")
            } else {
                format!("held: {}", causes.join(", "))
            }
        }
    };
    vec![
        row.number.clone(),
        connection.to_string(),
        money(row.host_total),
        money(row.provider_total),
        money(Some(row.host_settled)),
        money(row.provider_settled),
        verdict,
    ]
}

/// The newest payments file of an inbox, with its rows.
fn newest_payments(inbox: &Path) -> Result<Option<(String, Vec<String>)>, Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", inbox.display()));
    let mut newest: Option<(u64, String)> = None;
    for entry in std::fs::read_dir(inbox).into_iter().flatten() {
        let name = entry
            .map_err(failed)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        let number = name
            .strip_prefix("payments-")
            .and_then(|rest| rest.strip_suffix(".csv")?.parse().ok());
        if let Some(number) = number
            && newest.as_ref().is_none_or(|(known, _)| number > *known)
        {
            newest = Some((number, name));
        }
    }
    let Some((_, name)) = newest else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(inbox.join(&name)).map_err(failed)?;
    Ok(Some((name, text.lines().map(str::to_owned).collect())))
}
