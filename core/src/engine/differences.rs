//! Where a document at the provider is not what the host wants it to be, field by field.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::{ContentHash, Sent};
use crate::check::{Finding, Rule, show};
use crate::document::{AmountsAre, LineId, decimal};
use crate::provider::{Chart, Posting, PostingLine, Snapshot, SnapshotLine};

use super::shown::tracking;

/// One field that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which, in words.
    pub field: String,
    /// The host's value.
    pub host: String,
    /// The provider's value.
    pub provider: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: host `{}`, provider `{}`",
            self.field, self.host, self.provider
        )
    }
}

/// Each difference as a line of a finding.
#[must_use]
pub fn as_detail(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

/// Every field in which a document of the provider would change if it were made equal to a posting, for people: what
/// [`AsFound::differences`] finds, and the words. `line_ids` pairs the host's lines with the provider's; a line that
/// stands on one side alone is added or goes. Lines that the provider did not tell are not compared.
#[must_use]
pub fn changes(
    posting: &Posting,
    line_ids: &[(LineId, String)],
    held: &Snapshot,
    chart: &Chart,
) -> Vec<Difference> {
    let mut found = Sent::of(posting).differences(held);
    found.retain(|difference| difference.field != "lines");
    if held.url.is_some() && posting.url.is_some() && held.url != posting.url {
        found.extend(unlike(
            "link",
            posting.url.as_deref().unwrap_or_default(),
            held.url.as_deref().unwrap_or_default(),
        ));
    }
    if held.lines.is_empty() {
        return found;
    }
    let places = posting.currency.minor_digits();
    let mut kept: Vec<&str> = Vec::new();
    for (at, line) in posting.lines.iter().enumerate() {
        let number = at + 1;
        let id = line_ids.iter().find(|(known, _)| *known == line.line);
        let there = id.and_then(|(_, id)| held.lines.iter().find(|held| held.id == *id));
        let Some(there) = there else {
            let what = format!(
                "{}, {}",
                line.description,
                show::amount(net_of(line, places), places)
            );
            found.extend(unlike(&format!("line {number}"), &what, ""));
            continue;
        };
        kept.push(&there.id);
        let wanted = LineWanted::of(line, &posting.amounts_are, places);
        found.extend(wanted.differences((number, places), there));
        found.extend(words(line, (number, places), there, chart));
    }
    for line in held
        .lines
        .iter()
        .filter(|line| !kept.contains(&line.id.as_str()))
    {
        let what = format!(
            "{}, {}",
            line.description,
            show::amount(line.amount, places)
        );
        found.extend(unlike("a line that goes", "", &what));
    }
    found
}

/// Where the words of a line differ, and the figures that its amount is made of.
fn words(
    line: &PostingLine,
    (number, places): (usize, u32),
    held: &SnapshotLine,
    chart: &Chart,
) -> Vec<Difference> {
    let number_of = |what: &str| format!("line {number} {what}");
    let figure = |wanted: Decimal, held: Option<Decimal>| {
        let held = held.unwrap_or(wanted);
        (wanted != held).then(|| (show::factor(wanted), show::factor(held)))
    };
    let mut found = Vec::new();
    found.extend(unlike(
        &number_of("description"),
        &line.description,
        &held.description,
    ));
    for (what, pair) in [
        ("quantity", figure(line.quantity, held.quantity)),
        ("price", figure(line.unit_amount, held.unit_amount)),
        (
            "tax",
            line.tax_amount
                .filter(|tax| *tax != held.tax_amount)
                .map(|tax| {
                    (
                        show::amount(tax, places),
                        show::amount(held.tax_amount, places),
                    )
                }),
        ),
    ] {
        if let Some((wanted, held)) = pair {
            found.extend(unlike(&number_of(what), &wanted, &held));
        }
    }
    if let Some(choices) = &held.tracking {
        found.extend(unlike(
            &number_of("tracking"),
            &tracking(&line.tracking, chart),
            &tracking(choices, chart),
        ));
    }
    found
}

fn unlike(field: &str, host: &str, provider: &str) -> Option<Difference> {
    (host != provider).then(|| Difference {
        field: field.to_owned(),
        host: host.to_owned(),
        provider: provider.to_owned(),
    })
}

/// What a line comes to, with its tax or without as the document has it.
pub(super) fn net_of(line: &PostingLine, places: u32) -> Decimal {
    let amount = line.quantity * line.unit_amount - line.discount_amount.unwrap_or_default();
    amount.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// What the host wanted when a document of the provider was bound as it was found, so that its differences
/// stay visible until they are gone or the host's document changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AsFound {
    /// The host's content then: nothing but a change of it, or a person, makes the provider's document equal.
    pub content: ContentHash,
    /// What the host wanted.
    pub sent: Sent,
    /// Its lines, as far as they matter in the books; empty when they are not known.
    pub lines: Vec<LineWanted>,
}

/// What a line should be in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineWanted {
    /// The account.
    pub account_code: String,
    /// The provider's tax type, where one is to stand.
    pub tax_type: Option<String>,
    /// The amount without its tax, where the document has it so, and else with it.
    #[serde(with = "decimal")]
    pub amount: Decimal,
    /// Whether the amount holds the tax.
    pub with_tax: bool,
}

impl AsFound {
    /// What is wanted of a posting, for a document of this content.
    #[must_use]
    pub fn of(posting: &Posting, content: &ContentHash) -> Self {
        let places = posting.currency.minor_digits();
        Self {
            content: content.clone(),
            sent: Sent::of(posting),
            lines: posting
                .lines
                .iter()
                .map(|line| LineWanted::of(line, &posting.amounts_are, places))
                .collect(),
        }
    }

    /// Every field in which the provider's document differs: the heads, and the lines where both sides have as
    /// many. Texts of lines are words and no figures, so they do not count.
    #[must_use]
    pub fn differences(&self, snapshot: &Snapshot) -> Vec<Difference> {
        let mut found = self.sent.differences(snapshot);
        if self.lines.len() == snapshot.lines.len() {
            let places = self.sent.currency.minor_digits();
            let pairs = self.lines.iter().zip(&snapshot.lines).enumerate();
            found.extend(
                pairs.flat_map(|(at, (wanted, held))| wanted.differences((at + 1, places), held)),
            );
        }
        found
    }

    /// The finding that shows the differences, if there are any; `named` is the document as a command names it.
    #[must_use]
    pub(super) fn finding(&self, snapshot: &Snapshot, named: &str) -> Option<Finding> {
        let differences = self.differences(snapshot);
        if differences.is_empty() {
            return None;
        }
        Some(
            Finding::new(
                Rule::EditedAtProvider,
                format!(
                    "the accounting system's document {} is bound as it was found, and differs from the host's",
                    snapshot.number
                ),
                format!(
                    "Mend it in the accounting system, change it in the host, or `tieout adopt {named} --overwrite` makes it equal to the host's."
                ),
            )
            .at("id", snapshot.id.as_str())
            .with_detail(as_detail(&differences)),
        )
    }
}

impl LineWanted {
    fn of(line: &PostingLine, amounts_are: &AmountsAre, places: u32) -> Self {
        Self {
            account_code: line.account_code.clone(),
            tax_type: line.tax_type.clone(),
            amount: net_of(line, places),
            with_tax: matches!(amounts_are, AmountsAre::TaxInclusive),
        }
    }

    fn differences(&self, (number, places): (usize, u32), held: &SnapshotLine) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut unlike = |field: &str, host: &str, provider: &str| {
            if host != provider {
                found.push(Difference {
                    field: format!("line {number} {field}"),
                    host: host.to_owned(),
                    provider: provider.to_owned(),
                });
            }
        };
        unlike(
            "account",
            &self.account_code,
            held.account_code.as_deref().unwrap_or_default(),
        );
        if let Some(tax_type) = &self.tax_type {
            unlike(
                "tax type",
                tax_type,
                held.tax_type.as_deref().unwrap_or_default(),
            );
        }
        // The provider may keep the other form of the same amount.
        let other = if self.with_tax {
            self.amount - held.tax_amount
        } else {
            self.amount + held.tax_amount
        };
        if held.amount != other {
            let money = |amount| show::amount(amount, places);
            unlike("amount", &money(self.amount), &money(held.amount));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn found(change: impl FnOnce(&mut Snapshot)) -> Vec<String> {
        let mut snapshot = sample::snapshot();
        change(&mut snapshot);
        let wanted = AsFound::of(&sample::posting(), &sample::content("a"));
        as_detail(&wanted.differences(&snapshot))
    }

    #[test]
    fn what_stands_in_the_books_is_compared_and_words_are_not() {
        assert_eq!(found(|_| {}), Vec::<String>::new());
        assert_eq!(
            found(|held| held.lines[0].description = "other words".to_owned()),
            Vec::<String>::new()
        );
        assert_eq!(
            found(|held| {
                held.number = "77".to_owned();
                held.lines[0].account_code = Some("201".to_owned());
                held.lines[0].tax_type = None;
                held.lines[0].amount = Decimal::ONE;
            }),
            [
                "number: host `INV-1`, provider `77`",
                "line 1 account: host `200`, provider `201`",
                "line 1 tax type: host `OUTPUT`, provider ``",
                "line 1 amount: host `100.00`, provider `1.00`",
            ]
        );
    }

    #[test]
    fn an_amount_with_its_tax_is_the_same_amount() {
        assert_eq!(
            found(|held| held.lines[0].amount = Decimal::from(110)),
            Vec::<String>::new()
        );
    }
}
