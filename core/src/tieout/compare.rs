//! Whether a host document and what the provider holds for it agree, and if not, where and why.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::cause::{Cause, causes};
use super::payments::{of_host, payments};
use super::sides::{Held, HostSide};
use crate::check::{Finding, show};
use crate::document::{Currency, DocumentKey, Totals};
use crate::engine::{Binding, State, Wanted};
use crate::provider::SnapshotLine;

/// One document on both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The document.
    pub document: DocumentKey,
    /// The host's number.
    pub number: String,
    /// Who owes or supplies, as the host says.
    pub party: String,
    /// The accounting date, as the host says.
    pub date: NaiveDate,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Whether the host wants the provider to hold it.
    pub wanted: bool,
    /// What the host says that it comes to; an order to a supplier may say nothing.
    #[serde(with = "crate::document::decimal::optional")]
    pub host_total: Option<Decimal>,
    /// What the provider holds.
    #[serde(with = "crate::document::decimal::optional")]
    pub provider_total: Option<Decimal>,
    /// What the host has been told was paid and credited.
    #[serde(with = "crate::document::decimal")]
    pub host_settled: Decimal,
    /// What the provider holds as paid and credited.
    #[serde(with = "crate::document::decimal::optional")]
    pub provider_settled: Option<Decimal>,
    /// Whether they agree.
    pub verdict: Verdict,
}

/// Whether both sides agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They hold the same, to the cent.
    Agrees,
    /// Neither side holds it, or it is deliberately not sent.
    NothingToCompare {
        /// Why, in words.
        why: String,
    },
    /// They differ.
    Differs {
        /// Where.
        differences: Vec<Difference>,
        /// Why, and what mends it.
        causes: Vec<Cause>,
        /// What is known of it.
        findings: Vec<Finding>,
    },
}

/// One thing that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which.
    pub what: Part,
    /// The host's side.
    pub host: String,
    /// The provider's side.
    pub provider: String,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Whether it is there at all.
    Document,
    /// The number.
    Number,
    /// The currency.
    Currency,
    /// Who owes or supplies.
    Contact,
    /// The accounting date.
    Date,
    /// When it falls due.
    DueDate,
    /// The sum without tax.
    Net,
    /// The tax.
    Tax,
    /// The sum with tax.
    Total,
    /// A line.
    Line,
    /// A payment.
    Payment,
    /// A payment that was made in the host, and that the provider does not hold.
    PaymentOfHost,
    /// A payment that the host made and took back, and that the provider still holds.
    PaymentTakenBack,
    /// What is still due.
    Due,
}

impl Part {
    /// Whether it concerns what was paid, and not the document.
    pub(super) fn is_of_money(self) -> bool {
        match self {
            Self::Payment | Self::PaymentOfHost | Self::PaymentTakenBack | Self::Due => true,
            Self::Document
            | Self::Number
            | Self::Currency
            | Self::Contact
            | Self::Date
            | Self::DueDate
            | Self::Net
            | Self::Tax
            | Self::Total
            | Self::Line => false,
        }
    }

    /// Whether it concerns a payment that began in the host.
    pub(super) fn is_of_host_payments(self) -> bool {
        matches!(self, Self::PaymentOfHost | Self::PaymentTakenBack)
    }

    /// The part in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Number => "number",
            Self::Currency => "currency",
            Self::Contact => "contact",
            Self::Date => "date",
            Self::DueDate => "due date",
            Self::Net => "net",
            Self::Tax => "tax",
            Self::Total => "total",
            Self::Line => "line",
            Self::Payment => "payment",
            Self::PaymentOfHost => "payment made in the host only",
            Self::PaymentTakenBack => "payment taken back in the host only",
            Self::Due => "amount due",
        }
    }
}

/// Compares a document with what the provider holds; `None` when it holds nothing.
///
/// The figures are the host's own, not those that were sent: a mistake on the way shows.
#[must_use]
pub fn compare(binding: &Binding, host: &HostSide<'_>, held: Option<&Held<'_>>) -> Comparison {
    let told = binding.told.settlement.as_ref();
    let told = told.map(|told| told.amount_paid + told.amount_credited);
    // Of a summary it is the members that are told.
    let shared = binding.roster.as_ref().map(|roster| roster.settled);
    // What a credit note of our undo reverses in full stands there, and is out of the books with it.
    let is_reversed = |held: &&Held<'_>| {
        binding.is_reversed_by(held.status, held.payments, held.settled, held.due)
    };
    let live = held.filter(|held| held.status.is_live() && !is_reversed(held));
    Comparison {
        document: binding.key.document.clone(),
        number: binding.number.clone(),
        party: host.party.to_owned(),
        date: host.date,
        currency: host.currency,
        wanted: binding.wanted != Wanted::Gone,
        host_total: host.totals.map(|totals| totals.gross),
        provider_total: live.map(|held| held.totals.gross),
        host_settled: shared.or(told).unwrap_or_default(),
        provider_settled: live.map(|held| held.settled),
        verdict: verdict(binding, host, live),
    }
}

fn verdict(binding: &Binding, host: &HostSide<'_>, live: Option<&Held<'_>>) -> Verdict {
    let differs = |differences: Vec<Difference>| Verdict::Differs {
        causes: causes(binding, host, live, &differences),
        differences,
        findings: findings(binding),
    };
    let host_total = || {
        host.totals
            .map_or_else(String::new, |totals| totals.gross.to_string())
    };
    if let Some(membership) = &binding.summary {
        if binding.is_carried_as_wanted() && findings(binding).is_empty() {
            let number = &membership.number;
            return nothing(&format!("it is compared inside the summary {number}"));
        }
        let wanted = match binding.wanted {
            Wanted::Gone => "none".to_owned(),
            Wanted::Live | Wanted::Draft | Wanted::Unknown => host_total(),
        };
        let there = format!("{} inside {}", membership.gross, membership.number);
        return differs(vec![difference(Part::Total, &wanted, &there)]);
    }
    match (live, binding.wanted) {
        (None, Wanted::Gone) => nothing("the host let it go, and the provider does not hold it"),
        (None, Wanted::Draft) => nothing("it is a draft in the host"),
        (None, Wanted::Live | Wanted::Unknown) => match &binding.state {
            State::Skipped { .. } if binding.gathers() => nothing("it waits for its summary"),
            State::Skipped { .. } if binding.is_reversed() => {
                let note = binding.note_number().unwrap_or("of an undo");
                nothing(&format!("it is undone: credit note {note} reverses it"))
            }
            State::Skipped { .. } => nothing("it is deliberately not sent"),
            State::Detached => nothing("an operator took it out of the synchronisation"),
            State::Waiting { .. }
            | State::Held { .. }
            | State::Ready { .. }
            | State::InFlight(_)
            | State::Unsure { .. }
            | State::Posted
            | State::Rejected { .. }
            | State::Voided
            | State::Removed { .. } => {
                let none = format!("none ({})", binding.state.name());
                differs(vec![difference(Part::Document, &host_total(), &none)])
            }
        },
        (Some(_), _) if matches!(binding.state, State::Detached) => {
            nothing("an operator took it out of the synchronisation")
        }
        (Some(held), Wanted::Gone) => {
            let there = format!("{} ({})", held.totals.gross, held.status.as_str());
            differs(vec![difference(Part::Document, &"none", &there)])
        }
        (Some(held), Wanted::Live | Wanted::Draft | Wanted::Unknown) => {
            let differences = differences(binding, host, held);
            if differences.is_empty() && findings(binding).is_empty() && is_settled(binding) {
                Verdict::Agrees
            } else {
                differs(differences)
            }
        }
    }
}

fn findings(binding: &Binding) -> Vec<Finding> {
    let posted = binding.posted.iter();
    let edit = posted.filter_map(|posted| posted.edit.as_ref());
    let mut all: Vec<Finding> = edit.chain(binding.findings()).cloned().collect();
    all.dedup();
    all
}

/// Whether nothing is still to be sent of what the host last said.
fn is_settled(binding: &Binding) -> bool {
    match &binding.state {
        State::Posted | State::Detached | State::Skipped { .. } => true,
        State::Waiting { .. }
        | State::Held { .. }
        | State::Ready { .. }
        | State::InFlight(_)
        | State::Unsure { .. }
        | State::Rejected { .. }
        | State::Voided
        | State::Removed { .. } => false,
    }
}

fn nothing(why: &str) -> Verdict {
    Verdict::NothingToCompare {
        why: why.to_owned(),
    }
}

fn differences(binding: &Binding, host: &HostSide<'_>, held: &Held<'_>) -> Vec<Difference> {
    let mut found = Vec::new();
    let amount = |value| show::amount_of(value, held.currency);
    let mut note = |what, host: &dyn ToString, provider: &dyn ToString| {
        found.push(difference(what, host, provider));
    };
    if let Some(posted) = &binding.posted
        && posted.number != held.number
    {
        note(Part::Number, &posted.number, &held.number);
    }
    if host.currency != held.currency {
        note(Part::Currency, &host.currency, &held.currency);
    }
    let made = binding.posted.as_ref().and_then(|it| it.made.as_ref());
    let stands = held.stands.as_deref();
    if let Some((made, stands)) = made.zip(stands)
        && made.contact != stands.contact
    {
        note(Part::Contact, &made.contact, &stands.contact);
    }
    if let Some(date) = held.date
        && host.date != date
    {
        note(Part::Date, &host.date, &date);
    }
    // Terms may have made another due date of the host's.
    let due = made.and_then(|made| made.due_date).or(host.due_date);
    if let (Some(asked), Some(date)) = (due, held.due_date)
        && asked != date
    {
        note(Part::DueDate, &asked, &date);
    }
    if let Some(totals) = host.totals {
        for (what, asked, there) in sums(&totals, &held.totals) {
            if asked != there {
                note(what, &amount(asked), &amount(there));
            }
        }
    }
    let differing = lines(binding, host, held);
    if let Some((made, stands)) = made.zip(stands)
        && differing.is_empty()
        && !made.books_as(stands)
    {
        note(
            Part::Line,
            &"as sent",
            &"another account, tax type or amount",
        );
    }
    found.extend(differing);
    found.extend(of_host(binding, host, held));
    if let Some(roster) = &binding.roster {
        if roster.settled != held.settled {
            found.push(difference(Part::Payment, &roster.settled, &held.settled));
        }
        return found;
    }
    found.extend(payments(binding, host, held));
    if let Some(told) = &binding.told.settlement
        && told.amount_due != held.due
    {
        let (told, due) = (amount(told.amount_due), amount(held.due));
        found.push(difference(Part::Due, &told, &due));
    }
    found
}

fn sums(host: &Totals, provider: &Totals) -> [(Part, Decimal, Decimal); 3] {
    [
        (Part::Net, host.net, provider.net),
        (Part::Tax, host.tax, provider.tax),
        (Part::Total, host.gross, provider.gross),
    ]
}

/// Lines whose amounts differ. A document with lines of our own, such as one that evens out, is compared by its sums
/// alone.
fn lines(binding: &Binding, host: &HostSide<'_>, held: &Held<'_>) -> Vec<Difference> {
    let Some(posted) = &binding.posted else {
        return Vec::new();
    };
    if held.lines.len() != host.lines.len() || posted.lines.len() != host.lines.len() {
        let sent = posted.lines.len() == host.lines.len();
        let differ = sent && !held.lines.is_empty() && !host.lines.is_empty();
        let count = difference(Part::Line, &host.lines.len(), &held.lines.len());
        return differ.then_some(count).into_iter().collect();
    }
    let there = |line: &crate::document::LineId| -> Option<&SnapshotLine> {
        let (_, id) = posted.lines.iter().find(|(known, _)| known == line)?;
        held.lines.iter().find(|line| line.id == *id)
    };
    host.lines
        .iter()
        .filter_map(|line| {
            let asked = format!("{}: {} and {} tax", line.id, line.net, line.tax);
            let Some(there) = there(line.id) else {
                return Some(difference(Part::Line, &asked, &"none"));
            };
            // Amounts are with or without tax, as the document there has them.
            let same = (there.amount == line.net || there.amount == line.net + line.tax)
                && there.tax_amount == line.tax;
            let held = format!("{} and {} tax", there.amount, there.tax_amount);
            (!same).then(|| difference(Part::Line, &asked, &held))
        })
        .collect()
}

pub(super) fn difference(what: Part, host: &dyn ToString, provider: &dyn ToString) -> Difference {
    Difference {
        what,
        host: host.to_string(),
        provider: provider.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sample::{self, NOW};
    use crate::engine::{delivered, owed, provider_changed};
    use crate::provider::Snapshot;

    fn compare_with(binding: &Binding, snapshot: Option<&Snapshot>) -> Verdict {
        let snapshot_of_all = sample::snapshot();
        let host = HostSide {
            party: "Banksia",
            date: snapshot_of_all.date,
            due_date: None,
            currency: snapshot_of_all.currency,
            totals: Some(snapshot_of_all.totals),
            lines: Vec::new(),
            payments: None,
        };
        compare(binding, &host, snapshot.map(Held::seen).as_ref()).verdict
    }

    fn causes(verdict: &Verdict) -> &[Cause] {
        match verdict {
            Verdict::Differs { causes, .. } => causes,
            Verdict::Agrees | Verdict::NothingToCompare { .. } => &[],
        }
    }

    fn told(binding: &Binding) -> Binding {
        let owed = owed(binding, sample::POLICY);
        let results: Vec<_> = owed.into_iter().map(|item| (item, Ok(()))).collect();
        delivered(binding, &results, sample::POLICY, NOW)
            .unwrap()
            .binding
    }

    fn differing(verdict: Verdict) -> Vec<String> {
        match verdict {
            Verdict::Differs { differences, .. } => differences
                .into_iter()
                .map(|one| format!("{}: {} / {}", one.what.as_str(), one.host, one.provider))
                .collect(),
            Verdict::Agrees | Verdict::NothingToCompare { .. } => Vec::new(),
        }
    }

    #[test]
    fn a_paid_document_agrees_once_the_host_knows_of_the_payment() {
        let paid = sample::paid_snapshot("p1", 4000);
        let seen = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        assert_eq!(
            differing(compare_with(&seen, Some(&paid))),
            ["payment: none / 40.00 on 1970-01-01"]
        );
        assert_eq!(compare_with(&told(&seen), Some(&paid)), Verdict::Agrees);
    }

    #[test]
    fn a_payment_that_vanished_differs_until_the_host_knows() {
        let paid = sample::paid_snapshot("p1", 4000);
        let seen = provider_changed(&sample::posted(), &paid, sample::POLICY, NOW)
            .unwrap()
            .binding;
        let differences = differing(compare_with(&told(&seen), Some(&sample::snapshot())));
        assert_eq!(
            differences,
            [
                "payment: 40.00 on 1970-01-01 / none",
                "amount due: 70.00 / 110.00"
            ]
        );
    }

    #[test]
    fn one_cent_is_a_difference() {
        let mut snapshot = sample::snapshot();
        snapshot.totals.gross += Decimal::new(1, 2);
        let verdict = compare_with(&told(&sample::posted()), Some(&snapshot));
        assert_eq!(causes(&verdict), [Cause::EditedAtProvider]);
        assert_eq!(differing(verdict), ["total: 110.00 / 110.01"]);
    }

    #[test]
    fn a_document_that_was_never_sent_differs_with_its_state() {
        let verdict = compare_with(&sample::waiting(), None);
        assert_eq!(causes(&verdict), [Cause::NotSentYet]);
        assert_eq!(differing(verdict), ["document: 110.00 / none (waiting)"]);
    }

    #[test]
    fn what_both_sides_let_go_is_nothing_to_compare_and_what_one_side_keeps_differs() {
        let mut gone = told(&sample::posted());
        gone.wanted = Wanted::Gone;
        let voided = sample::voided_snapshot();
        assert!(matches!(
            compare_with(&gone, Some(&voided)),
            Verdict::NothingToCompare { .. }
        ));
        let differences = differing(compare_with(&gone, Some(&sample::snapshot())));
        assert_eq!(differences, ["document: none / 110.00 (authorised)"]);
    }
}
