//! How an invoice looks in a reply: in full, thin as in unpaged lists, or as a summary.

use rust_decimal::Decimal;

use crate::books::Organisation;
use crate::books::credit::Source;
use crate::books::invoice::{Invoice, Kind, Line};
use crate::rules::rounding::round;
use crate::rules::settlement::live_payments;
use crate::wire::contact::ContactInside;
use crate::wire::date::{DayString, MsDate, SecondString};
use crate::wire::invoice::{InvoiceOut, LineOut, Message, PaymentInside, TrackingOut};
use crate::wire::number::Num;

use super::chart::tracking_names;
use super::{Call, credits, papers};

/// How much of an invoice a reply shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Single ones and write replies.
    Full,
    /// Pages: with lines; of the contact only id and name, as in recorded replies.
    Page,
    /// Unpaged lists: no lines, and of the contact only id and name.
    Thin,
    /// `summaryOnly=true`: no lines, payments or attachments mark.
    Summary,
}

/// An invoice as the reply shows it.
pub fn invoice<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    depth: Depth,
    warnings: &'a [Message<'a>],
) -> InvoiceOut<'a> {
    let invoice = organisation.invoices.ledger.row(at);
    let contact = organisation.contacts.ledger.row(invoice.contact);
    let bare = bare(call, organisation, invoice, ContactInside::thin(contact));
    let verdict = if warnings.is_empty() { "OK" } else { "WARNING" };
    let shown = InvoiceOut {
        status_attribute_string: call.query.tells_each().then_some(verdict),
        warnings,
        ..bare
    };
    let files = organisation.papers.attachments(invoice.id);
    let has_attachments = Some(!files.is_empty());
    match depth {
        Depth::Summary => shown,
        Depth::Thin => InvoiceOut {
            payments: Some(payments(call, organisation, &invoice.payments)),
            has_attachments,
            line_items: Some(Vec::new()),
            ..shown
        },
        Depth::Page => InvoiceOut {
            payments: Some(payments(call, organisation, &invoice.payments)),
            has_attachments,
            line_items: Some(lines(
                call,
                organisation,
                &invoice.lines,
                call.query.unit_decimals(),
            )),
            ..shown
        },
        Depth::Full => InvoiceOut {
            payments: Some(payments(call, organisation, &invoice.payments)),
            has_attachments,
            line_items: Some(lines(
                call,
                organisation,
                &invoice.lines,
                call.query.unit_decimals(),
            )),
            contact: ContactInside::full(contact),
            attachments: papers::shown(organisation, "Invoices", invoice.id),
            ..shown
        },
    }
}

/// Lines as the reply shows them, prices with this many decimals.
pub(super) fn lines<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    kept: &'a [Line],
    unit_decimals: u32,
) -> Vec<LineOut<'a>> {
    kept.iter()
        .map(|kept| line(call, organisation, kept, unit_decimals))
        .collect()
}

/// What discounts take off the lines in all.
pub(super) fn discount(lines: &[Line]) -> Decimal {
    lines
        .iter()
        .filter(|line| line.discount_rate.is_some() || line.discount_amount.is_some())
        .map(|line| {
            let gross = line.quantity.unwrap_or_default() * line.unit_amount.unwrap_or_default();
            gross.round_dp(2) - line.line_amount
        })
        .sum()
}

/// What every depth shows.
fn bare<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    invoice: &'a Invoice,
    contact: ContactInside<'a>,
) -> InvoiceOut<'a> {
    let credits = |source: Source| credits::applied(organisation, &invoice.allocations, source);
    let discount = discount(&invoice.lines);
    let tells_reference = match invoice.kind {
        Kind::Receivable => true,
        Kind::Payable => call.switches.reference_on_bills,
    };
    InvoiceOut {
        kind: invoice.kind.name(),
        id: invoice.id,
        invoice_number: &invoice.number,
        reference: Some(if tells_reference {
            &invoice.reference
        } else {
            ""
        }),
        payments: None,
        credit_notes: credits(Source::CreditNote),
        prepayments: credits(Source::Prepayment),
        overpayments: credits(Source::Overpayment),
        amount_due: Num(invoice.amount_due()),
        amount_paid: Num(invoice.amount_paid),
        amount_credited: Num(invoice.amount_credited),
        url: &invoice.url,
        currency_rate: Num(invoice.currency_rate),
        branding_theme: invoice.branding_theme,
        // Recorded bills carry no such key.
        sent_to_contact: match invoice.kind {
            Kind::Receivable => Some(invoice.sent_to_contact),
            Kind::Payable => None,
        },
        is_discounted: !discount.is_zero(),
        has_attachments: None,
        attachments: Vec::new(),
        has_errors: false,
        contact,
        date_string: DayString(invoice.date),
        date: MsDate::of_day(invoice.date),
        due_date_string: invoice.due_date.map(DayString),
        due_date: invoice.due_date.map(MsDate::of_day),
        expected_payment_date: invoice.expected_payment_date.map(MsDate::of_day),
        planned_payment_date: invoice.planned_payment_date.map(MsDate::of_day),
        status: invoice.status.name(),
        line_amount_types: invoice.line_amounts.name(),
        line_items: None,
        sub_total: Num(invoice.sub_total),
        total_tax: Num(invoice.total_tax),
        total: Num(invoice.total),
        total_discount: (!discount.is_zero()).then_some(Num(discount)),
        rounding_amount: (!invoice.rounding.is_zero()).then_some(Num(invoice.rounding)),
        updated: MsDate(invoice.updated_ms),
        updated_string: SecondString(invoice.updated_ms),
        currency_code: &invoice.currency,
        fully_paid_on_date: invoice.fully_paid_on.map(MsDate::of_day),
        status_attribute_string: None,
        warnings: &[],
    }
}

/// Payments as they sit inside the document they settle.
pub(super) fn payments(
    call: &Call<'_>,
    organisation: &Organisation,
    positions: &[usize],
) -> Vec<PaymentInside> {
    live_payments(organisation, positions)
        .map(|payment| PaymentInside {
            id: payment.id,
            date: MsDate::of_day(payment.date),
            amount: Num(payment.amount),
            reference: call
                .switches
                .nested_payment_reference
                .then(|| payment.reference.clone()),
            currency_rate: Num(payment.currency_rate),
            has_account: false,
            has_validation_errors: false,
        })
        .collect()
}

fn line<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    kept: &'a Line,
    unit_decimals: u32,
) -> LineOut<'a> {
    LineOut {
        id: kept.id,
        item_code: &kept.item_code,
        description: &kept.description,
        unit_amount: kept
            .unit_amount
            .map(|price| Num(round(price, unit_decimals, call.switches.midpoint))),
        tax_type: kept.tax_type,
        tax_amount: Num(kept.tax_amount),
        line_amount: Num(kept.line_amount),
        account_code: kept.account_code,
        account_id: kept.account_id,
        discount_rate: kept.discount_rate.map(Num),
        discount_amount: kept.discount_amount.map(Num),
        tracking: kept
            .tracking
            .iter()
            .filter_map(|choice| {
                let (name, option) = tracking_names(organisation, choice.category, choice.option)?;
                Some(TrackingOut {
                    name,
                    option,
                    category_id: choice.category,
                    option_id: choice.option,
                })
            })
            .collect(),
        quantity: kept.quantity.map(Num),
        validation_errors: [],
    }
}
