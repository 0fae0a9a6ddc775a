//! What the provider should hold for a summary: each line as its own invoice would have it, said whose it is.

use rust_decimal::Decimal;

use super::arithmetic::canonical_amount;
use super::assemble::{Head, assemble, head, stands_in_the_books};
use super::found::Found;
use super::paper::Paper;
use super::posting::Occasion;
use super::rules::Rules;
use super::status::status;
use super::trace::MadeBy;
use crate::check::period_open::period_open;
use crate::check::text_usable::{Charset, TextAsked, text_usable};
use crate::check::{Finding, Rule, show};
use crate::document::{DocumentId, DocumentKind, Invoice, LineId, ProviderContactId, Totals};
use crate::engine::ContentHash;
use crate::provider::{Capability, Chart, Posting};
use crate::settings::Settings;

/// Longest identifier of a line.
const LINE_ID_BYTES_MAX: usize = 64;

/// The identity of a member's line within its summary: the same for as long as it travels there.
#[must_use]
pub fn line_in_summary(member: &DocumentId, line: &LineId) -> LineId {
    let plain = format!("{member}:{line}");
    let text = match plain.len() <= LINE_ID_BYTES_MAX {
        true => plain,
        false => ContentHash::of(&(member, line)).as_str().to_owned(),
    };
    LineId::new(text).expect("made of identifiers, and not longer than one")
}

/// The text of a member's line within its summary.
#[must_use]
pub fn text_in_summary(number: &str, text: &str) -> String {
    format!("{number}: {text}")
}

/// What keeps an invoice out of a summary although it could travel alone: lines whose text has no room for its number.
#[must_use]
pub fn unfit_for_summary(
    invoice: &Invoice,
    posting: &Posting,
    capability: &Capability,
) -> Vec<Finding> {
    let lines = posting.lines.iter().enumerate();
    let misfits = lines.filter_map(|(position, line)| {
        let field = format!("lines[{position}].description");
        let asked = TextAsked {
            field: &field,
            word: "description with the number of its invoice",
            chars_max: capability.description_chars_max,
            charset: Charset::Text,
            remedy: "Shorten the description in the host; texts are not cut.",
        };
        text_usable(&text_in_summary(&invoice.number, &line.description), asked).err()
    });
    misfits.map(|finding| *finding).collect()
}

/// The posting of a summary, or everything that is wrong with it and with its members.
///
/// The members are worked out one by one, with their own division, references and tracking, so that each line is what it
/// would be alone; the totals are the sums of theirs.
pub(super) fn posting(
    invoice: &Invoice,
    (settings, chart, capability): (&Settings, &Chart, &Capability),
    contact: &ProviderContactId,
    occasion: Occasion,
    found: &mut Found,
) -> Result<Posting, Vec<Finding>> {
    let paper = Paper::invoice(invoice);
    let rules = Rules::new(&paper, settings);
    let head = head(&paper, settings, &rules, chart, capability, found);
    if occasion == Occasion::ToSend && stands_in_the_books(paper.kind) {
        found.extend(period_open(paper.issue_date, &chart.organisation));
    }
    let mut parts: Vec<(&Invoice, Posting)> = Vec::new();
    for member in invoice.members() {
        let own = Paper::invoice(member);
        let basis = (settings, chart, capability);
        // The date of the summary is what is booked.
        let mut told = found.alike();
        match assemble(&own, basis, contact, Occasion::ToCompare, &mut told) {
            Ok(posting) => parts.push((member, posting)),
            Err(findings) => found.extend(findings.into_iter().map(|it| of_member(it, member))),
        }
        found.take_over(told, &member.number);
    }
    let amounts_are = parts.first().map(|(_, part)| part.amounts_are.clone());
    found.extend(disagreeing(&parts));
    let totals = sums(&parts, paper.currency.minor_digits());
    // What could not be worked out is missing in the sums, and says so itself.
    if parts.len() == invoice.members().count() {
        found.extend(differing(invoice, totals, paper.currency.minor_digits()));
    }
    match (head, amounts_are, totals) {
        (Some(head), Some(amounts_are), Some(totals)) if found.is_empty() => {
            tell(totals, parts.len(), found);
            let Head {
                number,
                reference,
                due_date,
                branding_theme,
            } = head;
            Ok(Posting {
                kind: DocumentKind::Invoice,
                number,
                contact: contact.clone(),
                reference,
                date: paper.issue_date,
                due_date,
                delivery_date: None,
                status: status(&paper, settings),
                currency: paper.currency,
                amounts_are,
                explanation: explained(&parts),
                lines: parts
                    .into_iter()
                    .flat_map(|it| lines(&it.0.id, &it.0.number, it.1))
                    .collect(),
                totals,
                url: paper.url.map(str::to_owned),
                branding_theme,
            })
        }
        _ => Err(found.take_findings()),
    }
}

/// The lines of a member as the summary has them.
fn lines(
    member: &DocumentId,
    number: &str,
    part: Posting,
) -> impl Iterator<Item = crate::provider::PostingLine> {
    part.lines.into_iter().map(move |mut line| {
        line.line = line_in_summary(member, &line.line);
        line.description = text_in_summary(number, &line.description);
        line
    })
}

fn explained(parts: &[(&Invoice, Posting)]) -> Vec<String> {
    let all = parts.iter().flat_map(|(member, part)| {
        let own = part.explanation.iter();
        own.map(|why| format!("{}: {why}", member.number))
    });
    all.collect()
}

fn of_member(mut finding: Finding, member: &Invoice) -> Finding {
    finding.message = format!("{}: {}", member.number, finding.message);
    finding
}

/// Members whose prices are handed over otherwise than those of the first: they cannot stand on one invoice.
fn disagreeing(parts: &[(&Invoice, Posting)]) -> Option<Finding> {
    let (_, first) = parts.first()?;
    let (member, part) = parts.iter().find(|(_, part)| {
        (&part.amounts_are, part.currency) != (&first.amounts_are, first.currency)
    })?;
    let finding = Finding::new(
        Rule::TotalsInconsistent,
        format!(
            "the prices of {} are {} in {}, those of the others {} in {}",
            member.number,
            part.amounts_are.as_str(),
            part.currency,
            first.amounts_are.as_str(),
            first.currency
        ),
        "Change one of them in the host, and it leaves the summary.",
    );
    Some(finding.at("amounts_are", part.amounts_are.as_str()))
}

/// The provider adds up line amounts and line taxes, so the sums of the members are its own.
fn sums(parts: &[(&Invoice, Posting)], digits: u32) -> Option<Totals> {
    let sum = |of: fn(&Totals) -> Decimal| {
        let mut amounts = parts.iter().map(|(_, part)| of(&part.totals));
        let sum = amounts.try_fold(Decimal::ZERO, Decimal::checked_add)?;
        Some(canonical_amount(sum, digits))
    };
    Some(Totals {
        net: sum(|it| it.net)?,
        tax: sum(|it| it.tax)?,
        gross: sum(|it| it.gross)?,
    })
}

/// The members do not come to what the summary says.
fn differing(invoice: &Invoice, totals: Option<Totals>, digits: u32) -> Option<Finding> {
    let totals = totals?;
    let own = invoice.totals;
    let same = (own.net, own.tax, own.gross) == (totals.net, totals.tax, totals.gross);
    (!same).then(|| {
        let shown = |it: Totals| {
            let [net, tax, gross] = [it.net, it.tax, it.gross].map(|it| show::amount(it, digits));
            format!("{net} and {tax} tax: {gross}")
        };
        Finding::new(
            Rule::TotalsInconsistent,
            format!(
                "its members come to {}, the summary says {}",
                shown(totals),
                shown(own)
            ),
            "Hand its invoices over again from the host.",
        )
        .at("totals", show::amount(own.gross, digits))
    })
}

fn tell(totals: Totals, members: usize, found: &mut Found) {
    found.decided(
        || "totals".to_owned(),
        || totals.gross.to_string(),
        || MadeBy::worked_out(format!("the sums of {members} invoices")),
    );
}
