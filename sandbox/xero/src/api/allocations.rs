//! `/{CreditNotes|Overpayments|Prepayments}/{id}/Allocations`: PUT makes some, DELETE takes one back.

use http::{Method, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::Source;
use crate::rules::allocations;
use crate::wire::allocation::{AllocationIn, AllocationOut};
use crate::wire::date::MsDate;
use crate::wire::elements;

use super::Call;
use super::credits::{allocation_inside, named};
use super::envelope::{self, Element};

pub(super) fn answer(
    call: &Call<'_>,
    organisation: &mut Organisation,
    credit: usize,
    rest: &[&str],
) -> Answer {
    match (&call.parts.method, rest) {
        (&Method::PUT, []) => put(call, organisation, credit),
        (&Method::DELETE, [id]) => Uuid::parse_str(id).map_or_else(
            |_| Answer::not_found(),
            |id| remove(call, organisation, credit, id),
        ),
        _ => Answer::method_not_allowed(),
    }
}

fn put(call: &Call<'_>, organisation: &mut Organisation, credit: usize) -> Answer {
    let sent: Vec<AllocationIn> = match elements::read(call.body, "Allocations") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let made: Vec<_> = sent
        .iter()
        .map(|sent| allocations::create(organisation, &call.act(), credit, sent))
        .collect();
    let elements = made
        .iter()
        .zip(&sent)
        .map(|(made, sent)| match made {
            Ok(at) => Element::Written(show(call, organisation, *at)),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "AllocationID",
                "HasValidationErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "Allocations", elements)
}

fn show<'a>(call: &Call<'_>, organisation: &'a Organisation, at: usize) -> AllocationOut<'a> {
    let allocation = organisation.allocations.row(at);
    let credit = organisation.credits.ledger.row(allocation.credit);
    let only = |source: Source| (credit.source == source).then(|| named(credit));
    AllocationOut {
        allocation: allocation_inside(organisation, allocation),
        credit_note: only(Source::CreditNote),
        overpayment: only(Source::Overpayment),
        prepayment: only(Source::Prepayment),
        status_attribute_string: call.query.tells_each().then_some("OK"),
        validation_errors: [],
    }
}

/// The reply has no envelope and spells the id differently (Xero's OpenAPI file).
fn remove(call: &Call<'_>, organisation: &mut Organisation, credit: usize, id: Uuid) -> Answer {
    let at = match allocations::remove(organisation, &call.act(), credit, id) {
        Ok(Some(at)) => at,
        Ok(None) => return Answer::not_found(),
        Err(refusal) => {
            let echo = envelope::echo(
                call,
                &json!({"AllocationId": id}),
                "AllocationId",
                "HasValidationErrors",
                &refusal,
            );
            return envelope::validation_exception(&[echo]);
        }
    };
    let allocation = organisation.allocations.row(at);
    let invoice = organisation.invoices.ledger.row(allocation.invoice);
    let mut told = json!({
        "AllocationId": id,
        "Date": MsDate::of_day(allocation.date),
        "IsDeleted": true,
    });
    if call.switches.allocation_removal_names_invoice
        && let Some(fields) = told.as_object_mut()
    {
        fields.insert("Invoice".to_owned(), json!([{"InvoiceID": invoice.id}]));
    }
    Answer::json(StatusCode::OK, &told)
}
