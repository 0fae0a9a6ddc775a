//! Which scopes exist and which one a call needs (Xero's page on scopes, granular since 2026-03-02).

use http::Method;

const READ_AND_WRITE: [&str; 7] = [
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
    "accounting.contacts",
    "accounting.settings",
    "accounting.attachments",
];

const OTHERS: [&str; 18] = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "app.connections",
    "accounting.budgets.read",
    "accounting.journals.read",
    "accounting.reports.aged.read",
    "accounting.reports.balancesheet.read",
    "accounting.reports.banksummary.read",
    "accounting.reports.budgetsummary.read",
    "accounting.reports.executivesummary.read",
    "accounting.reports.profitandloss.read",
    "accounting.reports.trialbalance.read",
    "accounting.reports.taxreports.read",
    "accounting.reports.tenninetynine.read",
    "paymentservices",
    "marketplace.billing",
];

const BROAD: [&str; 3] = [
    "accounting.transactions",
    "accounting.transactions.read",
    "accounting.reports.read",
];

/// Splits a scope text at its spaces.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    for scope in text.split_whitespace() {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

/// Whether an app may ask for this scope.
#[must_use]
pub fn exists(scope: &str, broad_allowed: bool) -> bool {
    let plain = scope.strip_suffix(".read").unwrap_or(scope);
    READ_AND_WRITE.contains(&plain)
        || OTHERS.contains(&scope)
        || (broad_allowed && BROAD.contains(&scope))
}

/// Whether one of these scopes allows the call on an endpoint of the accounting API.
#[must_use]
pub fn allow(scopes: &[String], endpoint: &str, method: &Method) -> bool {
    let (needed, broad) = match endpoint {
        "invoices" | "creditnotes" | "purchaseorders" => {
            ("accounting.invoices", Some("accounting.transactions"))
        }
        "payments" | "overpayments" | "prepayments" => {
            ("accounting.payments", Some("accounting.transactions"))
        }
        "banktransactions" => (
            "accounting.banktransactions",
            Some("accounting.transactions"),
        ),
        "contacts" => ("accounting.contacts", None),
        "attachments" => ("accounting.attachments", None),
        _ => ("accounting.settings", None),
    };
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let fits = |scope: &String, wanted: &str| {
        scope == wanted || (reads && scope.strip_suffix(".read") == Some(wanted))
    };
    scopes
        .iter()
        .any(|scope| fits(scope, needed) || broad.is_some_and(|broad| fits(scope, broad)))
}
