//! Which tax type a line carries: as its tax code is mapped, never by likeness of rates.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::arithmetic::Basis;
use super::name::filled;
use super::paper::Side;
use super::rules::Ruled;
use super::trace::MadeBy;
use crate::check::tax_type_usable::{Fitting, TaxAsked, of_rate, tax_type_usable};
use crate::check::{Finding, Place, Rule, show};
use crate::document::{Account, Line, TaxRate, decimal};
use crate::provider::Chart;
use crate::settings::Settings;

/// The tax types that an operator has set for one side of the business.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taxes<'a> {
    /// By the host's tax code.
    pub(super) codes: &'a BTreeMap<String, String>,
    /// By the rate.
    pub(super) rates: &'a BTreeMap<String, String>,
    /// The setting that holds the codes.
    pub(super) codes_setting: &'static str,
    /// The setting that holds the rates.
    pub(super) rates_setting: &'static str,
    /// The side.
    pub(super) side: Side,
}

impl<'a> Taxes<'a> {
    /// Those of a side: what is earned and what is spent have different types of the same rate.
    pub(super) fn of(side: Side, settings: &'a Settings) -> Self {
        match side {
            Side::Sales => Self {
                codes: &settings.tax_codes,
                rates: &settings.tax_rates,
                codes_setting: "tax_codes",
                rates_setting: "tax_rates",
                side,
            },
            Side::Purchases => Self {
                codes: &settings.purchase_tax_codes,
                rates: &settings.purchase_tax_rates,
                codes_setting: "purchase_tax_codes",
                rates_setting: "purchase_tax_rates",
                side,
            },
        }
    }
}

/// The tax type of line `position`, counted from zero.
///
/// What a rule made comes first. A code that is not mapped may itself be one of the provider's. A line without a code is mapped by
/// its rate where the settings say so, else by the empty code. Types of the same rate are offered, and
/// none of them is taken.
pub(super) fn tax_type<'a>(
    line: &Line,
    position: usize,
    account: Option<&Account>,
    taxes: Taxes<'_>,
    ruled: Option<&Ruled>,
    chart: &'a Chart,
) -> Result<(&'a TaxRate, MadeBy), Box<Finding>> {
    if let Some(ruled) = ruled {
        return by_rule(line, position, account, taxes, ruled, chart);
    }
    let own = filled(line.tax_code.as_deref()).unwrap_or_default();
    if own.is_empty()
        && let Some((rate, code)) = line.tax_rate.and_then(|rate| by_rate(taxes, rate))
    {
        let field = format!("lines[{position}].tax_rate");
        let mended = format!("{}.\"{rate}\"", taxes.rates_setting);
        let place = Place {
            field: &field,
            value: rate,
            mended: &mended,
        };
        let asked = TaxAsked {
            code: code.trim(),
            rate: line.tax_rate,
            account,
            classes: taxes.side.classes(),
            place,
        };
        let rate = tax_type_usable(chart, asked)?;
        return Ok((rate, MadeBy::setting_for(mended, field)));
    }
    let (code, is_mapped) = match taxes.codes.get(own) {
        Some(code) => (code.trim(), true),
        None if is_active(chart, own) => (own, false),
        None => {
            return Err(Box::new(unmapped(
                line, position, own, account, taxes, chart,
            )));
        }
    };
    let field = format!("lines[{position}].tax_code");
    let mended = format!("{}.\"{}\"", taxes.codes_setting, show::shortened(own));
    let place = Place {
        field: &field,
        value: own,
        mended: &mended,
    };
    let asked = TaxAsked {
        code,
        rate: line.tax_rate,
        account,
        classes: taxes.side.classes(),
        place,
    };
    let rate = tax_type_usable(chart, asked)?;
    let by = if is_mapped {
        MadeBy::setting_for(mended, field)
    } else {
        MadeBy::host(field)
    };
    Ok((rate, by))
}

/// The tax type that a rule made.
fn by_rule<'a>(
    line: &Line,
    position: usize,
    account: Option<&Account>,
    taxes: Taxes<'_>,
    ruled: &Ruled,
    chart: &'a Chart,
) -> Result<(&'a TaxRate, MadeBy), Box<Finding>> {
    let code = ruled.value.spelled();
    let field = format!("lines[{position}].tax_type");
    let asked = TaxAsked {
        code: &code,
        rate: line.tax_rate,
        account,
        classes: taxes.side.classes(),
        place: Place {
            field: &field,
            value: &code,
            mended: &ruled.setting,
        },
    };
    let rate = tax_type_usable(chart, asked)?;
    Ok((rate, MadeBy::rule(ruled.setting.clone())))
}

/// The tax type of a rate, with the rate as the settings spell it: `0.10` and `0.1` are the same rate.
fn by_rate(taxes: Taxes<'_>, rate: Decimal) -> Option<(&str, &str)> {
    taxes
        .rates
        .iter()
        .find(|(spelled, _)| decimal::read(spelled).is_ok_and(|known| known == rate))
        .map(|(spelled, code)| (spelled.as_str(), code.as_str()))
}

fn is_active(chart: &Chart, code: &str) -> bool {
    chart.tax_rate(code).is_some_and(|rate| rate.active)
}

fn unmapped(
    line: &Line,
    position: usize,
    own: &str,
    account: Option<&Account>,
    taxes: Taxes<'_>,
    chart: &Chart,
) -> Finding {
    let (codes, rates) = (taxes.codes_setting, taxes.rates_setting);
    let own = show::shortened(own);
    let (message, remedy, setting) = match line.tax_rate {
        Some(rate) if own.is_empty() => (
            format!(
                "the line has no tax code, and its rate of {} is not mapped to a tax type",
                show::percent(rate)
            ),
            format!(
                "Add `\"{}\" = \"<tax type>\"` under `{rates}`.",
                show::factor(rate)
            ),
            format!("{rates}.\"{}\"", show::factor(rate)),
        ),
        None if own.is_empty() => (
            "the line has no tax code, and lines without one are not mapped to a tax type"
                .to_owned(),
            format!("Add `\"\" = \"<tax type>\"` under `{codes}`."),
            format!("{codes}.\"\""),
        ),
        Some(_) | None => (
            format!("the tax code `{own}` is not mapped to a tax type"),
            format!("Add `\"{own}\" = \"<tax type>\"` under `{codes}`."),
            format!("{codes}.\"{own}\""),
        ),
    };
    Finding::new(Rule::TaxCodeUnmapped, message, remedy)
        .mended_in(setting)
        .at(format!("lines[{position}].tax_code"), own)
        .with_detail(candidates(
            line,
            Fitting::with(account, taxes.side.classes()),
            chart,
        ))
}

/// The active types of the line's rate; without one, those that would come to its tax.
fn candidates(line: &Line, fitting: Fitting<'_>, chart: &Chart) -> Vec<String> {
    let rate = line.tax_rate.or_else(|| {
        let fits = |rate: Decimal| {
            let places = line.tax_amount.normalize().scale().max(2);
            Basis::Exclusive
                .tax(line.net_amount, rate, places)
                .is_some_and(|tax| tax.rounded == line.tax_amount)
        };
        chart
            .tax_rates
            .iter()
            .filter(|entry| entry.active)
            .map(|entry| entry.rate)
            .find(|rate| fits(*rate))
    });
    rate.map(|rate| of_rate(chart, rate, fitting))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{chart, decimal, line_of};

    fn settings(codes: &[(&str, &str)]) -> Settings {
        let tax_codes = codes
            .iter()
            .map(|(own, code)| ((*own).to_owned(), (*code).to_owned()))
            .collect();
        Settings {
            tax_codes,
            ..Settings::default()
        }
    }

    fn line(tax_code: Option<&str>, net: &str, tax: &str) -> Line {
        Line {
            tax_code: tax_code.map(str::to_owned),
            ..line_of("1", net, net, tax)
        }
    }

    fn code(line: &Line, settings: &Settings) -> Result<String, Box<Finding>> {
        tax_type(
            line,
            0,
            None,
            Taxes::of(Side::Sales, settings),
            None,
            &chart(),
        )
        .map(|(rate, _)| rate.code.clone())
    }

    #[test]
    fn a_line_without_a_code_is_mapped_by_its_rate_however_it_is_spelled() {
        let mut settings = settings(&[("", "EXEMPTOUTPUT")]);
        settings
            .tax_rates
            .insert("0.1".to_owned(), "OUTPUT".to_owned());
        let mut line = line(None, "10", "1");
        line.tax_rate = Some(decimal("0.10"));
        assert_eq!(code(&line, &settings).unwrap(), "OUTPUT");
        line.tax_rate = Some(decimal("0"));
        assert_eq!(code(&line, &settings).unwrap(), "EXEMPTOUTPUT");
    }

    #[test]
    fn a_mapped_code_is_taken_and_the_empty_code_stands_for_none() {
        let settings = settings(&[("GST", "OUTPUT"), ("", "EXEMPTOUTPUT")]);
        assert_eq!(
            code(&line(Some("GST"), "10", "1"), &settings).unwrap(),
            "OUTPUT"
        );
        assert_eq!(
            code(&line(None, "10", "0"), &settings).unwrap(),
            "EXEMPTOUTPUT"
        );
        assert_eq!(
            code(&line(Some(" "), "10", "0"), &settings).unwrap(),
            "EXEMPTOUTPUT"
        );
    }

    #[test]
    fn a_code_of_the_providers_own_passes_unmapped() {
        assert_eq!(
            code(&line(Some("OUTPUT2"), "740", "111"), &settings(&[])).unwrap(),
            "OUTPUT2"
        );
        assert!(code(&line(Some("TAX001"), "10", "1"), &settings(&[])).is_err());
    }

    #[test]
    fn an_unmapped_code_is_never_guessed_and_types_of_its_rate_are_offered() {
        let found = code(
            &line(Some("GSTNZ"), "740", "111"),
            &settings(&[("GST", "OUTPUT")]),
        )
        .unwrap_err();
        assert_eq!(
            found.to_string(),
            "tax_code_unmapped: lines[0].tax_code = `GSTNZ`: the tax code `GSTNZ` is not mapped to a tax type"
        );
        assert_eq!(
            found.remedy,
            "Add `\"GSTNZ\" = \"<tax type>\"` under `tax_codes`."
        );
        assert_eq!(found.detail, ["`OUTPUT2` (15% GST on Income)"]);
        let found = code(&line(None, "176", "0"), &settings(&[])).unwrap_err();
        assert_eq!(
            found.detail,
            [
                "`EXEMPTOUTPUT` (GST Free Income)",
                "`BASEXCLUDED` (BAS Excluded)"
            ]
        );
    }

    #[test]
    fn a_line_without_a_code_is_mapped_by_its_rate_before_the_empty_code() {
        let mut settings = settings(&[("", "EXEMPTOUTPUT")]);
        settings
            .tax_rates
            .insert("0.10".to_owned(), "OUTPUT".to_owned());
        let rated = |rate: &str, tax| Line {
            tax_rate: Some(decimal(rate)),
            ..line(None, "10", tax)
        };
        assert_eq!(code(&rated("0.1", "1"), &settings).unwrap(), "OUTPUT");
        assert_eq!(code(&rated("0", "0"), &settings).unwrap(), "EXEMPTOUTPUT");
        settings.tax_codes.clear();
        let found = code(&rated("0.15", "1.5"), &settings).unwrap_err();
        assert_eq!(
            found.message,
            "the line has no tax code, and its rate of 15 % is not mapped to a tax type"
        );
        assert_eq!(
            found.remedy,
            "Add `\"0.15\" = \"<tax type>\"` under `tax_rates`."
        );
        assert_eq!(found.detail, ["`OUTPUT2` (15% GST on Income)"]);
    }

    #[test]
    fn a_mapping_of_another_rate_is_refused() {
        let mut taxed = line(Some("GST"), "10", "1.5");
        taxed.tax_rate = Some(decimal("0.15"));
        let found = code(&taxed, &settings(&[("GST", "OUTPUT")])).unwrap_err();
        assert_eq!(
            (found.field.as_str(), found.value.as_str()),
            ("lines[0].tax_code", "GST")
        );
        assert!(
            found
                .message
                .starts_with("the host taxes the line with 15 %")
        );
    }
}
