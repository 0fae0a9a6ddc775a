//! The statements with which views are read: each cell a text, so that no figure passes through another number.

use super::config::ContactNames;
use super::shape::Shape;
use super::views::{View, name_in_view};
use crate::wire::{COLUMNS, Level};

/// Cells of a row of invoices before those of its columns: version and identifier.
pub(super) const HEAD_CELLS: usize = 2;

/// What follows the invoice's cells in a row: the address of the company.
pub(super) const ADDRESS: [&str; 6] = [
    "address_line1",
    "address_line2",
    "city",
    "region",
    "postal_code",
    "country",
];

/// The names of the CSV form's columns in the order of the cells of a row of invoices.
pub(super) fn invoice_columns() -> impl Iterator<Item = &'static str> {
    columns(Level::Invoice)
}

/// The same of a row of lines.
pub(super) fn line_columns() -> impl Iterator<Item = &'static str> {
    columns(Level::Line)
}

/// Which invoices are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Those after a version and an identifier, or after all of the version: `$1`, `$2`; at most `$3`.
    Changes,
    /// Those of a batch after an identifier, or all: `$1`, `$2`; at most `$3`.
    Batch,
}

/// Invoices in order: cells 0 and 1 are version and identifier, then those of [`invoice_columns`], then the address.
pub(super) fn invoices(shape: &Shape, reading: Reading, names: ContactNames) -> String {
    let cells: Vec<String> = invoice_columns()
        .map(|column| invoice_cell(shape, column, names))
        .chain(ADDRESS.map(|column| match is_joined(shape, View::Company) {
            true => shape.cell(View::Company, "k", column),
            false => "null::text".to_owned(),
        }))
        .collect();
    let id = "i.invoice_id::text collate \"C\"";
    let (which, order) = match reading {
        Reading::Changes => (
            format!(
                "i.row_version >= $1::text::bigint and (i.row_version > $1::text::bigint or {id} > $2)"
            ),
            format!("i.row_version, {id}"),
        ),
        Reading::Batch => (
            format!("i.batch_no::text = $1 and ($2::text is null or {id} > $2)"),
            id.to_owned(),
        ),
    };
    format!(
        "select i.row_version::text, i.invoice_id::text, {} from {} i{} where {which} order by {order} limit $3::text::bigint",
        cells.join(", "),
        shape.name(View::Invoice),
        joins(shape),
    )
}

/// The lines of the invoices `$1`, in order: cell 0 is the invoice's identifier, then those of [`line_columns`].
pub(super) fn lines(shape: &Shape) -> String {
    let cells: Vec<String> = line_columns()
        .map(|column| shape.cell(View::Line, "l", name_in_view(column)))
        .collect();
    let number = match shape.type_of(View::Line, "line_no") {
        // Where the view writes them as texts, `10` comes after `9` all the same.
        Some(_) => "l.line_no::text::numeric nulls last, ",
        None => "",
    };
    format!(
        "select l.invoice_id::text, {} from {} l where {} order by l.invoice_id, {number}l.line_id",
        cells.join(", "),
        shape.name(View::Line),
        is_one_of(shape.type_of(View::Line, "invoice_id"), "l.invoice_id"),
    )
}

/// A transaction that begins now, later than each that wrote anything yet: the number of this one.
pub(super) const OWN_TRANSACTION: &str = "select pg_current_xact_id()::text";

/// The newest version that can be seen; before which transaction all have ended (xmin), and the one after the last that
/// ended (xmax, which open ones may be later than).
pub(super) fn horizon(shape: &Shape) -> String {
    format!(
        "select (select max(row_version) from {})::text, pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text \
         from pg_current_snapshot() s",
        shape.name(View::Invoice)
    )
}

/// What is announced of the batches `$1`, and what of them is there: name, documents, gross, and both again.
pub(super) fn batches(shape: &Shape) -> String {
    let removed = match shape.type_of(View::Invoice, "removed") {
        Some(_) => "and coalesce(lower(i.removed::text), 'false') not in ('true', '1', 'yes')",
        None => "",
    };
    format!(
        "select w.name, b.documents::text, b.gross::text, i.documents::text, i.gross::text \
         from unnest($1::text[]) w(name) \
         left join lateral (select b.documents, b.gross::text::numeric as gross from {batch} b where b.batch_no::text = w.name limit 1) b on true \
         cross join lateral (select count(*) as documents, coalesce(sum(i.gross::text::numeric), 0) as gross \
           from {invoice} i where {of} {removed}) i",
        batch = shape.name(View::Batch),
        invoice = shape.name(View::Invoice),
        of = equal(
            shape.type_of(View::Invoice, "batch_no"),
            "i.batch_no",
            "w.name"
        ),
    )
}

/// How many invoices would never be read, since they have no version or no identifier.
pub(super) fn without_place(shape: &Shape) -> String {
    format!(
        "select count(*)::text from {} where row_version is null or invoice_id is null",
        shape.name(View::Invoice)
    )
}

fn columns(wanted: Level) -> impl Iterator<Item = &'static str> {
    COLUMNS
        .iter()
        .filter(move |(_, level, _)| *level == wanted)
        .map(|(name, ..)| *name)
}

fn invoice_cell(shape: &Shape, column: &'static str, names: ContactNames) -> String {
    let own = shape.cell(View::Invoice, "i", column);
    let company = |name| joined(shape, View::Company, "k", name);
    let contact = |name| joined(shape, View::Contact, "c", name);
    let others: Vec<String> = match column {
        "bill_to_name" => [company("name"), person(shape, names), contact("name")]
            .into_iter()
            .flatten()
            .collect(),
        // To a person without a company nothing goes to anybody's attention.
        "bill_to_attention" => match (company("name"), contact("name")) {
            (Some(company), Some(contact)) => {
                vec![format!(
                    "case when {company} is not null then {contact} end"
                )]
            }
            _ => Vec::new(),
        },
        "bill_to_email" => [contact("email"), company("email")]
            .into_iter()
            .flatten()
            .collect(),
        "bill_to_tax_number" => company("tax_number").into_iter().collect(),
        "company_id" => contact("company_id").into_iter().collect(),
        _ => Vec::new(),
    };
    if others.is_empty() {
        return own;
    }
    let all: Vec<String> = std::iter::once(own)
        .chain(others)
        .map(|cell| format!("nullif(btrim({cell}), '')"))
        .collect();
    format!("coalesce({})", all.join(", "))
}

/// `Surname, First name`, where that is wanted and both are there.
fn person(shape: &Shape, names: ContactNames) -> Option<String> {
    match names {
        ContactNames::AsNamed => None,
        ContactNames::SurnameFirst => {
            let last = joined(shape, View::Contact, "c", "last_name")?;
            let first = joined(shape, View::Contact, "c", "first_name")?;
            Some(format!(
                "nullif(btrim({last}), '') || ', ' || nullif(btrim({first}), '')"
            ))
        }
    }
}

/// A column of a party, if the view and the column are there and invoices name such a party.
fn joined(shape: &Shape, view: View, alias: &str, column: &str) -> Option<String> {
    let known = is_joined(shape, view) && shape.type_of(view, column).is_some();
    known.then(|| shape.cell(view, alias, column))
}

fn is_joined(shape: &Shape, view: View) -> bool {
    let names = |column| shape.type_of(View::Invoice, column).is_some();
    match view {
        View::Contact => shape.has(view) && names("contact_id"),
        View::Company => {
            let by_contact = is_joined(shape, View::Contact)
                && shape.type_of(View::Contact, "company_id").is_some();
            shape.has(view) && (names("company_id") || by_contact)
        }
        View::Invoice | View::Line | View::Batch => false,
    }
}

/// One row of each party at most, whatever the views hold.
fn joins(shape: &Shape) -> String {
    let mut joins = String::new();
    if is_joined(shape, View::Contact) {
        let id = shape.cell(View::Invoice, "i", "contact_id");
        let of = equal(
            shape.type_of(View::Contact, "contact_id"),
            "x.contact_id",
            &id,
        );
        let view = shape.name(View::Contact);
        joins.push_str(&format!(
            " left join lateral (select * from {view} x where {of} limit 1) c on true"
        ));
    }
    if is_joined(shape, View::Company) {
        let own = shape.cell(View::Invoice, "i", "company_id");
        let id = match joined(shape, View::Contact, "c", "company_id") {
            Some(by_contact) => format!("coalesce(nullif({own}, ''), {by_contact})"),
            None => own,
        };
        let of = equal(
            shape.type_of(View::Company, "company_id"),
            "x.company_id",
            &id,
        );
        let view = shape.name(View::Company);
        joins.push_str(&format!(
            " left join lateral (select * from {view} x where {of} limit 1) k on true"
        ));
    }
    joins
}

/// Whether a column has the value that a text names; in the column's own type where an index is to help.
fn equal(of: Option<&str>, column: &str, text: &str) -> String {
    match of {
        // What is no number is no identifier of theirs, so it is compared as a text.
        Some("text" | "varchar") => format!("{column} = {text}"),
        _ => format!("{column}::text = {text}"),
    }
}

/// Whether a column has one of the values `$1`, which came out of such a column.
fn is_one_of(of: Option<&str>, column: &str) -> String {
    match of {
        Some(of @ ("text" | "varchar" | "int2" | "int4" | "int8" | "uuid" | "numeric")) => {
            format!("{column} = any($1::text[]::{of}[])")
        }
        _ => format!("{column}::text = any($1::text[])"),
    }
}
