//! How a record of Insightly is read.

use tieout_core::document::{Address, Currency, Phones};
use tieout_core::host::{Details, HostRecord, RecordKind, RecordLine, RecordRef, Stage};
use tieout_host_web::Fields;
use url::Url;

use crate::wire::Object;

/// A record in the normal form. An error is one field that says something that cannot be read.
pub(crate) fn record(
    object: &Object,
    fields: Fields<'_>,
    (web, version): (Option<&Url>, Option<String>),
) -> Result<HostRecord, String> {
    let id = fields
        .id(object.id)
        .ok_or_else(|| format!("`{}` is missing", object.id))?;
    let key = RecordRef::new(object.kind, id).map_err(|error| error.to_string())?;
    let name = match object.is_person() {
        true => {
            let parts = [fields.text("FIRST_NAME"), fields.text("LAST_NAME")];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        false => fields.text(object.name).unwrap_or_default(),
    };
    let currency = fields.text("BID_CURRENCY").map(|code| {
        Currency::from_code(&code)
            .map_err(|_| format!("`BID_CURRENCY` is `{code}`, which is no currency"))
    });
    let amount = match object.kind {
        RecordKind::Opportunity => fields
            .decimal("OPPORTUNITY_VALUE")
            .and_then(|value| match value {
                Some(value) => Ok(Some(value)),
                None => fields.decimal("BID_AMOUNT"),
            })
            .map_err(|error| error.to_string())?,
        RecordKind::Company
        | RecordKind::Contact
        | RecordKind::Project
        | RecordKind::Lead
        | RecordKind::Deal => None,
    };
    let mut related = links(fields, &key);
    let company = match fields
        .id("ORGANISATION_ID")
        .filter(|_| object.kind != RecordKind::Company)
    {
        Some(id) => RecordRef::new(RecordKind::Company, id).ok(),
        None if object.kind == RecordKind::Company => None,
        None => related
            .iter()
            .find(|key| key.kind == RecordKind::Company)
            .cloned(),
    };
    if object.kind == RecordKind::Project
        && let Some(of) = fields.id("OPPORTUNITY_ID")
        && let Ok(of) = RecordRef::new(RecordKind::Opportunity, of)
        && !related.contains(&of)
    {
        related.push(of);
    }
    related.retain(|key| Some(key) != company.as_ref());
    Ok(HostRecord {
        mirrored: std::collections::BTreeMap::new(),
        url: web.map(|web| page(web, object, key.id.as_str())),
        key,
        name,
        details: details(object, fields),
        company,
        related,
        stage: stage(fields),
        currency: currency.transpose()?,
        amount,
        lines: Vec::new(),
        updated_at: fields.moment("DATE_UPDATED_UTC"),
        version,
    })
}

/// A line of an opportunity; its article is what stands behind its price book.
pub(crate) fn line(fields: Fields<'_>, article: Option<String>) -> Result<RecordLine, String> {
    let unread = |error: tieout_host_web::Unreadable| error.to_string();
    let id = fields
        .id("OPPORTUNITY_ITEM_ID")
        .ok_or("`OPPORTUNITY_ITEM_ID` is missing")?;
    let price = match fields.decimal("UNIT_PRICE").map_err(unread)? {
        Some(price) => Some(price),
        None => fields.decimal("LIST_PRICE").map_err(unread)?,
    };
    let currency = fields.text("CURRENCY_CODE").map(|code| {
        Currency::from_code(&code)
            .map_err(|_| format!("`CURRENCY_CODE` is `{code}`, which is no currency"))
    });
    Ok(RecordLine {
        description: fields
            .text("DESCRIPTION")
            .unwrap_or_else(|| format!("Item {id}")),
        quantity: fields
            .decimal("QUANTITY")
            .map_err(unread)?
            .ok_or_else(|| format!("line {id} has no `QUANTITY`"))?,
        unit_price: price.ok_or_else(|| format!("line {id} has no `UNIT_PRICE`"))?,
        total: fields.decimal("TOTAL_PRICE").map_err(unread)?,
        article,
        currency: currency.transpose()?,
        id,
    })
}

fn details(object: &Object, fields: Fields<'_>) -> Details {
    let Some(prefix) = object.address else {
        return Details::default();
    };
    let part = |name: &str| fields.text(&format!("{prefix}{name}"));
    let address = Address {
        kind: None,
        line1: part("STREET"),
        line2: None,
        city: part("CITY"),
        region: part("STATE"),
        postal_code: part("POSTCODE"),
        country: part("COUNTRY"),
    };
    let postal = (address != Address::default()).then(|| Address {
        kind: Some("postal".to_owned()),
        ..address
    });
    let of_person = |name: &str| fields.text(name).filter(|_| object.is_person());
    Details {
        first_name: of_person("FIRST_NAME"),
        last_name: of_person("LAST_NAME"),
        emails: of_person(object.email()).into_iter().collect(),
        phones: Phones {
            default: fields.text("PHONE"),
            mobile: fields
                .text("PHONE_MOBILE")
                .or_else(|| fields.text("MOBILE")),
            fax: fields.text("PHONE_FAX").or_else(|| fields.text("FAX")),
        },
        tax_number: None,
        addresses: postal.into_iter().collect(),
    }
}

/// The records that links lead to. A link may stand in either direction.
fn links(fields: Fields<'_>, own: &RecordRef) -> Vec<RecordRef> {
    let mut found = Vec::new();
    for link in fields.list("LINKS") {
        for (name, id) in [
            ("LINK_OBJECT_NAME", "LINK_OBJECT_ID"),
            ("OBJECT_NAME", "OBJECT_ID"),
        ] {
            let object = link.text(name).and_then(|name| Object::of_link(&name));
            let key = object
                .zip(link.id(id))
                .and_then(|(object, id)| RecordRef::new(object.kind, id).ok());
            if let Some(key) = key.filter(|key| key != own && !found.contains(key)) {
                found.push(key);
            }
        }
    }
    found
}

fn stage(fields: Fields<'_>) -> Option<Stage> {
    let state = fields.text("OPPORTUNITY_STATE")?;
    Some(match state.to_ascii_uppercase().as_str() {
        "WON" => Stage::Won,
        "LOST" | "ABANDONED" => Stage::Lost,
        _ => Stage::Open,
    })
}

fn page(web: &Url, object: &Object, id: &str) -> String {
    let mut url = web.clone();
    // What cannot be a base is refused with the configuration.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["details", object.singular, id]);
    }
    url.into()
}
