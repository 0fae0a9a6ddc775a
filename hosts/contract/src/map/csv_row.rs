//! How the bytes of one CSV record become cells, by RFC 4180 and nothing looser.

/// One record of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CsvRow {
    /// The line where it begins, from 1.
    pub(crate) line: u64,
    /// Its cells.
    pub(crate) cells: Vec<String>,
}

/// The cells of a record, or what is wrong with its quotes.
///
/// Looser readers take `ab"c` or `"ab"c` as something; two such readers take them differently, which
/// is how a figure changes on its way.
pub(crate) fn split(record: &str) -> Result<Vec<String>, String> {
    let record = record.strip_suffix('\n').unwrap_or(record);
    let mut rest = record.strip_suffix('\r').unwrap_or(record);
    let mut cells = Vec::new();
    loop {
        let (cell, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_cell(quoted, cells.len())?,
            None => plain_cell(rest, cells.len())?,
        };
        cells.push(cell);
        match after {
            Some(after) => rest = after,
            None => return Ok(cells),
        }
    }
}

fn quoted_cell(text: &str, at: usize) -> Result<(String, Option<&str>), String> {
    let mut cell = String::new();
    let mut rest = text;
    loop {
        let Some(quote) = rest.find('"') else {
            return Err(format!("the quote of cell {} is never closed", at + 1));
        };
        cell.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        if let Some(after) = rest.strip_prefix('"') {
            cell.push('"');
            rest = after;
        } else if rest.is_empty() {
            return Ok((cell, None));
        } else if let Some(after) = rest.strip_prefix(',') {
            return Ok((cell, Some(after)));
        } else {
            return Err(format!("text after the closing quote of cell {}", at + 1));
        }
    }
}

fn plain_cell(text: &str, at: usize) -> Result<(String, Option<&str>), String> {
    let (cell, after) = match text.split_once(',') {
        Some((cell, after)) => (cell, Some(after)),
        None => (text, None),
    };
    if cell.contains('"') {
        return Err(format!(
            "a quote inside cell {}, which does not begin with one",
            at + 1
        ));
    }
    Ok((cell.to_owned(), after))
}

#[cfg(test)]
mod tests {
    use super::split;

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
