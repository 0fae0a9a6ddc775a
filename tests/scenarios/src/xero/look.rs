//! How the books are told: a list of what the story put there, and one document with its lines.

use std::collections::BTreeSet;
use std::fmt::Write;

use rust_decimal::Decimal;
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::contact::Contact;
use tieout_sandbox_xero::books::invoice::{Invoice, Kind, Line};
use tieout_sandbox_xero::books::payment::{Payment, PaymentStatus, Target};
use uuid::Uuid;

use crate::stage::Stage;

/// What `xero VERB` prints when it is a look and no act.
pub(super) fn at(
    stage: &Stage,
    organisation: Uuid,
    verb: &str,
    words: &[String],
) -> Result<Option<String>, String> {
    let read = |look: &dyn Fn(&Organisation) -> Option<String>| {
        let told = stage.xero.sandbox.read(organisation, look).flatten();
        told.unwrap_or_else(|| "nothing\n".to_owned())
    };
    let told = match (verb, words) {
        ("list", []) => read(&|books| list(books, &stage.seeded)),
        ("show", [number]) => read(&|books| show(books, number)),
        ("contact", [name]) => read(&|books| contact(books, name)),
        ("calls", []) => {
            let counts = stage.xero.sandbox.counters().of(organisation);
            format!("{}\n", counts.total())
        }
        ("list" | "show" | "contact" | "calls", _) => {
            return Err(format!("`xero {verb}` with other words"));
        }
        _ => return Ok(None),
    };
    Ok(Some(told))
}

/// Everything that the books hold.
pub(super) fn ids(books: &Organisation) -> BTreeSet<Uuid> {
    let mut ids: BTreeSet<Uuid> = books
        .invoices
        .ledger
        .rows()
        .iter()
        .map(|row| row.id)
        .collect();
    ids.extend(books.credits.ledger.rows().iter().map(|row| row.id));
    ids.extend(books.purchase_orders.ledger.rows().iter().map(|row| row.id));
    ids.extend(books.contacts.ledger.rows().iter().map(|row| row.id));
    ids
}

/// The numbers of invoices and credit notes that begin so.
pub(super) fn numbers(books: &Organisation, begins: &str) -> Vec<String> {
    let invoices = books.invoices.ledger.rows().iter();
    let credits = books.credits.ledger.rows().iter();
    let numbers = invoices.map(|row| row.number.clone());
    numbers
        .chain(credits.map(|row| row.number.clone()))
        .filter(|number| number.starts_with(begins))
        .collect()
}

/// One line for each document that was not there from the beginning, by number.
fn list(books: &Organisation, seeded: &BTreeSet<Uuid>) -> Option<String> {
    let line = |kind: &str, number: &str, status: &str, total: Decimal, currency: &str, at| {
        let contact = &books.contacts.ledger.row(at).name;
        format!("{number:<12} {kind:<14} {status:<10} {total:>9.2} {currency}  {contact}\n")
    };
    let new = |id: &Uuid| !seeded.contains(id);
    let mut lines = Vec::new();
    for row in books
        .invoices
        .ledger
        .rows()
        .iter()
        .filter(|row| new(&row.id))
    {
        let (kind, status) = (side(row.kind), row.status.name());
        lines.push(line(
            kind,
            &row.number,
            status,
            row.total,
            &row.currency,
            row.contact,
        ));
    }
    for row in books
        .credits
        .ledger
        .rows()
        .iter()
        .filter(|row| new(&row.id))
    {
        let (kind, status) = ("credit note", row.status.name());
        lines.push(line(
            kind,
            &row.number,
            status,
            row.total,
            &row.currency,
            row.contact,
        ));
    }
    let orders = books.purchase_orders.ledger.rows().iter();
    for row in orders.filter(|row| new(&row.id)) {
        let (kind, status) = ("purchase order", row.status.name());
        lines.push(line(
            kind,
            &row.number,
            status,
            row.total,
            &row.currency,
            row.contact,
        ));
    }
    lines.sort();
    (!lines.is_empty()).then(|| lines.concat())
}

fn side(kind: Kind) -> &'static str {
    match kind {
        Kind::Receivable => "invoice",
        Kind::Payable => "bill",
    }
}

/// One document; the newest of its number.
fn show(books: &Organisation, number: &str) -> Option<String> {
    let invoices = books.invoices.ledger.rows().iter().rev();
    if let Some(row) = { invoices }.find(|row| row.number == number) {
        return invoice(books, row);
    }
    let mut text = String::new();
    if let Some(row) = books
        .credits
        .ledger
        .rows()
        .iter()
        .rev()
        .find(|row| row.number == number)
    {
        let contact = &books.contacts.ledger.row(row.contact).name;
        let head = format!(
            "credit note {number}  {}\n  to         {contact}\n",
            row.status.name()
        );
        text.push_str(&head);
        said(&mut text, "reference", &row.reference);
        text.extend(row.lines.iter().map(|line| told(books, line)));
        writeln!(
            text,
            "  total      {:.2} {}, left {:.2}",
            row.total,
            row.currency,
            row.remaining()
        )
        .ok()?;
        return Some(text);
    }
    let orders = books.purchase_orders.ledger.rows().iter().rev();
    let row = { orders }.find(|row| row.number == number)?;
    let contact = &books.contacts.ledger.row(row.contact).name;
    writeln!(text, "purchase order {number}  {}", row.status.name()).ok()?;
    writeln!(text, "  to         {contact}").ok()?;
    said(&mut text, "reference", &row.reference);
    text.extend(row.lines.iter().map(|line| told(books, line)));
    writeln!(text, "  total      {:.2} {}", row.total, row.currency).ok()?;
    Some(text)
}

fn invoice(books: &Organisation, row: &Invoice) -> Option<String> {
    let mut text = String::new();
    let contact = &books.contacts.ledger.row(row.contact).name;
    let way = match row.kind {
        Kind::Receivable => "to",
        Kind::Payable => "from",
    };
    writeln!(
        text,
        "{} {}  {}",
        side(row.kind),
        row.number,
        row.status.name()
    )
    .ok()?;
    writeln!(text, "  {way:<10} {contact}").ok()?;
    let due = row.due_date.map(|date| format!(", due {date}"));
    writeln!(text, "  date       {}{}", row.date, due.unwrap_or_default()).ok()?;
    said(&mut text, "reference", &row.reference);
    text.extend(row.lines.iter().map(|line| told(books, line)));
    let (net, tax, total) = (row.sub_total, row.total_tax, row.total);
    let arithmetic = format!("{net:.2} + {tax:.2} = {total:.2} {}", row.currency);
    writeln!(
        text,
        "  total      {arithmetic}, due {:.2}",
        row.amount_due()
    )
    .ok()?;
    let at = books
        .invoices
        .ledger
        .rows()
        .iter()
        .position(|known| known.id == row.id)?;
    let payments = books.payments.rows().iter();
    let ours = payments.filter(|payment| matches!(payment.target, Target::Invoice(to) if to == at));
    text.extend(ours.map(paid));
    for file in books.papers.attachments(row.id) {
        let seen = if file.include_online {
            ", the customer sees it"
        } else {
            ""
        };
        writeln!(
            text,
            "  file       {} ({}){seen}",
            file.file_name, file.mime_type
        )
        .ok()?;
    }
    for note in books
        .papers
        .notes(row.id)
        .iter()
        .filter(|note| note.changes == "Note")
    {
        writeln!(text, "  note       {}", note.details).ok()?;
    }
    Some(text)
}

fn paid(payment: &Payment) -> String {
    let undone = match payment.status {
        PaymentStatus::Deleted => ", taken back",
        PaymentStatus::Authorised => "",
    };
    let reference = match payment.reference.as_str() {
        "" => String::new(),
        text => format!(", `{text}`"),
    };
    let (amount, date) = (payment.amount, payment.date);
    format!("  paid       {amount:.2} on {date}{reference}{undone}\n")
}

fn said(text: &mut String, name: &str, value: &str) {
    if !value.is_empty() {
        text.push_str(&format!("  {name:<10} {value}\n"));
    }
}

fn told(books: &Organisation, line: &Line) -> String {
    let mut text = format!("  line       {}", line.description);
    if let (Some(quantity), Some(unit)) = (line.quantity, line.unit_amount) {
        let (quantity, unit) = (quantity.normalize(), places(unit));
        let (amount, tax) = (line.line_amount, line.tax_amount);
        text.push_str(&format!(
            ": {quantity} x {unit} = {amount:.2}, tax {tax:.2}"
        ));
    }
    for known in [line.account_code, line.tax_type, line.item_code.as_str()] {
        if !known.is_empty() {
            text.push_str(&format!(", {known}"));
        }
    }
    for choice in &line.tracking {
        let category = books
            .chart
            .tracking
            .iter()
            .find(|known| known.id == choice.category);
        let option = category.and_then(|category| {
            let option = category
                .options
                .iter()
                .find(|known| known.id == choice.option)?;
            Some(format!(", {}: {}", category.name, option.name))
        });
        text.push_str(&option.unwrap_or_default());
    }
    text + "\n"
}

/// At least the two places of money.
fn places(price: Decimal) -> String {
    let price = price.normalize();
    if price.scale() < 2 {
        format!("{price:.2}")
    } else {
        price.to_string()
    }
}

fn contact(books: &Organisation, name: &str) -> Option<String> {
    let known = |row: &&Contact| row.name == name;
    let row = books.contacts.ledger.rows().iter().find(known)?;
    let mut text = format!("contact {}  {}\n", row.name, row.status.name());
    said(
        &mut text,
        "person",
        format!("{} {}", row.first_name, row.last_name).trim(),
    );
    said(&mut text, "e-mail", &row.email);
    said(&mut text, "tax number", &row.tax_number);
    said(&mut text, "number", &row.number);
    for address in row
        .addresses
        .iter()
        .filter(|address| !address.city.is_empty())
    {
        said(
            &mut text,
            "address",
            format!("{} {}", address.lines[0], address.city).trim(),
        );
    }
    Some(text)
}
