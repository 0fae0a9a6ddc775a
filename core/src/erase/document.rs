//! What of a document names or leads to a person, and what the document is without it.

use super::fold::bare;
use super::person::{Found, Role};
use super::terms::Terms;
use crate::document::{Attachment, BillTo, Document, ERASED, HostPayment, Invoice, Line};

/// Adds what leads to the person to what is looked for elsewhere.
pub(super) fn gather(document: &Document, found: &Found, terms: &mut Terms) {
    for named in &found.named {
        terms.name(&named.name);
        let own = named.email.iter().filter(|email| {
            // Beside a company's contact stands the company's address as often as that person's.
            named.role != Role::Attention || is_of_name(email, &named.name)
        });
        own.for_each(|email| terms.add(email));
    }
    let Document::Invoice(invoice) = document else {
        return;
    };
    let to = &invoice.bill_to;
    if found.roles.contains(&Role::BilledTo) {
        let street = to.address.as_ref().and_then(|it| it.line1.as_deref());
        let own = [to.tax_number.as_deref(), street].into_iter().flatten();
        own.filter(|it| is_telling(it)).for_each(|it| terms.add(it));
    }
    if found.roles.contains(&Role::Client) {
        let known = &invoice.references;
        if known
            .client_name
            .as_deref()
            .is_some_and(|name| found.has_name(name))
        {
            let numbers = [
                &known.claim_number,
                &known.participant_number,
                &known.plan_id,
            ];
            let numbers = numbers.into_iter().flatten();
            numbers
                .filter(|it| is_telling(it))
                .for_each(|it| terms.add(it));
        }
        for source in &invoice.group_sources {
            let is_theirs = source
                .client_name
                .as_deref()
                .is_some_and(|it| found.has_name(it));
            let number = source
                .claim_number
                .iter()
                .filter(|it| is_theirs && is_telling(it));
            number.for_each(|it| terms.add(it));
        }
    }
}

/// Takes a person out of a document. Identifiers, numbers, dates, amounts, codes and taxes stay.
pub(super) fn blank(document: &mut Document, found: &Found, terms: &Terms) {
    match document {
        Document::Invoice(invoice) => of_invoice(invoice, found, terms),
        Document::Bill(bill) => {
            if found.roles.contains(&Role::Supplier) {
                ERASED.clone_into(&mut bill.supplier.name);
            }
            let is_whole = found.roles.contains(&Role::Supplier);
            bill.lines
                .iter_mut()
                .for_each(|line| of_line(line, found, terms, is_whole));
            of_files(&mut bill.attachments, terms, is_whole);
            of_payments(bill.payments.as_mut(), terms, is_whole);
        }
        Document::PurchaseOrder(order) => {
            if found.roles.contains(&Role::Supplier) {
                ERASED.clone_into(&mut order.supplier.name);
            }
            for line in &mut order.lines {
                // An article is described, nobody.
                terms.sweep(&mut line.description);
            }
            if let Some(text) = &mut order.order_ref {
                terms.sweep(text);
            }
        }
    }
}

fn of_invoice(invoice: &mut Invoice, found: &Found, terms: &Terms) {
    let is_billed = found.roles.contains(&Role::BilledTo);
    if is_billed {
        of_debtor(&mut invoice.bill_to);
    } else if found.roles.contains(&Role::Attention) {
        erase(&mut invoice.bill_to.attention);
        erase(&mut invoice.bill_to.email);
    }
    let is_client = found.roles.contains(&Role::Client);
    let named = invoice.references.client_name.as_deref();
    // A document of one person is about that person in all of its words.
    let is_whole = is_billed || is_client && named.is_some_and(|name| found.has_name(name));
    let is_about_all = is_whole && (is_billed || invoice.group_sources.is_empty());
    if is_whole {
        let known = &mut invoice.references;
        let words = [
            &mut known.client_name,
            &mut known.claim_number,
            &mut known.purchase_order_number,
            &mut known.participant_number,
            &mut known.plan_id,
        ];
        words.into_iter().for_each(erase);
    }
    let mut cases = Vec::new();
    for source in &mut invoice.group_sources {
        let is_theirs = source
            .client_name
            .as_deref()
            .is_some_and(|it| found.has_name(it));
        if is_billed || is_theirs {
            erase(&mut source.client_name);
            erase(&mut source.claim_number);
            cases.push(source.case_number.clone());
        }
    }
    for line in &mut invoice.lines {
        let of_case = line
            .case_number
            .as_ref()
            .is_some_and(|it| cases.contains(it));
        of_line(line, found, terms, is_about_all || of_case);
    }
    match is_about_all {
        true => erase(&mut invoice.notes),
        false => invoice.notes.iter_mut().for_each(|text| terms.clean(text)),
    }
    if let Some(url) = &mut invoice.url {
        terms.sweep(url);
    }
    of_files(&mut invoice.attachments, terms, is_billed || is_client);
    of_payments(invoice.payments.as_mut(), terms, is_billed);
}

fn of_debtor(to: &mut BillTo) {
    ERASED.clone_into(&mut to.name);
    erase(&mut to.attention);
    erase(&mut to.email);
    erase(&mut to.tax_number);
    to.address = None;
}

fn of_line(line: &mut Line, found: &Found, terms: &Terms, is_whole: bool) {
    if line
        .worker
        .as_deref()
        .is_some_and(|name| found.has_name(name))
    {
        erase(&mut line.worker);
    }
    if is_whole {
        ERASED.clone_into(&mut line.description);
        if let Some(funding) = &mut line.funding {
            erase(&mut funding.plan_id);
        }
    } else {
        terms.sweep(&mut line.description);
    }
}

fn of_files(files: &mut [Attachment], terms: &Terms, is_whole: bool) {
    for file in files {
        if is_whole {
            ERASED.clone_into(&mut file.name);
            ERASED.clone_into(&mut file.url);
            file.sha256 = None;
        } else {
            terms.sweep(&mut file.name);
            terms.sweep(&mut file.url);
        }
    }
}

fn of_payments(payments: Option<&mut Vec<HostPayment>>, terms: &Terms, is_whole: bool) {
    for payment in payments.into_iter().flatten() {
        match is_whole {
            true => erase(&mut payment.reference),
            false => payment
                .reference
                .iter_mut()
                .for_each(|text| terms.clean(text)),
        }
    }
}

fn erase(text: &mut Option<String>) {
    if let Some(text) = text {
        ERASED.clone_into(text);
    }
}

/// Whether an address is made of a name.
fn is_of_name(email: &str, name: &str) -> bool {
    let address = bare(email.split('@').next().unwrap_or_default());
    let name = bare(name);
    let mut words = name.split(' ').filter(|word| word.chars().count() >= 3);
    words.any(|word| address.contains(word))
}

/// Whether a number or a street is long enough to lead to anybody.
fn is_telling(text: &str) -> bool {
    text.trim().chars().count() >= 5
}
