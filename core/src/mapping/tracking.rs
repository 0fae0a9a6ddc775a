//! Which tracking options a line carries: its own, or the document's, by the names that people gave them.

use crate::check::{Finding, Rule, near, show};
use crate::document::{Line, Tracking};
use crate::provider::{Chart, TrackingCategory, TrackingChoice};
use crate::settings::TrackingOptions;

/// The choices of line `position`, counted from zero. `fallback` serves lines that have none of their own.
pub(super) fn tracking(
    line: &Line,
    position: usize,
    fallback: &[Tracking],
    chart: &Chart,
    policy: TrackingOptions,
    choices_max: usize,
) -> Result<Vec<TrackingChoice>, Vec<Finding>> {
    let (wanted, path) = if line.tracking.is_empty() {
        (fallback, "tracking".to_owned())
    } else {
        (
            line.tracking.as_slice(),
            format!("lines[{position}].tracking"),
        )
    };
    let mut choices: Vec<TrackingChoice> = Vec::new();
    let mut findings = Vec::new();
    for (index, wanted) in wanted.iter().enumerate() {
        match choice(wanted, &format!("{path}[{index}]"), chart, policy) {
            Ok(choice) if choices.contains(&choice) => {}
            Ok(choice)
                if choices
                    .iter()
                    .any(|other| other.category_id == choice.category_id) =>
            {
                findings.push(twice(wanted, &format!("{path}[{index}]")));
            }
            Ok(choice) => choices.push(choice),
            Err(finding) => findings.push(*finding),
        }
    }
    if choices.len() > choices_max {
        findings.push(too_many(choices.len(), choices_max, &path));
    }
    if findings.is_empty() {
        Ok(choices)
    } else {
        Err(findings)
    }
}

fn choice(
    wanted: &Tracking,
    path: &str,
    chart: &Chart,
    policy: TrackingOptions,
) -> Result<TrackingChoice, Box<Finding>> {
    let Some(category) = chart
        .tracking
        .iter()
        .find(|category| same(&category.name, &wanted.category))
    else {
        let name = show::shortened(&wanted.category);
        let known = near::some(
            chart
                .tracking
                .iter()
                .map(|category| (category.name.as_str(), "")),
        );
        return Err(Box::new(missing(
            format!("`{}` has no tracking category `{name}`", chart.organisation.name),
            format!("Add the tracking category `{name}` in the accounting system, or set `tracking` to `false`."),
        )
        .at(format!("{path}.category"), name)
        .with_detail(known)));
    };
    match category
        .options
        .iter()
        .find(|option| same(&option.name, &wanted.option))
    {
        Some(option) if option.active => Ok(TrackingChoice {
            category_id: category.id.clone(),
            option_id: option.id.clone(),
            missing: None,
        }),
        Some(_) => Err(Box::new(no_option(wanted, category, path, "is archived"))),
        None if policy == TrackingOptions::Create && !wanted.option.trim().is_empty() => {
            Ok(TrackingChoice {
                category_id: category.id.clone(),
                option_id: String::new(),
                missing: Some(wanted.option.trim().to_owned()),
            })
        }
        None => Err(Box::new(no_option(
            wanted,
            category,
            path,
            "does not exist",
        ))),
    }
}

fn no_option(wanted: &Tracking, category: &TrackingCategory, path: &str, problem: &str) -> Finding {
    let name = show::shortened(&wanted.option);
    let active = || {
        category
            .options
            .iter()
            .filter(|option| option.active)
            .map(|option| (option.name.as_str(), ""))
    };
    let mut candidates = near::near(&wanted.option, active());
    if candidates.is_empty() {
        candidates = near::some(active());
    }
    missing(
        format!(
            "the option `{name}` of the tracking category `{}` {problem}",
            category.name
        ),
        "Add or restore the option in the accounting system, or correct it in the host.".to_owned(),
    )
    .at(format!("{path}.option"), name)
    .with_detail(candidates)
}

fn twice(wanted: &Tracking, path: &str) -> Finding {
    missing(
        format!(
            "the line has two options of the tracking category `{}`",
            show::shortened(&wanted.category)
        ),
        "Leave one of the options in the host.".to_owned(),
    )
    .at(path, show::shortened(&wanted.option))
}

fn too_many(count: usize, choices_max: usize, path: &str) -> Finding {
    missing(
        format!("the line has {count} tracking categories, at most {choices_max} fit"),
        "Leave fewer categories in the host, or set `tracking` to `false`.".to_owned(),
    )
    .at(path, count.to_string())
}

fn missing(message: String, remedy: String) -> Finding {
    Finding::new(Rule::TrackingMissing, message, remedy)
}

/// Whether two names that people gave are the same.
pub(super) fn same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::testing::{chart, line_of};

    fn wanted(category: &str, option: &str) -> Tracking {
        Tracking {
            category: category.to_owned(),
            option: option.to_owned(),
        }
    }

    fn of(
        own: &[Tracking],
        fallback: &[Tracking],
        choices_max: usize,
    ) -> Result<Vec<String>, Vec<Finding>> {
        let mut line = line_of("1", "1", "1", "0");
        line.tracking = own.to_vec();
        let policy = TrackingOptions::MustExist;
        let choices = tracking(&line, 1, fallback, &chart(), policy, choices_max)?;
        Ok(choices
            .into_iter()
            .map(|choice| format!("{}/{}", choice.category_id, choice.option_id))
            .collect())
    }

    #[test]
    fn names_are_matched_without_case_and_the_documents_serve_lines_without_any() {
        assert_eq!(
            of(&[wanted("region", " NORTH ")], &[], 2).unwrap(),
            ["cat-1/opt-1"]
        );
        assert_eq!(
            of(&[], &[wanted("Region", "North")], 2).unwrap(),
            ["cat-1/opt-1"]
        );
        assert!(of(&[], &[], 2).unwrap().is_empty());
    }

    #[test]
    fn what_does_not_exist_is_named_with_what_does() {
        let found = of(&[wanted("Regoin", "North")], &[], 2).unwrap_err();
        assert_eq!(found[0].field, "lines[1].tracking[0].category");
        assert_eq!(found[0].detail, ["`Region`"]);
        let found = of(&[wanted("Region", "Nort")], &[], 2).unwrap_err();
        assert_eq!(
            found[0].message,
            "the option `Nort` of the tracking category `Region` does not exist"
        );
        assert_eq!(found[0].detail, ["`North`"]);
        let found = of(&[], &[wanted("Region", "South")], 2).unwrap_err();
        assert_eq!(
            found[0].message,
            "the option `South` of the tracking category `Region` is archived"
        );
    }

    #[test]
    fn a_policy_makes_what_does_not_exist_but_restores_nothing_and_makes_no_category() {
        let made = |category, option| {
            let (found, chart) = (wanted(category, option), chart());
            choice(&found, "tracking[0]", &chart, TrackingOptions::Create)
        };
        let missing = made("region", " West ").unwrap();
        assert_eq!(missing.missing.as_deref(), Some("West"));
        assert_eq!(made("Region", "North").unwrap().missing, None);
        for (category, option) in [("Region", "South"), ("Regoin", "West"), ("Region", " ")] {
            assert_eq!(
                made(category, option).unwrap_err().rule,
                Rule::TrackingMissing
            );
        }
    }

    #[test]
    fn a_repeated_choice_is_one_and_too_many_are_a_finding() {
        let north = wanted("Region", "North");
        assert_eq!(
            of(&[north.clone(), north.clone()], &[], 1).unwrap().len(),
            1
        );
        let found = of(&[north], &[], 0).unwrap_err();
        assert_eq!(
            found[0].message,
            "the line has 1 tracking categories, at most 0 fit"
        );
    }
}
