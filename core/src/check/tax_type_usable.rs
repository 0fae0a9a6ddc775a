//! Whether a line may carry a tax type: it exists, is active, has the line's rate and fits the account.

use rust_decimal::Decimal;

use super::{Finding, Place, Rule, near, show};
use crate::document::{Account, AccountClass, TaxRate};
use crate::provider::Chart;

/// What a tax type is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaxAsked<'a> {
    /// The provider's code.
    pub(crate) code: &'a str,
    /// The rate that the host names, if any.
    pub(crate) rate: Option<Decimal>,
    /// The account that it shall stand with, once that is known.
    pub(crate) account: Option<&'a Account>,
    /// The classes of accounts that its side of the business books to; empty where that is not known. Only types
    /// that stand with one of them are proposed.
    pub(crate) classes: &'a [AccountClass],
    /// Where the host's tax code stands.
    pub(crate) place: Place<'a>,
}

/// The tax rate asked for, or why the line may not carry it.
pub(crate) fn tax_type_usable<'a>(
    chart: &'a Chart,
    asked: TaxAsked<'_>,
) -> Result<&'a TaxRate, Box<Finding>> {
    let shown = show::shortened(asked.code);
    let Some(found) = chart.tax_rate(asked.code) else {
        let message = format!("`{}` has no tax type `{shown}`", chart.organisation.name);
        return Err(finding(asked, message, meant(chart, asked)));
    };
    if !found.active {
        let message = format!(
            "the tax type `{shown}` ({}) is no longer active",
            found.name
        );
        return Err(finding(
            asked,
            message,
            of_rate(chart, found.rate, asked.fitting()),
        ));
    }
    if let Some(rate) = asked.rate
        && rate != found.rate
    {
        let message = format!(
            "the host taxes the line with {}, the tax type `{shown}` ({}) has {}",
            show::percent(rate),
            found.name,
            show::percent(found.rate)
        );
        return Err(finding(
            asked,
            message,
            of_rate(chart, rate, asked.fitting()),
        ));
    }
    if let Some(account) = asked.account
        && !found.applies_to.contains(&account.class)
    {
        let message = format!(
            "the tax type `{shown}` ({}) may not stand with the account `{}` ({}), which is of class {}",
            found.name,
            account.code.as_deref().unwrap_or_default(),
            account.name,
            account.class
        );
        return Err(finding(
            asked,
            message,
            of_rate(chart, found.rate, asked.fitting()),
        ));
    }
    Ok(found)
}

/// Which tax types are proposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fitting<'a> {
    account: Option<&'a Account>,
    classes: &'a [AccountClass],
}

impl<'a> TaxAsked<'a> {
    fn fitting(&self) -> Fitting<'a> {
        Fitting {
            account: self.account,
            classes: self.classes,
        }
    }
}

impl<'a> Fitting<'a> {
    /// Those that stand with the account, if it is known, and with one of these classes, if there are any.
    pub(crate) fn with(account: Option<&'a Account>, classes: &'a [AccountClass]) -> Self {
        Self { account, classes }
    }

    fn takes(self, entry: &TaxRate) -> bool {
        let stands = |class: &AccountClass| entry.applies_to.contains(class);
        self.account.is_none_or(|account| stands(&account.class))
            && (self.classes.is_empty() || self.classes.iter().any(stands))
    }
}

/// The active tax types of a rate that fit, as candidates.
pub(crate) fn of_rate(chart: &Chart, rate: Decimal, fitting: Fitting<'_>) -> Vec<String> {
    near::some(
        active(chart, fitting)
            .filter(|entry| entry.rate == rate)
            .map(names),
    )
}

/// What may be meant: what is spelled nearly so, else what has the rate, else what there is.
fn meant(chart: &Chart, asked: TaxAsked<'_>) -> Vec<String> {
    let fitting = asked.fitting();
    let near = near::near(asked.code, active(chart, fitting).map(names));
    if !near.is_empty() {
        return near;
    }
    match asked.rate {
        Some(rate) => of_rate(chart, rate, fitting),
        None => near::some(active(chart, fitting).map(names)),
    }
}

fn active<'a>(chart: &'a Chart, fitting: Fitting<'a>) -> impl Iterator<Item = &'a TaxRate> {
    let entries = chart.tax_rates.iter();
    entries.filter(move |entry| entry.active && fitting.takes(entry))
}

fn names(entry: &TaxRate) -> (&str, &str) {
    (&entry.code, &entry.name)
}

fn finding(asked: TaxAsked<'_>, message: String, candidates: Vec<String>) -> Box<Finding> {
    let remedy = format!(
        "Put a tax type that fits under `{}`; the codes are those of the accounting system.",
        asked.place.mended
    );
    let finding = Finding::new(Rule::TaxTypeUnusable, message, remedy);
    Box::new(
        finding
            .at(asked.place.field, show::shortened(asked.place.value))
            .mended_in(asked.place.mended)
            .with_detail(candidates),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{chart, decimal};

    fn asked(code: &str) -> TaxAsked<'_> {
        let place = Place {
            field: "lines[0].tax_code",
            value: "GST",
            mended: "tax_codes.\"GST\"",
        };
        TaxAsked {
            code,
            rate: None,
            account: None,
            classes: &[],
            place,
        }
    }

    fn refused(asked: TaxAsked<'_>) -> Finding {
        *tax_type_usable(&chart(), asked).unwrap_err()
    }

    #[test]
    fn an_active_type_of_the_lines_rate_is_usable() {
        let chart = chart();
        let account = chart.account("200");
        let rate = Some(decimal("0.10"));
        assert!(
            tax_type_usable(
                &chart,
                TaxAsked {
                    rate,
                    account,
                    ..asked("OUTPUT")
                }
            )
            .is_ok()
        );
    }

    #[test]
    fn another_rate_is_shown_beside_the_hosts_with_the_types_that_have_it() {
        let found = refused(TaxAsked {
            rate: Some(decimal("0.15")),
            ..asked("OUTPUT")
        });
        assert_eq!(
            found.message,
            "the host taxes the line with 15 %, the tax type `OUTPUT` (GST on Income) has 10 %"
        );
        assert_eq!(found.detail, ["`OUTPUT2` (15% GST on Income)"]);
    }

    #[test]
    fn a_display_name_is_answered_with_its_code() {
        let found = refused(asked("GST on Income"));
        assert_eq!(
            found.message,
            "`Demo Company` has no tax type `GST on Income`"
        );
        assert_eq!(found.detail[0], "`OUTPUT` (GST on Income)");
        assert!(found.remedy.contains("`tax_codes.\"GST\"`"));
    }

    #[test]
    fn only_types_of_the_side_are_proposed_and_something_is_for_a_short_wrong_code() {
        let sales = |code| TaxAsked {
            classes: &[AccountClass::Revenue],
            ..asked(code)
        };
        let spent = TaxAsked {
            classes: &[AccountClass::Expense],
            ..asked("GST")
        };
        let income = [
            "`EXEMPTOUTPUT` (GST Free Income)",
            "`OUTPUT` (GST on Income)",
            "`OUTPUT2` (15% GST on Income)",
        ];
        assert_eq!(refused(sales("GST")).detail, income);
        assert_eq!(refused(spent).detail, ["`INPUT` (GST on Expenses)"]);
        assert!(
            !refused(sales("INPUTT"))
                .detail
                .contains(&"`INPUT` (GST on Expenses)".to_owned())
        );
        assert_eq!(refused(sales("Z")).detail.len(), 4);
        let of_ten = TaxAsked {
            rate: Some(decimal("0.10")),
            ..sales("Z")
        };
        assert_eq!(refused(of_ten).detail, ["`OUTPUT` (GST on Income)"]);
    }

    #[test]
    fn inactive_types_and_types_of_another_class_are_refused() {
        assert_eq!(
            refused(asked("TAX001")).message,
            "the tax type `TAX001` (Old GST) is no longer active"
        );
        let chart = chart();
        let found = refused(TaxAsked {
            account: chart.account("200"),
            ..asked("INPUT")
        });
        assert_eq!(
            found.message,
            "the tax type `INPUT` (GST on Expenses) may not stand with the account `200` (Sales), which is of class revenue"
        );
        assert_eq!(found.detail, ["`OUTPUT` (GST on Income)"]);
    }
}
