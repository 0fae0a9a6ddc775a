//! What the provider should hold for a document of any kind: the steps that all kinds share.

use super::arithmetic::canonical_amount;
use super::basis::bases;
use super::branding::branding_theme;
use super::due_date::due_date;
use super::found::Found;
use super::lines::{Lines, Made};
use super::number::number;
use super::paper::{Origin, Paper};
use super::posting::Occasion;
use super::reference::{policy, reference};
use super::rounding::evened;
use super::status::status;
use crate::check::currency_enabled::currency_enabled;
use crate::check::period_open::period_open;
use crate::check::total_not_negative::total_not_negative;
use crate::check::totals_consistent::totals_consistent;
use crate::check::totals_equal::{Wanted, totals_equal, worked_out};
use crate::check::{Finding, Rule, amount_representable};
use crate::document::{DocumentKind, ProviderContactId, Totals};
use crate::provider::{Capability, Chart, Posting};
use crate::settings::Settings;

/// The posting of a document, or everything that is wrong with it.
pub(super) fn assemble(
    paper: &Paper<'_>,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
    occasion: Occasion,
) -> Result<Posting, Vec<Finding>> {
    let mut found = Found::default();
    let number = found.take(number(
        prefix(paper.kind, settings),
        paper.number,
        capability.number_chars_max,
    ));
    let reference = found.take(reference(
        paper,
        policy(paper.kind, settings),
        capability.reference_chars_max,
    ));
    let due_date = found.take(due_date(paper, settings));
    found.extend(currency_enabled(paper.currency, chart));
    if occasion == Occasion::ToSend && stands_in_the_books(paper.kind) {
        found.extend(period_open(paper.issue_date, &chart.organisation));
    }
    let bases = found.take(bases(paper, settings.line_amounts));
    let lines = Lines {
        paper,
        settings,
        chart,
        capability,
        bases,
    };
    let made = lines.make(&mut found);
    let totals = totals(lines, &made, &mut found);
    let mut rounding = None;
    if let Some(totals) = &totals {
        found.extend(total_not_negative(paper.kind, totals, paper.currency));
        let differing = figures(lines, &made, totals);
        rounding = found.take_all(evened(differing, lines, &made, totals));
    }
    if found.is_empty() && made.postings.len() < paper.lines.len() {
        found.extend([incomplete()]);
    }
    let branding_theme = found.take(branding_theme(paper.kind, settings, chart));
    match (
        number,
        reference,
        due_date,
        bases,
        totals,
        branding_theme,
        rounding,
    ) {
        (
            Some(number),
            Some(reference),
            Some(due_date),
            Some(bases),
            Some(totals),
            Some(branding_theme),
            Some(rounding),
        ) if found.is_empty() => Ok(Posting {
            kind: paper.kind,
            number,
            contact: contact.clone(),
            reference,
            date: paper.issue_date,
            due_date,
            delivery_date: match paper.origin {
                Origin::Order(order) => order.delivery_date,
                Origin::Invoice(_) | Origin::Bill(_) => None,
            },
            status: status(paper.kind, settings),
            currency: paper.currency,
            amounts_are: bases.to.amounts_are(),
            lines: made.postings.into_iter().chain(rounding.line).collect(),
            totals: canonical(totals, paper.currency.minor_digits()),
            url: paper.url.map(str::to_owned),
            branding_theme,
            explanation: rounding.explanation,
        }),
        _ => Err(found.into_findings()),
    }
}

/// Whether documents of a kind are entries in the books. An order is none: it commits nobody's ledger, so no
/// lock date concerns it.
pub(super) fn stands_in_the_books(kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => true,
        DocumentKind::PurchaseOrder => false,
    }
}

/// A bill is known by the number that its supplier gave it, so nothing is put before it.
fn prefix(kind: DocumentKind, settings: &Settings) -> &str {
    match kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::PurchaseOrder => {
            &settings.number_prefix
        }
        DocumentKind::Bill => "",
    }
}

/// The totals that the provider must come to: the host's, or without any the provider's own.
fn totals(lines: Lines<'_>, made: &Made<'_>, found: &mut Found) -> Option<Totals> {
    if lines.paper.lines.is_empty() {
        found.extend([no_lines()]);
        return None;
    }
    if lines.paper.totals.is_some() {
        return lines.paper.totals;
    }
    let model = lines.model()?;
    let totals = worked_out(&made.besides, model, lines.paper.lines.len());
    if totals.is_none() && found.is_empty() {
        found.extend([incomplete()]);
    }
    totals
}

/// What is wrong with the figures: first the host's among themselves, then against the provider's.
///
/// A document that contradicts itself is not compared any further: what would differ follows from it.
fn figures(lines: Lines<'_>, made: &Made<'_>, totals: &Totals) -> Vec<Finding> {
    let paper = lines.paper;
    let digits = paper.currency.minor_digits();
    let misfits = amount_representable::totals(totals, digits);
    if !misfits.is_empty() {
        return misfits;
    }
    let (Some(bases), Some(model)) = (lines.bases, lines.model()) else {
        return Vec::new();
    };
    let fitting = paper
        .lines
        .iter()
        .enumerate()
        .all(|(position, line)| amount_representable::line(line, position, digits).is_empty());
    // The amounts of an order's lines are worked out here, so only the sums are the host's word.
    let own_lines = match paper.kind {
        DocumentKind::Invoice | DocumentKind::CreditNote | DocumentKind::Bill => true,
        DocumentKind::PurchaseOrder => false,
    };
    if fitting
        && own_lines
        && let Some(finding) = totals_consistent(&paper.lines, totals, bases.from, digits)
    {
        return vec![finding];
    }
    let wanted = Wanted {
        totals,
        model,
        lines: paper.lines.len(),
    };
    totals_equal(&made.besides, wanted).into_iter().collect()
}

/// Totals in the one spelling of their amounts.
fn canonical(totals: Totals, digits: u32) -> Totals {
    Totals {
        net: canonical_amount(totals.net, digits),
        tax: canonical_amount(totals.tax, digits),
        gross: canonical_amount(totals.gross, digits),
    }
}

/// Every step that gives nothing leaves a finding; should one ever not, the document still stays here.
fn incomplete() -> Finding {
    Finding::new(
        Rule::RecordUnreadable,
        "not every line of the document could be put together",
        "Report this as a fault of the product, with the document.",
    )
    .at("lines", "")
}

fn no_lines() -> Finding {
    Finding::new(
        Rule::RecordUnreadable,
        "the document has no lines",
        "Add a line in the host; a document without any cannot be held by the accounting system.",
    )
    .at("lines", "")
}
