//! What the provider should hold for a sales invoice.

use super::arithmetic::canonical_amount;
use super::basis::bases;
use super::due_date::due_date;
use super::found::Found;
use super::lines::{Lines, Made};
use super::name::filled;
use super::number::number;
use super::posting::Occasion;
use super::reference::reference;
use crate::check::currency_enabled::currency_enabled;
use crate::check::period_open::period_open;
use crate::check::total_not_negative::total_not_negative;
use crate::check::totals_consistent::totals_consistent;
use crate::check::totals_equal::{Wanted, totals_equal};
use crate::check::{Finding, Rule, amount_representable};
use crate::document::{DocumentKind, Invoice, ProviderContactId, Totals};
use crate::provider::{Capability, Chart, Posting};
use crate::settings::Settings;

/// The posting of a sales invoice, or everything that is wrong with it.
pub(super) fn posting(
    invoice: &Invoice,
    settings: &Settings,
    chart: &Chart,
    capability: &Capability,
    contact: &ProviderContactId,
    occasion: Occasion,
) -> Result<Posting, Vec<Finding>> {
    let mut found = Found::default();
    let number = found.take(number(
        &settings.number_prefix,
        &invoice.number,
        capability.number_chars_max,
    ));
    let reference = found.take(reference(
        invoice,
        &settings.reference,
        capability.reference_chars_max,
    ));
    let due_date = found.take(due_date(invoice, settings));
    found.extend(currency_enabled(invoice.currency, chart));
    match occasion {
        Occasion::ToSend => found.extend(period_open(invoice.issue_date, &chart.organisation)),
        Occasion::ToCompare => {}
    }
    found.extend(total_not_negative(&invoice.totals, invoice.currency));
    let bases = found.take(bases(invoice, settings.line_amounts));
    let lines = Lines {
        invoice,
        settings,
        chart,
        capability,
        bases,
    };
    let made = lines.make(&mut found);
    found.extend(figures(lines, &made));
    if found.is_empty() && made.postings.len() < invoice.lines.len() {
        found.extend([incomplete()]);
    }
    match (number, reference, due_date, bases, found.into_findings()) {
        (Some(number), Some(reference), Some(due_date), Some(bases), findings)
            if findings.is_empty() =>
        {
            Ok(Posting {
                kind: DocumentKind::Invoice,
                number,
                contact: contact.clone(),
                reference,
                date: invoice.issue_date,
                due_date,
                delivery_date: None,
                status: settings.invoice_status,
                currency: invoice.currency,
                amounts_are: bases.to.amounts_are(),
                lines: made.postings,
                totals: canonical(invoice),
                url: filled(invoice.url.as_deref()).map(str::to_owned),
            })
        }
        (_, _, _, _, findings) => Err(findings),
    }
}

/// What is wrong with the figures: first the host's among themselves, then against the provider's.
///
/// A document that contradicts itself is not compared any further: what would differ follows from it.
fn figures(lines: Lines<'_>, made: &Made<'_>) -> Vec<Finding> {
    let invoice = lines.invoice;
    let digits = invoice.currency.minor_digits();
    if invoice.lines.is_empty() {
        return vec![no_lines()];
    }
    let misfits = amount_representable::totals(&invoice.totals, digits);
    if !misfits.is_empty() {
        return misfits;
    }
    let (Some(bases), Some(model)) = (lines.bases, lines.model()) else {
        return Vec::new();
    };
    let fitting = invoice
        .lines
        .iter()
        .enumerate()
        .all(|(position, line)| amount_representable::line(line, position, digits).is_empty());
    if fitting
        && let Some(finding) =
            totals_consistent(&invoice.lines, &invoice.totals, bases.from, digits)
    {
        return vec![finding];
    }
    let wanted = Wanted {
        totals: &invoice.totals,
        model,
        lines: invoice.lines.len(),
    };
    totals_equal(&made.besides, wanted).into_iter().collect()
}

/// The host's totals in the one spelling of their amounts.
fn canonical(invoice: &Invoice) -> Totals {
    let digits = invoice.currency.minor_digits();
    let Totals { net, tax, gross } = invoice.totals;
    Totals {
        net: canonical_amount(net, digits),
        tax: canonical_amount(tax, digits),
        gross: canonical_amount(gross, digits),
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
