//! How the bytes of one CSV record become cells, by RFC 4180 and nothing looser.

/// One record of a file: its cells end to end, so that a million empty ones weigh little.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CsvRow {
    /// The line where it begins, from 1.
    pub(crate) line: u64,
    text: String,
    ends: Vec<u32>,
}

impl CsvRow {
    /// The cells of the record that begins on `line`, or what is wrong with its quotes.
    ///
    /// Looser readers take `ab"c` or `"ab"c` as something; two such readers take them differently, which
    /// is how a figure changes on its way. A record has far less than 4 GiB.
    pub(crate) fn split(record: &str, line: u64) -> Result<Self, String> {
        let record = record.strip_suffix('\n').unwrap_or(record);
        let mut rest = record.strip_suffix('\r').unwrap_or(record);
        let mut row = Self {
            line,
            ..Self::default()
        };
        loop {
            let after = match rest.strip_prefix('"') {
                Some(quoted) => row.take_quoted(quoted)?,
                None => row.take_plain(rest)?,
            };
            row.ends
                .push(u32::try_from(row.text.len()).map_err(|error| error.to_string())?);
            match after {
                Some(after) => rest = after,
                None => return Ok(row),
            }
        }
    }

    /// A row of cells that came apart already, blank where there is none.
    pub(crate) fn of<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Result<Self, String> {
        let mut row = Self::default();
        for cell in cells {
            row.text.push_str(cell.unwrap_or_default());
            let end =
                u32::try_from(row.text.len()).map_err(|_| "has more than 4 GiB".to_owned())?;
            row.ends.push(end);
        }
        Ok(row)
    }

    /// How many cells it has.
    pub(crate) fn width(&self) -> usize {
        self.ends.len()
    }

    /// A cell by its place, from 0.
    pub(crate) fn cell(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)? as usize;
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    fn take_quoted<'a>(&mut self, text: &'a str) -> Result<Option<&'a str>, String> {
        let place = self.width() + 1;
        let mut rest = text;
        loop {
            let Some(quote) = rest.find('"') else {
                return Err(format!("the quote of cell {place} is never closed"));
            };
            self.text.push_str(&rest[..quote]);
            rest = &rest[quote + 1..];
            if let Some(after) = rest.strip_prefix('"') {
                self.text.push('"');
                rest = after;
            } else if rest.is_empty() {
                return Ok(None);
            } else if let Some(after) = rest.strip_prefix(',') {
                return Ok(Some(after));
            } else {
                return Err(format!("text after the closing quote of cell {place}"));
            }
        }
    }

    fn take_plain<'a>(&mut self, text: &'a str) -> Result<Option<&'a str>, String> {
        let (cell, after) = match text.split_once(',') {
            Some((cell, after)) => (cell, Some(after)),
            None => (text, None),
        };
        if cell.contains('"') {
            let place = self.width() + 1;
            return Err(format!(
                "a quote inside cell {place}, which does not begin with one"
            ));
        }
        self.text.push_str(cell);
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::CsvRow;

    fn split(record: &str) -> Result<Vec<String>, String> {
        let row = CsvRow::split(record, 1)?;
        Ok((0..row.width())
            .map(|at| row.cell(at).unwrap().to_owned())
            .collect())
    }

    #[test]
    fn cells_are_split_by_rfc_4180() {
        assert_eq!(split("a,b\r\n").unwrap(), ["a", "b"]);
        assert_eq!(split("a,,\n").unwrap(), ["a", "", ""]);
        assert_eq!(
            split("\"a,\"\"b\"\"\r\nc\",\"\"").unwrap(),
            ["a,\"b\"\r\nc", ""]
        );
        assert!(split("a\"b,c").unwrap_err().contains("cell 1"));
        assert!(split("x,\"a\"b").unwrap_err().contains("cell 2"));
        assert!(split("x,\"a").unwrap_err().contains("never closed"));
    }
}
