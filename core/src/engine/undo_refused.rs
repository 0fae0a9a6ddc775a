//! Why a document cannot be taken out of the books, in words: what settles it, what the provider said, what a person does instead.

use chrono::NaiveDate;

use super::{Binding, Posted, by_hand};
use crate::check::{Finding, Rule};
use crate::document::{DocumentKind, Money, Payment, PaymentKind};
use crate::provider::SnapshotStatus;
use crate::settings::Settings;

/// The finding of what settles a document and is not taken back by us.
pub(super) fn settled(binding: &Binding, posted: &Posted, settings: &Settings) -> Option<Finding> {
    let takes_back = settings.host_payments.is_some();
    let stays = |payment: &&Payment| {
        binding
            .companions
            .is_in_the_way(&binding.key, payment, takes_back)
    };
    let staying: Vec<&Payment> = posted.payments.iter().filter(stays).collect();
    if staying.is_empty() {
        // Paid without a payment: by what the provider does not tell.
        let unexplained = posted.status == SnapshotStatus::Paid && posted.payments.is_empty();
        return unexplained.then(|| {
            Finding::new(
                Rule::UndoRefused,
                "the provider says that it is paid, and not by what",
                "Look at it at the provider, and undo there what settles it; then run the command again.",
            )
        });
    }
    let ours = |payment: &&Payment| {
        let known = |id: &_| *id == payment.id;
        let items = binding.companions.items.values();
        items.filter_map(|item| item.state.payment_id()).any(known)
    };
    let unset = !takes_back && staying.iter().any(ours);
    let remedy = match (
        unset,
        staying.iter().all(|it| it.kind == PaymentKind::Payment),
    ) {
        (true, _) => {
            "What tieout made for the host is taken back while `host_payments` is set; take back the rest at the provider, and run the command again."
        }
        (false, true) => {
            "Delete the payments at the provider, or let whoever made them do that, and run the command again."
        }
        (false, false) => {
            "Delete the payments and remove the allocations at the provider, and run the command again."
        }
    };
    let message = match staying.len() {
        1 => "something settles it that is not ours to take back".to_owned(),
        many => format!("{many} things settle it that are not ours to take back"),
    };
    let detail = staying.into_iter().map(in_words).collect();
    Some(Finding::new(Rule::UndoRefused, message, remedy).with_detail(detail))
}

/// A payment as a person finds it again.
pub(super) fn in_words(payment: &Payment) -> String {
    let what = match &payment.kind {
        PaymentKind::Payment => "payment",
        PaymentKind::PrepaymentAllocation => "allocation of a prepayment or overpayment",
        PaymentKind::CreditAllocation => "allocation of a credit note",
        PaymentKind::Other(kind) => kind,
    };
    let reference = payment
        .reference
        .as_ref()
        .map_or_else(String::new, |text| format!(", `{text}`"));
    let amount = Money::new(payment.amount.normalize(), payment.currency);
    format!(
        "{what} of {}: {amount}{reference} ({})",
        payment.date, payment.id
    )
}

/// The finding that a document could not be taken out of the books after all; with the credit note that the next look
/// may show, or with the document to write by hand.
pub(super) fn cannot_undo(binding: &Binding, why: &str, offers_note: bool) -> Finding {
    let finding = Finding::new(
        Rule::UndoRefused,
        why.to_owned(),
        "Undo at the provider what stands in the way and run `tieout undo` again; `tieout undo --cancel` lets it stay.",
    );
    match &binding.posted {
        Some(_) if offers_note => with_note(finding, binding),
        Some(posted) => with_opposite(finding, binding, posted, None),
        None => finding,
    }
}

/// Whether a credit note may reverse it, as far as the binding tells.
pub(super) fn may_be_reversed(binding: &Binding) -> bool {
    let posted = binding.posted.as_ref();
    binding.key.document.kind == DocumentKind::Invoice
        && binding.roster.is_none()
        && posted.is_some_and(|posted| {
            posted.status == SnapshotStatus::Authorised && posted.payments.is_empty()
        })
}

/// The finding with what a person may write by hand instead; `locked` is the last day that is locked.
pub(super) fn with_opposite(
    mut finding: Finding,
    binding: &Binding,
    posted: &Posted,
    locked: Option<NaiveDate>,
) -> Finding {
    if let Some(opposite) = by_hand::opposite(binding, posted, locked) {
        finding.remedy = format!("{} {opposite}", finding.remedy);
    }
    finding
}

/// The finding with the way around what stands there: the credit note that a look would show.
pub(super) fn with_note(mut finding: Finding, binding: &Binding) -> Finding {
    finding.remedy = format!(
        "{} Or `tieout undo {}` shows the credit note that reverses it instead.",
        finding.remedy,
        binding.named_for_a_command(),
    );
    finding
}
