//! `/Payments`: lists, single ones, new ones and refunds by PUT or POST, and taking one back by POST with status DELETED.

use http::{Method, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::Source;
use crate::books::payment::{Payment, PaymentStatus, Target};
use crate::rules::{Refusal, payments};
use crate::wire::contact::ContactInside;
use crate::wire::date::{MsDate, SecondString};
use crate::wire::elements;
use crate::wire::invoice::InvoiceOut;
use crate::wire::number::Num;
use crate::wire::payment::{AccountInside, InvoiceInside, PaymentIn, PaymentOut};

use super::envelope::{self, Element};
use super::filter::{self, Field};
use super::listing::{self, Ask, Optimised};
use super::show::{Depth, invoice as show_invoice};
use super::where_clause::Literal;
use super::{Call, credits};

/// Xero's page on payments.
const OPTIMISED: Optimised = Optimised {
    equal: &["paymenttype", "status", "reference"],
    range: &["date"],
    or: &["paymentid", "invoice.invoiceid"],
    order: &["paymentid", "date"],
};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    match (&call.parts.method, call.rest) {
        (&Method::GET, []) => list(call, organisation),
        (&Method::GET, [id]) => match find(organisation, id) {
            Some(at) => envelope::reply(call, "Payments", &[written(call, organisation, at)], None),
            None => Answer::not_found(),
        },
        (&Method::PUT | &Method::POST, []) => write(call, organisation),
        (&Method::POST, [id]) => match find(organisation, id) {
            Some(at) => take_back(call, organisation, at),
            None => Answer::not_found(),
        },
        (_, [] | [_]) => Answer::method_not_allowed(),
        _ => Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox"),
    }
}

fn find(organisation: &Organisation, id: &str) -> Option<usize> {
    organisation.payments.find(Uuid::parse_str(id).ok()?)
}

fn list(call: &Call<'_>, organisation: &Organisation) -> Answer {
    let ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => ask,
        Err(answer) => return answer,
    };
    let among = ask.condition.as_ref().and_then(|condition| {
        filter::candidates(condition, &|name, literal| {
            known(organisation, name, literal)
        })
    });
    let keeps = |payment: &Payment| match payment.status {
        PaymentStatus::Authorised => true,
        PaymentStatus::Deleted => call.switches.deleted_payments_in_lists,
    };
    let picked = listing::pick(&organisation.payments, &ask, among, keeps, |at, name| {
        field(organisation, at, name)
    });
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, inside(organisation, *at)))
        .collect();
    envelope::reply(call, "Payments", &shown, picked.pagination)
}

fn known(organisation: &Organisation, name: &str, literal: &Literal) -> Option<Vec<usize>> {
    let id = match literal {
        Literal::Id(id) => *id,
        Literal::Text(text) => Uuid::parse_str(text).ok()?,
        Literal::Number(_) | Literal::Instant(_) | Literal::Truth(_) | Literal::Nothing => {
            return None;
        }
    };
    match name {
        "paymentid" => Some(organisation.payments.find(id).into_iter().collect()),
        "invoice.invoiceid" => Some(
            organisation
                .invoices
                .ledger
                .find(id)
                .map_or_else(Vec::new, |at| {
                    organisation.invoices.ledger.row(at).payments.clone()
                }),
        ),
        _ => None,
    }
}

fn field<'a>(organisation: &'a Organisation, at: usize, name: &str) -> Option<Field<'a>> {
    let payment = organisation.payments.row(at);
    let invoice = payment
        .invoice()
        .map(|at| organisation.invoices.ledger.row(at));
    let credit_note = match payment.target {
        Target::Credit(at, Source::CreditNote) => Some(organisation.credits.ledger.row(at)),
        Target::Credit(_, Source::Overpayment | Source::Prepayment) | Target::Invoice(_) => None,
    };
    Some(match name {
        "paymentid" => Field::Id(payment.id),
        "paymenttype" => Field::Text(payment.kind_name()),
        "status" => Field::Text(payment.status.name()),
        "reference" => Field::Text(&payment.reference),
        "date" => Field::Instant(MsDate::of_day(payment.date).0),
        "amount" => Field::Number(payment.amount),
        "isreconciled" => Field::Truth(payment.is_reconciled),
        "updateddateutc" => Field::Instant(payment.updated_ms),
        "account.accountid" => Field::Id(payment.account),
        "invoice.invoiceid" => invoice.map_or(Field::Nothing, |row| Field::Id(row.id)),
        "invoice.invoicenumber" => invoice.map_or(Field::Nothing, |row| Field::Text(&row.number)),
        "invoice.contact.contactid" => invoice.map_or(Field::Nothing, |row| {
            Field::Id(organisation.contacts.ledger.row(row.contact).id)
        }),
        "creditnote.creditnoteid" => credit_note.map_or(Field::Nothing, |row| Field::Id(row.id)),
        _ => return None,
    })
}

/// The invoice of a payment as lists name it; nothing for a refund.
fn inside(organisation: &Organisation, at: usize) -> Option<InvoiceInside<'_>> {
    let invoice = organisation.payments.row(at).invoice()?;
    let invoice = organisation.invoices.ledger.row(invoice);
    Some(InvoiceInside {
        kind: invoice.kind.name(),
        id: invoice.id,
        invoice_number: &invoice.number,
        payments: [],
        credit_notes: [],
        prepayments: [],
        overpayments: [],
        is_discounted: false,
        has_errors: false,
        contact: ContactInside::thin(organisation.contacts.ledger.row(invoice.contact)),
        line_items: [],
        currency_code: &invoice.currency,
    })
}

fn written<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
) -> PaymentOut<'a, InvoiceOut<'a>> {
    let invoice = organisation
        .payments
        .row(at)
        .invoice()
        .map(|invoice| show_invoice(call, organisation, invoice, Depth::Full, &[]));
    show(call, organisation, at, invoice)
}

fn show<'a, I: Serialize>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    invoice: Option<I>,
) -> PaymentOut<'a, I> {
    let payment = organisation.payments.row(at);
    let credit = |source: Source| match payment.target {
        Target::Credit(at, _) => credits::refunded(organisation, at, source),
        Target::Invoice(_) => None,
    };
    let account = organisation.chart.account_by_id(payment.account);
    PaymentOut {
        id: payment.id,
        date: MsDate::of_day(payment.date),
        bank_amount: Num(payment.amount),
        amount: Num(payment.amount),
        reference: &payment.reference,
        currency_rate: Num(payment.currency_rate),
        payment_type: payment.kind_name(),
        status: payment.status.name(),
        updated: MsDate(payment.updated_ms),
        updated_string: SecondString(payment.updated_ms),
        has_account: true,
        is_reconciled: payment.is_reconciled,
        account: AccountInside {
            id: payment.account,
            code: account.map_or("", |account| account.code),
            name: account.map_or("", |account| account.name),
        },
        invoice,
        credit_note: credit(Source::CreditNote),
        overpayment: credit(Source::Overpayment),
        prepayment: credit(Source::Prepayment),
        has_validation_errors: false,
        status_attribute_string: call.query.tells_each().then_some("OK"),
    }
}

fn write(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    let sent: Vec<PaymentIn> = match elements::read(call.body, "Payments") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let act = call.act();
    let results: Vec<Result<usize, Refusal>> = sent
        .iter()
        .map(|payment| match (payment.id, payment.status.as_deref()) {
            (Some(id), Some("DELETED")) => payments::delete(organisation, &act, id),
            (Some(_), _) => Err(Refusal::of(
                "Payments can only be created and deleted, not modified.",
            )),
            (None, _) => payments::create(organisation, &act, payment),
        })
        .collect();
    verdicts(call, organisation, &sent, &results)
}

/// `POST /Payments/{id}` takes a payment back; any other status is refused, since payments are never changed.
fn take_back(call: &Call<'_>, organisation: &mut Organisation, at: usize) -> Answer {
    let sent: Vec<PaymentIn> = match elements::read(call.body, "Payments") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let id = organisation.payments.row(at).id;
    let first: Vec<PaymentIn> = sent.into_iter().take(1).collect();
    let deletes = first.first().and_then(|sent| sent.status.as_deref()) == Some("DELETED");
    let result = if deletes {
        payments::delete(organisation, &call.act(), id)
    } else {
        Err(Refusal::of(
            "Payments can only be created and deleted, not modified.",
        ))
    };
    verdicts(call, organisation, &first, &[result])
}

fn verdicts(
    call: &Call<'_>,
    organisation: &Organisation,
    sent: &[PaymentIn],
    results: &[Result<usize, Refusal>],
) -> Answer {
    let elements = results
        .iter()
        .zip(sent)
        .map(|(result, sent)| match result {
            Ok(at) => Element::Written(written(call, organisation, *at)),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "PaymentID",
                "HasValidationErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "Payments", elements)
}
