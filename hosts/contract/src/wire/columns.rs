//! The columns of the CSV form: the invoice view and the line view of the SQL form, joined.
//!
//! Both views have `net`, `tax`, `gross` and `case_number`; in the join those of the line are called
//! `line_net`, `line_tax`, `line_gross` and `line_case_number`.

/// The first cell of a trailer row: `#trailer,<count>,<gross>`.
pub(crate) const TRAILER_MARK: &str = "#trailer";

/// What a column speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// The invoice: repeated or blank on its following rows.
    Invoice,
    /// The line.
    Line,
}

/// Whether the header must have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// It must.
    Required,
    /// It may.
    Optional,
}

use Level::{Invoice, Line};
use Need::{Optional, Required};

/// Every column that is understood; others are ignored.
pub(crate) const COLUMNS: &[(&str, Level, Need)] = &[
    ("invoice_id", Invoice, Required),
    ("row_version", Invoice, Required),
    ("invoice_number", Invoice, Required),
    ("status", Invoice, Required),
    ("kind", Invoice, Required),
    ("business_division", Invoice, Optional),
    ("issue_date", Invoice, Required),
    ("due_date", Invoice, Optional),
    ("terms_days", Invoice, Optional),
    ("currency", Invoice, Required),
    ("amounts_are", Invoice, Required),
    ("company_id", Invoice, Optional),
    ("contact_id", Invoice, Optional),
    ("bill_to_name", Invoice, Required),
    ("bill_to_attention", Invoice, Optional),
    ("bill_to_email", Invoice, Optional),
    ("bill_to_tax_number", Invoice, Optional),
    ("case_number", Invoice, Optional),
    ("client_name", Invoice, Optional),
    ("claim_number", Invoice, Optional),
    ("reference_extra", Invoice, Optional),
    ("batch_no", Invoice, Optional),
    ("grouped", Invoice, Optional),
    ("net", Invoice, Required),
    ("tax", Invoice, Required),
    ("gross", Invoice, Required),
    ("removed", Invoice, Optional),
    ("notes", Invoice, Optional),
    ("updated_at_utc", Invoice, Required),
    ("line_id", Line, Required),
    ("line_no", Line, Optional),
    ("description", Line, Required),
    ("service_date", Line, Optional),
    ("service_end_date", Line, Optional),
    ("quantity", Line, Required),
    ("unit_price", Line, Required),
    ("discount", Line, Optional),
    ("line_net", Line, Required),
    ("tax_code", Line, Optional),
    ("tax_rate", Line, Optional),
    ("line_tax", Line, Required),
    ("line_gross", Line, Optional),
    ("charge_code", Line, Optional),
    ("service_contract", Line, Optional),
    ("item_code", Line, Optional),
    ("account_code", Line, Optional),
    ("tracking_1", Line, Optional),
    ("tracking_2", Line, Optional),
    ("line_case_number", Line, Optional),
    ("worker", Line, Optional),
];
