//! What is known about each choice, and from where.

use serde_json::{Map, Value, json};

use super::choices::Switches;

/// A choice, what it decides and what is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// Its name, as in the control calls.
    pub name: &'static str,
    /// What it decides.
    pub decides: &'static str,
    /// What is known, and from where.
    pub known: &'static str,
}

/// The values of choices that have names instead of two sides.
const NAMED: &[(&str, &[&str])] = &[
    (
        "number_reuse",
        &["never", "after_delete", "after_delete_or_void"],
    ),
    ("midpoint", &["away_from_zero", "half_even"]),
    ("rate_limit_words", &["lower", "capitalised"]),
    ("scope_refusal", &["unauthorized", "forbidden"]),
    ("grace_answer", &["further_token", "same_token"]),
    ("idempotency_scope", &["app", "app_and_tenant"]),
    ("allocation_date", &["later_document", "as_sent"]),
    ("webhook_event_type_case", &["upper", "title"]),
    ("attachment_size", &["three_megabytes", "ten_megabytes"]),
];

/// All choices.
pub const EVIDENCE: &[Evidence] = &[
    Evidence {
        name: "modified_since_inclusive",
        decides: "If-Modified-Since shows rows changed in the very second that was asked for.",
        known: "Not published. Clients overlap their requests, which works either way.",
    },
    Evidence {
        name: "number_reuse",
        decides: "Number reuse.",
        known: "A POST that met a deleted invoice was refused as not of valid status (xero-php-oauth2#257). Whether PUT may use the number again is not published.",
    },
    Evidence {
        name: "midpoint",
        decides: "Half cents.",
        known: "Xero's page on rounding has no example at half a cent; 79 recorded invoices have none either. Third-party simulators round away from zero.",
    },
    Evidence {
        name: "rate_limit_words",
        decides: "Header words of a 429.",
        known: "minute and day were seen live (xero-node#634). The words for the concurrent and the app limit are guesses.",
    },
    Evidence {
        name: "scope_refusal",
        decides: "Missing scope.",
        known: "401 was seen in 2020 (Xero-NetStandard#178), notes of 2026 say 403.",
    },
    Evidence {
        name: "zero_total_becomes_paid",
        decides: "An approved invoice over nothing is PAID at once.",
        known: "Not published.",
    },
    Evidence {
        name: "deleted_in_default_lists",
        decides: "Lists without Statuses show DELETED invoices.",
        known: "A sample of Xero's page shows VOIDED invoices in plain lists and no DELETED one.",
    },
    Evidence {
        name: "deleted_payments_in_lists",
        decides: "Lists of payments show deleted ones.",
        known: "Not published; without it a deletion could not be seen by polling.",
    },
    Evidence {
        name: "reconciled_payment_deletable",
        decides: "A reconciled payment can be deleted.",
        known: "Not published. In Xero's own pages a reconciled payment must be unreconciled first.",
    },
    Evidence {
        name: "lock_date_inclusive",
        decides: "A document dated on the lock date itself is refused.",
        known: "The message says before the lock date, the setting says on or before.",
    },
    Evidence {
        name: "nested_payment_reference",
        decides: "Payments nested in an invoice carry their Reference, as in replies recorded in 2020.",
        known: "Recorded in 2020: payments inside invoices carry Reference.",
    },
    Evidence {
        name: "reference_on_bills",
        decides: "Reference is kept and shown on bills.",
        known: "Xero's page: ACCREC only. 41 recorded bills all answer an empty Reference. What becomes of one that is sent is not published.",
    },
    Evidence {
        name: "unarchive_by_api",
        decides: "An archived contact becomes active by POST.",
        known: "Not published; Xero's pages can do it.",
    },
    Evidence {
        name: "grace_answer",
        decides: "Answer of the grace.",
        known: "Xero staff promise 30 minutes of grace; which token a repeat answers is not published.",
    },
    Evidence {
        name: "idempotency_scope",
        decides: "Scope of idempotency keys.",
        known: "Xero's page: a key counts per app. Whether tenants are apart is not published.",
    },
    Evidence {
        name: "messages_under_description",
        decides: "Messages of a batch that tells each verdict stand under Description instead of Message, as in an example of Xero's page.",
        known: "One example of Xero's page spells the text Description, all seen replies spell it Message.",
    },
    Evidence {
        name: "unknown_enum_values",
        decides: "An unknown value appears in Organisation.Class and in Account.SystemAccount.",
        known: "Xero adds values without notice; several SDKs broke on them (Xero-NetStandard#647, OpenAPI PR 818).",
    },
    Evidence {
        name: "null_list_items",
        decides: "Addresses and telephone lists in Contacts replies carry null items, as in Xero's examples.",
        known: "Examples in Xero's OpenAPI file have null items in Addresses and Phones.",
    },
    Evidence {
        name: "paid_bills_editable",
        decides: "Paid bills can be edited as far as paid sales invoices can.",
        known: "Xero's changelog of 2026-03-19 allows it; before that nothing could change.",
    },
    Evidence {
        name: "shared_bill_number_means_first",
        decides: "A payment by InvoiceNumber that several live bills share pays the first of them.",
        known: "Bill numbers are not unique, and Payments takes InvoiceNumber. What it then pays is not published.",
    },
    Evidence {
        name: "purchase_order_submitted_to_draft",
        decides: "A SUBMITTED purchase order can go back to DRAFT.",
        known: "Xero-Net#185: the order stayed SUBMITTED, though an SDK bug may be the cause.",
    },
    Evidence {
        name: "purchase_order_submitted_to_deleted",
        decides: "A SUBMITTED purchase order can be deleted.",
        known: "Only DRAFT to DELETED is shown in Xero's OpenAPI file.",
    },
    Evidence {
        name: "purchase_order_approved_to_draft",
        decides: "An AUTHORISED purchase order can go back to DRAFT or SUBMITTED.",
        known: "Not published.",
    },
    Evidence {
        name: "purchase_order_approved_to_billed",
        decides: "An AUTHORISED purchase order can be marked BILLED.",
        known: "Not published. BILLED is a writable value, and no other call makes an order BILLED; without this step it could never be reached.",
    },
    Evidence {
        name: "purchase_order_approved_to_deleted",
        decides: "An AUTHORISED purchase order can be deleted.",
        known: "Not published for the API. A pull request for Xero's MCP server (297) offers AUTHORISED and DELETED on DRAFT and SUBMITTED orders only.",
    },
    Evidence {
        name: "purchase_order_billed_early",
        decides: "A DRAFT or SUBMITTED purchase order can be marked BILLED, and a new one can begin so.",
        known: "Not published.",
    },
    Evidence {
        name: "purchase_order_approved_editable",
        decides: "An AUTHORISED purchase order can be edited.",
        known: "Not published for orders. Approved invoices can be edited while nothing is paid on them.",
    },
    Evidence {
        name: "purchase_order_billed_back",
        decides: "A BILLED purchase order can go back to AUTHORISED or be deleted.",
        known: "Not published.",
    },
    Evidence {
        name: "purchase_order_billed_editable",
        decides: "A BILLED purchase order can be edited.",
        known: "Not published.",
    },
    Evidence {
        name: "purchase_order_number_free_after_delete",
        decides: "The number of a deleted purchase order can be used again.",
        known: "Not published.",
    },
    Evidence {
        name: "purchase_order_post_by_number",
        decides: "POST with the number of a purchase order and no id changes that order.",
        known: "Xero's OpenAPI file shows a POST reply with the error Order number must be unique.",
    },
    Evidence {
        name: "purchase_order_takes_sent_amounts",
        decides: "TaxAmount and LineAmount sent on lines of a purchase order count.",
        known: "Xero's page lists TaxAmount and LineAmount of order lines as output only.",
    },
    Evidence {
        name: "purchase_order_approval_needs_account",
        decides: "Lines need an account before a purchase order is submitted or approved.",
        known: "Examples of orders without account are DRAFT or DELETED.",
    },
    Evidence {
        name: "purchase_order_lines_without_id_are_added",
        decides: "Lines sent without LineItemID come on top of the lines of a purchase order.",
        known: "Xero-Net#181 (2016): lines repeated without ids were there twice afterwards. Invoices follow the replace rule.",
    },
    Evidence {
        name: "credit_note_post_by_number",
        decides: "POST with the number of a sales credit note and no id changes that credit note.",
        known: "Xero's page on requests: POST creates or updates by id or number. No example for credit notes.",
    },
    Evidence {
        name: "balances_less_open_credits",
        decides: "Balances of a contact are less what remains of its approved credits.",
        known: "Not published. Xero's own pages show a contact's balance less its open credits.",
    },
    Evidence {
        name: "allocation_date",
        decides: "Day of an allocation.",
        known: "The OpenAPI file requires Date; a reference of 2026-08 says Xero takes the later of both dates. Its examples fit both.",
    },
    Evidence {
        name: "allocation_between_contacts",
        decides: "A credit can be allocated to an invoice of another contact.",
        known: "Not published; Xero's pages offer invoices of the same contact only.",
    },
    Evidence {
        name: "allocation_removal_names_invoice",
        decides: "The reply to the removal of an allocation names its invoice, in an array.",
        known: "The OpenAPI example has Invoice as an array; xero-python#159 (2024) got none.",
    },
    Evidence {
        name: "overpayment_line_account_ignored",
        decides: "The account on the line of an overpayment is ignored.",
        known: "Examples show the control account on the line although none was sent. What becomes of another one is not published.",
    },
    Evidence {
        name: "webhook_on_payment",
        decides: "Payments, refunds and allocations raise UPDATE events of the documents they settle.",
        known: "Not documented. Integrations that wait for INVOICE UPDATE to learn of payments are common.",
    },
    Evidence {
        name: "webhook_on_removal",
        decides: "Voids and deletions raise UPDATE events.",
        known: "Not documented; the OpenAPI file says UPDATE includes archiving.",
    },
    Evidence {
        name: "webhook_on_own_writes",
        decides: "Writes by the app that has the webhook raise events.",
        known: "Not documented; assumed by all clients seen.",
    },
    Evidence {
        name: "webhook_event_type_case",
        decides: "Spelling of eventType.",
        known: "Update was seen once beside UPDATE.",
    },
    Evidence {
        name: "attachment_size",
        decides: "Largest attachment.",
        known: "Xero's pages say 3, 10 and 25 MB. 14 MB was refused with 413 (Xero-Java#349); Codat's notes went from 3 MB (2024) to 10 MB (2026).",
    },
    Evidence {
        name: "attachment_post_creates",
        decides: "POST of an attachment whose name is new makes one.",
        known: "Xero's page: PUT or POST, the same name overwrites. A POST of a new name is not shown.",
    },
    Evidence {
        name: "tracking_options_limited",
        decides: "A tracking category takes at most a hundred active options.",
        known: "A limit of 100 is claimed by one third party; Xero's page names none.",
    },
];

/// A choice as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its name, as in the control calls.
    pub name: String,
    /// What it decides.
    pub decides: &'static str,
    /// What is known.
    pub evidence: &'static str,
    /// The values it can have.
    pub values: &'static [&'static str],
    /// The value in force, as in the control calls.
    pub value: String,
    /// The value it has by default.
    pub default: String,
}

impl Switches {
    /// The same choices with one of them set to a value of [`Explained::values`]; nothing for another name or value.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Option<Self> {
        let mut all = fields(self);
        let known = all.get_mut(name)?;
        values_of(name).iter().find(|known| **known == value)?;
        *known = match value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            named => Value::String(named.to_owned()),
        };
        serde_json::from_value(Value::Object(all)).ok()
    }

    /// All choices with their evidence, their values and their defaults, by name.
    #[must_use]
    pub fn explained(&self) -> Vec<Explained> {
        let (now, default) = (fields(self), fields(&Self::default()));
        now.iter()
            .map(|(name, value)| Explained {
                name: name.clone(),
                decides: of(name).map_or("", |evidence| evidence.decides),
                evidence: of(name).map_or("", |evidence| evidence.known),
                values: values_of(name),
                value: shown(value),
                default: default.get(name).map(shown).unwrap_or_default(),
            })
            .collect()
    }
}

fn of(name: &str) -> Option<&'static Evidence> {
    EVIDENCE.iter().find(|evidence| evidence.name == name)
}

fn values_of(name: &str) -> &'static [&'static str] {
    NAMED
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(&["true", "false"], |(_, values)| values)
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
        let explained: Vec<&str> = EVIDENCE.iter().map(|evidence| evidence.name).collect();
        let mut missing: Vec<&String> = known
            .keys()
            .filter(|name| !explained.contains(&name.as_str()))
            .collect();
        missing.dedup();
        assert!(missing.is_empty(), "{missing:?}");
        assert_eq!(explained.len(), known.len());
    }

    #[test]
    fn every_choice_can_be_set_to_each_of_its_values() {
        for choice in Switches::default().explained() {
            assert!(
                choice.values.contains(&choice.default.as_str()),
                "{choice:?}"
            );
            for value in choice.values {
                let set = Switches::default().with(&choice.name, value);
                let now = set.map(|set| shown(&fields(&set)[&choice.name]));
                assert_eq!(now.as_deref(), Some(*value), "{choice:?}");
            }
        }
    }
}
