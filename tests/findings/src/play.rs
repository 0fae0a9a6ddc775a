//! How a scenario is played: the finding arises, somebody does what the table says, and it must be gone.

use tieout_core::advice::{Action, advise};
use tieout_core::check::Rule;
use tieout_core::check::kinds::{Act, Then};
use tieout_core::engine::Binding;

use crate::act::act;
use crate::ground::Ground;
use crate::scenario::{Cure, Scenario};

/// What a scenario came to.
pub type Played = Result<(), String>;

/// Lets the finding arise and mends it; it must then go in the way that the cure says, and nothing else may be left
/// that needs somebody.
///
/// # Errors
/// What did not happen.
pub async fn play_mend(scenario: &Scenario, cure: &Cure) -> Played {
    let mut ground = Ground::lay();
    let binding = must_arise(&mut ground, scenario).await?;
    (cure.step)(&mut ground);
    match cure.then {
        Then::HandedOver => {}
        Then::Restarted => ground.restart(),
        Then::ChartRead | Then::ChangeSeen | Then::TriedAgain => ground.wait().await,
        Then::Retried => {
            let action = Action::new(Act::Retry, &named(&binding));
            act(&mut ground, &binding, &action).await?;
        }
    }
    ground.run().await?;
    ground.run().await?;
    let left = ground.bindings().await?;
    match left.iter().find(|it| it.findings().next().is_some()) {
        None => Ok(()),
        Some(binding) => Err(format!("something is left: {}", told(binding))),
    }
}

/// How a world is when a scenario begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing was ever handed over.
    Nothing,
    /// The invoice was posted, and nothing is wrong with it.
    Posted,
}

/// Lets the finding arise and runs each command that is offered for it, each in a world of its own: none may be denied,
/// and what decides the matter must end it. Gives the commands; none where a posted invoice does not come to the finding.
///
/// # Errors
/// What did not happen.
pub async fn play_acts(scenario: &Scenario, before: Before) -> Result<Vec<Act>, String> {
    let rule = scenario.rule();
    let first = match arise(&mut begin(before).await?, scenario).await? {
        Arisen::Found(binding) => binding,
        Arisen::Not(_) if before == Before::Posted => return Ok(Vec::new()),
        Arisen::Not(instead) => return Err(instead),
    };
    let offered = offered(&first, &rule);
    for index in 0..offered.len() {
        let mut ground = begin(before).await?;
        let binding = must_arise(&mut ground, scenario).await?;
        let same = self::offered(&binding, &rule);
        let Some(action) = same.get(index) else {
            return Err("another world offers other commands".to_owned());
        };
        act(&mut ground, &binding, action).await?;
        ground.run().await?;
        ground.run().await?;
        let is_left = ground.found(&rule).await?;
        // Nothing was mended, so a retry may come to the same; everything else decides.
        if action.act != Act::Retry
            && let Some(binding) = is_left
        {
            return Err(format!("`{}` left {}", action.command, told(&binding)));
        }
    }
    Ok(offered.into_iter().map(|action| action.act).collect())
}

async fn begin(before: Before) -> Result<Ground, String> {
    let mut ground = Ground::lay();
    if before == Before::Posted {
        ground.hand_over(|_| {});
        ground.run().await?;
        ground.pass().await;
        ground.restart();
    }
    Ok(ground)
}

/// What came of everything that lets a finding arise.
enum Arisen {
    /// The binding that has it.
    Found(Box<Binding>),
    /// How everything is instead.
    Not(String),
}

async fn must_arise(ground: &mut Ground, scenario: &Scenario) -> Result<Box<Binding>, String> {
    match arise(ground, scenario).await? {
        Arisen::Found(binding) => Ok(binding),
        Arisen::Not(instead) => Err(instead),
    }
}

/// An error is a run that failed: whether the finding arises is then not known.
async fn arise(ground: &mut Ground, scenario: &Scenario) -> Result<Arisen, String> {
    let rule = scenario.rule();
    for (at, step) in scenario.arises.iter().enumerate() {
        if at > 0 {
            ground.pass().await;
        }
        step(ground);
        ground.run().await?;
    }
    if let Some(found) = ground.found(&rule).await? {
        return Ok(Arisen::Found(Box::new(found)));
    }
    let all = ground.bindings().await?;
    let all: Vec<String> = all.iter().map(told).collect();
    let instead = format!("it does not arise: {}", all.join("; "));
    Ok(Arisen::Not(instead))
}

fn offered(binding: &Binding, rule: &Rule) -> Vec<Action> {
    let advice = advise(binding).into_iter();
    let mut of_rule = advice.filter(|advice| advice.finding.rule == *rule);
    of_rule
        .next()
        .map_or_else(Vec::new, |advice| advice.actions)
}

fn named(binding: &Binding) -> String {
    let key = &binding.key.document;
    format!("{}/{}/{}", key.host, key.kind.as_str(), key.id)
}

fn told(binding: &Binding) -> String {
    let findings: Vec<String> = binding
        .findings()
        .map(|it| format!("{it} {:?}", it.detail))
        .collect();
    format!(
        "{} is {}: {}",
        binding.key,
        binding.state.name(),
        findings.join(", ")
    )
}
