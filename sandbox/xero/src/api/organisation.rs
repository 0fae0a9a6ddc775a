//! `/Organisation`: the one organisation of the tenant, and what its user may do.

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::invoice::Kind;
use crate::rules::approvals;
use crate::wire::date::{BareMsDate, MsDate};

use super::{Call, envelope};

const ACTIONS: [&str; 12] = [
    "CreateApprovedInvoice",
    "CreateDraftInvoice",
    "CreateApprovedBill",
    "CreateDraftBill",
    "CreateApprovedPurchaseOrder",
    "CreateDraftPurchaseOrder",
    "CreateInvoicePayment",
    "CreateBillPayment",
    "CreateContact",
    "UseMulticurrency",
    "AttachFilesIntoInvoice",
    "ApproveTransactionsBeforePeriodLockDate",
];

pub(super) fn answer(call: &Call<'_>, organisation: &Organisation) -> Answer {
    if call.parts.method != Method::GET {
        return Answer::text(StatusCode::NOT_IMPLEMENTED, "The method is not implemented");
    }
    match call.rest {
        [] => envelope::reply(call, "Organisations", &[show(call, organisation)], None),
        [actions] if actions.eq_ignore_ascii_case("actions") => {
            let shown: Vec<Value> = ACTIONS
                .iter()
                .map(|name| json!({"Name": name, "Status": allowed(call, organisation, name)}))
                .collect();
            envelope::reply(call, "Actions", &shown, None)
        }
        _ => Answer::not_found(),
    }
}

/// The sandbox's user is no adviser, so a period lock holds; the plan may allow no more approvals this month.
fn allowed(call: &Call<'_>, organisation: &Organisation, action: &str) -> &'static str {
    let act = call.act();
    let refused = match action {
        "ApproveTransactionsBeforePeriodLockDate" => true,
        "CreateApprovedInvoice" => approvals::are_used_up(organisation, &act, Kind::Receivable),
        "CreateApprovedBill" => approvals::are_used_up(organisation, &act, Kind::Payable),
        _ => false,
    };
    if refused { "NOT-ALLOWED" } else { "ALLOWED" }
}

fn show(call: &Call<'_>, organisation: &Organisation) -> Value {
    let profile = &organisation.profile;
    let class = if call.switches.unknown_enum_values {
        "GALACTIC"
    } else {
        "DEMO"
    };
    let shown = json!({
        "Name": profile.name,
        "LegalName": profile.legal_name,
        "PaysTax": true,
        "Version": version(profile.country),
        "OrganisationType": "COMPANY",
        "BaseCurrency": profile.base_currency,
        "CountryCode": profile.country,
        "IsDemoCompany": true,
        "OrganisationStatus": "ACTIVE",
        "TaxNumber": profile.tax_number,
        "FinancialYearEndDay": profile.year_end.0,
        "FinancialYearEndMonth": profile.year_end.1,
        "SalesTaxBasis": profile.sales_tax_basis,
        "SalesTaxPeriod": profile.sales_tax_period,
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": BareMsDate(profile.created.timestamp_millis()),
        "OrganisationEntityType": "COMPANY",
        "Timezone": profile.zone.name(),
        "ShortCode": profile.short_code,
        "OrganisationID": profile.id,
        "Edition": "BUSINESS",
        "Class": class,
        "Addresses": [{"AddressType": "POBOX", "AddressLine1": "23 Main Street", "City": profile.city,
            "Region": "", "PostalCode": "", "Country": "", "AttentionTo": ""}],
        "Phones": [{"PhoneType": "OFFICE", "PhoneNumber": "1234 5678", "PhoneAreaCode": "0800"}],
        "ExternalLinks": [],
        "PaymentTerms": {},
    });
    let mut fields = match shown {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    // Lock dates are absent, not null, while unset.
    for (key, lock) in [
        ("PeriodLockDate", profile.period_lock),
        ("EndOfYearLockDate", profile.year_lock),
    ] {
        if let Some(lock) = lock {
            fields.insert(key.to_owned(), json!(MsDate::of_day(lock)));
        }
    }
    Value::Object(fields)
}

fn version(country: &str) -> &str {
    match country {
        "GB" => "UK",
        other => other,
    }
}
