//! Who is billed: the name on the invoice, with the address and numbers of the company or the person behind it.

use tieout_core::document::{Address, BillTo, PartyId};

use crate::parties::Party;
use crate::wire::{Problem, Row, typed_id};

/// Who owes an invoice. What the invoice itself says comes first.
pub(super) fn bill_to(
    row: &Row<'_>,
    company: Option<&Party>,
    contact: Option<&Party>,
) -> Result<BillTo, Problem> {
    let name = row
        .some("to")
        .or_else(|| company.map(|company| company.name.clone()))
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Problem::new(row.path("to"), "nobody is billed"))?;
    let parties = || [company, contact].into_iter().flatten();
    let known = |part: fn(&Party) -> &str| {
        let mut texts = parties().map(part).map(str::to_owned);
        texts.find(|text| !text.is_empty())
    };
    Ok(BillTo {
        company_id: typed_id(row, "company_id", PartyId::new)?,
        contact_id: typed_id(row, "contact_id", PartyId::new)?,
        name,
        attention: row.some("to_attention"),
        email: row.some("to_email").or_else(|| known(|it| &it.email)),
        tax_number: row.some("abn").or_else(|| known(|it| &it.abn)),
        address: address(&row.text("to_address"), parties()),
    })
}

/// The parts of the address, of the first party whose street stands on the invoice; otherwise the invoice's own line,
/// which is not taken apart by guessing.
fn address<'a>(own: &str, mut parties: impl Iterator<Item = &'a Party>) -> Option<Address> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let lives_there = |party: &&Party| {
        !party.street.is_empty() && (own.is_empty() || own.contains(party.street.as_str()))
    };
    if let Some(party) = parties.find(lives_there) {
        return Some(Address {
            kind: Some("postal".to_owned()),
            line1: some(&party.street),
            line2: some(&party.sublocality),
            city: some(&party.suburb),
            region: some(&party.state),
            postal_code: some(&party.postcode),
            country: some(&party.country),
        });
    }
    some(own).map(|line| Address {
        kind: Some("postal".to_owned()),
        line1: Some(line),
        ..Address::default()
    })
}
