//! `/Accounts`, `/TaxRates`, `/Currencies`, `/TrackingCategories`, `/BrandingThemes`: read only but for currencies and options.

use http::{Method, StatusCode};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::chart::{
    Account, BrandingTheme, Class, Currency, Standing, TaxRate, TrackingCategory, TrackingOption,
};
use crate::books::seed;
use crate::rules::Refusal;
use crate::wire::date::{MsDate, parse_modified_since};
use crate::wire::elements;
use crate::wire::number::Num;

use super::filter::{self, Field};
use super::{Call, envelope, tracking, where_clause};

pub(super) fn answer(call: &Call<'_>, organisation: &mut Organisation, endpoint: &str) -> Answer {
    if endpoint == "currencies" && matches!(call.parts.method, Method::PUT) {
        return add_currency(call, organisation);
    }
    if let ("trackingcategories", &Method::PUT, [category, below]) =
        (endpoint, &call.parts.method, call.rest)
        && below.eq_ignore_ascii_case("options")
    {
        return tracking::add_options(call, organisation, category);
    }
    if call.parts.method != Method::GET {
        return not_modelled();
    }
    let chart = &organisation.chart;
    match endpoint {
        "accounts" => {
            let all = if unchanged(call) {
                &[]
            } else {
                chart.accounts()
            };
            list(
                call,
                "Accounts",
                all,
                |row| row.id.to_string(),
                account_field,
                |row| show_account(call, row),
            )
        }
        "taxrates" => list(
            call,
            "TaxRates",
            chart.tax_rates(),
            |row| row.tax_type.to_owned(),
            tax_field,
            show_tax_rate,
        ),
        "trackingcategories" => list(
            call,
            "TrackingCategories",
            &chart.tracking,
            |row| row.id.to_string(),
            category_field,
            show_category,
        ),
        "brandingthemes" => list(
            call,
            "BrandingThemes",
            &chart.branding_themes,
            |row| row.id.to_string(),
            theme_field,
            show_theme,
        ),
        _ => list(
            call,
            "Currencies",
            &chart.currencies,
            |row| row.code.clone(),
            currency_field,
            |row| json!({"Code": row.code, "Description": row.description}),
        ),
    }
}

fn not_modelled() -> Answer {
    Answer::text(
        StatusCode::NOT_IMPLEMENTED,
        "not modelled by this sandbox: writing reference data",
    )
}

/// All rows, the one that the path names, or those that meet `where`.
fn list<T>(
    call: &Call<'_>,
    plural: &'static str,
    rows: &[T],
    id: impl Fn(&T) -> String,
    field: impl for<'a> Fn(&'a T, &str) -> Option<Field<'a>>,
    show: impl Fn(&T) -> Value,
) -> Answer {
    if let [wanted] = call.rest {
        return match rows.iter().find(|row| id(row).eq_ignore_ascii_case(wanted)) {
            Some(row) => envelope::reply(call, plural, &[show(row)], None),
            None => Answer::not_found(),
        };
    }
    let condition = match call.query.get("where").map(where_clause::parse).transpose() {
        Ok(condition) => condition,
        Err(why) => return Answer::exception(16, "QueryParseException", &why),
    };
    let mut shown = Vec::new();
    for row in rows {
        let fits = condition.as_ref().map_or(Ok(true), |condition| {
            filter::meets(condition, &|name| field(row, name))
        });
        match fits {
            Ok(true) => shown.push(show(row)),
            Ok(false) => {}
            Err(unknown) => {
                let why = format!("No property or field '{}' exists", unknown.0);
                return Answer::exception(16, "QueryParseException", &why);
            }
        }
    }
    envelope::reply(call, plural, &shown, None)
}

/// The chart is as old as the seed, so a later `If-Modified-Since` shows nothing.
fn unchanged(call: &Call<'_>) -> bool {
    call.parts
        .headers
        .get(http::header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(parse_modified_since)
        .is_some_and(|since| since > seed::born())
}

fn account_field<'a>(row: &'a Account, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "accountid" => Field::Id(row.id),
        "code" => Field::Text(row.code),
        "name" => Field::Text(row.name),
        "type" => Field::Text(row.kind),
        "class" => Field::Text(row.class.name()),
        "status" => Field::Text(row.standing.name()),
        "taxtype" => Field::Text(row.tax_type),
        "systemaccount" => Field::Text(row.system),
        "enablepaymentstoaccount" => Field::Truth(row.takes_payments),
        _ => return None,
    })
}

fn show_account(call: &Call<'_>, row: &Account) -> Value {
    let mut fields = Map::new();
    let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    put("AccountID", json!(row.id));
    put("Code", json!(row.code));
    put("Name", json!(row.name));
    put("Status", json!(row.standing.name()));
    put("Type", json!(row.kind));
    put("TaxType", json!(row.tax_type));
    put("Class", json!(row.class.name()));
    put("EnablePaymentsToAccount", json!(row.takes_payments));
    put("ShowInExpenseClaims", json!(false));
    if let Some(bank) = &row.bank {
        put("BankAccountNumber", json!(bank.number));
        put("BankAccountType", json!(bank.kind));
        put("CurrencyCode", json!(bank.currency));
    } else {
        put("BankAccountType", json!(""));
    }
    if !row.system.is_empty() {
        let strange = call.switches.unknown_enum_values && row.system == "GST";
        put(
            "SystemAccount",
            json!(if strange { "MOONTAX" } else { row.system }),
        );
    }
    if !row.description.is_empty() {
        put("Description", json!(row.description));
    }
    put("ReportingCode", json!(row.class.name()));
    put("HasAttachments", json!(false));
    put(
        "UpdatedDateUTC",
        json!(MsDate(seed::born().timestamp_millis())),
    );
    put("AddToWatchlist", json!(false));
    Value::Object(fields)
}

fn tax_field<'a>(row: &'a TaxRate, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "name" => Field::Text(row.name),
        "taxtype" => Field::Text(row.tax_type),
        "status" => Field::Text(row.standing.name()),
        "reporttaxtype" => Field::Text(row.report_type),
        "displaytaxrate" | "effectiverate" => Field::Number(row.rate_percent),
        _ => return None,
    })
}

fn show_tax_rate(row: &TaxRate) -> Value {
    let fits = |class: Class| row.applies_to.contains(&class);
    json!({
        "Name": row.name,
        "TaxType": row.tax_type,
        "ReportTaxType": row.report_type,
        "CanApplyToAssets": fits(Class::Asset),
        "CanApplyToEquity": fits(Class::Equity),
        "CanApplyToExpenses": fits(Class::Expense),
        "CanApplyToLiabilities": fits(Class::Liability),
        "CanApplyToRevenue": fits(Class::Revenue),
        "DisplayTaxRate": Num(row.rate_percent),
        "EffectiveRate": Num(row.rate_percent),
        "Status": row.standing.name(),
        "TaxComponents": [{"Name": component(row), "Rate": Num(row.rate_percent),
            "IsCompound": false, "IsNonRecoverable": false}],
    })
}

fn component(row: &TaxRate) -> &'static str {
    if row.rate_percent == Decimal::ZERO {
        "No tax"
    } else {
        "Tax"
    }
}

fn category_field<'a>(row: &'a TrackingCategory, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "trackingcategoryid" => Field::Id(row.id),
        "name" => Field::Text(row.name),
        "status" => Field::Text(row.standing.name()),
        _ => return None,
    })
}

fn show_category(row: &TrackingCategory) -> Value {
    let options: Vec<Value> = row.options.iter().map(show_option).collect();
    json!({"Name": row.name, "Status": row.standing.name(), "TrackingCategoryID": row.id, "Options": options})
}

pub(super) fn show_option(option: &TrackingOption) -> Value {
    json!({"TrackingOptionID": option.id, "Name": option.name, "Status": option.standing.name(),
        "HasValidationErrors": false, "IsDeleted": option.standing == Standing::Deleted,
        "IsArchived": option.standing == Standing::Archived, "IsActive": option.standing == Standing::Active})
}

fn theme_field<'a>(row: &'a BrandingTheme, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "brandingthemeid" => Field::Id(row.id),
        "name" => Field::Text(row.name),
        _ => return None,
    })
}

fn show_theme(row: &BrandingTheme) -> Value {
    json!({"BrandingThemeID": row.id, "Name": row.name, "SortOrder": row.sort_order, "Type": "INVOICE",
        "CreatedDateUTC": MsDate(seed::born().timestamp_millis())})
}

fn currency_field<'a>(row: &'a Currency, name: &str) -> Option<Field<'a>> {
    Some(match name {
        "code" => Field::Text(&row.code),
        "description" => Field::Text(&row.description),
        _ => return None,
    })
}

/// `PUT /Currencies {"Code":"USD"}`: subscribes for good; a repeat changes nothing.
fn add_currency(call: &Call<'_>, organisation: &mut Organisation) -> Answer {
    let sent: Vec<Value> = match elements::read(call.body, "Currencies") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let mut added = Vec::new();
    for element in &sent {
        let code = element
            .get("Code")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if code.len() != 3 || !code.bytes().all(|letter| letter.is_ascii_uppercase()) {
            let refusal = Refusal::of("Currency code must be a valid ISO 4217 code.");
            return envelope::validation_exception(&[envelope::echo(
                call,
                element,
                "CurrencyID",
                "HasValidationErrors",
                &refusal,
            )]);
        }
        subscribe(organisation, code, Decimal::ONE);
        added.push(json!({"Code": code, "Description": code}));
    }
    envelope::reply(call, "Currencies", &added, None)
}

/// Subscribes to a currency at this day rate unless it is there already.
pub(crate) fn subscribe(organisation: &mut Organisation, code: &str, day_rate: Decimal) {
    if organisation.chart.currency(code).is_none() {
        organisation.chart.currencies.push(Currency {
            code: code.to_owned(),
            description: code.to_owned(),
            day_rate,
        });
    }
}

/// Ids that a tracking choice shows with their names.
pub(super) fn tracking_names(
    organisation: &Organisation,
    category: Uuid,
    option: Uuid,
) -> Option<(&'static str, &str)> {
    let category = organisation
        .chart
        .tracking
        .iter()
        .find(|known| known.id == category)?;
    let option = category.options.iter().find(|known| known.id == option)?;
    Some((category.name, &option.name))
}
