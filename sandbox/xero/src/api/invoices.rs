//! `/Invoices`: lists, single ones, writes, the public link and the e-mail.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::invoice::{Invoice, Kind, Status};
use crate::rules::contacts::Mode;
use crate::rules::invoices;
use crate::wire::date::MsDate;
use crate::wire::elements;
use crate::wire::invoice::InvoiceIn;

use super::Call;
use super::envelope::{self, Element};
use super::filter::{self, Field};
use super::listing::{self, Ask, Optimised};
use super::query::{Paging, percent_decoded};
use super::show::{Depth, invoice as show};
use super::where_clause::Literal;

/// Xero's page on invoices.
const OPTIMISED: Optimised = Optimised {
    equal: &[
        "status",
        "contact.contactid",
        "contact.name",
        "contact.contactnumber",
        "reference",
        "invoicenumber",
        "type",
        "amountpaid",
    ],
    range: &["date", "duedate", "amountdue"],
    or: &["invoiceid"],
    order: &["invoiceid", "date"],
};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    match (&call.parts.method, call.rest) {
        (&Method::GET, []) => list(call, organisation),
        (&Method::PUT, []) => write(call, organisation, Mode::Create, None),
        (&Method::POST, []) => write(call, organisation, Mode::Upsert, None),
        (method, [key, rest @ ..]) => {
            let Some(at) = find(organisation, key) else {
                return Answer::not_found();
            };
            one(call, organisation, method, at, rest)
        }
        _ => Answer::method_not_allowed(),
    }
}

fn one(
    call: &Call<'_>,
    organisation: &mut Organisation,
    method: &Method,
    at: usize,
    rest: &[&str],
) -> Answer {
    let part = rest.first().map(|part| part.to_ascii_lowercase());
    match (method, part.as_deref()) {
        (&Method::GET, None) => {
            let shown = show(call, organisation, at, Depth::Full, &[]);
            envelope::reply(call, "Invoices", &[shown], None)
        }
        (&Method::POST, None) => {
            let id = organisation.invoices.ledger.row(at).id;
            write(call, organisation, Mode::Upsert, Some(id))
        }
        (&Method::GET, Some("onlineinvoice")) => online(call, organisation.invoices.ledger.row(at)),
        (&Method::POST, Some("email")) => email(organisation, at),
        (_, Some(_)) => Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox"),
        (_, None) => Answer::method_not_allowed(),
    }
}

/// Sales invoices beyond DRAFT have a public link.
fn online(call: &Call<'_>, invoice: &Invoice) -> Answer {
    let public = invoice.kind == Kind::Receivable
        && matches!(
            invoice.status,
            Status::Submitted | Status::Authorised | Status::Paid
        );
    if !public {
        return Answer::not_found();
    }
    let url = format!("https://in.xero.com/{}", invoice.id.simple());
    envelope::reply(
        call,
        "OnlineInvoices",
        &[json!({"OnlineInvoiceUrl": url})],
        None,
    )
}

fn email(organisation: &mut Organisation, at: usize) -> Answer {
    let invoice = organisation.invoices.ledger.row_mut(at);
    let sendable = invoice.kind == Kind::Receivable
        && matches!(
            invoice.status,
            Status::Submitted | Status::Authorised | Status::Paid
        );
    if !sendable {
        return Answer::exception(
            10,
            "ValidationException",
            "Invoice not of valid status for e-mail",
        );
    }
    invoice.sent_to_contact = true;
    Answer::no_content()
}

fn find(organisation: &Organisation, key: &str) -> Option<usize> {
    match Uuid::parse_str(key) {
        Ok(id) => organisation.invoices.ledger.find(id),
        Err(_) => {
            let decoded = percent_decoded(key);
            invoices::by_number(organisation, &decoded, Some(Kind::Receivable))
                .or_else(|| invoices::by_number(organisation, &decoded, None))
        }
    }
}

fn list(call: &Call<'_>, organisation: &Organisation) -> Answer {
    let mut ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => ask,
        Err(answer) => return answer,
    };
    let summary = call.query.is_true("summaryonly");
    let statuses = call.query.list("statuses");
    // Asking for statuses or for the summary forces pages.
    if summary || statuses.is_some() {
        ask.paging = ask.paging.or(Some(Paging::default()));
    }
    let contacts = contact_positions(call, organisation);
    let own_only = call.query.is_true("createdbymyapp");
    let search = call.query.get("searchterm").map(str::to_lowercase);
    let names_rows = call.query.ids("ids").is_some();
    let keeps = |invoice: &Invoice| {
        let status_shown = match (&statuses, invoice.status) {
            (Some(wanted), status) => wanted
                .iter()
                .any(|name| name.eq_ignore_ascii_case(status.name())),
            (None, Status::Deleted) => {
                call.switches.deleted_in_default_lists || names_rows || ask.asks_for_deleted()
            }
            (
                None,
                Status::Draft
                | Status::Submitted
                | Status::Authorised
                | Status::Paid
                | Status::Voided,
            ) => true,
        };
        status_shown
            && (!own_only || invoice.created_by == call.client_id)
            && contacts
                .as_ref()
                .is_none_or(|contacts| contacts.contains(&invoice.contact))
            && search.as_deref().is_none_or(|term| {
                invoice.number.to_lowercase().contains(term)
                    || invoice.reference.to_lowercase().contains(term)
            })
    };
    let among = among(call, organisation, &ask, contacts.as_deref());
    let picked = listing::pick(
        &organisation.invoices.ledger,
        &ask,
        among,
        keeps,
        |at, name| field(organisation, at, name),
    );
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let depth = match (summary, ask.paging) {
        (true, _) => Depth::Summary,
        (false, Some(_)) => Depth::Page,
        (false, None) => Depth::Thin,
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, depth, &[]))
        .collect();
    envelope::reply(call, "Invoices", &shown, picked.pagination)
}

fn contact_positions(call: &Call<'_>, organisation: &Organisation) -> Option<Vec<usize>> {
    call.query.ids("contactids").map(|ids| {
        ids.into_iter()
            .filter_map(|id| organisation.contacts.ledger.find(id))
            .collect()
    })
}

fn among(
    call: &Call<'_>,
    organisation: &Organisation,
    ask: &Ask,
    contacts: Option<&[usize]>,
) -> Option<Vec<usize>> {
    let books = &organisation.invoices;
    if let Some(ids) = call.query.ids("ids") {
        return Some(
            ids.into_iter()
                .filter_map(|id| books.ledger.find(id))
                .collect(),
        );
    }
    if let Some(numbers) = call.query.list("invoicenumbers") {
        return Some(
            numbers
                .into_iter()
                .flat_map(|number| books.numbered(number).to_vec())
                .collect(),
        );
    }
    if let Some(contacts) = contacts {
        return Some(
            contacts
                .iter()
                .flat_map(|at| books.of_contact(*at).to_vec())
                .collect(),
        );
    }
    let condition = ask.condition.as_ref()?;
    filter::candidates(condition, &|name, literal| match (name, literal) {
        ("invoiceid", Literal::Id(id)) => Some(books.ledger.find(*id).into_iter().collect()),
        ("invoicenumber", Literal::Text(number)) => Some(books.numbered(number).to_vec()),
        ("contact.contactid", Literal::Id(id)) => Some(
            organisation
                .contacts
                .ledger
                .find(*id)
                .map_or_else(Vec::new, |at| books.of_contact(at).to_vec()),
        ),
        _ => None,
    })
}

fn field<'a>(organisation: &'a Organisation, at: usize, name: &str) -> Option<Field<'a>> {
    let invoice = organisation.invoices.ledger.row(at);
    let contact = organisation.contacts.ledger.row(invoice.contact);
    Some(match name {
        "invoiceid" => Field::Id(invoice.id),
        "invoicenumber" => Field::Text(&invoice.number),
        "reference" => Field::Text(&invoice.reference),
        "type" => Field::Text(invoice.kind.name()),
        "status" => Field::Text(invoice.status.name()),
        "date" => Field::Instant(MsDate::of_day(invoice.date).0),
        "duedate" => invoice
            .due_date
            .map_or(Field::Nothing, |day| Field::Instant(MsDate::of_day(day).0)),
        "amountdue" => Field::Number(invoice.amount_due()),
        "amountpaid" => Field::Number(invoice.amount_paid),
        "total" => Field::Number(invoice.total),
        "subtotal" => Field::Number(invoice.sub_total),
        "totaltax" => Field::Number(invoice.total_tax),
        "currencycode" => Field::Text(&invoice.currency),
        "url" => Field::Text(&invoice.url),
        "senttocontact" => Field::Truth(invoice.sent_to_contact),
        "updateddateutc" => Field::Instant(invoice.updated_ms),
        "contact.contactid" => Field::Id(contact.id),
        "contact.name" => Field::Text(&contact.name),
        "contact.contactnumber" => Field::Text(&contact.number),
        _ => return None,
    })
}

fn write(call: &Call<'_>, organisation: &mut Organisation, mode: Mode, id: Option<Uuid>) -> Answer {
    let mut sent: Vec<InvoiceIn> = match elements::read(call.body, "Invoices") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    if let (Some(id), Some(first)) = (id, sent.first_mut()) {
        first.id = Some(id);
    }
    let written: Vec<_> = sent
        .iter()
        .map(|invoice| invoices::write(organisation, &call.act(), mode, invoice))
        .collect();
    let warnings = envelope::warnings(&written);
    let elements = written
        .iter()
        .zip(&sent)
        .zip(&warnings)
        .map(|((written, sent), warnings)| match written {
            Ok(written) => {
                Element::Written(show(call, organisation, written.at, Depth::Full, warnings))
            }
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "InvoiceID",
                "HasErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "Invoices", elements)
}
