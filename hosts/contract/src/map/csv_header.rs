//! Which column of a CSV file stands where.

use std::collections::BTreeMap;

use super::CsvRow;
use crate::wire::{COLUMNS, Need};

/// The columns of one file.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    at: BTreeMap<&'static str, usize>,
    width: usize,
}

impl Header {
    /// The header of a file's first row; names the columns that are missing or stand twice.
    pub(crate) fn read(row: &CsvRow) -> Result<Self, String> {
        let mut at = BTreeMap::new();
        for place in 0..row.width() {
            let name = row
                .cell(place)
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            let known = COLUMNS.iter().find(|(column, ..)| *column == name);
            if let Some((column, ..)) = known
                && at.insert(*column, place).is_some()
            {
                return Err(format!("the header names the column `{column}` twice"));
            }
        }
        let missing: Vec<String> = COLUMNS
            .iter()
            .filter(|(column, _, need)| *need == Need::Required && !at.contains_key(column))
            .map(|(column, ..)| format!("`{column}`"))
            .collect();
        if missing.is_empty() {
            return Ok(Self {
                at,
                width: row.width(),
            });
        }
        match other_separator(row) {
            Some(name) => Err(format!(
                "the header has {name} between its columns; write commas, and texts with a comma in quotes"
            )),
            None => Err(format!("the header has no column {}", missing.join(", "))),
        }
    }

    /// How many cells each row must have.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The cell of a column without the blanks around it; `None` when blank or not there.
    pub(crate) fn cell<'a>(&self, row: &'a CsvRow, column: &str) -> Option<&'a str> {
        let cell = row.cell(*self.at.get(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }
}

/// What separates the columns of a header of one cell that holds many.
fn other_separator(row: &CsvRow) -> Option<&'static str> {
    let only = row.cell(0).filter(|_| row.width() == 1)?;
    let names = |separator: char| {
        only.split(separator)
            .map(|name| name.trim().to_ascii_lowercase())
    };
    let known = |name: &String| COLUMNS.iter().any(|(column, ..)| column == name);
    let separates = |separator: char| names(separator).filter(known).count() > 1;
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
        .into_iter()
        .find_map(|(separator, name)| separates(separator).then_some(name))
}
