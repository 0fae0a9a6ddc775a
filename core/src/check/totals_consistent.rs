//! Whether the host's own figures agree with one another: each line within itself, and the lines with the totals.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Finding, Rule, show};
use crate::document::{Line, Totals};
use crate::mapping::arithmetic::Basis;

/// The finding, if the figures contradict each other. All lines are within their limits.
///
/// A line's amount is quantity times price less discount, brought to the minor digits by any of the
/// ways in use: halves away from zero, halves to even, or cut off.
pub(crate) fn totals_consistent(
    lines: &[Line],
    totals: &Totals,
    basis: Basis,
    digits: u32,
) -> Option<Finding> {
    let mut field = None;
    let mut detail = Vec::new();
    for (position, line) in lines.iter().enumerate() {
        let found = within_line(line, position, basis, digits);
        if !found.is_empty() {
            field.get_or_insert_with(|| format!("lines[{position}]"));
        }
        detail.extend(found);
    }
    let sums = against_totals(lines, totals, digits);
    if !sums.is_empty() {
        field.get_or_insert_with(|| "totals".to_owned());
    }
    detail.extend(sums);
    let field = field?;
    Some(
        Finding::new(
            Rule::TotalsInconsistent,
            "the host's own figures do not agree with one another",
            "Correct the document in the host; nothing is sent while it contradicts itself.",
        )
        .at(field, "")
        .with_detail(detail),
    )
}

fn within_line(line: &Line, position: usize, basis: Basis, digits: u32) -> Vec<String> {
    let name = format!("line {}", position + 1);
    let discount = line.discount.unwrap_or_default();
    let (own, word) = match basis {
        Basis::Exclusive | Basis::NoTax => (Some(line.net_amount), "net"),
        Basis::Inclusive => (gross(line), "gross"),
    };
    let exact = line
        .quantity
        .checked_mul(line.unit_price)
        .and_then(|full| full.checked_sub(discount));
    let mut found = Vec::new();
    match (own, exact) {
        (Some(own), Some(exact)) if !rounds_to(exact, own, digits) => found.push(format!(
            "{name}: {} = {}, the host's {word} amount is {}",
            product(line.quantity, line.unit_price, discount),
            show::factor(exact),
            show::amount(own, digits)
        )),
        (Some(_), Some(_)) => {}
        (None, _) | (_, None) => {
            found.push(format!("{name}: the amounts are too large to be added up"));
        }
    }
    if let Some(given) = line.gross_amount
        && line.net_amount.checked_add(line.tax_amount) != Some(given)
    {
        found.push(format!(
            "{name}: net {} + tax {} is not the gross amount {}",
            show::amount(line.net_amount, digits),
            show::amount(line.tax_amount, digits),
            show::amount(given, digits)
        ));
    }
    if basis == Basis::NoTax && !line.tax_amount.is_zero() {
        found.push(format!(
            "{name}: tax {} on a document without tax",
            show::amount(line.tax_amount, digits)
        ));
    }
    found
}

fn against_totals(lines: &[Line], totals: &Totals, digits: u32) -> Vec<String> {
    let sum = |part: fn(&Line) -> Option<Decimal>| {
        lines
            .iter()
            .try_fold(Decimal::ZERO, |sum, line| sum.checked_add(part(line)?))
    };
    let sums = [
        ("net", sum(|line| Some(line.net_amount)), totals.net),
        ("tax", sum(|line| Some(line.tax_amount)), totals.tax),
        ("gross", sum(gross), totals.gross),
    ];
    let mut found: Vec<String> = sums
        .into_iter()
        .filter(|(_, sum, total)| *sum != Some(*total))
        .map(|(word, sum, total)| {
            let sum = sum.map_or_else(|| "too much".to_owned(), |sum| show::amount(sum, digits));
            format!(
                "{word}: the lines come to {sum}, the document says {}",
                show::amount(total, digits)
            )
        })
        .collect();
    if totals.net.checked_add(totals.tax) != Some(totals.gross) {
        found.push(format!(
            "total: net {} + tax {} is not {}",
            show::amount(totals.net, digits),
            show::amount(totals.tax, digits),
            show::amount(totals.gross, digits)
        ));
    }
    found
}

/// The line's amount with tax, or `None` when it does not fit.
fn gross(line: &Line) -> Option<Decimal> {
    line.gross_amount
        .or_else(|| line.net_amount.checked_add(line.tax_amount))
}

fn rounds_to(exact: Decimal, own: Decimal, digits: u32) -> bool {
    [
        RoundingStrategy::MidpointAwayFromZero,
        RoundingStrategy::MidpointNearestEven,
        RoundingStrategy::ToZero,
    ]
    .into_iter()
    .any(|strategy| exact.round_dp_with_strategy(digits, strategy) == own)
}

/// The factors of a line's amount as people write them.
pub(crate) fn product(quantity: Decimal, unit_price: Decimal, discount: Decimal) -> String {
    let full = format!("{} x {}", show::factor(quantity), show::factor(unit_price));
    if discount.is_zero() {
        full
    } else {
        format!("{full} - {}", show::factor(discount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{decimal, line_of, totals_of};

    fn detail(lines: &[Line], totals: &Totals, basis: Basis) -> Vec<String> {
        totals_consistent(lines, totals, basis, 2)
            .map(|finding| finding.detail)
            .unwrap_or_default()
    }

    #[test]
    fn any_common_way_of_rounding_is_the_hosts_to_choose() {
        for net in ["160.72", "160.73"] {
            let lines = [line_of("0.75", "214.30", net, "0")];
            assert!(
                detail(&lines, &totals_of(net, "0", net), Basis::Exclusive).is_empty(),
                "{net}"
            );
        }
        let lines = [line_of("0.75", "214.30", "160.74", "0")];
        assert_eq!(
            detail(
                &lines,
                &totals_of("160.74", "0", "160.74"),
                Basis::Exclusive
            ),
            ["line 1: 0.75 x 214.3 = 160.725, the host's net amount is 160.74"]
        );
    }

    #[test]
    fn a_line_whose_parts_do_not_add_up_is_shown_with_its_parts() {
        let mut line = line_of("1", "100", "100", "10");
        line.gross_amount = Some(decimal("110.01"));
        assert_eq!(
            detail(&[line], &totals_of("100", "10", "110"), Basis::Exclusive),
            [
                "line 1: net 100.00 + tax 10.00 is not the gross amount 110.01",
                "gross: the lines come to 110.01, the document says 110.00"
            ]
        );
    }

    #[test]
    fn totals_that_the_lines_do_not_come_to_are_shown_with_both_sums() {
        let lines = [
            line_of("1", "100", "100", "10"),
            line_of("1", "0.01", "0.01", "0"),
        ];
        let finding =
            totals_consistent(&lines, &totals_of("100", "10", "110"), Basis::Exclusive, 2).unwrap();
        assert_eq!(finding.field, "totals");
        assert_eq!(
            finding.detail,
            [
                "net: the lines come to 100.01, the document says 100.00",
                "gross: the lines come to 110.01, the document says 110.00"
            ]
        );
    }

    #[test]
    fn prices_with_tax_are_compared_with_the_gross_amount() {
        let lines = [line_of("2", "55", "100", "10")];
        assert!(detail(&lines, &totals_of("100", "10", "110"), Basis::Inclusive).is_empty());
        assert_eq!(
            detail(&lines, &totals_of("100", "10", "110"), Basis::Exclusive).len(),
            1
        );
    }

    #[test]
    fn a_document_without_tax_must_not_hold_any() {
        let lines = [line_of("1", "100", "100", "10")];
        assert_eq!(
            detail(&lines, &totals_of("100", "10", "110"), Basis::NoTax),
            ["line 1: tax 10.00 on a document without tax"]
        );
    }
}
