//! `/Contacts`: lists, single ones, and writes by PUT and POST.

use http::{Method, StatusCode};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::contact::{Contact, ContactStatus};
use crate::books::invoice::{Kind, Status};
use crate::rules::contacts::{self, Mode};
use crate::rules::rounding::round;
use crate::wire::contact::{
    AddressWire, Balance, Balances, ContactIn, ContactOut, PersonWire, PhoneWire,
};
use crate::wire::date::MsDate;
use crate::wire::elements;
use crate::wire::number::Num;

use super::Call;
use super::envelope::{self, Element};
use super::filter::{self, Field};
use super::listing::{self, Ask, Optimised};
use super::query::Paging;
use super::where_clause::Literal;

/// Xero's page on contacts.
const OPTIMISED: Optimised = Optimised {
    equal: &["name", "emailaddress", "accountnumber"],
    range: &[],
    or: &["contactid"],
    order: &["contactid", "name"],
};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    match (&call.parts.method, call.rest) {
        (&Method::GET, []) => list(call, organisation),
        (&Method::GET, [id]) => single(call, organisation, id),
        (&Method::PUT, []) => write(call, organisation, Mode::Create, None),
        (&Method::POST, []) => write(call, organisation, Mode::Upsert, None),
        (&Method::POST, [id]) => match find(organisation, id) {
            Some(at) => {
                let id = organisation.contacts.ledger.row(at).id;
                write(call, organisation, Mode::Upsert, Some(id))
            }
            None => Answer::not_found(),
        },
        (_, []) | (_, [_]) => Answer::method_not_allowed(),
        _ => Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox"),
    }
}

fn find(organisation: &Organisation, key: &str) -> Option<usize> {
    match Uuid::parse_str(key) {
        Ok(id) => organisation.contacts.ledger.find(id),
        Err(_) => organisation.contacts.numbered(key),
    }
}

/// What a reply shows of a contact.
#[derive(Clone, Copy)]
enum Depth {
    /// Unpaged lists: without persons and balances.
    List,
    /// Single ones, paged lists and write replies.
    Full,
    /// `summaryOnly=true`.
    Summary,
}

fn single(call: &Call<'_>, organisation: &Organisation, key: &str) -> Answer {
    match find(organisation, key) {
        Some(at) => {
            let shown = show(call, organisation, at, Depth::Full);
            envelope::reply(call, "Contacts", &[shown], None)
        }
        None => Answer::not_found(),
    }
}

fn list(call: &Call<'_>, organisation: &Organisation) -> Answer {
    let mut ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => ask,
        Err(answer) => return answer,
    };
    let summary = call.query.is_true("summaryonly");
    if summary {
        ask.paging = ask.paging.or(Some(Paging::default()));
    }
    let ids = call.query.ids("ids");
    let archived_too = call.query.is_true("includearchived") || ids.is_some();
    let search = call.query.get("searchterm").map(str::to_lowercase);
    let among = ids
        .map(|ids| {
            ids.into_iter()
                .filter_map(|id| organisation.contacts.ledger.find(id))
                .collect()
        })
        .or_else(|| {
            let condition = ask.condition.as_ref()?;
            filter::candidates(condition, &|name, literal| {
                known(organisation, name, literal)
            })
        });
    let keeps = |contact: &Contact| {
        let shown = match contact.status {
            ContactStatus::Active => true,
            ContactStatus::Archived => archived_too,
        };
        shown && search.as_deref().is_none_or(|term| found(contact, term))
    };
    let picked = listing::pick(
        &organisation.contacts.ledger,
        &ask,
        among,
        keeps,
        |at, name| field(organisation.contacts.ledger.row(at), name),
    );
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let depth = match (summary, ask.paging) {
        (true, _) => Depth::Summary,
        (false, Some(_)) => Depth::Full,
        (false, None) => Depth::List,
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, depth))
        .collect();
    envelope::reply(call, "Contacts", &shown, picked.pagination)
}

fn known(organisation: &Organisation, name: &str, literal: &Literal) -> Option<Vec<usize>> {
    match (name, literal) {
        ("contactid", Literal::Id(id)) => {
            Some(organisation.contacts.ledger.find(*id).into_iter().collect())
        }
        ("contactnumber", Literal::Text(number)) => {
            organisation.contacts.numbered(number).map(|at| vec![at])
        }
        _ => None,
    }
}

fn found(contact: &Contact, term: &str) -> bool {
    [
        &contact.name,
        &contact.first_name,
        &contact.last_name,
        &contact.number,
        &contact.company_number,
        &contact.email,
    ]
    .into_iter()
    .any(|text| text.to_lowercase().contains(term))
}

fn field<'a>(contact: &'a Contact, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "contactid" => Field::Id(contact.id),
        "name" => Field::Text(&contact.name),
        "contactnumber" => Field::Text(&contact.number),
        "accountnumber" => Field::Text(&contact.account_number),
        "emailaddress" => Field::Text(&contact.email),
        "firstname" => Field::Text(&contact.first_name),
        "lastname" => Field::Text(&contact.last_name),
        "contactstatus" => Field::Text(contact.status.name()),
        "taxnumber" => Field::Text(&contact.tax_number),
        "companynumber" => Field::Text(&contact.company_number),
        "issupplier" => Field::Truth(contact.is_supplier),
        "iscustomer" => Field::Truth(contact.is_customer),
        "updateddateutc" => Field::Instant(contact.updated_ms),
        _ => return None,
    })
}

fn show<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    depth: Depth,
) -> ContactOut<'a> {
    let contact = organisation.contacts.ledger.row(at);
    let (lists, persons) = match depth {
        Depth::Full => (true, true),
        Depth::List => (true, false),
        Depth::Summary => (false, false),
    };
    ContactOut {
        id: contact.id,
        contact_number: &contact.number,
        account_number: &contact.account_number,
        contact_status: contact.status.name(),
        name: &contact.name,
        first_name: &contact.first_name,
        last_name: &contact.last_name,
        company_number: &contact.company_number,
        email_address: &contact.email,
        bank_account_details: &contact.bank_account,
        tax_number: &contact.tax_number,
        accounts_receivable_tax_type: &contact.receivable_tax_type,
        accounts_payable_tax_type: &contact.payable_tax_type,
        default_currency: &contact.default_currency,
        addresses: lists.then(|| {
            let shown = contact.addresses.iter().map(AddressWire::from).map(Some);
            shown
                .chain(call.switches.null_list_items.then_some(None))
                .collect()
        }),
        phones: contact.phones.iter().map(PhoneWire::from).collect(),
        updated: MsDate(contact.updated_ms),
        contact_groups: lists.then_some([]),
        is_supplier: lists.then_some(contact.is_supplier),
        is_customer: lists.then_some(contact.is_customer),
        merged_to: contact.merged_to,
        contact_persons: persons.then(|| contact.persons.iter().map(PersonWire::from).collect()),
        balances: persons.then(|| balances(call, organisation, at)),
        has_attachments: !organisation.papers.attachments(contact.id).is_empty(),
        has_validation_errors: false,
        status_attribute_string: call.query.tells_each().then_some("OK"),
        validation_errors: call.query.tells_each().then_some([]),
    }
}

/// What is open on approved documents, in the base currency.
fn balances(call: &Call<'_>, organisation: &Organisation, contact: usize) -> Balances {
    let today = organisation.profile.zone.day(call.now);
    let mut sums = [[Decimal::ZERO; 2]; 2];
    for at in organisation.invoices.of_contact(contact) {
        let invoice = organisation.invoices.ledger.row(*at);
        if !matches!(invoice.status, Status::Authorised) {
            continue;
        }
        let due = round(
            invoice.amount_due() / invoice.currency_rate,
            2,
            call.switches.midpoint,
        );
        let side = match invoice.kind {
            Kind::Receivable => &mut sums[0],
            Kind::Payable => &mut sums[1],
        };
        side[0] += due;
        if invoice.due_date.is_some_and(|due_date| due_date < today) {
            side[1] += due;
        }
    }
    for credit in organisation.credits.ledger.rows() {
        let counts = credit.contact == contact && call.switches.balances_less_open_credits;
        if counts && matches!(credit.status, Status::Authorised) {
            let open = round(
                credit.remaining() / credit.currency_rate,
                2,
                call.switches.midpoint,
            );
            match credit.kind {
                Kind::Receivable => sums[0][0] -= open,
                Kind::Payable => sums[1][0] -= open,
            }
        }
    }
    let balance = |[outstanding, overdue]: [Decimal; 2]| Balance {
        outstanding: Num(outstanding),
        overdue: Num(overdue),
    };
    Balances {
        accounts_receivable: balance(sums[0]),
        accounts_payable: balance(sums[1]),
    }
}

fn write(call: &Call<'_>, organisation: &mut Organisation, mode: Mode, id: Option<Uuid>) -> Answer {
    let mut sent: Vec<ContactIn> = match elements::read(call.body, "Contacts") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    if let (Some(id), Some(first)) = (id, sent.first_mut()) {
        first.id = Some(id);
    }
    let written: Vec<_> = sent
        .iter()
        .map(|contact| contacts::write(organisation, &call.act(), mode, contact))
        .collect();
    let elements = written
        .into_iter()
        .zip(&sent)
        .map(|(written, sent)| match written {
            Ok(at) => Element::Written(show(call, organisation, at, Depth::Full)),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "ContactID",
                "HasValidationErrors",
                &refusal,
            )),
        })
        .collect();
    envelope::batch(call, "Contacts", elements)
}
