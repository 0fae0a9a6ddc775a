//! `/PurchaseOrders`: pages filtered by status and dates, single ones by id or number, writes by PUT and POST.

use chrono::NaiveDate;
use http::{Method, StatusCode};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::purchase_order::PurchaseOrder;
use crate::rules::contacts::Mode;
use crate::rules::purchase_orders;
use crate::wire::contact::ContactInside;
use crate::wire::date::{DayString, MsDate, parse_day};
use crate::wire::elements;
use crate::wire::invoice::Message;
use crate::wire::number::Num;
use crate::wire::purchase_order::{PurchaseOrderIn, PurchaseOrderOut};

use super::Call;
use super::envelope::{self, Element};
use super::filter::Field;
use super::listing::{self, Ask, Optimised};
use super::query::{Paging, percent_decoded};
use super::{papers, show};

/// Purchase orders show four decimals of a price, and have no `unitdp`.
const UNIT_DECIMALS: u32 = 4;

/// There is no `where`; orders of the list are taken to be those of invoices.
const OPTIMISED: Optimised = Optimised {
    equal: &[],
    range: &[],
    or: &[],
    order: &["purchaseorderid", "date"],
};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    match (&call.parts.method, call.rest) {
        (&Method::GET, []) => list(call, organisation),
        (&Method::PUT, []) => write(call, organisation, Mode::Create, None),
        (&Method::POST, []) => write(call, organisation, Mode::Upsert, None),
        (method, [key]) => match (method, find(organisation, key)) {
            (_, None) => Answer::not_found(),
            (&Method::GET, Some(at)) => {
                let shown = show(call, organisation, at, &[]);
                envelope::reply(call, "PurchaseOrders", &[shown], None)
            }
            (&Method::POST, Some(at)) => {
                let id = organisation.purchase_orders.ledger.row(at).id;
                write(call, organisation, Mode::Upsert, Some(id))
            }
            (_, Some(_)) => Answer::method_not_allowed(),
        },
        (_, [_, _, ..]) => {
            Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox")
        }
        (_, []) => Answer::method_not_allowed(),
    }
}

pub(super) fn find(organisation: &Organisation, key: &str) -> Option<usize> {
    match Uuid::parse_str(key) {
        Ok(id) => organisation.purchase_orders.ledger.find(id),
        Err(_) => purchase_orders::by_number(organisation, &percent_decoded(key)),
    }
}

/// Always in pages; `where` and `IDs` mean nothing here (Xero's page lists neither).
fn list(call: &Call<'_>, organisation: &Organisation) -> Answer {
    let ask = match Ask::read(call, OPTIMISED) {
        Ok(ask) => Ask {
            condition: None,
            paging: ask.paging.or(Some(Paging::default())),
            ..ask
        },
        Err(answer) => return answer,
    };
    let day = |name: &str| -> Option<NaiveDate> { call.query.get(name).and_then(parse_day) };
    let (from, to) = (day("datefrom"), day("dateto"));
    let status = call.query.get("status");
    let keeps = |order: &PurchaseOrder| {
        status.is_none_or(|wanted| wanted.eq_ignore_ascii_case(order.status.name()))
            && from.is_none_or(|from| order.date >= from)
            && to.is_none_or(|to| order.date <= to)
    };
    let picked = listing::pick(
        &organisation.purchase_orders.ledger,
        &ask,
        None,
        keeps,
        |at, name| field(organisation, at, name),
    );
    let picked = match picked {
        Ok(picked) => picked,
        Err(answer) => return answer,
    };
    let shown: Vec<_> = picked
        .rows
        .iter()
        .map(|at| show(call, organisation, *at, &[]))
        .collect();
    envelope::reply(call, "PurchaseOrders", &shown, picked.pagination)
}

/// What `order` can name.
fn field<'a>(organisation: &'a Organisation, at: usize, name: &str) -> Option<Field<'a>> {
    let order = organisation.purchase_orders.ledger.row(at);
    Some(match name {
        "purchaseorderid" => Field::Id(order.id),
        "purchaseordernumber" => Field::Text(&order.number),
        "reference" => Field::Text(&order.reference),
        "status" => Field::Text(order.status.name()),
        "date" => Field::Instant(MsDate::of_day(order.date).0),
        "deliverydate" => order
            .delivery
            .date
            .map_or(Field::Nothing, |day| Field::Instant(MsDate::of_day(day).0)),
        "total" => Field::Number(order.total),
        "updateddateutc" => Field::Instant(order.updated_ms),
        "contact.name" => Field::Text(&organisation.contacts.ledger.row(order.contact).name),
        _ => return None,
    })
}

fn write(call: &Call<'_>, organisation: &mut Organisation, mode: Mode, id: Option<Uuid>) -> Answer {
    let mut sent: Vec<PurchaseOrderIn> = match elements::read(call.body, "PurchaseOrders") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    if let (Some(id), Some(first)) = (id, sent.first_mut()) {
        first.id = Some(id);
    }
    let written: Vec<_> = sent
        .iter()
        .map(|order| purchase_orders::write(organisation, &call.act(), mode, order))
        .collect();
    let warnings = envelope::warnings(&written);
    let elements = written
        .iter()
        .zip(&sent)
        .zip(&warnings)
        .map(|((written, sent), warnings)| match written {
            Ok(written) => Element::Written(show(call, organisation, written.at, warnings)),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "PurchaseOrderID",
                "HasErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "PurchaseOrders", elements)
}

fn show<'a>(
    call: &Call<'_>,
    organisation: &'a Organisation,
    at: usize,
    warnings: &'a [Message<'a>],
) -> PurchaseOrderOut<'a> {
    let order = organisation.purchase_orders.ledger.row(at);
    let discount = show::discount(&order.lines);
    let verdict = if warnings.is_empty() { "OK" } else { "WARNING" };
    PurchaseOrderOut {
        id: order.id,
        purchase_order_number: &order.number,
        date_string: DayString(order.date),
        date: MsDate::of_day(order.date),
        delivery_date_string: order.delivery.date.map(DayString),
        delivery_date: order.delivery.date.map(MsDate::of_day),
        expected_arrival_date_string: order.delivery.expected_arrival.map(DayString),
        expected_arrival_date: order.delivery.expected_arrival.map(MsDate::of_day),
        delivery_address: &order.delivery.address,
        attention_to: &order.delivery.attention_to,
        telephone: &order.delivery.telephone,
        delivery_instructions: &order.delivery.instructions,
        has_errors: false,
        is_discounted: !discount.is_zero(),
        total_discount: Num(discount),
        sent_to_contact: order.sent_to_contact,
        reference: &order.reference,
        kind: "PURCHASEORDER",
        currency_rate: Num(order.currency_rate),
        currency_code: &order.currency,
        contact: ContactInside::full(organisation.contacts.ledger.row(order.contact)),
        branding_theme: order.branding_theme,
        status: order.status.name(),
        line_amount_types: order.line_amounts.name(),
        line_items: show::lines(call, organisation, &order.lines, UNIT_DECIMALS),
        sub_total: Num(order.sub_total),
        total_tax: Num(order.total_tax),
        total: Num(order.total),
        updated: MsDate(order.updated_ms),
        has_attachments: !organisation.papers.attachments(order.id).is_empty(),
        attachments: papers::shown(organisation, "PurchaseOrders", order.id),
        status_attribute_string: call.query.tells_each().then_some(verdict),
        warnings,
    }
}
