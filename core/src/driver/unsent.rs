//! What documents that were never sent would be, without making anything for their sake.

use std::collections::BTreeMap;

use super::DriverError;
use super::adoption::Unsent;
use super::preview::to_be_made;
use super::site::{ConnectionSite, World};
use crate::check::Finding;
use crate::document::Document;
use crate::engine::{Binding, PlanInput, Sketch, sketch_to_compare};
use crate::provider::{Chart, ContactAnswer, ContactWanted};

/// Contacts asked for in one call to the provider.
const CONTACTS_ASKED_MAX: usize = 500;

impl World {
    /// Documents as they would be sent, and those that cannot be worked out. What is deliberately not sent is in
    /// neither.
    pub(super) async fn unsent(
        &self,
        site: &ConnectionSite,
        pairs: Vec<(Binding, Document)>,
    ) -> Result<(Vec<Unsent>, Vec<(Binding, Vec<Finding>)>), DriverError> {
        let now = self.clock.now();
        let chart = site
            .book
            .chart(
                self.store.as_ref(),
                site.provider.as_ref(),
                &self.limits,
                now,
            )
            .await?;
        let mut sketches: Vec<(Binding, Sketch)> = Vec::new();
        let mut unfit = Vec::new();
        for (binding, document) in pairs {
            match sketch(site, &chart, &binding, &document) {
                Ok(Some(sketch)) => sketches.push((binding, sketch)),
                Ok(None) => {}
                Err(findings) => unfit.push((binding, findings)),
            }
        }
        let answers = self.contacts_as_they_are(site, &sketches).await?;
        let mut unsent = Vec::new();
        for (binding, sketch) in sketches {
            let wanted = &sketch.wanted;
            let missing = ContactAnswer::Missing { near: Vec::new() };
            let answer = match answers.get(&wanted.key()).unwrap_or(&missing) {
                ContactAnswer::Missing { .. } if wanted.create_missing => to_be_made(),
                answer => answer.clone(),
            };
            match sketch.posting(&answer) {
                Ok(posting) => unsent.push((binding, posting)),
                Err(finding) => unfit.push((binding, vec![*finding])),
            }
        }
        Ok((unsent, unfit))
    }

    /// What is known of the wanted contacts, from memory or from the provider; none is made.
    async fn contacts_as_they_are(
        &self,
        site: &ConnectionSite,
        sketches: &[(Binding, Sketch)],
    ) -> Result<BTreeMap<String, ContactAnswer>, DriverError> {
        let now = self.clock.now();
        let mut answers = BTreeMap::new();
        let mut unknown: BTreeMap<String, ContactWanted> = BTreeMap::new();
        for (_, sketch) in sketches {
            let key = sketch.wanted.key();
            if answers.contains_key(&key) || unknown.contains_key(&key) {
                continue;
            }
            let known = site
                .book
                .contact(self.store.as_ref(), &sketch.wanted, &self.limits, now)
                .await?;
            match known {
                Some(answer) => drop(answers.insert(key, answer)),
                None => {
                    let wanted = ContactWanted {
                        create_missing: false,
                        ..sketch.wanted.clone()
                    };
                    unknown.insert(key, wanted);
                }
            }
        }
        let unknown: Vec<(String, ContactWanted)> = unknown.into_iter().collect();
        for some in unknown.chunks(CONTACTS_ASKED_MAX) {
            let wanted: Vec<ContactWanted> =
                some.iter().map(|(_, wanted)| wanted.clone()).collect();
            let told = site.provider.resolve_contacts(&wanted).await?;
            answers.extend(some.iter().map(|(key, _)| key.clone()).zip(told));
        }
        Ok(answers)
    }
}

fn sketch(
    site: &ConnectionSite,
    chart: &Chart,
    binding: &Binding,
    document: &Document,
) -> Result<Option<Sketch>, Vec<Finding>> {
    sketch_to_compare(&PlanInput {
        binding,
        document,
        settings: &site.settings,
        chart,
        capability: site.provider.capability(),
    })
}
