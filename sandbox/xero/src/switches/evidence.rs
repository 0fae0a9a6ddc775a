//! What is known about each choice, and from where.

use serde_json::{Map, Value, json};

use super::choices::Switches;

/// Name of a choice and what is known about it.
pub const EVIDENCE: &[(&str, &str)] = &[
    (
        "modified_since_inclusive",
        "Not published. Clients overlap their requests, which works either way.",
    ),
    (
        "number_reuse",
        "A POST that met a deleted invoice was refused as not of valid status (xero-php-oauth2#257). Whether PUT may use the number again is not published.",
    ),
    (
        "midpoint",
        "Xero's page on rounding has no example at half a cent; 79 recorded invoices have none either. Third-party simulators round away from zero.",
    ),
    (
        "rate_limit_words",
        "minute and day were seen live (xero-node#634). The words for the concurrent and the app limit are guesses.",
    ),
    (
        "scope_refusal",
        "401 was seen in 2020 (Xero-NetStandard#178), notes of 2026 say 403.",
    ),
    ("zero_total_becomes_paid", "Not published."),
    (
        "deleted_in_default_lists",
        "A sample of Xero's page shows VOIDED invoices in plain lists and no DELETED one.",
    ),
    (
        "deleted_payments_in_lists",
        "Not published; without it a deletion could not be seen by polling.",
    ),
    (
        "reconciled_payment_deletable",
        "Not published. In Xero's own pages a reconciled payment must be unreconciled first.",
    ),
    (
        "lock_date_inclusive",
        "The message says before the lock date, the setting says on or before.",
    ),
    (
        "nested_payment_reference",
        "Recorded in 2020: payments inside invoices carry Reference.",
    ),
    (
        "reference_on_bills",
        "Xero's page: ACCREC only. 41 recorded bills all answer an empty Reference. What becomes of one that is sent is not published.",
    ),
    ("unarchive_by_api", "Not published; Xero's pages can do it."),
    (
        "grace_answer",
        "Xero staff promise 30 minutes of grace; which token a repeat answers is not published.",
    ),
    (
        "idempotency_scope",
        "Xero's page: a key counts per app. Whether tenants are apart is not published.",
    ),
    (
        "messages_under_description",
        "One example of Xero's page spells the text Description, all seen replies spell it Message.",
    ),
    (
        "unknown_enum_values",
        "Xero adds values without notice; several SDKs broke on them (Xero-NetStandard#647, OpenAPI PR 818).",
    ),
    (
        "null_list_items",
        "Examples in Xero's OpenAPI file have null items in Addresses and Phones.",
    ),
    (
        "paid_bills_editable",
        "Xero's changelog of 2026-03-19 allows it; before that nothing could change.",
    ),
    (
        "shared_bill_number_means_first",
        "Bill numbers are not unique, and Payments takes InvoiceNumber. What it then pays is not published.",
    ),
    (
        "purchase_order_submitted_to_draft",
        "Xero-Net#185: the order stayed SUBMITTED, though an SDK bug may be the cause.",
    ),
    (
        "purchase_order_submitted_to_deleted",
        "Only DRAFT to DELETED is shown in Xero's OpenAPI file.",
    ),
    ("purchase_order_approved_to_draft", "Not published."),
    (
        "purchase_order_approved_to_billed",
        "Not published. BILLED is a writable value, and no other call makes an order BILLED; without this step it could never be reached.",
    ),
    (
        "purchase_order_approved_to_deleted",
        "Not published for the API. A pull request for Xero's MCP server (297) offers AUTHORISED and DELETED on DRAFT and SUBMITTED orders only.",
    ),
    ("purchase_order_billed_early", "Not published."),
    (
        "purchase_order_approved_editable",
        "Not published for orders. Approved invoices can be edited while nothing is paid on them.",
    ),
    ("purchase_order_billed_back", "Not published."),
    ("purchase_order_billed_editable", "Not published."),
    ("purchase_order_number_free_after_delete", "Not published."),
    (
        "purchase_order_post_by_number",
        "Xero's OpenAPI file shows a POST reply with the error Order number must be unique.",
    ),
    (
        "purchase_order_takes_sent_amounts",
        "Xero's page lists TaxAmount and LineAmount of order lines as output only.",
    ),
    (
        "purchase_order_approval_needs_account",
        "Examples of orders without account are DRAFT or DELETED.",
    ),
    (
        "purchase_order_lines_without_id_are_added",
        "Xero-Net#181 (2016): lines repeated without ids were there twice afterwards. Invoices follow the replace rule.",
    ),
    (
        "credit_note_post_by_number",
        "Xero's page on requests: POST creates or updates by id or number. No example for credit notes.",
    ),
    (
        "balances_less_open_credits",
        "Not published. Xero's own pages show a contact's balance less its open credits.",
    ),
    (
        "allocation_date",
        "The OpenAPI file requires Date; a reference of 2026-08 says Xero takes the later of both dates. Its examples fit both.",
    ),
    (
        "allocation_between_contacts",
        "Not published; Xero's pages offer invoices of the same contact only.",
    ),
    (
        "allocation_removal_names_invoice",
        "The OpenAPI example has Invoice as an array; xero-python#159 (2024) got none.",
    ),
    (
        "overpayment_line_account_ignored",
        "Examples show the control account on the line although none was sent. What becomes of another one is not published.",
    ),
    (
        "webhook_on_payment",
        "Not documented. Integrations that wait for INVOICE UPDATE to learn of payments are common.",
    ),
    (
        "webhook_on_removal",
        "Not documented; the OpenAPI file says UPDATE includes archiving.",
    ),
    (
        "webhook_on_own_writes",
        "Not documented; assumed by all clients seen.",
    ),
    (
        "webhook_event_type_case",
        "Update was seen once beside UPDATE.",
    ),
    (
        "attachment_size",
        "Xero's pages say 3, 10 and 25 MB. 14 MB was refused with 413 (Xero-Java#349); Codat's notes went from 3 MB (2024) to 10 MB (2026).",
    ),
    (
        "attachment_post_creates",
        "Xero's page: PUT or POST, the same name overwrites. A POST of a new name is not shown.",
    ),
];

/// A choice as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its name, as in the control calls.
    pub name: String,
    /// What is known.
    pub evidence: &'static str,
    /// The value in force, as in the control calls.
    pub value: String,
    /// The value it has by default.
    pub default: String,
}

impl Switches {
    /// All choices with their evidence, their values and their defaults, by name.
    #[must_use]
    pub fn explained(&self) -> Vec<Explained> {
        let (now, default) = (fields(self), fields(&Self::default()));
        now.iter()
            .map(|(name, value)| Explained {
                name: name.clone(),
                evidence: evidence_of(name),
                value: shown(value),
                default: default.get(name).map(shown).unwrap_or_default(),
            })
            .collect()
    }
}

fn evidence_of(name: &str) -> &'static str {
    EVIDENCE
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, evidence)| evidence)
}

fn fields(switches: &Switches) -> Map<String, Value> {
    match json!(switches) {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_has_evidence_and_every_evidence_a_choice() {
        let known = fields(&Switches::default());
        let explained: Vec<&str> = EVIDENCE.iter().map(|(name, _)| *name).collect();
        let mut missing: Vec<&String> = known
            .keys()
            .filter(|name| !explained.contains(&name.as_str()))
            .collect();
        missing.dedup();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(explained.len(), known.len());
    }
}
