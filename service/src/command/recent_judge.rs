//! Which findings about recent documents a configuration mends, and by which line.

use tieout_core::check::{Finding, Rule};
use tieout_core::document::{ConnectionId, Document, InvoiceStatus, PurchaseOrderStatus};
use tieout_core::settings::RouteMiss;

/// Whether a document goes anywhere as it stands.
pub(super) fn counts(document: &Document) -> bool {
    let is_finished = |status: &InvoiceStatus| match status {
        InvoiceStatus::Final | InvoiceStatus::Proposed | InvoiceStatus::Other(_) => true,
        InvoiceStatus::Draft | InvoiceStatus::Voided | InvoiceStatus::Reversed => false,
    };
    match document {
        Document::Invoice(invoice) => is_finished(&invoice.status),
        Document::Bill(bill) => is_finished(&bill.status),
        Document::PurchaseOrder(order) => match order.status {
            PurchaseOrderStatus::Final | PurchaseOrderStatus::Other(_) => true,
            PurchaseOrderStatus::Draft | PurchaseOrderStatus::Cancelled => false,
        },
    }
}

/// Whether a setting here, or the set-up of the organisation, mends a finding; otherwise it is the document's own.
pub(super) fn is_of_configuration(finding: &Finding) -> bool {
    if !finding.setting.is_empty() {
        return true;
    }
    match finding.rule {
        Rule::Unrouted
        | Rule::KindNotKept
        | Rule::AccountMissing
        | Rule::AccountUnusable
        | Rule::TaxCodeUnmapped
        | Rule::TaxTypeUnusable
        | Rule::CurrencyNotEnabled
        | Rule::TrackingMissing
        | Rule::PaymentNotMade
        | Rule::RuleFailed => true,
        Rule::RoutedElsewhere
        | Rule::StatusUnknown
        | Rule::KindNotSent
        | Rule::TotalsInconsistent
        | Rule::TotalsWouldDiffer
        | Rule::AmountNotRepresentable
        | Rule::ContactMissing
        | Rule::ContactAmbiguous
        | Rule::ContactArchived
        | Rule::ContactRefused
        | Rule::TextUnusable
        | Rule::DueDateUnusable
        | Rule::PeriodLocked
        | Rule::TotalNegative
        | Rule::NumberTaken
        | Rule::ExistingDiffers
        | Rule::ExistingAmbiguous
        | Rule::Refused
        | Rule::VoidRefused
        | Rule::UndoRefused
        | Rule::ChangedSinceUndo
        | Rule::EditedAtProvider
        | Rule::RemovedAtProvider
        | Rule::UnreadableAtProvider
        | Rule::WriteBackRefused
        | Rule::PaymentDatedAhead
        | Rule::PaymentNotTakenBack
        | Rule::PaymentRemovedAtProvider
        | Rule::AttachmentNotSent
        | Rule::NoteNotWritten
        | Rule::SummarySettled
        | Rule::RecordUnreadable
        | Rule::Other(_) => false,
    }
}

pub(super) fn unrouted(miss: &RouteMiss) -> Finding {
    let RouteMiss {
        division, currency, ..
    } = miss;
    let (words, field, value) = match division {
        Some(division) => (
            format!("no route claims the division `{division}`, in {currency}"),
            "business_division",
            division.clone(),
        ),
        None => (
            format!("no route claims documents without a division, in {currency}"),
            "business_division",
            String::new(),
        ),
    };
    let remedy = "Add a route that claims it, or add it to one.";
    Finding::new(Rule::Unrouted, words, remedy).at(field, value)
}

/// A field without the place of its line: `lines[3].tax_code` is `lines[].tax_code`.
pub(super) fn without_places(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut is_place = false;
    for letter in field.chars() {
        match letter {
            '[' => is_place = true,
            ']' => is_place = false,
            _ if is_place => continue,
            _ => {}
        }
        text.push(letter);
    }
    text
}

/// The line that mends a finding, as it stands in the file.
pub(super) fn line(connection: Option<&ConnectionId>, finding: &Finding) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match (connection, &finding.rule) {
        (None, Rule::Unrouted) if finding.value.is_empty() => {
            "[[routes]] connection = \"...\"".to_owned()
        }
        (None, Rule::Unrouted) => format!(
            "[[routes]] connection = \"...\", divisions = [{}]",
            quoted(&finding.value)
        ),
        (Some(connection), _) if !finding.setting.is_empty() => {
            format!(
                "connections.{connection}.settings.{} = \"...\"",
                finding.setting
            )
        }
        (Some(_) | None, _) => String::new(),
    }
}
