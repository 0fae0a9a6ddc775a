//! What people enter by hand at the provider of what the host is about to send: the very same, or nearly.

use rust_decimal::Decimal;
use tieout_core::document::DocumentKind;
use tieout_sandbox_xero::wire::contact::ContactIn;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND};
use uuid::Uuid;

use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::By;
use crate::paper::{Division, Paper, PaperLine};
use crate::provider::Choices;
use crate::random::Random;

/// Somebody enters a paper of the host that is not in the books, or one of its number that differs.
pub(crate) fn enter(ground: &Ground, random: &mut Random, choices: &Choices, paper: &Paper) {
    let (kind, days) = match paper.kind {
        DocumentKind::Invoice => ("ACCREC", 30),
        DocumentKind::Bill => ("ACCPAY", 14),
        DocumentKind::CreditNote | DocumentKind::PurchaseOrder => return,
    };
    let at = match paper.division {
        Division::North => AUSTRALIA,
        Division::South => NEW_ZEALAND,
        Division::Nowhere => return,
    };
    let differs = random.one_in(2);
    let mut lines: Vec<LineIn> = paper
        .lines
        .iter()
        .map(|line| line_of(choices, paper, line, at))
        .collect();
    if differs && let Some(line) = lines.first_mut() {
        line.unit_amount = line.unit_amount.map(|price| price + Decimal::TEN);
        line.tax_amount = None;
    }
    let due = paper.issue_date.checked_add_days(chrono::Days::new(days));
    let fields = InvoiceIn {
        kind: Some(kind.to_owned()),
        status: Some(choices.status_word().to_owned()),
        invoice_number: Some(format!("{}{}", choices.number_prefix(), paper.number)),
        contact: Some(ContactIn {
            name: Some(paper.party.clone()),
            ..ContactIn::default()
        }),
        date: Some(paper.issue_date.into()),
        due_date: due.map(Into::into),
        line_amount_types: Some("Exclusive".to_owned()),
        currency_code: Some("AUD".to_owned()),
        line_items: Some(lines),
        ..InvoiceIn::default()
    };
    let people = ground.sandbox.people(ground.time.now());
    if people.write_invoice(at, &fields).is_ok() {
        ground.met(Case::EnteredByHand);
        ground.model().number_taken(&paper.number);
        let how = if differs { "differing" } else { "the same" };
        ground.tell("people", format!("enter {paper} by hand, {how}"));
    }
    ground.observe(By::People);
}

fn line_of(choices: &Choices, paper: &Paper, line: &PaperLine, at: Uuid) -> LineIn {
    let sells = paper.kind == DocumentKind::Invoice;
    LineIn {
        description: Some(format!("Service {}", line.id)),
        quantity: Some(line.quantity),
        unit_amount: Some(line.price),
        account_code: Some(if sells { "200" } else { "310" }.to_owned()),
        tax_type: Some(choices.tax_type(at, sells, line.free_of_tax)),
        tax_amount: Some(paper.tax(line)),
        ..LineIn::default()
    }
}
