//! What goes out beside a document, in words: where it stands, and what would leave.

use super::companion_wants::{to_make, wants};
use super::companions_wanted::{is_same, latest};
use super::{Binding, CompanionContent, CompanionState, PaymentToMake};
use crate::check::show;
use crate::document::Document;
use crate::settings::{HostPayments, Settings};

/// Everything beside a document and where it stands, in words: what is known, and what the settings keep in the host.
#[must_use]
pub fn companions_told(
    binding: &Binding,
    document: Option<&Document>,
    settings: &Settings,
) -> Vec<(String, String)> {
    let note = binding.reversal.iter().map(|reversal| {
        let amount = show::money(reversal.note.totals.gross, reversal.note.currency);
        let what = format!("{reversal} of {amount}, dated {}", reversal.note.date);
        let standing = match reversal.state.note_id() {
            Some(id) => format!("{} ({id})", reversal.state.name()),
            None => reversal.state.name().to_owned(),
        };
        (what, standing)
    });
    let items = binding.companions.items.values();
    let known = items.map(|item| {
        let mut standing = item.state.name().to_owned();
        if let Some(why) = binding.keeps_waiting(item) {
            standing = format!("{standing}: {why}");
        } else if let Some(id) = item.state.payment_id() {
            standing = format!("{standing} ({id})");
        } else if let Some(at) = item.not_before {
            standing = format!(
                "{standing}, next looked at {}",
                at.format("%Y-%m-%d %H:%M:%S")
            );
        }
        (item.what.to_string(), standing)
    });
    let mut told: Vec<_> = note.chain(known).collect();
    let Some(document) = document else {
        return told;
    };
    let off = |setting: &str| format!("stays in the host: `{setting}` is not set");
    if settings.host_payments.is_none() {
        let payments = document.payments().unwrap_or_default().iter();
        let own = payments.filter(|payment| payment.ledger_payment_id.is_none());
        told.extend(own.map(|payment| {
            let PaymentToMake {
                id, date, amount, ..
            } = to_make(binding, payment, &HostPayments::default());
            (
                format!("payment {id} of {amount} on {date}"),
                off("host_payments"),
            )
        }));
    }
    if settings.attachments.is_off() {
        let files = document.attachments().iter();
        told.extend(files.map(|file| (format!("file {}", file.name), off("attachments"))));
    }
    told
}

/// What would leave for a document beside what is known of it already, in words.
#[must_use]
pub fn companions_to_send(
    binding: &Binding,
    document: &Document,
    settings: &Settings,
) -> Vec<String> {
    let wants = wants(binding, document, settings);
    let items = &binding.companions.items;
    let payments = wants.payments.into_iter().flatten().filter(|wanted| {
        latest(&binding.companions, wanted).is_none_or(|(_, item)| match &item.state {
            CompanionState::Done { .. } => !is_same(&item.what, wanted),
            CompanionState::Kept { .. } | CompanionState::Removed { .. } => false,
            CompanionState::Missed { .. } => false,
            CompanionState::Wanted { .. }
            | CompanionState::Missing { .. }
            | CompanionState::Sent(_)
            | CompanionState::Unsure(_)
            | CompanionState::Refused { .. }
            | CompanionState::TakingBack { .. }
            | CompanionState::TakenBack { .. } => true,
        })
    });
    let payments = payments.map(|payment| CompanionContent::Payment(payment).to_string());
    let papers = wants.papers.into_iter().filter_map(|(key, paper)| {
        let is_done = items
            .get(&key)
            .is_some_and(|item| matches!(item.state, CompanionState::Done { .. }));
        let what = paper.ok().filter(|_| !is_done)?;
        Some(what.to_string())
    });
    payments.chain(papers).collect()
}
