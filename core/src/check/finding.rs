//! What a finding says: the rule, the field, the value, the arithmetic and what to do.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::open_enum;

open_enum! {
    /// The rule that a finding comes from. Its text is stable: filters, mails and scripts use it.
    pub enum Rule {
        /// No route claims the document.
        Unrouted = "unrouted",
        /// The document is routed to another connection than the one that holds it.
        RoutedElsewhere = "routed_elsewhere",
        /// The host's status has no meaning here.
        StatusUnknown = "status_unknown",
        /// The host's word for the kind of document has no meaning here.
        KindNotSent = "kind_not_sent",
        /// The provider does not keep documents of the kind.
        KindNotKept = "kind_not_kept",
        /// The host's own lines do not come to its totals.
        TotalsInconsistent = "totals_inconsistent",
        /// The provider's arithmetic would come to other totals.
        TotalsWouldDiffer = "totals_would_differ",
        /// A price, quantity or amount does not fit the provider.
        AmountNotRepresentable = "amount_not_representable",
        /// No account is configured for a line.
        AccountMissing = "account_missing",
        /// The account is not in the chart, archived, or of the wrong class.
        AccountUnusable = "account_unusable",
        /// No tax type is configured for a line.
        TaxCodeUnmapped = "tax_code_unmapped",
        /// The tax type is not in the chart, inactive, of another rate, or does not fit the account.
        TaxTypeUnusable = "tax_type_unusable",
        /// The organisation has not enabled the currency.
        CurrencyNotEnabled = "currency_not_enabled",
        /// A tracking category or option does not exist.
        TrackingMissing = "tracking_missing",
        /// Nobody at the provider matches, and the policy creates nobody.
        ContactMissing = "contact_missing",
        /// Several contacts match equally well.
        ContactAmbiguous = "contact_ambiguous",
        /// The contact is archived at the provider.
        ContactArchived = "contact_archived",
        /// The provider refused to make the contact.
        ContactRefused = "contact_refused",
        /// A required text is empty or too long.
        TextUnusable = "text_unusable",
        /// The due date is before the document's date, or beyond the calendar.
        DueDateUnusable = "due_date_unusable",
        /// The date lies in a locked period.
        PeriodLocked = "period_locked",
        /// The total is below zero.
        TotalNegative = "total_negative",
        /// Another document at the provider holds the number.
        NumberTaken = "number_taken",
        /// A document that may be the same is at the provider already, and differs.
        ExistingDiffers = "existing_differs",
        /// Several documents of the provider may be the same.
        ExistingAmbiguous = "existing_ambiguous",
        /// The provider refused the document.
        Refused = "refused",
        /// The document was sent, the host voided it, and the provider will not let it go.
        VoidRefused = "void_refused",
        /// A person undoes the document, and something stands in the way.
        UndoRefused = "undo_refused",
        /// The host changed a document that a person undid.
        ChangedSinceUndo = "changed_since_undo",
        /// The document was edited at the provider and no longer agrees with the host.
        EditedAtProvider = "edited_at_provider",
        /// Somebody deleted or voided the document at the provider.
        RemovedAtProvider = "removed_at_provider",
        /// A document at the provider changed and cannot be read.
        UnreadableAtProvider = "unreadable_at_provider",
        /// The host refused a write-back.
        WriteBackRefused = "write_back_refused",
        /// A payment at the provider is dated too far ahead to be told to the host yet.
        PaymentDatedAhead = "payment_dated_ahead",
        /// A payment of the host could not be made at the provider.
        PaymentNotMade = "payment_not_made",
        /// The host took a payment back, and the provider does not let go of it.
        PaymentNotTakenBack = "payment_not_taken_back",
        /// Somebody took a payment of the host back at the provider.
        PaymentRemovedAtProvider = "payment_removed_at_provider",
        /// A file of the host could not be put onto the provider's document.
        AttachmentNotSent = "attachment_not_sent",
        /// A note could not be written into the history of the provider's document.
        NoteNotWritten = "note_not_written",
        /// A rule of the settings could not be applied.
        RuleFailed = "rule_failed",
        /// A document changed in the host after the summary that it travels in was settled.
        SummarySettled = "summary_settled",
        /// The host's record could not be read, or lacks what nothing can be made without.
        RecordUnreadable = "record_unreadable",
    }
}

/// Something that a person should know or decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The path of the field, such as `lines[2].tax_code`; empty for the whole document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// The value that does not fit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// What is wrong, as a sentence without its full stop.
    pub message: String,
    /// What to do, as a sentence.
    pub remedy: String,
    /// The arithmetic or the candidates, line by line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub detail: Vec<String>,
    /// The key that mends it, below the settings of the connection, such as `tax_codes."GST"`; empty where there are
    /// several or none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setting: String,
    /// The provider's documents that it may be or that stand in its way, by their identifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
}

impl Finding {
    /// A finding about the whole document.
    #[must_use]
    pub fn new(rule: Rule, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            rule,
            field: String::new(),
            value: String::new(),
            message: message.into(),
            remedy: remedy.into(),
            detail: Vec::new(),
            setting: String::new(),
            others: Vec::new(),
        }
    }

    /// The same about one field and its value.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.field = field.into();
        self.value = value.into();
        self
    }

    /// The same with the key that mends it.
    #[must_use]
    pub fn mended_in(mut self, setting: impl Into<String>) -> Self {
        self.setting = setting.into();
        self
    }

    /// The same about documents that the provider has.
    #[must_use]
    pub fn about(mut self, others: impl IntoIterator<Item = String>) -> Self {
        self.others = others.into_iter().collect();
        self
    }

    /// The same with its arithmetic.
    #[must_use]
    pub fn with_detail(mut self, detail: Vec<String>) -> Self {
        self.detail = detail;
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.field.as_str(), self.value.as_str()) {
            ("", _) => write!(f, "{}: {}", self.rule, self.message),
            (field, "") => write!(f, "{}: {field}: {}", self.rule, self.message),
            (field, value) => write!(f, "{}: {field} = `{value}`: {}", self.rule, self.message),
        }
    }
}
