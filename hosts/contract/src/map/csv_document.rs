//! What the CSV rows of one invoice say: the invoice of the first row, one line for each row.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{
    AmountsAre, BillTo, Currency, Document, DocumentId, DocumentKind, Invoice, InvoiceKind,
    InvoiceStatus, Line, LineId, PartyId, References, Totals, Tracking, decimal,
};

use super::{Content, CsvRow, Header, Problem, Reading};
use crate::wire::{COLUMNS, FileType, Level};

/// Reads the rows of one invoice; there is at least one row.
pub(crate) fn read_group(kind: FileType, header: &Header, rows: &[CsvRow]) -> Reading {
    let Some(first) = rows.first() else {
        return Reading::illegible(Problem::new(0, "", "has no row"));
    };
    let cells = Cells {
        header,
        row: first,
        line_at: None,
    };
    let gross = match cells.text("gross") {
        Some(text) => decimal::read(text).ok(),
        None if is_removed(&cells) == Ok(true) => Some(Decimal::ZERO),
        None => None,
    };
    let content = agree(header, rows).and_then(|()| content(kind, header, rows, &cells));
    Reading {
        id: cells.text("invoice_id").map(str::to_owned),
        number: cells.text("invoice_number").map(str::to_owned),
        gross,
        content,
    }
}

fn content(
    kind: FileType,
    header: &Header,
    rows: &[CsvRow],
    cells: &Cells<'_>,
) -> Result<Content, Problem> {
    let id: DocumentId = cells.required("invoice_id", "id", parsed)?;
    let document_kind = InvoiceKind::from(cells.required("kind", "kind", text)?.as_str());
    if kind == FileType::CreditNotes && document_kind != InvoiceKind::SalesCredit {
        let message =
            format!("`{document_kind}` in a file of credit notes; it must be `sales_credit`");
        return Err(Problem::new(cells.row.line, "kind", message));
    }
    if is_removed(cells)? {
        let kind = match document_kind {
            InvoiceKind::SalesCredit => DocumentKind::CreditNote,
            InvoiceKind::Sales | InvoiceKind::Other(_) => DocumentKind::Invoice,
        };
        let revision = cells.optional("row_version", "revision", parsed)?;
        return Ok(Content::Removed { kind, id, revision });
    }
    let lines = lines(header, rows)?;
    let invoice = invoice(cells, id, document_kind, lines)?;
    Ok(Content::Document(Box::new(Document::Invoice(invoice))))
}

fn invoice(
    cells: &Cells<'_>,
    id: DocumentId,
    kind: InvoiceKind,
    lines: Vec<Line>,
) -> Result<Invoice, Problem> {
    Ok(Invoice {
        id,
        revision: cells.required("row_version", "revision", parsed)?,
        kind,
        number: cells.required("invoice_number", "number", text)?,
        status: InvoiceStatus::from(cells.required("status", "status", text)?.as_str()),
        business_division: cells.owned("business_division"),
        issue_date: cells.required("issue_date", "issue_date", date)?,
        due_date: cells.optional("due_date", "due_date", date)?,
        payment_terms_days: cells.optional("terms_days", "payment_terms_days", parsed)?,
        currency: cells.required("currency", "currency", currency)?,
        amounts_are: AmountsAre::from(cells.required("amounts_are", "amounts_are", text)?.as_str()),
        bill_to: bill_to(cells)?,
        references: references(cells),
        grouped: cells
            .optional("grouped", "grouped", yes_or_no)?
            .unwrap_or(false),
        group_sources: Vec::new(),
        batch_id: cells.owned("batch_no"),
        tracking: Vec::new(),
        lines,
        totals: Totals {
            net: cells.required("net", "totals.net", decimal::read)?,
            tax: cells.required("tax", "totals.tax", decimal::read)?,
            gross: cells.required("gross", "totals.gross", decimal::read)?,
        },
        notes: cells.owned("notes"),
        url: None,
        attachments: Vec::new(),
        payments: None,
        updated_at: cells.required("updated_at_utc", "updated_at", instant)?,
    })
}

fn bill_to(cells: &Cells<'_>) -> Result<BillTo, Problem> {
    let party = parsed::<PartyId>;
    Ok(BillTo {
        company_id: cells.optional("company_id", "bill_to.company_id", party)?,
        contact_id: cells.optional("contact_id", "bill_to.contact_id", party)?,
        name: cells.required("bill_to_name", "bill_to.name", text)?,
        attention: cells.owned("bill_to_attention"),
        email: cells.owned("bill_to_email"),
        tax_number: cells.owned("bill_to_tax_number"),
        address: None,
    })
}

fn references(cells: &Cells<'_>) -> References {
    let cases = cells.text("case_number").unwrap_or_default();
    References {
        claim_number: cells.owned("claim_number"),
        client_name: cells.owned("client_name"),
        case_numbers: cases
            .split([',', ';'])
            .map(str::trim)
            .filter(|case| !case.is_empty())
            .map(str::to_owned)
            .collect(),
        purchase_order_number: cells.owned("reference_extra"),
        participant_number: None,
        plan_id: None,
    }
}

fn lines(header: &Header, rows: &[CsvRow]) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        let cells = Cells {
            header,
            row,
            line_at: Some(lines.len()),
        };
        // A document without lines, such as a voided one, is one row whose line columns are blank.
        if !(rows.len() == 1 && cells.all_blank(Level::Line)) {
            lines.push(line(&cells)?);
        }
    }
    Ok(lines)
}

fn line(cells: &Cells<'_>) -> Result<Line, Problem> {
    let mut tracking = Vec::new();
    for (at, column) in ["tracking_1", "tracking_2"].into_iter().enumerate() {
        let field = format!("tracking[{at}]");
        tracking.extend(cells.optional(column, &field, tracking_option)?);
    }
    Ok(Line {
        id: cells.required("line_id", "id", parsed::<LineId>)?,
        description: cells.required("description", "description", text)?,
        service_date: cells.optional("service_date", "service_date", date)?,
        service_end_date: cells.optional("service_end_date", "service_end_date", date)?,
        quantity: cells.required("quantity", "quantity", decimal::read)?,
        unit_price: cells.required("unit_price", "unit_price", decimal::read)?,
        discount: cells.optional("discount", "discount", decimal::read)?,
        net_amount: cells.required("line_net", "net_amount", decimal::read)?,
        tax_code: cells.owned("tax_code"),
        tax_rate: cells.optional("tax_rate", "tax_rate", decimal::read)?,
        tax_amount: cells.required("line_tax", "tax_amount", decimal::read)?,
        gross_amount: cells.optional("line_gross", "gross_amount", decimal::read)?,
        charge_code: cells.owned("charge_code"),
        service_contract: cells.owned("service_contract"),
        item_code: cells.owned("item_code"),
        account_code: cells.owned("account_code"),
        tracking,
        case_number: cells.owned("line_case_number"),
        worker: cells.owned("worker"),
        funding: None,
    })
}

/// The invoice's columns on following rows must be blank or say the same again.
fn agree(header: &Header, rows: &[CsvRow]) -> Result<(), Problem> {
    let Some((first, following)) = rows.split_first() else {
        return Ok(());
    };
    for row in following {
        for (column, ..) in COLUMNS
            .iter()
            .filter(|(_, level, _)| *level == Level::Invoice)
        {
            let here = header.cell(row, column);
            if here.is_some() && here != header.cell(first, column) {
                let message = format!(
                    "column `{column}` says `{}` here and `{}` on line {}, of the same invoice",
                    shorten(here.unwrap_or_default()),
                    shorten(header.cell(first, column).unwrap_or_default()),
                    first.line,
                );
                return Err(Problem::new(row.line, *column, message));
            }
        }
    }
    Ok(())
}

fn is_removed(cells: &Cells<'_>) -> Result<bool, Problem> {
    Ok(cells
        .optional("removed", "removed", yes_or_no)?
        .unwrap_or(false))
}

/// The cells of one row, with what a fault in them is called.
struct Cells<'a> {
    header: &'a Header,
    row: &'a CsvRow,
    line_at: Option<usize>,
}

impl<'a> Cells<'a> {
    fn text(&self, column: &str) -> Option<&'a str> {
        self.header.cell(self.row, column)
    }

    fn owned(&self, column: &str) -> Option<String> {
        self.text(column).map(str::to_owned)
    }

    fn all_blank(&self, of: Level) -> bool {
        COLUMNS
            .iter()
            .filter(|(_, level, _)| *level == of)
            .all(|(column, ..)| self.text(column).is_none())
    }

    fn optional<T, E: ToString>(
        &self,
        column: &str,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        self.text(column).map(read).transpose().map_err(|error| {
            let message = format!("column `{column}`: {}", error.to_string());
            Problem::new(self.row.line, self.path(field), message)
        })
    }

    fn required<T, E: ToString>(
        &self,
        column: &str,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        self.optional(column, field, read)?.ok_or_else(|| {
            let message = format!("column `{column}`: must not be blank");
            Problem::new(self.row.line, self.path(field), message)
        })
    }

    fn path(&self, field: &str) -> String {
        match self.line_at {
            Some(at) => format!("lines[{at}].{field}"),
            None => field.to_owned(),
        }
    }
}

fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|error: T::Err| format!("`{}`: {}", shorten(text), error.to_string()))
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("`{}` is not a date such as `2026-10-31`", shorten(text)))
}

/// Also a time without a zone, as databases print it: the column's name says that it is UTC.
fn instant(text: &str) -> Result<DateTime<Utc>, String> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    zoned
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc())
        })
        .or_else(|_| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").map(|at| at.and_utc())
        })
        .map_err(|_| {
            format!(
                "`{}` is not a time such as `2026-10-31T05:00:00Z`",
                shorten(text)
            )
        })
}

fn currency(text: &str) -> Result<Currency, String> {
    Currency::from_code(text).map_err(|error| error.to_string())
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Ok(true),
        "false" | "0" | "no" => Ok(false),
        _ => Err(format!("`{}` is neither `true` nor `false`", shorten(text))),
    }
}

fn tracking_option(text: &str) -> Result<Tracking, String> {
    match text
        .split_once('=')
        .map(|(category, option)| (category.trim(), option.trim()))
    {
        Some((category, option)) if !category.is_empty() && !option.is_empty() => Ok(Tracking {
            category: category.to_owned(),
            option: option.to_owned(),
        }),
        _ => Err(format!(
            "`{}` is not of the form `Category=Option`",
            shorten(text)
        )),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}
