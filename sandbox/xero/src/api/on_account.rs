//! `/Overpayments` and `/Prepayments`: lists, single ones, allocations. They are made through `/BankTransactions`.

use http::{Method, StatusCode};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::{Credit, Source};

use super::show::Depth;
use super::{Call, allocations, credits, envelope};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation, source: Source) -> Answer {
    let (key, rest) = match (&call.parts.method, call.rest) {
        (&Method::GET, []) => return list(call, organisation, source),
        (_, []) => return Answer::method_not_allowed(),
        (_, [key, rest @ ..]) => (*key, rest),
    };
    let Some(at) = find(organisation, source, key) else {
        return Answer::not_found();
    };
    let part = rest.first().map(|part| part.to_ascii_lowercase());
    match (&call.parts.method, part.as_deref()) {
        (&Method::GET, None) => {
            let shown = credits::show(call, organisation, at, Depth::Full, &[]);
            envelope::reply(call, credits::plural(source), &[shown], None)
        }
        (_, Some("allocations")) => allocations::answer(call, organisation, at, &rest[1..]),
        (_, Some(_)) => Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox"),
        (_, None) => Answer::method_not_allowed(),
    }
}

pub(super) fn find(organisation: &Organisation, source: Source, key: &str) -> Option<usize> {
    organisation
        .credits
        .find(source, Uuid::parse_str(key).ok()?)
}

/// Overpayments filter by `References`, prepayments by `InvoiceNumbers` (Xero's OpenAPI file).
fn list(call: &Call<'_>, organisation: &Organisation, source: Source) -> Answer {
    let wanted = match source {
        Source::Overpayment => call.query.list("references"),
        Source::Prepayment | Source::CreditNote => call.query.list("invoicenumbers"),
    };
    let keeps = |credit: &Credit| {
        let key = match source {
            Source::Overpayment => &credit.reference,
            Source::Prepayment | Source::CreditNote => &credit.number,
        };
        wanted.as_ref().is_none_or(|wanted| {
            wanted
                .iter()
                .any(|wanted| wanted.trim_matches('"').eq_ignore_ascii_case(key))
        })
    };
    credits::list(call, organisation, source, keeps)
}
