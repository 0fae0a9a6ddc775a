//! How a record of Freshsales is read.

use std::collections::BTreeMap;

use tieout_core::document::{Address, Currency, Phones};
use tieout_core::host::{Details, HostRecord, RecordKind, RecordLine, RecordRef, Stage};
use tieout_host_web::Fields;
use url::Url;

use crate::wire::Object;

/// What identifiers inside records stand for, and what else reading them takes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Currency codes by identifier.
    pub(crate) currencies: BTreeMap<String, String>,
    /// Stages of deals by identifier.
    pub(crate) stages: BTreeMap<String, String>,
}

impl Names {
    /// Whether everything that a record names by an identifier is among them.
    pub(crate) fn know(&self, fields: Fields<'_>) -> bool {
        let known = |field: &str, names: &BTreeMap<String, String>| {
            fields.id(field).is_none_or(|id| names.contains_key(&id))
        };
        known("currency_id", &self.currencies) && known("deal_stage_id", &self.stages)
    }
}

/// A record in the normal form. An error is one field that says something that cannot be read.
pub(crate) fn record(
    object: &Object,
    fields: Fields<'_>,
    names: &Names,
    (base, tax_number_field): (&Url, Option<&str>),
) -> Result<HostRecord, String> {
    let id = fields.id("id").ok_or("`id` is missing")?;
    let key = RecordRef::new(object.kind, id).map_err(|error| error.to_string())?;
    let name = match object.kind {
        RecordKind::Contact => {
            let parts = [fields.text("first_name"), fields.text("last_name")];
            let whole = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
            match whole.is_empty() {
                true => fields.text("display_name").unwrap_or_default(),
                false => whole,
            }
        }
        RecordKind::Company
        | RecordKind::Deal
        | RecordKind::Opportunity
        | RecordKind::Project
        | RecordKind::Lead => fields.text("name").unwrap_or_default(),
    };
    let company = company(object, fields);
    let people = fields.list("contacts").filter_map(|one| one.id("id"));
    let related = match object.kind {
        RecordKind::Deal => people
            .filter_map(|id| RecordRef::new(RecordKind::Contact, id).ok())
            .collect(),
        RecordKind::Company
        | RecordKind::Contact
        | RecordKind::Opportunity
        | RecordKind::Project
        | RecordKind::Lead => Vec::new(),
    };
    let is_deal = object.kind == RecordKind::Deal;
    let currency = currency(fields, names).filter(|_| is_deal).transpose()?;
    let amount = match is_deal {
        true => fields
            .decimal("amount")
            .map_err(|error| error.to_string())?,
        false => None,
    };
    Ok(HostRecord {
        mirrored: std::collections::BTreeMap::new(),
        url: Some(page(base, object, key.id.as_str())),
        name,
        details: details(object, fields, tax_number_field),
        company,
        related,
        stage: fields
            .id("deal_stage_id")
            .filter(|_| is_deal)
            .map(|id| stage(names.stages.get(&id).map(String::as_str))),
        currency,
        amount,
        lines: if is_deal { lines(fields)? } else { Vec::new() },
        updated_at: fields.moment("updated_at"),
        version: fields.text("updated_at"),
        key,
    })
}

/// The currency of a deal, which it names by an identifier.
fn currency(fields: Fields<'_>, names: &Names) -> Option<Result<Currency, String>> {
    let id = fields.id("currency_id")?;
    let Some(code) = names.currencies.get(&id) else {
        let why = format!("`currency_id` {id} is no currency of the account");
        return Some(Err(why));
    };
    Some(Currency::from_code(code).map_err(|_| format!("`{code}` is no currency")))
}

/// The account that a record belongs to: of several, the first one.
fn company(object: &Object, fields: Fields<'_>) -> Option<RecordRef> {
    let id = match object.kind {
        RecordKind::Deal => fields.id("sales_account_id"),
        RecordKind::Contact => {
            let all: Vec<Fields<'_>> = fields.list("sales_accounts").collect();
            let first = all
                .iter()
                .find(|one| one.is_set("is_primary"))
                .or(all.first());
            first.and_then(|one| one.id("id"))
        }
        RecordKind::Company | RecordKind::Opportunity | RecordKind::Project | RecordKind::Lead => {
            None
        }
    };
    RecordRef::new(RecordKind::Company, id?).ok()
}

/// The products of a deal: name, quantity and price of one.
fn lines(fields: Fields<'_>) -> Result<Vec<RecordLine>, String> {
    let unread = |error: tieout_host_web::Unreadable| error.to_string();
    let mut lines = Vec::new();
    for product in fields.list("products") {
        let id = product.id("id").ok_or("a product has no `id`")?;
        lines.push(RecordLine {
            description: product
                .text("name")
                .unwrap_or_else(|| format!("Product {id}")),
            quantity: product
                .decimal("quantity")
                .map_err(unread)?
                .ok_or_else(|| format!("product {id} has no `quantity`"))?,
            unit_price: product
                .decimal("unit_price")
                .map_err(unread)?
                .ok_or_else(|| format!("product {id} has no `unit_price`"))?,
            total: None,
            article: product
                .text("product_code")
                .or_else(|| product.text("sku_number")),
            currency: None,
            id,
        });
    }
    Ok(lines)
}

fn details(object: &Object, fields: Fields<'_>, tax_number_field: Option<&str>) -> Details {
    if object.kind == RecordKind::Deal {
        return Details::default();
    }
    let is_person = object.kind == RecordKind::Contact;
    let mut emails: Vec<String> = fields.text("email").into_iter().collect();
    for one in fields.list("emails") {
        let Some(value) = one.text("value") else {
            continue;
        };
        let is_known = emails
            .iter()
            .any(|known| known.eq_ignore_ascii_case(&value));
        match (is_known, one.is_set("is_primary")) {
            (true, _) => {}
            (false, true) => emails.insert(0, value),
            (false, false) => emails.push(value),
        }
    }
    let address = Address {
        kind: None,
        line1: fields.text("address"),
        line2: None,
        city: fields.text("city"),
        region: fields.text("state"),
        postal_code: fields.text("zipcode"),
        country: fields.text("country"),
    };
    let postal = (address != Address::default()).then(|| Address {
        kind: Some("postal".to_owned()),
        ..address
    });
    let custom = fields.0.get("custom_field").and_then(Fields::of);
    Details {
        first_name: fields.text("first_name").filter(|_| is_person),
        last_name: fields.text("last_name").filter(|_| is_person),
        emails,
        phones: Phones {
            default: fields.text(if is_person { "work_number" } else { "phone" }),
            mobile: fields.text("mobile_number"),
            fax: None,
        },
        tax_number: custom
            .zip(tax_number_field)
            .and_then(|(custom, field)| custom.text(field)),
        addresses: postal.into_iter().collect(),
    }
}

/// Accounts name their stages themselves; these two come with every pipeline.
fn stage(name: Option<&str>) -> Stage {
    match name.map(str::to_lowercase).as_deref() {
        Some("won" | "closed won") => Stage::Won,
        Some("lost" | "closed lost") => Stage::Lost,
        Some(_) | None => Stage::Open,
    }
}

fn page(base: &Url, object: &Object, id: &str) -> String {
    let mut url = base.clone();
    // What cannot be a base is refused with the configuration.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([object.page, id]);
    }
    url.into()
}
