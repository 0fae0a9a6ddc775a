//! A tie-out as a workbook: summary, documents and control totals, each on a sheet of its own.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook as File, Worksheet, XlsxError};
use tieout_core::driver::TieOut;

use super::rows::{AMOUNTS, COLUMNS, Row, cells};
use crate::exit::Failure;

/// Rows that a sheet holds, without its head.
const ROWS_MAX: u32 = 1_048_575;

/// Digits that a cell keeps of a number; an amount of more is written as text.
const DIGITS_MAX: u32 = 15;

/// Characters that a cell holds, counted as the form does, in UTF-16; what a host writes may be longer.
const CELL_CHARS_MAX: usize = 32_767;

/// A workbook that grows row by row.
pub(super) struct Workbook {
    documents: Worksheet,
    next: u32,
    amount: Format,
}

impl Workbook {
    pub(super) fn begin() -> Result<Self, Failure> {
        let mut documents = Worksheet::new();
        documents.set_name("Documents").map_err(wrong)?;
        head(&mut documents, &COLUMNS)?;
        Ok(Self {
            documents,
            next: 1,
            amount: Format::new().set_num_format("#,##0.00##"),
        })
    }

    pub(super) fn add(&mut self, row: &Row) -> Result<(), Failure> {
        if self.next > ROWS_MAX {
            return Err(Failure::new(format!(
                "a sheet holds {ROWS_MAX} rows, and there are more documents"
            ))
            .advise("Export them as .csv."));
        }
        let amounts = [
            row.host_total,
            row.provider_total,
            row.host_settled,
            row.provider_settled,
        ];
        for (column, text) in (0_u16..).zip(cells(row)) {
            let place = usize::from(column);
            match AMOUNTS
                .contains(&place)
                .then(|| amounts[place - AMOUNTS.start])
            {
                Some(Some(value)) => {
                    amount(&mut self.documents, self.next, column, value, &self.amount)?;
                }
                Some(None) => {}
                None => {
                    self.documents
                        .write_string(self.next, column, fitting(text))
                        .map_err(wrong)?;
                }
            }
        }
        self.next += 1;
        Ok(())
    }

    pub(super) fn end(mut self, tie_out: &TieOut) -> Result<Vec<u8>, Failure> {
        let columns = u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX);
        self.documents
            .autofilter(0, 0, self.next.saturating_sub(1).max(1), columns)
            .map_err(wrong)?;
        self.documents.set_freeze_panes(1, 0).map_err(wrong)?;
        let mut file = File::new();
        file.push_worksheet(summary(tie_out)?);
        file.push_worksheet(self.documents);
        file.push_worksheet(controls(tie_out, &self.amount)?);
        file.save_to_buffer().map_err(wrong)
    }
}

fn summary(tie_out: &TieOut) -> Result<Worksheet, Failure> {
    let mut sheet = Worksheet::new();
    sheet.set_name("Summary").map_err(wrong)?;
    let counts = &tie_out.counts;
    let mut rows = vec![
        ("documents that agree".to_owned(), counts.agree.to_string()),
        (
            "documents that differ".to_owned(),
            counts.differ.to_string(),
        ),
        (
            "nothing to compare".to_owned(),
            counts.nothing_to_compare.to_string(),
        ),
    ];
    if let Some(foreign) = counts.foreign {
        rows.push(("sent by nobody here".to_owned(), foreign.to_string()));
    }
    for (connection, known) in &tie_out.complete_as_of {
        let known = known.map_or_else(|| "never".to_owned(), |known| known.to_rfc3339());
        rows.push((format!("{connection}: complete as of"), known));
    }
    for (connection, why) in &tie_out.unasked {
        rows.push((format!("{connection}: could not be asked"), why.clone()));
    }
    for (row, (name, value)) in (0_u32..).zip(rows) {
        sheet.write_string(row, 0, fitting(name)).map_err(wrong)?;
        sheet.write_string(row, 1, fitting(value)).map_err(wrong)?;
    }
    sheet.set_column_width(0, 40).map_err(wrong)?;
    sheet.set_column_width(1, 40).map_err(wrong)?;
    Ok(sheet)
}

fn controls(tie_out: &TieOut, format: &Format) -> Result<Worksheet, Failure> {
    let mut sheet = Worksheet::new();
    sheet.set_name("Control totals").map_err(wrong)?;
    let columns = [
        "connection",
        "kind",
        "currency",
        "by",
        "name",
        "host_count",
        "provider_count",
        "host",
        "provider",
        "host_settled",
        "provider_settled",
        "agrees",
    ];
    head(&mut sheet, &columns)?;
    for (row, (key, total)) in (1_u32..).zip(&tie_out.controls.0) {
        let by = super::rows::word(key.by);
        let texts = [
            key.connection.as_str(),
            key.kind.as_str(),
            &key.currency.to_string(),
            by,
            &key.name,
            &total.host_count.to_string(),
            &total.provider_count.to_string(),
        ]
        .map(str::to_owned);
        for (column, text) in (0_u16..).zip(texts) {
            sheet
                .write_string(row, column, fitting(text))
                .map_err(wrong)?;
        }
        let amounts = [
            total.host,
            total.provider,
            total.host_settled,
            total.provider_settled,
        ];
        for (column, value) in (7_u16..).zip(amounts) {
            amount(&mut sheet, row, column, value, format)?;
        }
        let verdict = if total.agrees() { "yes" } else { "no" };
        sheet.write_string(row, 11, verdict).map_err(wrong)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(wrong)?;
    Ok(sheet)
}

/// The names of the columns.
pub(crate) fn head(sheet: &mut Worksheet, columns: &[&str]) -> Result<(), Failure> {
    let bold = Format::new().set_bold();
    for (column, name) in (0_u16..).zip(columns) {
        sheet
            .write_string_with_format(0, column, *name, &bold)
            .map_err(wrong)?;
    }
    Ok(())
}

/// The text as far as a cell holds it; the end of one that was cut shows it.
pub(crate) fn fitting(mut text: String) -> String {
    // No character has more UTF-16 units than bytes.
    if text.len() <= CELL_CHARS_MAX || text.encode_utf16().count() <= CELL_CHARS_MAX {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find_map(|(at, char)| {
        units += char.len_utf16();
        // One is left for the sign that it was cut.
        (units > CELL_CHARS_MAX - 1).then_some(at)
    });
    text.truncate(end.unwrap_or(text.len()));
    text.push('…');
    text
}

/// A workbook keeps numbers as floats: an amount that one cannot hold exactly is written as text.
pub(crate) fn amount(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    value: Decimal,
    format: &Format,
) -> Result<(), Failure> {
    let digits = value
        .mantissa()
        .unsigned_abs()
        .checked_ilog10()
        .unwrap_or(0)
        + 1;
    match value.to_f64().filter(|_| digits <= DIGITS_MAX) {
        Some(number) => sheet.write_number_with_format(row, column, number, format),
        None => sheet.write_string(row, column, value.to_string()),
    }
    .map_err(wrong)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "a shape for map_err")]
pub(crate) fn wrong(error: XlsxError) -> Failure {
    Failure::new(format!("the workbook: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_to_what_a_cell_holds() {
        let whole = "x".repeat(CELL_CHARS_MAX);
        assert_eq!(fitting(whole.clone()), whole);
        for one in ["x", "é", "😀"] {
            let cut = fitting(one.repeat(CELL_CHARS_MAX + 1));
            let units = cut.encode_utf16().count();
            assert!((CELL_CHARS_MAX - 1..=CELL_CHARS_MAX).contains(&units));
            assert!(cut.starts_with(one) && cut.ends_with('…'));
        }
    }
}
