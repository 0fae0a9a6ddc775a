//! `/CreditNotes`: lists, single ones by id or number, writes by PUT and POST, allocations.

use http::{Method, StatusCode};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::credit::Source;
use crate::rules::contacts::Mode;
use crate::rules::credit_notes;
use crate::wire::credit::CreditNoteIn;
use crate::wire::elements;

use super::envelope::{self, Element};
use super::query::percent_decoded;
use super::show::Depth;
use super::{Call, allocations, credits};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    let (key, rest) = match (&call.parts.method, call.rest) {
        (&Method::GET, []) => {
            return credits::list(call, organisation, Source::CreditNote, |_| true);
        }
        (&Method::PUT, []) => return write(call, organisation, Mode::Create, None),
        (&Method::POST, []) => return write(call, organisation, Mode::Upsert, None),
        (_, []) => return Answer::method_not_allowed(),
        (_, [key, rest @ ..]) => (*key, rest),
    };
    let Some(at) = find(organisation, key) else {
        return Answer::not_found();
    };
    let part = rest.first().map(|part| part.to_ascii_lowercase());
    match (&call.parts.method, part.as_deref()) {
        (&Method::GET, None) => {
            let shown = credits::show(call, organisation, at, Depth::Full, &[]);
            envelope::reply(call, "CreditNotes", &[shown], None)
        }
        (&Method::POST, None) => {
            let id = organisation.credits.ledger.row(at).id;
            write(call, organisation, Mode::Upsert, Some(id))
        }
        (_, Some("allocations")) => allocations::answer(call, organisation, at, &rest[1..]),
        (_, Some(_)) => Answer::text(StatusCode::NOT_IMPLEMENTED, "not modelled by this sandbox"),
        (_, None) => Answer::method_not_allowed(),
    }
}

pub(super) fn find(organisation: &Organisation, key: &str) -> Option<usize> {
    match Uuid::parse_str(key) {
        Ok(id) => credit_notes::named(organisation, Some(id), None),
        Err(_) => credit_notes::named(organisation, None, Some(&percent_decoded(key))),
    }
}

fn write(call: &Call<'_>, organisation: &mut Organisation, mode: Mode, id: Option<Uuid>) -> Answer {
    let mut sent: Vec<CreditNoteIn> = match elements::read(call.body, "CreditNotes") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    if let (Some(id), Some(first)) = (id, sent.first_mut()) {
        first.id = Some(id);
    }
    let written: Vec<_> = sent
        .iter()
        .map(|note| credit_notes::write(organisation, &call.act(), mode, note))
        .collect();
    let warnings = envelope::warnings(&written);
    let elements = written
        .iter()
        .zip(&sent)
        .zip(&warnings)
        .map(|((written, sent), warnings)| match written {
            Ok(written) => Element::Written(credits::show(
                call,
                organisation,
                written.at,
                Depth::Full,
                warnings,
            )),
            Err(refusal) => Element::Refused(envelope::echo(
                call,
                sent,
                "CreditNoteID",
                "HasErrors",
                refusal,
            )),
        })
        .collect();
    envelope::batch(call, "CreditNotes", elements)
}
