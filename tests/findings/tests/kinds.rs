//! Promises about the table of findings: every kind arises, and what the table says of it makes it go.

use std::collections::BTreeSet;

use tieout_core::check::Rule;
use tieout_core::check::kinds::{Act, Site, Then};
use tieout_findings::{Before, Scenario, all, play_acts, play_mend};

fn of(rule: &Rule) -> Vec<Scenario> {
    let mut scenarios = all();
    scenarios.retain(|scenario| scenario.rule() == *rule);
    scenarios
}

#[test]
fn every_rule_has_scenarios_for_just_what_the_table_says_of_it() {
    for rule in Rule::KNOWN {
        let kind = rule.kind().unwrap();
        let told: BTreeSet<(Site, Then)> = kind
            .mends
            .iter()
            .map(|mend| (mend.site, mend.then))
            .collect();
        let played: BTreeSet<(Site, Then)> = of(rule)
            .iter()
            .flat_map(|scenario| scenario.cures().iter().map(|cure| (cure.site, cure.then)))
            .collect();
        assert_eq!(told, played, "{rule}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_finding_arises_and_goes_as_the_table_says() {
    let mut wrong = Vec::new();
    for (at, scenario) in all().iter().enumerate() {
        for cure in scenario.cures() {
            if let Err(why) = play_mend(scenario, cure).await {
                let rule = scenario.rule();
                wrong.push(format!(
                    "{at} {rule}, {:?}, {:?}: {why}",
                    cure.site, cure.then
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_command_that_is_offered_is_accepted_and_what_decides_ends_the_finding() {
    let mut wrong = Vec::new();
    for rule in Rule::KNOWN {
        let mut offered: BTreeSet<Act> = BTreeSet::new();
        for scenario in of(rule) {
            for before in [Before::Nothing, Before::Posted] {
                match play_acts(&scenario, before).await {
                    Ok(acts) => offered.extend(acts),
                    Err(why) => wrong.push(format!("{rule}, {before:?}: {why}")),
                }
            }
        }
        let told: BTreeSet<Act> = rule.kind().unwrap().acts.iter().copied().collect();
        for act in told.difference(&offered) {
            wrong.push(format!("{rule}: {act:?} is in the table and never offered"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
