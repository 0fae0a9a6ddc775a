//! What should stand beside a document, and why some of it cannot.

use std::collections::BTreeMap;

use super::companion::{mark_of, short};
use super::{Binding, CompanionContent, ContentHash, PaymentToMake, Wanted};
use crate::check::{Finding, Rule};
use crate::document::{Document, HostPayment};
use crate::mapping;
use crate::settings::{AttachmentPolicy, HostPayments, Settings};

/// Payments of one document that are made; more are a finding.
pub(super) const PAYMENTS_MAX: usize = 200;

/// Everything that should stand beside a document.
pub(super) struct Wants {
    /// Its payments; `None` when nobody says, or an undo does not get further, and those that were made stay.
    pub(super) payments: Option<Vec<PaymentToMake>>,
    /// What is written once, or why it cannot be.
    pub(super) papers: Papers,
}

pub(super) type Papers = BTreeMap<String, Result<CompanionContent, Finding>>;

pub(super) fn wants(binding: &Binding, document: &Document, settings: &Settings) -> Wants {
    let is_gone = binding.wanted == Wanted::Gone || binding.is_to_be_undone();
    let payments = settings.host_payments.as_ref().and_then(|policy| {
        if binding.spares_payments() {
            return None;
        }
        if is_gone {
            return Some(Vec::new());
        }
        let own = document.payments()?.iter();
        // What the host was told stands already.
        let own = own.filter(|payment| payment.ledger_payment_id.is_none());
        Some(own.map(|one| to_make(binding, one, policy)).collect())
    });
    let mut papers = Papers::new();
    if !is_gone {
        files(document, settings.attachments, &mut papers);
        note(binding, document, settings, &mut papers);
    }
    Wants { payments, papers }
}

pub(super) fn to_make(
    binding: &Binding,
    payment: &HostPayment,
    policy: &HostPayments,
) -> PaymentToMake {
    PaymentToMake {
        id: payment.id.clone(),
        date: payment.date,
        amount: payment.amount,
        account: policy.account_of(payment).map(str::to_owned),
        marker: marker(binding, payment, 0),
    }
}

/// Characters of the payer's words in a marker.
const WORDS_CHARS_MAX: usize = 40;

/// The payer's words as far as they are plain, then what makes the payment ours alone.
fn marker(binding: &Binding, payment: &HostPayment, version: usize) -> String {
    let words = payment.reference.as_deref().unwrap_or_default();
    let plain = |char: char| match char {
        '"' | '\\' => ' ',
        char if char.is_ascii_graphic() => char,
        _ => ' ',
    };
    let words: String = words.chars().map(plain).take(WORDS_CHARS_MAX).collect();
    let own = ContentHash::of(&(&payment.id, payment.date, payment.amount, version));
    let words = words.split_whitespace();
    let mark = format!("{}-{}", mark_of(&binding.key), short(&own, 8));
    words.chain([mark.as_str()]).collect::<Vec<_>>().join(" ")
}

/// The marker of the same payment in another version.
pub(super) fn versioned(binding: &Binding, payment: &PaymentToMake, version: usize) -> String {
    let own = ContentHash::of(&(&payment.id, payment.date, payment.amount, version));
    let words = payment.marker.rsplit_once("tieout-").map_or("", |it| it.0);
    format!("{words}{}-{}", mark_of(&binding.key), short(&own, 8))
}

fn files(document: &Document, policy: AttachmentPolicy, papers: &mut Papers) {
    let for_customer = match policy {
        AttachmentPolicy::Off => return,
        AttachmentPolicy::Books => false,
        AttachmentPolicy::Customer => true,
    };
    for file in document.attachments() {
        let key = format!("file/{}", ContentHash::of(file));
        let file = file.clone();
        papers.insert(key, Ok(CompanionContent::File { file, for_customer }));
    }
}

fn note(binding: &Binding, document: &Document, settings: &Settings, papers: &mut Papers) {
    let Some(template) = &settings.history_notes else {
        return;
    };
    match mapping::history_note(document, template) {
        Err(finding) => {
            let finding = Finding {
                rule: Rule::NoteNotWritten,
                ..*finding
            };
            papers.insert("note/template".to_owned(), Err(finding));
        }
        Ok(None) => {}
        Ok(Some(text)) => {
            let hash = ContentHash::of(&text);
            let marker = format!("{}-{}", mark_of(&binding.key), short(&hash, 8));
            papers.insert(
                format!("note/{hash}"),
                Ok(CompanionContent::Note { text, marker }),
            );
        }
    }
}

/// Why a payment cannot be made at all.
pub(super) fn problem(payment: &PaymentToMake, binding: &Binding) -> Option<Finding> {
    let refused = |message: String, remedy: &str| {
        Finding::new(Rule::PaymentNotMade, message, remedy).at(
            format!("payments.{}", payment.id),
            payment.amount.to_string(),
        )
    };
    let currency = binding
        .posted
        .as_ref()
        .map(|posted| posted.settlement.currency);
    let places = currency.map_or(payment.amount.scale(), |it| it.minor_digits());
    if payment.amount <= rust_decimal::Decimal::ZERO || payment.amount.normalize().scale() > places
    {
        return Some(refused(
            format!(
                "payment {} is of {}, which nobody can pay",
                payment.id, payment.amount
            ),
            "Correct the payment in the host; refunds are payments of a credit note.",
        ));
    }
    payment.account.is_none().then(|| {
        refused(
            format!("no account is set for payment {}", payment.id),
            "Set `host_payments.account`, or one for its method under `host_payments.accounts_by_method`.",
        )
        .mended_in("host_payments.account")
    })
}

pub(super) fn too_many(payment: &PaymentToMake) -> Finding {
    Finding::new(
        Rule::PaymentNotMade,
        format!("the document has more than {PAYMENTS_MAX} payments"),
        "Make this payment in the accounting system by hand.",
    )
    .at(
        format!("payments.{}", payment.id),
        payment.amount.to_string(),
    )
}
