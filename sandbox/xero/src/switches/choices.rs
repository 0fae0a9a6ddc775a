//! All choices with their defaults: what was recorded, else the harder one for a client.

use serde::{Deserialize, Serialize};

use super::kinds::{
    AllocationDate, AttachmentSize, EventTypeCase, GraceAnswer, IdempotencyScope, Midpoint,
    NumberReuse, RateLimitWords, ScopeRefusal,
};

/// All choices. Each can be changed while the sandbox runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// `If-Modified-Since` shows rows changed in the very second that was asked for. Default: no, so that a client must overlap.
    pub modified_since_inclusive: bool,
    /// Number reuse. Default: never.
    pub number_reuse: NumberReuse,
    /// Half cents. Default: away from zero.
    pub midpoint: Midpoint,
    /// Header words of a 429. Default: lower case.
    pub rate_limit_words: RateLimitWords,
    /// Missing scope. Default: 403.
    pub scope_refusal: ScopeRefusal,
    /// An approved invoice over nothing is PAID at once. Default: yes.
    pub zero_total_becomes_paid: bool,
    /// Lists without `Statuses` show DELETED invoices. Default: no.
    pub deleted_in_default_lists: bool,
    /// Lists of payments show deleted ones. Default: yes, and `If-Modified-Since` shows the deletion.
    pub deleted_payments_in_lists: bool,
    /// A reconciled payment can be deleted. Default: no.
    pub reconciled_payment_deletable: bool,
    /// A document dated on the lock date itself is refused. Default: yes.
    pub lock_date_inclusive: bool,
    /// Payments nested in an invoice carry their Reference, as in replies recorded in 2020. Default: yes.
    pub nested_payment_reference: bool,
    /// Reference is kept and shown on bills. Default: no, it is dropped.
    pub reference_on_bills: bool,
    /// An archived contact becomes active by POST. Default: no.
    pub unarchive_by_api: bool,
    /// Answer of the grace. Default: a further token.
    pub grace_answer: GraceAnswer,
    /// Scope of idempotency keys. Default: app.
    pub idempotency_scope: IdempotencyScope,
    /// Messages of a batch that tells each verdict stand under `Description` instead of `Message`, as in an example of
    /// Xero's page. Default: no.
    pub messages_under_description: bool,
    /// An unknown value appears in `Organisation.Class` and in `Account.SystemAccount`. Default: no.
    pub unknown_enum_values: bool,
    /// Addresses and telephone lists in Contacts replies carry null items, as in Xero's examples. Default: no.
    pub null_list_items: bool,
    /// Paid bills can be edited as far as paid sales invoices can. Default: yes.
    pub paid_bills_editable: bool,
    /// A payment by InvoiceNumber that several live bills share pays the first of them. Default: no, it is refused.
    pub shared_bill_number_means_first: bool,
    /// A SUBMITTED purchase order can go back to DRAFT. Default: no.
    pub purchase_order_submitted_to_draft: bool,
    /// A SUBMITTED purchase order can be deleted. Default: no.
    pub purchase_order_submitted_to_deleted: bool,
    /// An AUTHORISED purchase order can go back to DRAFT or SUBMITTED. Default: no.
    pub purchase_order_approved_to_draft: bool,
    /// An AUTHORISED purchase order can be marked BILLED. Default: yes.
    pub purchase_order_approved_to_billed: bool,
    /// An AUTHORISED purchase order can be deleted. Default: no.
    pub purchase_order_approved_to_deleted: bool,
    /// A DRAFT or SUBMITTED purchase order can be marked BILLED, and a new one can begin so. Default: no.
    pub purchase_order_billed_early: bool,
    /// An AUTHORISED purchase order can be edited. Default: yes.
    pub purchase_order_approved_editable: bool,
    /// A BILLED purchase order can go back to AUTHORISED or be deleted. Default: no.
    pub purchase_order_billed_back: bool,
    /// A BILLED purchase order can be edited. Default: no.
    pub purchase_order_billed_editable: bool,
    /// The number of a deleted purchase order can be used again. Default: no.
    pub purchase_order_number_free_after_delete: bool,
    /// POST with the number of a purchase order and no id changes that order. Default: no, the number is refused.
    pub purchase_order_post_by_number: bool,
    /// TaxAmount and LineAmount sent on lines of a purchase order count. Default: no, they are ignored.
    pub purchase_order_takes_sent_amounts: bool,
    /// Lines need an account before a purchase order is submitted or approved. Default: yes.
    pub purchase_order_approval_needs_account: bool,
    /// Lines sent without LineItemID come on top of the lines of a purchase order. Default: no, they replace them.
    pub purchase_order_lines_without_id_are_added: bool,
    /// POST with the number of a sales credit note and no id changes that credit note. Default: yes.
    pub credit_note_post_by_number: bool,
    /// `Balances` of a contact are less what remains of its approved credits. Default: yes.
    pub balances_less_open_credits: bool,
    /// Day of an allocation. Default: the later of both documents' dates.
    pub allocation_date: AllocationDate,
    /// A credit can be allocated to an invoice of another contact. Default: no.
    pub allocation_between_contacts: bool,
    /// The reply to the removal of an allocation names its invoice, in an array. Default: no.
    pub allocation_removal_names_invoice: bool,
    /// The account on the line of an overpayment is ignored. Default: yes; else only the control account is accepted.
    pub overpayment_line_account_ignored: bool,
    /// Payments, refunds and allocations raise UPDATE events of the documents they settle. Default: yes.
    pub webhook_on_payment: bool,
    /// Voids and deletions raise UPDATE events. Default: yes.
    pub webhook_on_removal: bool,
    /// Writes by the app that has the webhook raise events. Default: yes.
    pub webhook_on_own_writes: bool,
    /// Spelling of `eventType`. Default: upper case.
    pub webhook_event_type_case: EventTypeCase,
    /// Largest attachment. Default: 10 MiB.
    pub attachment_size: AttachmentSize,
    /// POST of an attachment whose name is new makes one. Default: yes.
    pub attachment_post_creates: bool,
    /// A tracking category takes at most a hundred active options. Default: yes.
    pub tracking_options_limited: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            modified_since_inclusive: false,
            number_reuse: NumberReuse::default(),
            midpoint: Midpoint::default(),
            rate_limit_words: RateLimitWords::default(),
            scope_refusal: ScopeRefusal::default(),
            zero_total_becomes_paid: true,
            deleted_in_default_lists: false,
            deleted_payments_in_lists: true,
            reconciled_payment_deletable: false,
            lock_date_inclusive: true,
            nested_payment_reference: true,
            reference_on_bills: false,
            unarchive_by_api: false,
            grace_answer: GraceAnswer::default(),
            idempotency_scope: IdempotencyScope::default(),
            messages_under_description: false,
            unknown_enum_values: false,
            null_list_items: false,
            paid_bills_editable: true,
            shared_bill_number_means_first: false,
            purchase_order_submitted_to_draft: false,
            purchase_order_submitted_to_deleted: false,
            purchase_order_approved_to_draft: false,
            purchase_order_approved_to_billed: true,
            purchase_order_approved_to_deleted: false,
            purchase_order_billed_early: false,
            purchase_order_approved_editable: true,
            purchase_order_billed_back: false,
            purchase_order_billed_editable: false,
            purchase_order_number_free_after_delete: false,
            purchase_order_post_by_number: false,
            purchase_order_takes_sent_amounts: false,
            purchase_order_approval_needs_account: true,
            purchase_order_lines_without_id_are_added: false,
            credit_note_post_by_number: true,
            balances_less_open_credits: true,
            allocation_date: AllocationDate::default(),
            allocation_between_contacts: false,
            allocation_removal_names_invoice: false,
            overpayment_line_account_ignored: true,
            webhook_on_payment: true,
            webhook_on_removal: true,
            webhook_on_own_writes: true,
            webhook_event_type_case: EventTypeCase::default(),
            attachment_size: AttachmentSize::default(),
            attachment_post_creates: true,
            tracking_options_limited: true,
        }
    }
}
