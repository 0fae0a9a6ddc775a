//! How sheets are written: as CSV with one row a line, or as XML with one element a document.

use super::sheet::{HEAD, LINE, Sheet};
use crate::cli::ExportFormat;

/// The content of a file with these documents; rows for all but XML.
pub(crate) fn form(format: ExportFormat, sheets: &[Sheet]) -> Vec<u8> {
    match format {
        // Xero's own rows are made of postings, not of sheets: see `Importer`.
        ExportFormat::Csv | ExportFormat::Xero => csv(sheets),
        ExportFormat::Xml => xml(sheets).into_bytes(),
    }
}

fn csv(sheets: &[Sheet]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |row: Vec<&str>| {
        writer
            .write_record(row)
            .expect("rows are of one length, and memory takes everything");
    };
    write(HEAD.into_iter().chain(LINE).collect());
    let nothing = std::array::from_fn::<String, { LINE.len() }, _>(|_| String::new());
    for sheet in sheets {
        let is_bare = sheet.lines.is_empty();
        for line in sheet.lines.iter().chain(is_bare.then_some(&nothing)) {
            let cells = sheet.head.iter().chain(line);
            let cells: Vec<String> = cells.map(|cell| plain(cell)).collect();
            write(cells.iter().map(String::as_str).collect());
        }
    }
    writer.into_inner().expect("memory takes everything")
}

/// No text of a customer is taken for a formula by a spreadsheet; an amount below zero is none.
fn plain(text: &str) -> String {
    let is_amount = tieout_core::document::decimal::read(text).is_ok();
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_amount {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn xml(sheets: &[Sheet]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<documents>\n".to_owned();
    for sheet in sheets {
        text.push_str("  <document>\n");
        elements(&mut text, "    ", &HEAD, &sheet.head);
        text.push_str("    <lines>\n");
        for line in &sheet.lines {
            text.push_str("      <line>\n");
            elements(&mut text, "        ", &LINE, line);
            text.push_str("      </line>\n");
        }
        text.push_str("    </lines>\n  </document>\n");
    }
    text.push_str("</documents>\n");
    text
}

/// An element for each field that holds something.
fn elements(text: &mut String, indent: &str, names: &[&str], values: &[String]) {
    for (name, value) in names
        .iter()
        .zip(values)
        .filter(|(_, value)| !value.is_empty())
    {
        text.push_str(&format!("{indent}<{name}>"));
        escape(text, value);
        text.push_str(&format!("</{name}>\n"));
    }
}

fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            // A reader would make a line feed of it.
            '\r' => text.push_str("&#13;"),
            '\n' | '\t' => text.push(c),
            // XML has no way to write them.
            '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_ascii_control() => {}
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(party: &str) -> Sheet {
        let mut head = std::array::from_fn(|_| String::new());
        head[3] = "INV-1".to_owned();
        head[8] = party.to_owned();
        let mut line = std::array::from_fn(|_| String::new());
        line[4] = "-10.50".to_owned();
        Sheet {
            head,
            lines: vec![line],
        }
    }

    #[test]
    fn what_is_markup_stays_text_and_what_xml_cannot_write_is_left_out() {
        let text = xml(&[sheet("<A & B>\u{0}\u{8}\r")]);
        assert!(
            text.contains("    <party>&lt;A &amp; B&gt;&#13;</party>\n"),
            "{text}"
        );
        assert!(text.contains("<unit_price>-10.50</unit_price>"), "{text}");
        assert!(!text.contains("<due_date>"), "{text}");
    }

    #[test]
    fn a_customers_name_is_no_formula_and_an_amount_stays_one() {
        let text = String::from_utf8(csv(&[sheet("=HYPERLINK(1,\"x\")")])).unwrap();
        let row = text.lines().nth(1).unwrap();
        assert!(row.contains(r#""'=HYPERLINK(1,""x"")""#), "{row}");
        assert!(row.contains(",-10.50,"), "{row}");
        assert!(text.starts_with("kind,id,revision,number,"), "{text}");
    }
}
