//! What the provider should hold for a document of any kind: the steps that all kinds share.

use chrono::NaiveDate;

use super::arithmetic::canonical_amount;
use super::basis::bases;
use super::branding;
use super::due_date::due_date;
use super::found::Found;
use super::lines::{Lines, Made};
use super::number::number;
use super::paper::{Origin, Paper};
use super::posting::Occasion;
use super::reference::{fitting, policy, reference};
use super::rounding::evened;
use super::rules::Rules;
use super::status::status;
use super::told;
use super::trace::MadeBy;
use crate::check::currency_enabled::currency_enabled;
use crate::check::period_open::period_open;
use crate::check::total_not_negative::total_not_negative;
use crate::check::totals_consistent::totals_consistent;
use crate::check::totals_equal::{Wanted, totals_equal, worked_out};
use crate::check::{Finding, Rule, amount_representable};
use crate::document::{DocumentKind, ProviderContactId, Totals};
use crate::provider::{Capability, Chart, Posting};
use crate::settings::{Settings, Target};

/// The posting of a document, or everything that is wrong with it.
pub(super) fn assemble(
    paper: &Paper<'_>,
    (settings, chart, capability): (&Settings, &Chart, &Capability),
    contact: &ProviderContactId,
    occasion: Occasion,
    found: &mut Found,
) -> Result<Posting, Vec<Finding>> {
    let rules = &Rules::new(paper, settings);
    let head = head(paper, settings, rules, chart, capability, found);
    found.extend(currency_enabled(paper.currency, chart));
    if occasion == Occasion::ToSend && stands_in_the_books(paper.kind) {
        found.extend(period_open(paper.issue_date, &chart.organisation));
    }
    let bases = found.take(bases(paper, settings.line_amounts));
    let lines = Lines {
        paper,
        settings,
        rules,
        chart,
        capability,
        bases,
    };
    let made = lines.make(found);
    let totals = totals(lines, &made, found);
    let mut rounding = None;
    if let Some(totals) = &totals {
        found.extend(total_not_negative(paper.kind, totals, paper.currency));
        let differing = figures(lines, &made, totals);
        rounding = found.take_all(evened(differing, lines, &made, totals));
    }
    if found.is_empty() && made.postings.len() < paper.lines.len() {
        found.extend([incomplete()]);
    }
    told::beside_head(paper, settings, (bases, totals), rounding.as_ref(), found);
    match (head, bases, totals, rounding) {
        (Some(head), Some(bases), Some(totals), Some(rounding)) if found.is_empty() => {
            Ok(Posting {
                kind: paper.kind,
                number: head.number,
                contact: contact.clone(),
                reference: head.reference,
                date: paper.issue_date,
                due_date: head.due_date,
                delivery_date: match paper.origin {
                    Origin::Order(order) => order.delivery_date,
                    Origin::Invoice(_) | Origin::Bill(_) => None,
                },
                status: status(paper, settings),
                currency: paper.currency,
                amounts_are: bases.to.amounts_are(),
                lines: made.postings.into_iter().chain(rounding.line).collect(),
                totals: canonical(totals, paper.currency.minor_digits()),
                url: paper.url.map(str::to_owned),
                branding_theme: head.branding_theme,
                explanation: rounding.explanation,
            })
        }
        _ => Err(found.take_findings()),
    }
}

/// What stands above the lines.
pub(super) struct Head {
    pub(super) number: String,
    pub(super) reference: Option<String>,
    pub(super) due_date: Option<NaiveDate>,
    pub(super) branding_theme: Option<String>,
}

pub(super) fn head(
    paper: &Paper<'_>,
    settings: &Settings,
    rules: &Rules<'_>,
    chart: &Chart,
    capability: &Capability,
    found: &mut Found,
) -> Option<Head> {
    let number = found.take(numbered(paper, settings, rules, capability));
    let reference = found.take(referred(paper, settings, rules, capability));
    let due_date = found.take(due_date(paper, settings, rules));
    let branding_theme = found.take(themed(paper, settings, rules, chart));
    let number = told::keep(found, "number", number, |it| Some(it.clone()));
    let reference = told::keep(found, "reference", reference, Clone::clone);
    let due_date = due_date.map(|due| match due {
        Some((due, by)) => {
            found.decided(|| "due_date".to_owned(), || due.to_string(), || by);
            Some(due)
        }
        None => None,
    });
    let branding_theme = told::keep(found, "branding_theme", branding_theme, Clone::clone);
    Some(Head {
        number: number?,
        reference: reference?,
        due_date: due_date?,
        branding_theme: branding_theme?,
    })
}

fn numbered(
    paper: &Paper<'_>,
    settings: &Settings,
    rules: &Rules<'_>,
    capability: &Capability,
) -> Result<(String, MadeBy), Box<Finding>> {
    let chars_max = capability.number_chars_max;
    match rules.apply(&Target::Number, None)? {
        Some(ruled) => {
            let number = number("", &ruled.value.spelled(), chars_max)?;
            Ok((number, MadeBy::rule(ruled.setting)))
        }
        None => {
            let prefix = prefix(paper.kind, settings);
            let by = if prefix.is_empty() {
                MadeBy::host("number")
            } else {
                MadeBy::setting_for("number_prefix", "number")
            };
            Ok((number(prefix, paper.number, chars_max)?, by))
        }
    }
}

fn referred(
    paper: &Paper<'_>,
    settings: &Settings,
    rules: &Rules<'_>,
    capability: &Capability,
) -> Result<(Option<String>, MadeBy), Box<Finding>> {
    let chars_max = capability.reference_chars_max;
    // Bills have no reference field, so nothing is made for it.
    if paper.kind != DocumentKind::Bill
        && let Some(ruled) = rules.apply(&Target::Reference, None)?
    {
        let reference = fitting(&ruled.value.spelled(), &ruled.setting, chars_max)?;
        return Ok((reference, MadeBy::rule(ruled.setting)));
    }
    let by = match paper.kind {
        DocumentKind::Bill => MadeBy::otherwise("bills have no reference"),
        DocumentKind::Invoice | DocumentKind::CreditNote => MadeBy::setting("reference"),
        DocumentKind::PurchaseOrder => MadeBy::setting("purchase_order_reference"),
    };
    let reference = reference(paper, policy(paper.kind, settings), chars_max)?;
    Ok((reference, by))
}

fn themed(
    paper: &Paper<'_>,
    settings: &Settings,
    rules: &Rules<'_>,
    chart: &Chart,
) -> Result<(Option<String>, MadeBy), Box<Finding>> {
    if paper.kind != DocumentKind::Bill
        && let Some(ruled) = rules.apply(&Target::BrandingTheme, None)?
    {
        let theme = branding::found(Some(&ruled.value.spelled()), &ruled.setting, chart)?;
        return Ok((theme, MadeBy::rule(ruled.setting)));
    }
    let theme = branding::branding_theme(paper.kind, settings, chart)?;
    Ok((theme, MadeBy::setting("branding_theme")))
}

/// Whether documents of a kind are entries in the books. An order is none: it commits nobody's ledger, so no
/// lock date concerns it.
pub(crate) fn stands_in_the_books(kind: DocumentKind) -> bool {
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
