//! Whether what rules say in so many words exists in the chart; how they are written was checked when they were read.

use crate::check::account_usable::{AccountAsked, account_usable};
use crate::check::tax_type_usable::{TaxAsked, tax_type_usable};
use crate::check::{Finding, Place, Rule, near, show};
use crate::mapping::{branding, tracking};
use crate::provider::Chart;
use crate::settings::{Change, MappingRule, Settings, Source, Target, Transform};

/// What is wrong with the values that rules name.
pub(super) fn rules(settings: &Settings, chart: &Chart) -> Vec<Finding> {
    let rules = settings.rules.iter().enumerate();
    rules
        .flat_map(|(index, rule)| {
            let setting = format!("rules[{index}]");
            if let Target::Tracking(category) = rule.target() {
                return untracked(settings, category, &setting, chart)
                    .into_iter()
                    .collect::<Vec<_>>();
            }
            let values = named(rule, &setting).into_iter();
            values
                .filter_map(|(place, value)| unknown(rule.target(), &place, &value, chart))
                .collect()
        })
        .collect()
}

/// The values that a rule can give, each with its place; none where they come from documents.
fn named(rule: &MappingRule, setting: &str) -> Vec<(String, String)> {
    let mut values = match rule.source() {
        Source::Text(text) => vec![(format!("{setting}.value"), text.clone())],
        Source::Field(_) | Source::Date(_) | Source::Compute(_) => Vec::new(),
    };
    for (step, change) in rule.changes().iter().enumerate() {
        let place = format!("{setting}.transform[{step}]");
        values = match change {
            Change::Plain(Transform::Lookup { table, otherwise }) => {
                let texts = table.values().chain(otherwise);
                let texts = texts.filter(|text| !text.trim().is_empty());
                texts.map(|text| (place.clone(), text.clone())).collect()
            }
            Change::Plain(Transform::Trim) | Change::FirstFilled(_) => values,
            // What is respelled is only known once it is.
            Change::Plain(_) => Vec::new(),
        };
    }
    values
}

fn unknown(target: &Target, place: &str, value: &str, chart: &Chart) -> Option<Finding> {
    let place = Place {
        field: place,
        value,
        mended: place,
    };
    let found = match target {
        Target::AccountCode => account_usable(
            chart,
            AccountAsked {
                code: value,
                classes: &[],
                place,
            },
        )
        .map(|_| ()),
        Target::TaxType => tax_type_usable(
            chart,
            TaxAsked {
                code: value.trim(),
                rate: None,
                account: None,
                classes: &[],
                place,
            },
        )
        .map(|_| ()),
        Target::BrandingTheme => branding::found(Some(value), place.field, chart).map(|_| ()),
        Target::Number
        | Target::Reference
        | Target::DueDate
        | Target::Description
        | Target::ItemCode
        | Target::Tracking(_) => Ok(()),
    };
    found.err().map(|finding| *finding)
}

fn untracked(settings: &Settings, category: &str, setting: &str, chart: &Chart) -> Option<Finding> {
    let shown = show::shortened(category);
    let (message, remedy) = if !settings.tracking {
        (
            "the rule makes tracking, and `tracking` says that lines carry none".to_owned(),
            "Set `tracking` to `true`, or take the rule out.".to_owned(),
        )
    } else if chart
        .tracking
        .iter()
        .any(|known| tracking::same(&known.name, category))
    {
        return None;
    } else {
        (
            format!(
                "`{}` has no tracking category `{shown}`",
                chart.organisation.name
            ),
            "Add the tracking category in the accounting system, or correct the rule.".to_owned(),
        )
    };
    let known = chart.tracking.iter().map(|known| (known.name.as_str(), ""));
    Some(
        Finding::new(Rule::TrackingMissing, message, remedy)
            .at(format!("{setting}.target"), shown)
            .with_detail(near::some(known)),
    )
}
