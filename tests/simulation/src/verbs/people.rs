//! What people do at the provider: they pay, edit, void, tidy up contacts, close periods and disconnect apps.

mod of_summaries;

use chrono::Days;
use rust_decimal::Decimal;
use tieout_core::document::DocumentKind;
use tieout_sandbox_xero::books::credit::Source;
use tieout_sandbox_xero::books::invoice::Kind;
use tieout_sandbox_xero::books::purchase_order::OrderStatus;
use tieout_sandbox_xero::wire::contact::ContactIn;
use tieout_sandbox_xero::wire::credit::CreditNoteIn;
use tieout_sandbox_xero::wire::invoice::{InvoiceIn, LineIn};
use tieout_sandbox_xero::wire::purchase_order::PurchaseOrderIn;
use tieout_sandbox_xero::{People, Refused};
use uuid::Uuid;

use super::Weights;
use crate::books::{ORGANISATIONS, Row, is_unapproved};
use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::{By, Excuse};
use crate::random::Random;
pub(crate) use of_summaries::settle_summary;

/// What people may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeopleVerb {
    Pay,
    PayInFull,
    DeletePayment,
    Allocate,
    Prepay,
    Refund,
    Approve,
    Void,
    Edit,
    EditText,
    TakeNumber,
    ArchiveContact,
    RestoreContact,
    MergeContacts,
    RenameContact,
    LockPeriod,
    OpenPeriod,
    ArchiveAccount,
    Disconnect,
}

const VERBS: &[(PeopleVerb, u64)] = &[
    (PeopleVerb::Pay, 20),
    (PeopleVerb::PayInFull, 10),
    (PeopleVerb::DeletePayment, 12),
    (PeopleVerb::Allocate, 10),
    (PeopleVerb::Prepay, 4),
    (PeopleVerb::Refund, 3),
    (PeopleVerb::Approve, 8),
    (PeopleVerb::Void, 4),
    (PeopleVerb::Edit, 4),
    (PeopleVerb::EditText, 4),
    (PeopleVerb::TakeNumber, 2),
    (PeopleVerb::ArchiveContact, 2),
    (PeopleVerb::RestoreContact, 3),
    (PeopleVerb::MergeContacts, 2),
    (PeopleVerb::RenameContact, 2),
    (PeopleVerb::LockPeriod, 1),
    (PeopleVerb::OpenPeriod, 2),
    (PeopleVerb::ArchiveAccount, 1),
    (PeopleVerb::Disconnect, 1),
];

/// The people of both organisations.
pub(crate) struct Crowd {
    weights: Weights<PeopleVerb>,
}

impl Crowd {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            weights: Weights::draw(VERBS, random),
        }
    }

    /// One act of somebody, on a document of ours where it takes one.
    pub(crate) fn act(&self, ground: &Ground, random: &mut Random, next_number: &str) {
        let Some(verb) = self.weights.pick(random) else {
            return;
        };
        let ours: Vec<Row> = crate::books::rows(&ground.sandbox)
            .into_iter()
            .filter(|row| row.is_live() && (row.ours || ground.model().owner(row.id).is_some()))
            .collect();
        let people = ground.sandbox.people(ground.time.now());
        let row = random.pick(&ours);
        let done = match row {
            Some(row) => on_document(ground, people, random, verb, row),
            None => None,
        };
        let done = done.or_else(|| on_books(ground, people, random, verb, next_number));
        if let Some(Ok(what)) = done {
            ground.tell("people", what);
        }
        ground.observe(By::People);
    }
}

type Done = Option<Result<String, Refused>>;

fn on_document(
    ground: &Ground,
    people: People<'_>,
    random: &mut Random,
    verb: PeopleVerb,
    row: &Row,
) -> Done {
    let (at, id) = (row.organisation, row.id.to_string());
    let name = format!("{} {}", row.kind, row.number);
    match verb {
        PeopleVerb::Pay => {
            let amount = part_of(row.due, random);
            Some(
                people
                    .pay(at, &id, Some(amount), None)
                    .map(|_| format!("pay {amount} on {name}")),
            )
        }
        PeopleVerb::PayInFull => Some(
            people
                .pay(at, &id, None, None)
                .map(|_| format!("pay {name} in full")),
        ),
        PeopleVerb::DeletePayment => delete_payment(ground, people, row),
        PeopleVerb::Allocate => allocate(ground, people, random, row),
        PeopleVerb::Prepay => prepay(people, row),
        PeopleVerb::Refund if row.kind == DocumentKind::CreditNote => {
            let amount = part_of(row.due, random);
            Some(
                people
                    .refund(at, &id, Some(amount))
                    .map(|_| format!("refund {amount} of {name}")),
            )
        }
        PeopleVerb::Approve if is_unapproved(row) => Some(approve(people, row)),
        PeopleVerb::Void => Some(void(ground, people, row)),
        PeopleVerb::Edit => Some(edit(ground, people, row)),
        PeopleVerb::EditText => Some(edit_text(ground, people, row)),
        PeopleVerb::ArchiveContact => Some(archive_contact(ground, people, row)),
        PeopleVerb::RestoreContact => {
            let done = people.restore_contact(at, &row.party);
            Some(done.map(|()| format!("restore the contact {}", row.party)))
        }
        PeopleVerb::MergeContacts => Some(merge_contacts(ground, people, row)),
        PeopleVerb::RenameContact => Some(rename_contact(ground, people, row)),
        PeopleVerb::Refund
        | PeopleVerb::Approve
        | PeopleVerb::TakeNumber
        | PeopleVerb::LockPeriod
        | PeopleVerb::OpenPeriod
        | PeopleVerb::ArchiveAccount
        | PeopleVerb::Disconnect => None,
    }
}

fn on_books(
    ground: &Ground,
    people: People<'_>,
    random: &mut Random,
    verb: PeopleVerb,
    next_number: &str,
) -> Done {
    let (_, at) = ORGANISATIONS[random.index(ORGANISATIONS.len())];
    match verb {
        PeopleVerb::TakeNumber => Some(take_number(ground, people, at, next_number)),
        PeopleVerb::LockPeriod => {
            let back = random.between(1, 40);
            let day = ground
                .time
                .now()
                .date_naive()
                .checked_sub_days(Days::new(back));
            let done = people.set_lock_dates(at, day, None);
            ground.met(Case::PeriodLocked);
            ground.model().locked();
            Some(done.map(|()| format!("lock the books up to {back} days ago")))
        }
        PeopleVerb::OpenPeriod => {
            let done = people.set_lock_dates(at, None, None);
            Some(done.map(|()| "open the books again".to_owned()))
        }
        PeopleVerb::ArchiveAccount => {
            let code = ["200", "310"][random.index(2)];
            ground.met(Case::AccountArchived);
            ground.model().account_archived();
            Some(
                people
                    .archive_account(at, code)
                    .map(|()| format!("archive the account {code}")),
            )
        }
        PeopleVerb::Disconnect => {
            let apps = people.disconnect(at);
            ground.model().disconnected();
            Some(Ok(format!("disconnect {apps} apps")))
        }
        PeopleVerb::Pay
        | PeopleVerb::PayInFull
        | PeopleVerb::DeletePayment
        | PeopleVerb::Allocate
        | PeopleVerb::Prepay
        | PeopleVerb::Refund
        | PeopleVerb::Approve
        | PeopleVerb::Void
        | PeopleVerb::Edit
        | PeopleVerb::EditText
        | PeopleVerb::ArchiveContact
        | PeopleVerb::RestoreContact
        | PeopleVerb::MergeContacts
        | PeopleVerb::RenameContact => None,
    }
}

fn part_of(due: Decimal, random: &mut Random) -> Decimal {
    let percent = i64::try_from(random.between(5, 60)).unwrap_or(5);
    (due * Decimal::new(percent, 2))
        .round_dp(2)
        .max(Decimal::new(1, 2))
}

fn delete_payment(ground: &Ground, people: People<'_>, row: &Row) -> Done {
    let (id, amount) = row.settled_by.first_key_value()?;
    let payment = Uuid::parse_str(id).ok()?;
    let done = people.delete_payment(row.organisation, payment);
    if done.is_ok() && ground.is_host_down() {
        ground.met(Case::PaymentDeletedHostDown);
    }
    if done.is_ok() && ground.model().till.is_ours(id) {
        ground.met(Case::HostPaymentRemovedThere);
        excuse(ground, row, Excuse::PaymentTakenBack);
    }
    Some(done.map(|()| format!("take the payment {id} of {amount} back from {}", row.number)))
}

/// Puts part of a credit note of the same party against an invoice; where there is none, somebody writes one.
fn allocate(ground: &Ground, people: People<'_>, random: &mut Random, row: &Row) -> Done {
    if row.kind != DocumentKind::Invoice || row.status != "AUTHORISED" {
        return None;
    }
    let rows = crate::books::rows(&ground.sandbox);
    let fits = |note: &&Row| {
        note.kind == DocumentKind::CreditNote
            && note.organisation == row.organisation
            && note.party == row.party
            && note.status == "AUTHORISED"
    };
    let notes: Vec<&Row> = rows.iter().filter(fits).collect();
    let (note, most) = match random.pick(&notes) {
        Some(note) => (note.id, note.due),
        None => (
            write_credit_note(ground, people, row).ok()?,
            Decimal::new(5, 0),
        ),
    };
    let amount = part_of(row.due.min(most), random);
    let done = people.allocate(
        row.organisation,
        &note.to_string(),
        &row.id.to_string(),
        Some(amount),
    );
    if done.is_ok() {
        ground.met(Case::CreditAllocated);
    }
    Some(done.map(|_| format!("allocate {amount} of a credit to {}", row.number)))
}

fn write_credit_note(ground: &Ground, people: People<'_>, row: &Row) -> Result<Uuid, Refused> {
    let fields = CreditNoteIn {
        kind: Some("ACCRECCREDIT".to_owned()),
        status: Some("AUTHORISED".to_owned()),
        contact: Some(ContactIn {
            name: Some(row.party.clone()),
            ..ContactIn::default()
        }),
        currency_code: Some("AUD".to_owned()),
        line_items: Some(vec![LineIn {
            description: Some("Goodwill".to_owned()),
            quantity: Some(Decimal::ONE),
            unit_amount: Some(Decimal::new(5, 0)),
            account_code: Some("200".to_owned()),
            ..LineIn::default()
        }]),
        ..CreditNoteIn::default()
    };
    let note = people.write_credit_note(row.organisation, &fields)?;
    // The provider numbers it, by a number that the host may give to one of its own.
    let rows = crate::books::rows(&ground.sandbox);
    if let Some(written) = rows.iter().find(|row| row.id == note) {
        ground.model().number_taken(&written.number);
    }
    Ok(note)
}

fn prepay(people: People<'_>, row: &Row) -> Done {
    if row.kind != DocumentKind::Invoice || row.due <= Decimal::ONE {
        return None;
    }
    let amount = Decimal::ONE;
    let credit = people.receive(
        row.organisation,
        Source::Prepayment,
        Kind::Receivable,
        &row.party,
        amount,
    );
    let done = credit.and_then(|credit| {
        people.allocate(
            row.organisation,
            &credit.to_string(),
            &row.id.to_string(),
            Some(amount),
        )
    });
    Some(done.map(|_| format!("allocate a prepayment of {amount} to {}", row.number)))
}

fn approve(people: People<'_>, row: &Row) -> Result<String, Refused> {
    let (at, id) = (row.organisation, row.id.to_string());
    match row.kind {
        DocumentKind::Invoice | DocumentKind::Bill => people.approve(at, &id)?,
        DocumentKind::CreditNote => people.approve_credit_note(at, &id)?,
        DocumentKind::PurchaseOrder => {
            people.move_purchase_order(at, &id, OrderStatus::Authorised)?;
        }
    }
    Ok(format!("approve {} {}", row.kind, row.number))
}

fn void(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    let (at, id) = (row.organisation, row.id.to_string());
    match row.kind {
        DocumentKind::Invoice | DocumentKind::Bill => people.void(at, &id)?,
        DocumentKind::CreditNote => people.void_credit(at, &id)?,
        DocumentKind::PurchaseOrder => people.move_purchase_order(at, &id, OrderStatus::Deleted)?,
    }
    ground.met(Case::RemovedThere);
    excuse(ground, row, Excuse::Removed);
    Ok(format!("void {} {}", row.kind, row.number))
}

fn edit(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    let account = match row.kind {
        DocumentKind::Invoice | DocumentKind::CreditNote => "200",
        DocumentKind::Bill | DocumentKind::PurchaseOrder => "310",
    };
    let lines = Some(vec![LineIn {
        description: Some("Edited by hand".to_owned()),
        quantity: Some(Decimal::ONE),
        unit_amount: Some(row.totals.net + Decimal::TEN),
        account_code: Some(account.to_owned()),
        ..LineIn::default()
    }]);
    let (at, id) = (row.organisation, row.id.to_string());
    match row.kind {
        DocumentKind::Invoice | DocumentKind::Bill => {
            people.edit(
                at,
                &id,
                InvoiceIn {
                    line_items: lines,
                    ..InvoiceIn::default()
                },
            )?;
        }
        DocumentKind::CreditNote => {
            people.edit_credit_note(
                at,
                &id,
                CreditNoteIn {
                    line_items: lines,
                    ..CreditNoteIn::default()
                },
            )?;
        }
        DocumentKind::PurchaseOrder => {
            people.edit_purchase_order(
                at,
                &id,
                PurchaseOrderIn {
                    line_items: lines,
                    ..PurchaseOrderIn::default()
                },
            )?;
        }
    }
    ground.met(Case::EditedThere);
    disown(ground, row);
    excuse(ground, row, Excuse::Edited);
    Ok(format!("edit the amounts of {} {}", row.kind, row.number))
}

/// An edit that changes nothing of what is kept.
fn edit_text(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    let (at, id) = (row.organisation, row.id.to_string());
    let reference = Some("seen by Ann".to_owned());
    match row.kind {
        DocumentKind::Invoice | DocumentKind::Bill => {
            people.edit(
                at,
                &id,
                InvoiceIn {
                    reference,
                    ..InvoiceIn::default()
                },
            )?;
        }
        DocumentKind::CreditNote => {
            people.edit_credit_note(
                at,
                &id,
                CreditNoteIn {
                    reference,
                    ..CreditNoteIn::default()
                },
            )?;
        }
        DocumentKind::PurchaseOrder => {
            people.edit_purchase_order(
                at,
                &id,
                PurchaseOrderIn {
                    reference,
                    ..PurchaseOrderIn::default()
                },
            )?;
        }
    }
    disown(ground, row);
    Ok(format!("note something on {} {}", row.kind, row.number))
}

fn take_number(
    ground: &Ground,
    people: People<'_>,
    at: Uuid,
    number: &str,
) -> Result<String, Refused> {
    let fields = InvoiceIn {
        kind: Some("ACCREC".to_owned()),
        invoice_number: Some(number.to_owned()),
        contact: Some(ContactIn {
            name: Some("Walk-in Customer".to_owned()),
            ..ContactIn::default()
        }),
        line_items: Some(vec![LineIn {
            description: Some("By hand".to_owned()),
            quantity: Some(Decimal::ONE),
            unit_amount: Some(Decimal::ONE_HUNDRED),
            account_code: Some("200".to_owned()),
            ..LineIn::default()
        }]),
        ..InvoiceIn::default()
    };
    people.write_invoice(at, &fields)?;
    ground.met(Case::NumberTaken);
    ground.model().number_taken(number);
    Ok(format!("write an invoice {number} by hand"))
}

fn archive_contact(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    people.archive_contact(row.organisation, &row.party)?;
    ground.met(Case::ContactArchived);
    ground.model().party_changed(&row.party);
    Ok(format!("archive the contact {}", row.party))
}

fn merge_contacts(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    let into = if row.party == "Bluegum Health Group" {
        "Dockside Interiors"
    } else {
        "Bluegum Health Group"
    };
    let theirs = |other: &Row| other.organisation == row.organisation && other.party == row.party;
    let moved: Vec<Row> = crate::books::rows(&ground.sandbox)
        .into_iter()
        .filter(theirs)
        .collect();
    people.merge_contact(row.organisation, &row.party, into)?;
    ground.met(Case::ContactsMerged);
    // Each of them names another party now.
    moved.iter().for_each(|other| disown(ground, other));
    ground.model().party_became(&row.party, into);
    Ok(format!("merge the contact {} into {into}", row.party))
}

fn rename_contact(ground: &Ground, people: People<'_>, row: &Row) -> Result<String, Refused> {
    let name = format!("{} Ltd", row.party);
    people.rename_contact(row.organisation, &row.party, &name)?;
    ground.met(Case::ContactRenamed);
    ground.model().party_became(&row.party, &name);
    Ok(format!("rename the contact {} to {name}", row.party))
}

/// What is changed before the engine heard that it was made is not known again: nothing in it says whose it is.
fn disown(ground: &Ground, row: &Row) {
    if ground.unheard().contains_key(&row.id.to_string()) {
        ground.model().disown(row.id);
    }
}

fn excuse(ground: &Ground, row: &Row, excuse: Excuse) {
    let mut model = ground.model();
    if let Some(owner) = model.owner(row.id).cloned() {
        model.excuse(&owner, excuse);
    }
}
