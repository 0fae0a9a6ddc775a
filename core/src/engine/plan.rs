//! What should be done about a document, and why: from document, settings, chart and binding alone.

use super::elsewhere::{besides, cannot_leave};
use super::erased::of_erased;
use super::summary::{Gathering, gathering};
use super::undo::{reversal_at_hand, undone};
use super::{Binding, ContentHash, Decision, Posted, SkipReason, Wanted};
use crate::check::{Finding, Rule, show};
use crate::document::{ConnectionId, Document, ProviderContactId};
use crate::mapping;
use crate::provider::{
    Capability, Chart, ContactAnswer, ContactCandidate, ContactWanted, Posting, SnapshotStatus,
};
use crate::settings::Settings;

/// Everything that a plan looks at.
#[derive(Clone, Copy, Debug)]
pub struct PlanInput<'a> {
    /// The binding.
    pub binding: &'a Binding,
    /// The host's document.
    pub document: &'a Document,
    /// The settings of the connection.
    pub settings: &'a Settings,
    /// The provider's reference data.
    pub chart: &'a Chart,
    /// What the provider can do.
    pub capability: &'a Capability,
}

/// A plan for one document.
#[expect(
    clippy::large_enum_variant,
    reason = "a plan is taken apart where it is made"
)]
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// This should be done once its contact is known.
    NeedsContact(Sketch),
    /// This should be done.
    Decided(Decision),
}

/// A document that lacks nothing but the provider's contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// Who is to be found.
    pub wanted: ContactWanted,
    /// The field that names who it is.
    field: &'static str,
    /// What the provider should hold, for nobody yet.
    posting: Posting,
    /// What the provider holds, if it does.
    held_there: Option<HeldThere>,
    /// The summary that it waits for, where it does not travel alone.
    gathers: Option<Gathering>,
}

/// What a posting is compared with.
#[derive(Clone, Debug, PartialEq)]
struct HeldThere {
    posting: ContentHash,
    edit: Option<Finding>,
    /// Whether it was bound as it was found, and the host has not changed its document since.
    kept: bool,
    /// Why it must not be changed, if it must not.
    lock: Option<Finding>,
    /// What is told of it even where it agrees.
    besides: Vec<Finding>,
}

impl Sketch {
    /// The posting for what the provider answered about the contact.
    ///
    /// # Errors
    ///
    /// The finding that the contact cannot be used.
    pub fn posting(self, answer: &ContactAnswer) -> Result<Posting, Box<Finding>> {
        let contact = usable(answer, &self.wanted, self.field)?.clone();
        Ok(Posting {
            contact,
            ..self.posting
        })
    }

    /// The decision for what the provider answered about the contact.
    #[must_use]
    pub fn decide(self, answer: &ContactAnswer) -> Decision {
        let contact = match usable(answer, &self.wanted, self.field) {
            Ok(contact) => contact.clone(),
            Err(finding) => return Decision::Hold(vec![*finding]),
        };
        let posting = Posting {
            contact,
            ..self.posting
        };
        match self.held_there {
            None => match self.gathers {
                Some(gathering) => Decision::Skip(gathering.reason(&posting)),
                None => Decision::Create(posting),
            },
            Some(held) if held.kept || held.posting == ContentHash::of(&posting) => {
                let findings: Vec<Finding> = held.edit.into_iter().chain(held.besides).collect();
                if findings.is_empty() {
                    Decision::Agrees
                } else {
                    Decision::Hold(findings)
                }
            }
            // A period that was locked since concerns only what is still to be changed.
            Some(HeldThere { lock: None, .. }) => Decision::Update(posting),
            Some(HeldThere {
                lock: Some(finding),
                besides,
                ..
            }) => Decision::Hold(std::iter::once(finding).chain(besides).collect()),
        }
    }
}

/// What a document that was never sent would be, to be compared with what the provider holds already; lock dates
/// do not matter, since nothing is sent. `None` for what is deliberately not sent or was let go.
///
/// # Errors
///
/// Every reason why it cannot be worked out.
pub fn sketch_to_compare(input: &PlanInput<'_>) -> Result<Option<Sketch>, Vec<Finding>> {
    match input.binding.wanted {
        _ if input.binding.undo.is_some() || input.binding.summary.is_some() => return Ok(None),
        _ if input.binding.erased.is_some() => return Ok(None),
        Wanted::Gone | Wanted::Draft => return Ok(None),
        Wanted::Unknown => return Err(vec![unknown_status(input.document)]),
        Wanted::Live => {}
    }
    let (settings, chart, capability) = (input.settings, input.chart, input.capability);
    if mapping::out_of_scope(input.document, settings).is_some() {
        return Ok(None);
    }
    let host = &input.binding.key.document.host;
    let wanted = mapping::contact_wanted(host, input.document, settings)?;
    let posting =
        mapping::posting_to_compare(input.document, settings, chart, capability, &nobody())?;
    Ok(Some(Sketch {
        wanted,
        field: mapping::contact_field(input.document, &settings.contacts),
        posting,
        held_there: None,
        gathers: None,
    }))
}

/// Decides what should be done about a document.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let held_there = input
        .binding
        .posted
        .as_ref()
        .filter(|posted| posted.status.is_live());
    if let Some(decision) = undone(input) {
        return Plan::Decided(decision);
    }
    if let Some(membership) = &input.binding.summary {
        let number = membership.number.clone();
        return Plan::Decided(Decision::Skip(SkipReason::InSummary { number }));
    }
    match input.binding.wanted {
        Wanted::Gone => return Plan::Decided(let_go(input)),
        Wanted::Unknown => {
            return Plan::Decided(Decision::Hold(vec![unknown_status(input.document)]));
        }
        Wanted::Draft if held_there.is_none() => {
            return Plan::Decided(Decision::Skip(SkipReason::Draft));
        }
        Wanted::Draft | Wanted::Live => {}
    }
    if let Some(decision) = of_erased(input.binding) {
        return Plan::Decided(decision);
    }
    if let Some(elsewhere) = &input.binding.elsewhere {
        match held_there {
            None => {
                let reason = SkipReason::RoutedTo(elsewhere.to.clone());
                return Plan::Decided(Decision::Skip(reason));
            }
            Some(posted) if input.binding.leaves() => {
                return Plan::Decided(leave(input, &elsewhere.to, posted));
            }
            Some(_) => {}
        }
    }
    if held_there.is_none()
        && let Some(reason) = mapping::out_of_scope(input.document, input.settings)
    {
        return Plan::Decided(Decision::Skip(reason));
    }
    if held_there.is_none()
        && let Some(finding) = mapping::kind_not_kept(input.document.kind(), input.capability)
    {
        return Plan::Decided(Decision::Hold(vec![finding]));
    }
    sketch(input, held_there)
}

/// What should stand at the provider, for whoever the contact turns out to be.
fn sketch(input: &PlanInput<'_>, held_there: Option<&Posted>) -> Plan {
    let wanted = match mapping::contact_wanted(
        &input.binding.key.document.host,
        input.document,
        input.settings,
    ) {
        Ok(wanted) => wanted,
        Err(findings) => return Plan::Decided(Decision::Hold(findings)),
    };
    let (settings, chart, capability) = (input.settings, input.chart, input.capability);
    let gathers = gathers(input);
    // What is held anyway is held before anybody is asked for, or even made, for its sake.
    let posting = match held_there {
        None => mapping::posting(input.document, settings, chart, capability, &nobody()),
        Some(_) => {
            mapping::posting_to_compare(input.document, settings, chart, capability, &nobody())
        }
    };
    match posting {
        Err(findings) => {
            let besides = besides(input.binding);
            Plan::Decided(Decision::Hold(
                findings.into_iter().chain(besides).collect(),
            ))
        }
        Ok(posting) => {
            let misfits = match (input.document, &gathers) {
                (Document::Invoice(invoice), Some(_)) => {
                    mapping::unfit_for_summary(invoice, &posting, capability)
                }
                (Document::Invoice(_) | Document::Bill(_) | Document::PurchaseOrder(_), _) => {
                    Vec::new()
                }
            };
            if !misfits.is_empty() {
                return Plan::Decided(Decision::Hold(misfits));
            }
            Plan::NeedsContact(Sketch {
                wanted,
                field: mapping::contact_field(input.document, &settings.contacts),
                posting,
                held_there: held_there.map(|posted| HeldThere {
                    posting: posted.posting.clone(),
                    edit: posted.edit.clone(),
                    kept: posted
                        .as_found
                        .as_ref()
                        .is_some_and(|found| found.content == input.binding.content),
                    lock: mapping::period_lock(input.document, chart),
                    besides: besides(input.binding),
                }),
                gathers,
            })
        }
    }
}

/// For what the document gathers: never what was sent alone before, in whatever form it came back.
fn gathers(input: &PlanInput<'_>) -> Option<Gathering> {
    let key = &input.binding.key;
    let is_new = input.binding.posted.is_none() && input.binding.roster.is_none();
    is_new
        .then(|| {
            gathering(
                &key.document.host,
                &key.connection,
                input.document,
                input.settings,
            )
        })
        .flatten()
}

fn nobody() -> ProviderContactId {
    ProviderContactId::new("nobody").expect("a short text without control characters")
}

fn let_go(input: &PlanInput<'_>) -> Decision {
    let binding = input.binding;
    let Some(posted) = &binding.posted else {
        return Decision::Gone;
    };
    if binding.is_reversed() {
        return Decision::Gone;
    }
    match reversal_at_hand(binding, "the host let it go") {
        Some(Decision::Hold(findings)) => {
            let refused = |finding| Finding {
                rule: Rule::VoidRefused,
                ..finding
            };
            return Decision::Hold(findings.into_iter().map(refused).collect());
        }
        Some(decision) => return decision,
        None => {}
    }
    if posted.status.is_live()
        && let Some(finding) = mapping::period_lock(input.document, input.chart)
    {
        return Decision::Hold(vec![Finding {
            rule: Rule::VoidRefused,
            ..finding
        }]);
    }
    match &posted.status {
        SnapshotStatus::Voided | SnapshotStatus::Deleted => Decision::Gone,
        SnapshotStatus::Draft | SnapshotStatus::Submitted | SnapshotStatus::Other(_) => {
            Decision::Void
        }
        // Ours are taken back first: until then the void is not due.
        SnapshotStatus::Authorised | SnapshotStatus::Paid
            if !is_settled_by_others(binding, posted, input.settings) =>
        {
            Decision::Void
        }
        SnapshotStatus::Authorised | SnapshotStatus::Paid => {
            let finding = Finding::new(
                Rule::VoidRefused,
                format!(
                    "the host let {} go, but the accounting system has payments on it",
                    binding.number
                ),
                "Delete the payments in the accounting system, and it is voided by itself; or restore the document in the host.",
            );
            Decision::Hold(vec![finding.with_detail(payments(posted))])
        }
    }
}

/// Takes a live document out of the books for another connection, unless something stands in the way.
fn leave(input: &PlanInput<'_>, to: &ConnectionId, posted: &Posted) -> Decision {
    let note = input.binding.note_left();
    let cannot = |why: &str, remedy: &str| cannot_leave(input.binding, why, remedy);
    if let Some(lock) = mapping::period_lock(input.document, input.chart) {
        let finding = cannot(&lock.message, &lock.remedy);
        return Decision::Hold(std::iter::once(finding).chain(note.cloned()).collect());
    }
    if let Some(note) = note {
        return Decision::Hold(vec![cannot(&note.message, &note.remedy)]);
    }
    let is_paid = match &posted.status {
        SnapshotStatus::Paid => true,
        SnapshotStatus::Draft
        | SnapshotStatus::Submitted
        | SnapshotStatus::Authorised
        | SnapshotStatus::Voided
        | SnapshotStatus::Deleted
        | SnapshotStatus::Other(_) => !posted.payments.is_empty(),
    };
    if !is_paid {
        return Decision::Leave(to.clone());
    }
    let finding = cannot(
        "the accounting system has payments on it",
        "Delete the payments in the accounting system, or correct the document in the host or the routes.",
    );
    Decision::Hold(vec![finding.with_detail(payments(posted))])
}

fn payments(posted: &Posted) -> Vec<String> {
    let told = posted.payments.iter().map(|payment| {
        format!(
            "payment {} of {}: {}",
            payment.id,
            payment.date,
            show::money(payment.amount, payment.currency)
        )
    });
    told.collect()
}

/// Whether anything but payments of ours keeps the document from being voided.
fn is_settled_by_others(binding: &Binding, posted: &Posted, settings: &Settings) -> bool {
    let takes_back = settings.host_payments.is_some();
    let companions = &binding.companions;
    let others = posted
        .payments
        .iter()
        .any(|payment| companions.is_in_the_way(&binding.key, payment, takes_back));
    // Paid without a payment: by what the provider does not tell.
    let unexplained = posted.status == SnapshotStatus::Paid && posted.payments.is_empty();
    others || unexplained
}

fn unknown_status(document: &Document) -> Finding {
    let status = match document {
        Document::Invoice(invoice) => invoice.status.as_str(),
        Document::Bill(bill) => bill.status.as_str(),
        Document::PurchaseOrder(order) => order.status.as_str(),
    };
    Finding::new(
        Rule::StatusUnknown,
        "the host's status has no meaning here",
        "Send one of draft, final, voided or reversed (a purchase order: draft, final or cancelled).",
    )
    .at("status", status)
}

fn usable<'a>(
    answer: &'a ContactAnswer,
    wanted: &ContactWanted,
    field: &str,
) -> Result<&'a ProviderContactId, Box<Finding>> {
    match answer {
        ContactAnswer::Found { id, .. } => Ok(id),
        ContactAnswer::Archived { contact } => Err(Box::new(
            Finding::new(
                Rule::ContactArchived,
                format!("the contact {} is archived in the accounting system", contact.name),
                "Restore the contact in the accounting system, or bill somebody else, and retry.",
            )
            .at(field, &wanted.name),
        )),
        ContactAnswer::Ambiguous { candidates } => Err(Box::new(
            Finding::new(
                Rule::ContactAmbiguous,
                "several contacts of the accounting system fit equally well",
                "Merge or rename them in the accounting system so that one is left, and retry.",
            )
            .at(field, &wanted.name)
            .with_detail(names(candidates)),
        )),
        ContactAnswer::Missing { near } => Err(Box::new(
            Finding::new(
                Rule::ContactMissing,
                "no contact of the accounting system fits, and the settings create none",
                format!(
                    "Create the contact in the accounting system, or {}, and retry.",
                    creating(field).0
                ),
            )
            .mended_in(creating(field).1)
            .at(field, &wanted.name)
            .with_detail(names(near)),
        )),
        ContactAnswer::Refused { messages } => Err(Box::new(Finding::new(
            Rule::ContactRefused,
            "no contact of the accounting system fits, and the accounting system refused to make one",
            "Correct the contact's details in the host, or create the contact in the accounting system, and retry.",
        )
        .at(field, &wanted.name)
        .with_detail(messages.clone()))),
    }
}

/// What lets a contact be made that nobody matches, by the field or the setting that names it, and the key of that.
fn creating(field: &str) -> (&'static str, &str) {
    match field {
        "bill_to.name" | "bill_to.attention" => (
            "set `contacts.create_missing = true`",
            "contacts.create_missing",
        ),
        "supplier.name" => (
            "set `contacts.create_missing_suppliers = true`",
            "contacts.create_missing_suppliers",
        ),
        setting => ("correct its name in the settings", setting),
    }
}

fn names(candidates: &[ContactCandidate]) -> Vec<String> {
    candidates
        .iter()
        .map(|candidate| format!("{} ({})", candidate.name, candidate.id))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_says_of_a_contact_that_it_refuses_is_in_the_finding() {
        let wanted = ContactWanted {
            number: None,
            name: "Totara".to_owned(),
            email: None,
            first_name: None,
            last_name: None,
            tax_number: None,
            phones: crate::document::Phones::default(),
            address: None,
            create_missing: true,
        };
        let messages = vec!["Email address must be valid.".to_owned()];
        let answer = ContactAnswer::Refused {
            messages: messages.clone(),
        };
        let finding = usable(&answer, &wanted, "bill_to.name").unwrap_err();
        assert_eq!(
            (finding.rule, finding.field.as_str(), finding.detail),
            (Rule::ContactRefused, "bill_to.name", messages)
        );
    }
}
