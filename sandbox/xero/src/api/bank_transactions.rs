//! `/BankTransactions`: only those that make overpayments and prepayments; plain receipts and payments are not modelled.

use http::{Method, StatusCode};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::bank_transaction::BankTransaction;
use crate::books::credit::{Credit, Source};
use crate::books::invoice::Status;
use crate::rules::received;
use crate::wire::bank_transaction::{BankTransactionIn, BankTransactionOut};
use crate::wire::contact::ContactInside;
use crate::wire::date::{DayString, MsDate};
use crate::wire::elements;
use crate::wire::number::Num;
use crate::wire::payment::AccountInside;

use super::Call;
use super::envelope::{self, Element};
use super::filter::Field;
use super::listing::{self, Ask, Optimised};
use super::show::{self, Depth};

/// Taken to be those of payments: Xero's page names none.
const OPTIMISED: Optimised = Optimised {
    equal: &["type", "status", "reference"],
    range: &["date"],
    or: &["banktransactionid"],
    order: &["banktransactionid", "date"],
};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    match (&call.parts.method, call.rest) {
        (&Method::GET, []) => list(call, organisation),
        (&Method::GET, [id]) => Uuid::parse_str(id)
            .ok()
            .and_then(|id| organisation.bank_transactions.find(id))
            .map_or_else(Answer::not_found, |at| {
                let shown = show(call, organisation, at, Depth::Full);
                envelope::reply(call, "BankTransactions", &[shown], None)
            }),
        (&Method::PUT | &Method::POST, []) => write(call, organisation),
        (_, [_, _, ..]) => not_modelled(),
        (_, _) => Answer::method_not_allowed(),
    }
}

fn not_modelled() -> Answer {
    Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox")
}

fn write(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    let sent: Vec<BankTransactionIn> = match elements::read(call.body, "BankTransactions") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let plain =
        |sent: &BankTransactionIn| matches!(sent.kind.as_deref(), Some("RECEIVE" | "SPEND"));
    if sent.iter().any(plain) {
        return not_modelled();
    }
    let written: Vec<_> = sent
        .iter()
        .map(|sent| received::create(organisation, &call.act(), sent))
        .collect();
    let elements = written
        .iter()
        .zip(&sent)
        .map(|(written, sent)| match written {
            Ok(at) => Element::Written(show(call, organisation, *at, Depth::Full)),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "BankTransactionID",
                "HasErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "BankTransactions", elements)
}

fn list(call: &Call<'_>, organisation: &Organisation) -> Answer {
    let ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => ask,
        Err(answer) => return answer,
    };
    let picked = listing::pick(
        &organisation.bank_transactions,
        &ask,
        None,
        |_| true,
        |at, name| field(organisation, at, name),
    );
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let depth = if ask.paging.is_some() {
        Depth::Page
    } else {
        Depth::Thin
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, depth))
        .collect();
    envelope::reply(call, "BankTransactions", &shown, picked.pagination)
}

fn field<'a>(organisation: &'a Organisation, at: usize, name: &str) -> Option<Field<'a>> {
    let row = organisation.bank_transactions.row(at);
    let credit = organisation.credits.ledger.row(row.credit);
    let contact = organisation.contacts.ledger.row(credit.contact);
    Some(match name {
        "banktransactionid" => Field::Id(row.id),
        "type" => Field::Text(credit.type_name()),
        "status" => Field::Text(status(credit)),
        "reference" => Field::Text(&credit.reference),
        "date" => Field::Instant(MsDate::of_day(credit.date).0),
        "total" => Field::Number(credit.total),
        "isreconciled" => Field::Truth(row.is_reconciled),
        "bankaccount.accountid" => Field::Id(row.account),
        "contact.contactid" => Field::Id(contact.id),
        "contact.name" => Field::Text(&contact.name),
        "updateddateutc" => Field::Instant(row.updated_ms),
        _ => return None,
    })
}

/// The money stays booked when its credit is used up, so PAID is not told here.
const fn status(credit: &Credit) -> &'static str {
    match credit.status {
        Status::Voided | Status::Deleted => "VOIDED",
        Status::Draft | Status::Submitted | Status::Authorised | Status::Paid => "AUTHORISED",
    }
}

fn show<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    depth: Depth,
) -> BankTransactionOut<'a> {
    let row: &BankTransaction = organisation.bank_transactions.row(at);
    let credit = organisation.credits.ledger.row(row.credit);
    let contact = organisation.contacts.ledger.row(credit.contact);
    let account = organisation.chart.account_by_id(row.account);
    let only = |source: Source| (credit.source == source).then_some(credit.id);
    let lines = || {
        show::lines(
            call,
            organisation,
            &credit.lines,
            call.query.unit_decimals(),
        )
    };
    let (contact, line_items) = match depth {
        Depth::Full => (ContactInside::full(contact), lines()),
        Depth::Page => (ContactInside::thin(contact), lines()),
        Depth::Thin | Depth::Summary => (ContactInside::thin(contact), Vec::new()),
    };
    BankTransactionOut {
        id: row.id,
        bank_account: AccountInside {
            id: row.account,
            code: account.map_or("", |account| account.code),
            name: account.map_or("", |account| account.name),
        },
        kind: credit.type_name(),
        reference: &credit.reference,
        url: &row.url,
        is_reconciled: row.is_reconciled,
        overpayment: only(Source::Overpayment),
        prepayment: only(Source::Prepayment),
        currency_rate: Num(credit.currency_rate),
        has_attachments: !organisation.papers.attachments(row.id).is_empty(),
        contact,
        date_string: DayString(credit.date),
        date: MsDate::of_day(credit.date),
        status: status(credit),
        line_amount_types: credit.line_amounts.name(),
        line_items,
        sub_total: Num(credit.sub_total),
        total_tax: Num(credit.total_tax),
        total: Num(credit.total),
        updated: MsDate(row.updated_ms),
        currency_code: &credit.currency,
        status_attribute_string: call.query.tells_each().then_some("OK"),
    }
}
