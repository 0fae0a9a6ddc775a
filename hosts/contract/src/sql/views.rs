//! The views of the SQL form: their columns, what each holds, and which types of the database hold that exactly.

use crate::wire::{COLUMNS, Level, Need};

/// A view of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum View {
    /// One row an invoice or credit note.
    Invoice,
    /// One row a line.
    Line,
    /// One row a company.
    Company,
    /// One row a person.
    Contact,
    /// One row a batch of documents.
    Batch,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// A text or an identifier.
    Text,
    /// A number that grows with every change.
    Version,
    /// An exact figure.
    Figure,
    /// A whole number.
    Count,
    /// A day.
    Date,
    /// A moment in UTC.
    Moment,
    /// Yes or no.
    Flag,
}

/// A column of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name in the view.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) holds: Holds,
    /// Whether the view must have it.
    pub(super) need: Need,
}

impl View {
    /// Every view, those first that must be there.
    pub(super) const ALL: [Self; 5] = [
        Self::Invoice,
        Self::Line,
        Self::Company,
        Self::Contact,
        Self::Batch,
    ];

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Invoice => "ledger_v_invoice",
            Self::Line => "ledger_v_invoice_line",
            Self::Company => "ledger_v_company",
            Self::Contact => "ledger_v_contact",
            Self::Batch => "ledger_v_batch",
        }
    }

    /// Whether nothing can be read without it.
    pub(super) fn need(self) -> Need {
        match self {
            Self::Invoice | Self::Line => Need::Required,
            Self::Company | Self::Contact | Self::Batch => Need::Optional,
        }
    }

    /// The columns that are understood; others are left alone.
    pub(super) fn columns(self) -> Vec<Column> {
        match self {
            Self::Invoice => of_level(Level::Invoice),
            Self::Line => {
                let id = column("invoice_id", Need::Required);
                std::iter::once(id).chain(of_level(Level::Line)).collect()
            }
            Self::Company => party("company_id", &["name"], COMPANY),
            Self::Contact => party("contact_id", &["name"], CONTACT),
            Self::Batch => party("batch_no", &["documents", "gross"], &[]),
        }
    }
}

const COMPANY: &[&str] = &[
    "email",
    "tax_number",
    "address_line1",
    "address_line2",
    "city",
    "region",
    "postal_code",
    "country",
];
const CONTACT: &[&str] = &["company_id", "first_name", "last_name", "email"];

/// The name in the view of a column of the CSV form, where both views have one of that name.
pub(super) fn name_in_view(column: &'static str) -> &'static str {
    match column {
        "line_net" => "net",
        "line_tax" => "tax",
        "line_gross" => "gross",
        "line_case_number" => "case_number",
        other => other,
    }
}

fn of_level(wanted: Level) -> Vec<Column> {
    COLUMNS
        .iter()
        .filter(|(_, level, _)| *level == wanted)
        .map(|(name, _, need)| match *name {
            // It may come from the company or the person.
            "bill_to_name" => column(name, Need::Optional),
            name => column(name_in_view(name), *need),
        })
        .collect()
}

fn party(id: &'static str, required: &[&'static str], optional: &[&'static str]) -> Vec<Column> {
    let required = std::iter::once(&id).chain(required);
    required
        .map(|name| column(name, Need::Required))
        .chain(optional.iter().map(|name| column(name, Need::Optional)))
        .collect()
}

fn column(name: &'static str, need: Need) -> Column {
    let holds = match name {
        "row_version" => Holds::Version,
        "terms_days" | "line_no" | "documents" => Holds::Count,
        "issue_date" | "due_date" | "service_date" | "service_end_date" => Holds::Date,
        "updated_at_utc" => Holds::Moment,
        "grouped" | "removed" => Holds::Flag,
        "quantity" | "unit_price" | "discount" | "net" | "tax" | "gross" | "tax_rate" => {
            Holds::Figure
        }
        _ => Holds::Text,
    };
    Column { name, holds, need }
}

impl Holds {
    /// What a column should be, for people.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Version => "bigint",
            Self::Figure => "numeric",
            Self::Count => "integer",
            Self::Date => "date",
            Self::Moment => "timestamptz, or timestamp in UTC",
            Self::Flag => "boolean",
        }
    }

    /// Why a type of the database will not do; `None` when it will.
    pub(super) fn problem(self, of: &str) -> Option<&'static str> {
        let texts = ["text", "varchar", "bpchar", "name", "citext", "enum"];
        let whole = ["int2", "int4", "int8"];
        let is_text = texts.contains(&of);
        let is_whole = whole.contains(&of);
        let fits = match self {
            Self::Text => is_text || is_whole || matches!(of, "uuid" | "numeric"),
            Self::Version => matches!(of, "int4" | "int8"),
            Self::Figure | Self::Count => is_whole || of == "numeric",
            Self::Date => of == "date",
            Self::Moment => matches!(of, "timestamp" | "timestamptz"),
            Self::Flag => is_text || is_whole || of == "bool",
        };
        if fits {
            return None;
        }
        Some(match (self, of) {
            (Self::Figure, "float4" | "float8") => "a floating-point number loses cents",
            (Self::Figure, "money") => "how it reads depends on the server's locale",
            (Self::Date, "timestamp" | "timestamptz") => {
                "a moment is another day in another time zone"
            }
            _ => "that does not hold what is needed",
        })
    }

    /// The expression that gives a column as a text that loses nothing.
    pub(super) fn as_text(self, column: &str, of: &str) -> String {
        match (self, of) {
            (Self::Moment, "timestamptz") => format!("({column} at time zone 'UTC')::text"),
            _ => format!("{column}::text"),
        }
    }
}
