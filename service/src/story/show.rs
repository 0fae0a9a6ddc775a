//! How a story is printed: where it stands, what made each field, what the host said, and everything in order of time.

use chrono::{DateTime, Utc};
use serde_json::Value;
use tieout_core::advice::advise;
use tieout_core::document::{Currency, Document, DocumentKind, Totals};
use tieout_core::engine::{Event, Posted};

use super::form::{CallShown, Compared, Exchange, Mapping, Revision};
use super::told::Told;
use super::{summary, words};
use crate::output::{self, counted, say, short};

/// What is printed of exchanges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    /// One line each.
    Left,
    /// Headers and bodies too.
    Shown,
}

/// Longest path on one line, in characters.
const PATH_CHARS_MAX: usize = 90;
/// Characters of what goes out beside a document: a number, which may be long, with an amount and a day behind it.
const BESIDE_CHARS_MAX: usize = 120;

/// Prints a story. `beside` is what goes out beside the document, and where each stands.
pub(crate) fn show(told: &Told, beside: &[(String, String)], bodies: Bodies, file: &str) {
    head(told, beside);
    if let Some(mapping) = &told.explanation.mapping {
        fields(mapping, file);
    }
    revisions(&told.explanation.revisions);
    timeline(told, bodies);
    say!("");
}

fn head(told: &Told, beside: &[(String, String)]) {
    let binding = &told.binding;
    let bold = output::bold();
    say!(
        "{bold}{}{bold:#}  {} on {}",
        short(&binding.number),
        binding.key.document,
        binding.key.connection
    );
    let standing = &told.explanation.standing;
    say!("  state     {}", standing.state);
    say!("  next      {}", standing.next);
    if let Some((totals, currency)) = told.document.as_ref().and_then(totals) {
        let money = |amount| output::money(amount, currency);
        say!(
            "  host      {} and {} tax: {}",
            money(totals.net),
            money(totals.tax),
            money(totals.gross)
        );
    }
    if let Some(posted) = &binding.posted {
        say!(
            "  provider  {} as {} ({})",
            posted.status,
            posted.number,
            posted.id
        );
        say!("  amounts   {}", amounts(binding.key.document.kind, posted));
    }
    if let Some(revision) = binding.again {
        say!(
            "  again     revision {revision} was handed over again and ignored: the provider holds it"
        );
    }
    let explanation = &told.explanation;
    summary::show(
        explanation.summary.as_ref(),
        &explanation.members,
        told.document.as_ref(),
    );
    let runs = &told.explanation.runs;
    if !runs.is_empty() {
        say!("  runs      {}", runs.join(", "));
    }
    for (what, standing) in beside {
        let what = output::within(what, BESIDE_CHARS_MAX);
        say!("  beside    {what}: {}", short(standing));
    }
    let findings = advise(binding);
    for advice in &findings {
        output::finding(&advice.finding, "  ");
    }
    output::actions(findings.iter().flat_map(|it| &it.actions), "      ");
}

fn totals(document: &Document) -> Option<(Totals, Currency)> {
    match document {
        Document::Invoice(it) => Some((it.totals, it.currency)),
        Document::Bill(it) => Some((it.totals, it.currency)),
        Document::PurchaseOrder(it) => Some((it.totals?, it.currency)),
    }
}

/// What it comes to, and what of that is settled. An order asks for no money.
fn amounts(kind: DocumentKind, posted: &Posted) -> String {
    let settlement = &posted.settlement;
    let currency = settlement.currency;
    let money = |amount| output::money(amount, currency);
    let total = money(posted.totals.gross);
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => format!(
            "total {total}, paid {}, credited {}, due {}",
            money(settlement.amount_paid),
            money(settlement.amount_credited),
            money(settlement.amount_due),
        ),
        DocumentKind::PurchaseOrder => format!("total {total}"),
    }
}

fn fields(mapping: &Mapping, file: &str) {
    let compared = match mapping.compared {
        Compared::AsSent => "as it was sent",
        Compared::ChangedSince => {
            "as it would be sent now: document, settings or chart are others than when it was sent"
        }
        Compared::NotSent => "as it would be sent",
        Compared::Unfit => "as far as it can be worked out",
    };
    say!("  fields    {compared}");
    let mut table = output::table(&["    field", "value", "made by"]);
    for field in &mapping.fields {
        let place = field
            .line
            .map_or_else(String::new, |line| format!(" ({file}:{line})"));
        table.add_row([
            format!("    {}", field.field),
            short(&field.value),
            format!("{}{place}", field.words),
        ]);
    }
    say!("{table}");
}

fn revisions(revisions: &[Revision]) {
    if revisions.len() < 2 {
        return;
    }
    say!("  revisions of the host");
    for revision in revisions {
        let at = revision
            .taken_at
            .map_or_else(|| "                   ".to_owned(), moment);
        let note = match (revision.kept, revision.changed.len()) {
            (false, _) => " (what it said is not kept)".to_owned(),
            (true, 0) => String::new(),
            (true, count) => format!(": {} changed", counted(count, "field", "fields")),
        };
        say!("    {at}  revision {}{note}", revision.revision);
        for change in &revision.changed {
            let side = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), short);
            say!(
                "                           {}: {} → {}",
                change.field,
                side(&change.before),
                side(&change.after)
            );
        }
    }
}

/// Everything in order of time: what happened, and what was said.
fn timeline(told: &Told, bodies: Bodies) {
    say!("  story");
    let exchanges = &told.explanation.exchanges;
    let said = exchanges
        .iter()
        .flat_map(|exchange| exchange.calls.iter().map(move |call| (exchange, call)));
    let mut said = said.peekable();
    for entry in &told.entries {
        // What led to an entry stands before it.
        while let Some((exchange, call)) = said.next_if(|(_, call)| call.at < entry.at) {
            one_call(exchange, call, bodies);
        }
        say!("    {}  {}", moment(entry.at), words::words(&entry.event));
        if let Event::Departed { flight, .. } = &entry.event {
            let is_known = exchanges
                .iter()
                .any(|it| it.flight.as_deref() == Some(flight.0.as_str()));
            let in_air = told.binding.is_aboard(flight);
            if !is_known {
                say!("                           {}", unknown(in_air));
            }
        }
    }
    for (exchange, call) in said {
        one_call(exchange, call, bodies);
    }
}

/// Why nothing that was said is kept of a request.
fn unknown(in_air: bool) -> &'static str {
    if in_air {
        "no exchange is kept of it: it is in the air, or the process ended before what came of it was stored"
    } else {
        "no exchange is kept of it: the process ended before what came of it was stored, or it is older than exchanges are kept"
    }
}

fn one_call(exchange: &Exchange, call: &CallShown, bodies: Bodies) {
    let outcome = match (&call.status, &call.no_reply) {
        (Some(status), _) => format!("{status}"),
        (None, Some(why)) => format!("{} {why}", output::bad()),
        (None, None) => "no reply".to_owned(),
    };
    let attempt = match exchange.attempt {
        Some(attempt) if attempt > 1 => format!(", attempt {attempt}"),
        Some(_) | None => String::new(),
    };
    let of = match call.of {
        0 | 1 => String::new(),
        of => format!(", one of {of}"),
    };
    let path: String = call.path.chars().take(PATH_CHARS_MAX).collect();
    let cut = if path.len() < call.path.len() {
        "..."
    } else {
        ""
    };
    say!(
        "    {}    {} {path}{cut}: {outcome} after {} ms ({}{attempt}{of})",
        moment(call.at),
        call.method,
        call.duration_ms,
        exchange.purpose
    );
    match bodies {
        Bodies::Left => {}
        Bodies::Shown => whole(call),
    }
}

fn whole(call: &CallShown) {
    let indent = "        ";
    for (name, value) in &call.headers {
        say!("{indent}> {name}: {value}");
    }
    body(call.request.as_ref(), call.bytes, &format!("{indent}> "));
    for (name, value) in &call.reply_headers {
        say!("{indent}< {name}: {value}");
    }
    body(
        call.reply.as_ref(),
        call.reply_bytes,
        &format!("{indent}< "),
    );
    if let Some(why) = &call.not_shown {
        say!("{indent}  {why}");
    }
}

fn body(body: Option<&Value>, bytes: u64, indent: &str) {
    let Some(body) = body else {
        if bytes > 0 {
            say!("{indent}({})", counted(bytes, "byte", "bytes"));
        }
        return;
    };
    let text = serde_json::to_string_pretty(body).unwrap_or_else(|_| body.to_string());
    for line in text.lines() {
        say!("{indent}{line}");
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}
