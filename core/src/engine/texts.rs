//! Where words stand that people wrote, or that repeat what they wrote: in bindings and in lines of the journal.

use super::{Binding, Entry, Event, SkipReason, State};
use crate::check::Finding;
use crate::document::Payment;
use crate::host::WriteBack;

/// What is done with each text.
type Visit<'a> = &'a mut dyn FnMut(&mut String);

impl Binding {
    /// Hands on every text that may name somebody. Identifiers, numbers, dates, amounts and fingerprints are none.
    pub(crate) fn texts_mut(&mut self, visit: Visit<'_>) {
        match &mut self.state {
            State::Held { findings } => findings.iter_mut().for_each(|it| of_finding(it, visit)),
            State::Rejected { finding } | State::Removed { finding } => of_finding(finding, visit),
            State::Skipped {
                reason: SkipReason::ByOperator { because, .. } | SkipReason::Undone { because, .. },
            } => of(because, visit),
            State::Skipped {
                reason:
                    SkipReason::Draft
                    | SkipReason::BeforeSyncFrom(_)
                    | SkipReason::KindNotSent
                    | SkipReason::RoutedTo(_)
                    | SkipReason::Gathers { .. }
                    | SkipReason::InSummary { .. },
            }
            | State::Waiting { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Voided
            | State::Detached => {}
        }
        if let Some(undo) = &mut self.undo {
            of(&mut undo.because, visit);
        }
        if let Some(posted) = &mut self.posted {
            posted
                .payments
                .iter_mut()
                .for_each(|it| of_payment(it, visit));
            if let Some(edit) = &mut posted.edit {
                of_finding(edit, visit);
            }
        }
        if let Some(notice) = &mut self.told.posting {
            of(&mut notice.message, visit);
        }
        for told in self.told.payments.values_mut() {
            of_payment(&mut told.payment, visit);
        }
        for (item, finding) in &mut self.told.refused {
            of_write_back(item, visit);
            of_finding(finding, visit);
        }
        for item in self.companions.items.values_mut() {
            if let Some(finding) = item.state.finding_mut() {
                of_finding(finding, visit);
            }
        }
    }
}

impl Entry {
    /// Hands on every text of the line that may name somebody.
    pub(crate) fn texts_mut(&mut self, visit: Visit<'_>) {
        match &mut self.event {
            Event::HostChanged { .. } | Event::Departed { .. } | Event::Landed { .. } => {}
            Event::Held { findings } => findings.iter_mut().for_each(|it| of_finding(it, visit)),
            Event::Refused { finding }
            | Event::DeliveryRefused { finding, .. }
            | Event::RecordUnreadable { finding } => of_finding(finding, visit),
            Event::Planned { why: text, .. }
            | Event::InDoubt { why: text }
            | Event::Resolved { why: text }
            | Event::PutBack { why: text }
            | Event::Ignored { why: text }
            | Event::ProviderChanged { what: text }
            | Event::Delivered { what: text, .. }
            | Event::Operator { action: text } => visit(text),
            Event::Adopted { differences, .. } => differences.iter_mut().for_each(visit),
            Event::Companion {
                what,
                happened,
                finding,
            } => {
                visit(what);
                visit(happened);
                if let Some(finding) = finding {
                    of_finding(finding, visit);
                }
            }
        }
    }
}

fn of_finding(finding: &mut Finding, visit: Visit<'_>) {
    visit(&mut finding.value);
    visit(&mut finding.message);
    visit(&mut finding.remedy);
    for detail in &mut finding.detail {
        visit(detail);
    }
}

fn of_payment(payment: &mut Payment, visit: Visit<'_>) {
    of(&mut payment.reference, visit);
}

fn of_write_back(item: &mut WriteBack, visit: Visit<'_>) {
    match item {
        WriteBack::Posting { notice, .. } => of(&mut notice.message, visit),
        WriteBack::Payment { payment, .. } | WriteBack::PaymentRemoved { payment, .. } => {
            of_payment(payment, visit);
        }
        WriteBack::Settlement { .. } => {}
    }
}

fn of(text: &mut Option<String>, visit: Visit<'_>) {
    if let Some(text) = text {
        visit(text);
    }
}
