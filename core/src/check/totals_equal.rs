//! Whether the provider's arithmetic comes to the host's figures, line by line and in sum, to the minor unit.

use rust_decimal::Decimal;

use super::totals_consistent::product;
use super::{Finding, Rule, show};
use crate::document::{Line, Totals};
use crate::mapping::arithmetic::{Basis, LineAmount, Model, Priced, Sums};

/// Lines whose arithmetic is shown when only the sums differ.
const LINES_SHOWN_MAX: usize = 50;

/// A line of the host beside what the provider would be sent for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<'a> {
    /// Counted from zero.
    pub(crate) position: usize,
    /// The host's line.
    pub(crate) line: &'a Line,
    /// What is sent.
    pub(crate) priced: Priced,
    /// The rate of its tax type, once that is known.
    pub(crate) rate: Option<Decimal>,
    /// The tax, where the host's is sent.
    pub(crate) tax_sent: Option<Decimal>,
}

/// What the two sides come to is compared with this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// The host's totals.
    pub(crate) totals: &'a Totals,
    /// How the provider works them out.
    pub(crate) model: Model,
    /// Lines of the document; sums are compared only when every one of them could be worked out.
    pub(crate) lines: usize,
}

/// The finding, if the provider would come to another amount on any line, or to other sums.
///
/// What cannot be worked out exactly is a difference too: nothing passes uncompared. Only a line
/// whose tax type is not known yet is left out, since that is a finding of its own.
pub(crate) fn totals_equal(lines: &[Beside<'_>], wanted: Wanted<'_>) -> Option<Finding> {
    let mut first = None;
    let mut detail = Vec::new();
    let whole = lines.len() == wanted.lines && lines.iter().all(|beside| beside.rate.is_some());
    let mut sums = Some(Sums::default());
    for beside in lines {
        let (found, figures) = line(beside, wanted);
        if !found.is_empty() {
            first.get_or_insert(beside);
        }
        detail.extend(found);
        sums = sums.and_then(|sums| {
            let (amount, tax) = figures?;
            sums.with(amount, tax)
        });
    }
    if whole {
        match sums.and_then(|sums| sums.totals(wanted.model.basis)) {
            Some(totals) => {
                let sums = against(&totals, wanted);
                if detail.is_empty() && !sums.is_empty() {
                    detail.extend(lines.iter().take(LINES_SHOWN_MAX).filter_map(|beside| {
                        let amount = beside.priced.amount(wanted.model.digits)?;
                        agreeing(beside, wanted.model, amount)
                    }));
                }
                detail.extend(sums);
            }
            None if detail.is_empty() => {
                detail.push("the sums cannot be worked out exactly".to_owned());
            }
            None => {}
        }
    }
    if detail.is_empty() {
        return None;
    }
    let finding = Finding::new(
        Rule::TotalsWouldDiffer,
        "the accounting system would come to other amounts than the host",
        "Correct the quantity, the price or the tax of the lines shown so that they multiply to the host's amounts.",
    );
    let finding = match first {
        Some(beside) => finding.at(format!("lines[{}]", beside.position), ""),
        None => finding.at("totals", ""),
    };
    Some(finding.with_detail(detail))
}

/// What the provider comes to for a whole document of `count` lines, if that can be worked out exactly.
pub(crate) fn worked_out(lines: &[Beside<'_>], model: Model, count: usize) -> Option<Totals> {
    let sums = lines.iter().try_fold(Sums::default(), |sums, beside| {
        let amount = beside.priced.amount(model.digits)?.rounded;
        sums.with(amount, tax(beside, model, amount)?.rounded)
    })?;
    sums.totals(model.basis).filter(|_| lines.len() == count)
}

/// The tax that the provider has for a line: the one that is sent, or its own.
pub(crate) fn tax(beside: &Beside<'_>, model: Model, amount: Decimal) -> Option<LineAmount> {
    match (beside.tax_sent, beside.rate) {
        (Some(sent), _) => Some(LineAmount {
            exact: sent,
            rounded: sent,
        }),
        (None, Some(rate)) => model.tax(amount, rate),
        (None, None) => None,
    }
}

/// How the provider comes to a line that agrees, for sums that do not.
fn agreeing(beside: &Beside<'_>, model: Model, amount: LineAmount) -> Option<String> {
    let digits = model.digits;
    let tax = tax(beside, model, amount.rounded)?;
    Some(format!(
        "line {}: {} = {} -> {}, tax {} {} {} = {} -> {}",
        beside.position + 1,
        product(
            beside.priced.quantity,
            beside.priced.unit_amount,
            beside.priced.discount
        ),
        show::factor(amount.exact),
        show::amount(amount.rounded, digits),
        show::percent(beside.rate?),
        of_or_within(model.basis),
        show::amount(amount.rounded, digits),
        show::factor(tax.exact.round_dp(digits + 4)),
        show::amount(tax.rounded, digits)
    ))
}

fn of_or_within(basis: Basis) -> &'static str {
    match basis {
        Basis::Exclusive | Basis::NoTax => "of",
        Basis::Inclusive => "within",
    }
}

/// What differs on a line, and the amount and tax that the provider has for it where both can be told.
fn line(beside: &Beside<'_>, wanted: Wanted<'_>) -> (Vec<String>, Option<(Decimal, Decimal)>) {
    let digits = wanted.model.digits;
    let (Some(own), Some(amount)) = (
        wanted.model.basis.amount_of(beside.line),
        beside.priced.amount(digits),
    ) else {
        return (
            vec![format!(
                "line {}: the amount cannot be worked out exactly",
                beside.position + 1
            )],
            None,
        );
    };
    let mut found = Vec::new();
    if amount.rounded != own {
        found.push(arithmetic(beside, amount, own, digits));
    } else if !beside.priced.discount.is_zero() {
        found.extend(discount_as_rate(beside, own, digits));
    }
    let tax = tax(beside, wanted.model, amount.rounded);
    match (tax, beside.rate) {
        (Some(tax), Some(rate)) if tax.rounded != beside.line.tax_amount => {
            found.push(tax_arithmetic(
                beside,
                wanted.model,
                amount.rounded,
                rate,
                tax,
            ));
        }
        (None, Some(rate)) => found.push(format!(
            "line {}: tax {} of {} cannot be worked out exactly",
            beside.position + 1,
            show::percent(rate),
            show::amount(amount.rounded, digits)
        )),
        (Some(_), _) | (None, None) => {}
    }
    (found, tax.map(|tax| (amount.rounded, tax.rounded)))
}

fn arithmetic(beside: &Beside<'_>, amount: LineAmount, own: Decimal, digits: u32) -> String {
    let Priced {
        quantity,
        unit_amount,
        discount,
    } = beside.priced;
    let mut kept = Vec::new();
    if quantity != beside.line.quantity {
        kept.push(format!(
            "quantity {} kept as {}",
            show::factor(beside.line.quantity),
            show::factor(quantity)
        ));
    }
    if unit_amount != beside.line.unit_price {
        kept.push(format!(
            "price {} sent as {}",
            show::factor(beside.line.unit_price),
            show::factor(unit_amount)
        ));
    }
    let kept = if kept.is_empty() {
        String::new()
    } else {
        format!(" ({})", kept.join(", "))
    };
    format!(
        "line {}: {} = {} -> {}, the host says {}{kept}",
        beside.position + 1,
        product(quantity, unit_amount, discount),
        show::factor(amount.exact),
        show::amount(amount.rounded, digits),
        show::amount(own, digits)
    )
}

/// A discount that changes its amount when the provider turns it into a percentage.
pub(crate) fn discount_as_rate(beside: &Beside<'_>, own: Decimal, digits: u32) -> Option<String> {
    let (percent, amount) = beside.priced.amount_by_rate(digits)?;
    (amount != own).then(|| {
        format!(
            "line {}: the discount {} is kept as {} %, and {} less {} % -> {}, the host says {}",
            beside.position + 1,
            show::amount(beside.priced.discount, digits),
            show::factor(percent),
            product(
                beside.priced.quantity,
                beside.priced.unit_amount,
                Decimal::ZERO
            ),
            show::factor(percent),
            show::amount(amount, digits),
            show::amount(own, digits)
        )
    })
}

fn tax_arithmetic(
    beside: &Beside<'_>,
    model: Model,
    amount: Decimal,
    rate: Decimal,
    tax: LineAmount,
) -> String {
    let digits = model.digits;
    let word = of_or_within(model.basis);
    format!(
        "line {}: tax {} {word} {} = {} -> {}, the host says {}",
        beside.position + 1,
        show::percent(rate),
        show::amount(amount, digits),
        show::factor(tax.exact.round_dp(digits + 4)),
        show::amount(tax.rounded, digits),
        show::amount(beside.line.tax_amount, digits)
    )
}

fn against(totals: &Totals, wanted: Wanted<'_>) -> Vec<String> {
    let own = wanted.totals;
    [
        ("net", totals.net, own.net),
        ("tax", totals.tax, own.tax),
        ("total", totals.gross, own.gross),
    ]
    .into_iter()
    .filter(|(_, theirs, own)| theirs != own)
    .map(|(word, theirs, own)| {
        let digits = wanted.model.digits;
        format!(
            "{word}: {}, the host says {}",
            show::amount(theirs, digits),
            show::amount(own, digits)
        )
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{decimal, line_of, totals_of};
    use crate::provider::TaxPrecision;

    fn detail(
        line: &Line,
        unit_amount: &str,
        totals: &Totals,
        basis: Basis,
        tax_sent: Option<&str>,
    ) -> Vec<String> {
        let priced = Priced {
            quantity: line.quantity,
            unit_amount: decimal(unit_amount),
            discount: line.discount.unwrap_or_default(),
        };
        let rate = Some(decimal("0.1"));
        let beside = Beside {
            position: 1,
            line,
            priced,
            rate,
            tax_sent: tax_sent.map(decimal),
        };
        let wanted = Wanted {
            totals,
            model: Model {
                basis,
                digits: 2,
                precision: TaxPrecision::PerLine,
            },
            lines: 1,
        };
        totals_equal(&[beside], wanted)
            .map(|finding| finding.detail)
            .unwrap_or_default()
    }

    #[test]
    fn equal_figures_are_no_finding() {
        let line = line_of("3.333", "100.14", "333.77", "33.38");
        assert!(
            detail(
                &line,
                "100.14",
                &totals_of("333.77", "33.38", "367.15"),
                Basis::Exclusive,
                None
            )
            .is_empty()
        );
    }

    #[test]
    fn a_line_that_differs_shows_its_arithmetic_and_then_the_sums() {
        let line = line_of("3.333", "100.14", "333.76", "33.38");
        assert_eq!(
            detail(
                &line,
                "100.14",
                &totals_of("333.76", "33.38", "367.14"),
                Basis::Exclusive,
                None
            ),
            [
                "line 2: 3.333 x 100.14 = 333.76662 -> 333.77, the host says 333.76",
                "net: 333.77, the host says 333.76",
                "total: 367.15, the host says 367.14"
            ]
        );
    }

    #[test]
    fn a_price_cut_to_the_providers_places_is_shown_with_both_prices() {
        let line = line_of("300", "0.333333", "100.00", "10.00");
        let found = detail(
            &line,
            "0.3333",
            &totals_of("100", "10", "110"),
            Basis::Exclusive,
            None,
        );
        assert_eq!(
            found[0],
            "line 2: 300 x 0.3333 = 99.99 -> 99.99, the host says 100.00 (price 0.333333 sent as 0.3333)"
        );
    }

    #[test]
    fn a_tax_that_differs_shows_its_arithmetic_unless_the_hosts_own_is_sent() {
        let line = line_of("1", "11.05", "10.04", "1.01");
        let totals = totals_of("10.04", "1.01", "11.05");
        assert!(detail(&line, "11.05", &totals, Basis::Inclusive, Some("1.01")).is_empty());
        assert_eq!(
            detail(&line, "11.05", &totals, Basis::Inclusive, None),
            [
                "line 2: tax 10 % within 11.05 = 1.004545 -> 1.00, the host says 1.01",
                "net: 10.05, the host says 10.04",
                "tax: 1.00, the host says 1.01"
            ]
        );
    }

    #[test]
    fn a_discount_must_also_hold_as_the_percentage_that_it_becomes() {
        let mut line = line_of("1", "867.79", "817.79", "81.78");
        line.discount = Some(decimal("50"));
        assert_eq!(
            detail(
                &line,
                "867.79",
                &totals_of("817.79", "81.78", "899.57"),
                Basis::Exclusive,
                None
            ),
            [
                "line 2: the discount 50.00 is kept as 5.76 %, and 1 x 867.79 less 5.76 % -> 817.81, the host says 817.79"
            ]
        );
        let mut line = line_of("1", "200", "180", "18");
        line.discount = Some(decimal("20"));
        assert!(
            detail(
                &line,
                "200",
                &totals_of("180", "18", "198"),
                Basis::Exclusive,
                None
            )
            .is_empty()
        );
    }

    #[test]
    fn what_cannot_be_worked_out_never_passes() {
        let line = line_of("1", "10", "10", "0");
        let totals = totals_of("10", "0", "10");
        let priced = Priced {
            quantity: line.quantity,
            unit_amount: line.unit_price,
            discount: Decimal::ZERO,
        };
        for (rate, amount) in [
            ("-1", "-100 %"),
            (
                "0.3333333333333333333333333333",
                "33.33333333333333333333333333 %",
            ),
        ] {
            let beside = Beside {
                position: 0,
                line: &line,
                priced,
                rate: Some(decimal(rate)),
                tax_sent: None,
            };
            let model = Model {
                basis: Basis::Inclusive,
                digits: 2,
                precision: TaxPrecision::PerLine,
            };
            let found = totals_equal(
                &[beside],
                Wanted {
                    totals: &totals,
                    model,
                    lines: 1,
                },
            )
            .unwrap();
            let first = found.detail[0].as_str();
            assert!(
                first.starts_with(&format!("line 1: tax {amount}")),
                "{first}"
            );
        }
    }
}
