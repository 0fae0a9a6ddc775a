//! Which documents of a plan would be sent just as planned now, and what changed of the others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::run::Job;
use super::told::Executed;
use crate::document::{Document, ProviderContactId};
use crate::driver::DriverError;
use crate::driver::preview::{Aspirant, Drafted, TO_BE_MADE, party};
use crate::driver::site::ConnectionSite;
use crate::engine::{
    Action, Binding, BindingKey, Changed, ContentHash, Intention, Plan, SkipReason, State,
    posting_fields,
};
use crate::mapping;
use crate::provider::{Chart, Confidence, ContactAnswer, ContactWanted, Posting};

/// The oldest chart that a plan is compared by.
const CHART_AGE_MAX: Duration = Duration::from_secs(60);

/// A document that is to be sent.
pub(super) struct Going {
    pub(super) intention: Intention,
    pub(super) drafted: Drafted,
}

/// What a comparison came to; what was refused is told already.
pub(super) struct Verified {
    pub(super) going: Vec<Going>,
    /// Documents that stand as planned, so that only what goes out beside them is left, with what to tell.
    pub(super) beside: Vec<(Intention, Executed)>,
}

impl Job<'_> {
    /// Compares some documents of a plan with what would be done now.
    pub(super) async fn verify(
        &mut self,
        site: &Arc<ConnectionSite>,
        page: Vec<Intention>,
    ) -> Result<Verified, DriverError> {
        let chart = self.chart(site).await?;
        let leaving: Vec<BindingKey> = page.iter().filter_map(leaves_from).collect();
        self.world.leave_late(&leaving).await?;
        let keys: Vec<BindingKey> = page.iter().map(Intention::key).collect();
        let known: BTreeMap<BindingKey, (Binding, Option<Document>)> = self
            .world
            .subjects(&keys)
            .await?
            .into_iter()
            .map(|(binding, document)| (binding.key.clone(), (binding, document)))
            .collect();
        let mut verified = Verified {
            going: Vec::new(),
            beside: Vec::new(),
        };
        let mut planned: BTreeMap<BindingKey, Intention> = BTreeMap::new();
        let mut aspirants = Vec::new();
        for intention in page {
            let subject = known.get(&intention.key());
            let Some((binding, Some(document))) = subject else {
                let changed = match &intention.leaves {
                    Some(from) => changed("leaves first", from.as_str(), "it is still there"),
                    None => changed("the document", "known", "not known here"),
                };
                self.say(&intention, Executed::refused(changed));
                continue;
            };
            if is_gone_already(&intention, binding) {
                verified.beside.push((intention, Executed::Already));
                continue;
            }
            if binding.departure().is_some() {
                self.say(&intention, Executed::InDoubt);
                continue;
            }
            self.assume_contact(site, &intention, binding, document)
                .await?;
            let mut aspirant = Aspirant::new(binding.clone(), document.clone());
            aspirant.leaves.clone_from(&intention.leaves);
            aspirants.push(aspirant);
            planned.insert(intention.key(), intention);
        }
        let drafted = self
            .world
            .draft_page(site, aspirants, &mut self.pass)
            .await?;
        // They are in the plan themselves.
        self.pass.forget_arriving();
        for drafted in drafted {
            if let Some(intention) = planned.remove(&drafted.binding.key) {
                self.judge(site, &chart, intention, drafted, &mut verified)
                    .await?;
            }
        }
        Ok(verified)
    }

    /// The chart, read anew when it is not quite fresh: what is held by it may go, and the other way round.
    async fn chart(&mut self, site: &Arc<ConnectionSite>) -> Result<Arc<Chart>, DriverError> {
        let world = &self.world;
        let (store, provider) = (world.store.as_ref(), site.provider.as_ref());
        let now = world.clock.now();
        let age_max = match self.charted.contains(&site.id) {
            true => world.limits.chart_age_max,
            false => CHART_AGE_MAX,
        };
        let chart = site
            .book
            .chart_of_age(store, provider, age_max, now)
            .await?;
        world.review_chart(site, &chart).await?;
        self.charted.insert(site.id.clone());
        Ok(chart)
    }

    /// A contact that was to be made counts as missing without another look, unless it is known by now.
    async fn assume_contact(
        &mut self,
        site: &ConnectionSite,
        intention: &Intention,
        binding: &Binding,
        document: &Document,
    ) -> Result<(), DriverError> {
        if intention.makes_contact.is_none() || binding.is_bound() {
            return Ok(());
        }
        let host = &binding.key.document.host;
        let Ok(wanted) = mapping::contact_wanted(host, document, &site.settings) else {
            return Ok(());
        };
        let world = &self.world;
        let (store, now) = (world.store.as_ref(), world.clock.now());
        let known = site
            .book
            .contact(store, &wanted, &world.limits, now)
            .await?;
        let answer = known.filter(|answer| matches!(answer, ContactAnswer::Found { .. }));
        let missing = ContactAnswer::Missing { near: Vec::new() };
        let key = (site.id.clone(), wanted.key());
        self.pass.contacts.insert(key, answer.unwrap_or(missing));
        Ok(())
    }

    /// Sorts one document.
    async fn judge(
        &mut self,
        site: &ConnectionSite,
        chart: &Chart,
        intention: Intention,
        drafted: Drafted,
        verified: &mut Verified,
    ) -> Result<(), DriverError> {
        let stands = match drafted.binding.state {
            State::Posted => self.as_it_stands(site, chart, &intention, &drafted).await?,
            _ => drafted.posting.clone(),
        };
        let is_sure = self.is_sure(site, drafted.wanted.as_ref());
        let normal = stands.map(|posting| as_planned(posting, &intention, is_sure, chart));
        let as_wanted = normal.as_ref().is_some_and(|posting| {
            intention.posting.as_deref() == Some(ContentHash::of(posting).as_str())
        });
        let writes = match intention.action {
            Action::Create | Action::Update => true,
            Action::Void | Action::Beside => false,
        };
        let Some(now) = drafted.preview.intention.as_deref() else {
            let is_so = match intention.action {
                Action::Create | Action::Update => as_wanted,
                // Both sides may agree that it stands: the host or a person thought better of it.
                Action::Void => !drafted.binding.is_bound(),
                Action::Beside => true,
            };
            if drafted.is_settled() && is_so {
                verified.beside.push((intention, Executed::Already));
            } else {
                let became = not_done(&intention, &drafted, normal.as_ref(), chart);
                self.say(&intention, became);
            }
            return Ok(());
        };
        // The document stands as planned, and something beside it is still to go.
        let is_rest = writes && now.action == Action::Beside && as_wanted;
        let is_partly_done = is_rest || intention.action == Action::Beside;
        let mut now = match (is_rest, &normal) {
            (true, _) => Intention {
                beside: now.beside.clone(),
                ..intention.clone()
            },
            (false, Some(posting)) if now.posting.is_some() => Intention {
                posting: Some(ContentHash::of(posting).as_str().to_owned()),
                fields: posting_fields(posting, &party(posting, &drafted.preview.contact), chart),
                makes_options: options_of(posting),
                ..now.clone()
            },
            (false, _) => now.clone(),
        };
        if is_partly_done && now.beside.iter().all(|it| intention.beside.contains(it)) {
            now.beside.clone_from(&intention.beside);
        }
        let changed = intention.changed(&now);
        if !changed.is_empty() {
            let findings = drafted.preview.findings.clone();
            self.say(&intention, Executed::Refused { changed, findings });
        } else if is_partly_done {
            verified.beside.push((intention, Executed::Done));
        } else {
            verified.going.push(Going { intention, drafted });
        }
        Ok(())
    }

    /// What stands at the provider by the mapping of now, if it is what was sent.
    async fn as_it_stands(
        &self,
        site: &ConnectionSite,
        chart: &Chart,
        intention: &Intention,
        drafted: &Drafted,
    ) -> Result<Option<Posting>, DriverError> {
        let world = &self.world;
        let (binding, document) = (&drafted.binding, &drafted.document);
        let sent = binding.posted.as_ref().map(|posted| &posted.posting);
        let is_sent = |posting: &Posting| Some(&ContentHash::of(posting)) == sent;
        let Plan::NeedsContact(sketch) = world.plan_here(site, chart, binding, document) else {
            return Ok(None);
        };
        let (store, now) = (world.store.as_ref(), world.clock.now());
        let wanted = &sketch.wanted;
        let answer = site.book.contact(store, wanted, &world.limits, now).await?;
        let posting = answer.and_then(|answer| sketch.posting(&answer).ok());
        Ok(posting.filter(is_sent).map(|mut posting| {
            // The party is the one that was planned: by its name there was none before.
            if intention.makes_contact.is_some() {
                before_contact(&mut posting);
            }
            posting
        }))
    }

    fn is_sure(&self, site: &ConnectionSite, wanted: Option<&ContactWanted>) -> bool {
        let Some(wanted) = wanted else { return false };
        match self.pass.contacts.get(&(site.id.clone(), wanted.key())) {
            Some(ContactAnswer::Found { by, .. }) => by.confidence() == Confidence::Sure,
            Some(
                ContactAnswer::Archived { .. }
                | ContactAnswer::Ambiguous { .. }
                | ContactAnswer::Missing { .. }
                | ContactAnswer::Refused { .. },
            )
            | None => false,
        }
    }
}

/// The posting before its contact was made.
pub(super) fn before_contact(posting: &mut Posting) {
    posting.contact =
        ProviderContactId::new(TO_BE_MADE).expect("a short text without control characters");
}

/// A posting in the terms of a plan: what was to be made counts by its name, whoever made it since.
pub(super) fn as_planned(
    mut posting: Posting,
    intention: &Intention,
    is_sure: bool,
    chart: &Chart,
) -> Posting {
    if intention.makes_contact.is_some() && is_sure {
        before_contact(&mut posting);
    }
    for choice in posting.lines.iter_mut().flat_map(|line| &mut line.tracking) {
        let category = chart.tracking.iter().find(|it| it.id == choice.category_id);
        let option = category
            .into_iter()
            .flat_map(|it| &it.options)
            .find(|it| it.id == choice.option_id);
        let made = intention.makes_options.iter().find(|planned| {
            let is_it = option.is_some_and(|option| {
                option.name.trim().to_lowercase() == planned.name.trim().to_lowercase()
            });
            planned.category == choice.category_id && is_it
        });
        if let Some(made) = made {
            choice.option_id = String::new();
            choice.missing = Some(made.name.clone());
        }
    }
    posting
}

fn options_of(posting: &Posting) -> Vec<crate::engine::OptionToMake> {
    let choices = posting.lines.iter().flat_map(|line| &line.tracking);
    let missing = choices.filter_map(|choice| {
        Some(crate::engine::OptionToMake {
            category: choice.category_id.clone(),
            name: choice.missing.clone()?,
        })
    });
    let mut options: Vec<_> = missing.collect();
    options.sort();
    options.dedup();
    options
}

/// The document of a move at the connection that it leaves.
fn leaves_from(intention: &Intention) -> Option<BindingKey> {
    let key = intention.key();
    match (&intention.goes_to, &intention.leaves) {
        (Some(_), _) => Some(key),
        (None, Some(from)) => Some(BindingKey {
            connection: from.clone(),
            ..key
        }),
        (None, None) => None,
    }
}

/// Whether a void was done before: it is out of the books here, or it went where it was to go.
fn is_gone_already(intention: &Intention, binding: &Binding) -> bool {
    let goes_to = matches!(
        &binding.state,
        State::Skipped { reason: SkipReason::RoutedTo(to) } if Some(to) == intention.goes_to.as_ref()
    );
    let is_undone = binding.undone().is_some() && !binding.is_bound();
    let is_void = is_undone || binding.is_out_by_note() || binding.state == State::Voided;
    intention.action == Action::Void && (goes_to || is_void)
}

/// Why nothing would be done now about a document of the plan.
fn not_done(
    intention: &Intention,
    drafted: &Drafted,
    normal: Option<&Posting>,
    chart: &Chart,
) -> Executed {
    let mut now = intention.clone();
    let compares = drafted.is_settled() && intention.posting.is_some();
    if let (true, Some(posting)) = (compares, normal) {
        let party = party(posting, &drafted.preview.contact);
        now.fields = posting_fields(posting, &party, chart);
    }
    let mut differs = intention.changed(&now);
    if differs.is_empty() {
        let why = drafted.preview.why.as_str();
        differs.push(changed("what is done", intention.action.as_str(), why));
    }
    Executed::Refused {
        changed: differs,
        findings: drafted.preview.findings.clone(),
    }
}

pub(super) fn changed(field: &str, planned: &str, now: &str) -> Changed {
    Changed {
        field: field.to_owned(),
        planned: planned.to_owned(),
        now: now.to_owned(),
    }
}

impl Drafted {
    /// Whether nothing is to be done because both sides agree.
    fn is_settled(&self) -> bool {
        use crate::driver::Verdict;
        match self.preview.verdict {
            Verdict::LeftAlone => true,
            Verdict::Create
            | Verdict::Update
            | Verdict::Void
            | Verdict::Beside
            | Verdict::Held
            | Verdict::Skipped
            | Verdict::InDoubt => false,
        }
    }
}
