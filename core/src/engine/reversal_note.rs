//! Which credit note reverses an invoice as it stands at the provider, and why none does.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::reversal::undo_mark;
use super::{Binding, CompanionState, PlanInput, Posted};
use crate::check::show;
use crate::document::{AmountsAre, DocumentKind, LineId};
use crate::provider::{
    Capability, Chart, Posting, PostingLine, Snapshot, SnapshotLine, SnapshotStatus,
};
use crate::settings::CreateStatus;

/// Why no note of ours reverses an approved document, if so; in words, as a fragment. Whether its lines can be repeated
/// is not looked at.
pub(super) fn not_reversible(
    binding: &Binding,
    posted: &Posted,
    chart: &Chart,
    capability: &Capability,
) -> Option<String> {
    let settlement = &posted.settlement;
    let base = chart.organisation.base_currency;
    let is_plain = binding.key.document.kind == DocumentKind::Invoice
        && binding.roster.is_none()
        && binding.summary.is_none();
    let is_settled = !posted.payments.is_empty()
        || !settlement.amount_paid.is_zero()
        || !settlement.amount_credited.is_zero()
        || settlement.amount_due <= Decimal::ZERO;
    match () {
        () if !capability.allocates => Some("this provider takes none".to_owned()),
        () if !is_plain => Some("only for sales invoices that travel alone".to_owned()),
        () if posted.status != SnapshotStatus::Authorised || is_settled => {
            Some("only for approved invoices that nothing settles".to_owned())
        }
        () if settlement.currency != base => Some(format!(
            "it is in {}, and on another day {base} buys another amount of it",
            settlement.currency
        )),
        () if pays_by_ours(binding) => Some("a payment of ours is on it or under way".to_owned()),
        () => None,
    }
}

/// Whether a payment that the host made stands, or may come to stand.
fn pays_by_ours(binding: &Binding) -> bool {
    let mut items = binding.companions.items.values();
    items.any(|item| {
        let may_stand = match &item.state {
            CompanionState::Sent(_)
            | CompanionState::Unsure(_)
            | CompanionState::Wanted { before: Some(_) }
            | CompanionState::Done { .. }
            | CompanionState::Missed { .. }
            | CompanionState::TakingBack { .. }
            | CompanionState::Kept { .. } => true,
            CompanionState::Wanted { before: None }
            | CompanionState::Missing { .. }
            | CompanionState::Refused { .. }
            | CompanionState::TakenBack { .. }
            | CompanionState::Removed { .. } => false,
        };
        may_stand && item.what.payment().is_some()
    })
}

/// The credit note that reverses an invoice as the provider showed it just now: dated today, or on the first open day
/// after the lock date, and never before the invoice.
///
/// # Errors
///
/// Why there is none, in words, as a fragment.
pub(super) fn reversing_note(
    input: &PlanInput<'_>,
    posted: &Posted,
    held: &Snapshot,
    today: NaiveDate,
) -> Result<Posting, String> {
    let (binding, chart, capability) = (input.binding, input.chart, input.capability);
    if let Some(why) = not_reversible(binding, posted, chart, capability) {
        return Err(why);
    }
    let open = match chart.organisation.locked_through() {
        Some(locked) => locked.succ_opt().ok_or("everything is locked")?,
        None => today,
    };
    let round = binding.reversal.as_ref().map_or(0, |last| last.round + 1);
    let number = number_of(binding, &held.number, round, capability.number_chars_max);
    let date = open.max(today).max(held.date);
    note(held, number, date, capability.reference_chars_max)
}

/// The note that reverses an invoice line by line, under this number and on this day.
///
/// # Errors
///
/// Why there is none, in words, as a fragment.
pub(super) fn note(
    held: &Snapshot,
    number: String,
    date: NaiveDate,
    reference_chars_max: usize,
) -> Result<Posting, String> {
    let places = held.currency.minor_digits();
    // A line of words alone has neither an account nor an amount.
    let counts = |line: &&SnapshotLine| !line.amount.is_zero() || !line.tax_amount.is_zero();
    let booked: Vec<&SnapshotLine> = held.lines.iter().filter(counts).collect();
    if booked.is_empty() {
        return Err("the provider shows none of its lines".to_owned());
    }
    let amounts_are = amounts_are(held, &booked)?;
    let mut lines = Vec::new();
    for (place, line) in booked.into_iter().enumerate() {
        lines.push(reversing(line, (place + 1, places), &amounts_are)?);
    }
    let reference = format!("Reverses {}", held.number);
    Ok(Posting {
        kind: DocumentKind::CreditNote,
        number,
        contact: held.contact.clone(),
        reference: Some(reference.chars().take(reference_chars_max).collect()),
        date,
        due_date: None,
        delivery_date: None,
        status: CreateStatus::Authorised,
        currency: held.currency,
        amounts_are,
        lines,
        totals: held.totals,
        url: None,
        branding_theme: None,
        explanation: Vec::new(),
    })
}

/// Whether an invoice that was just read is still the one that a note was shown for.
///
/// # Errors
///
/// What is not so any more, in words, as a fragment.
pub fn is_note_still(
    invoice: &Snapshot,
    shown: &Posting,
    reference_chars_max: usize,
) -> Result<(), String> {
    let is_open = invoice.status == SnapshotStatus::Authorised
        && invoice.payments.is_empty()
        && invoice.amount_due == shown.totals.gross;
    if !is_open {
        return Err("it is not approved and wholly due any more".to_owned());
    }
    let now = note(
        invoice,
        shown.number.clone(),
        shown.date,
        reference_chars_max,
    )?;
    match now == *shown {
        true => Ok(()),
        false => Err("its lines, its party or its number changed".to_owned()),
    }
}

/// The number of a note: the invoice's, as far as it is plain and there is room, with a mark of ours alone.
fn number_of(binding: &Binding, invoice: &str, round: u32, chars_max: usize) -> String {
    let mut mark = format!("-{}", undo_mark(&binding.key));
    if round > 0 {
        mark = format!("{mark}-{}", round + 1);
    }
    let plain = |char: char| match char {
        char if char.is_ascii_alphanumeric() || char == '-' || char == '_' => char,
        _ => '_',
    };
    let room = chars_max.saturating_sub(mark.len());
    let invoice: String = invoice.chars().map(plain).take(room).collect();
    format!("{invoice}{mark}")
}

/// Whether the amounts of the lines hold their tax: what they come to says so. A tax that nobody can tell from the
/// lines is not reversed by guesses.
fn amounts_are(held: &Snapshot, lines: &[&SnapshotLine]) -> Result<AmountsAre, String> {
    let totals = &held.totals;
    let amounts: Decimal = lines.iter().map(|line| line.amount).sum();
    let taxes: Decimal = lines.iter().map(|line| line.tax_amount).sum();
    if taxes != totals.tax || totals.net + totals.tax != totals.gross {
        return Err("its lines do not come to its tax".to_owned());
    }
    let taxed = lines.iter().filter(|line| line.tax_type.is_some()).count();
    match taxed {
        0 if taxes.is_zero() && amounts == totals.net => Ok(AmountsAre::NoTax),
        all if all == lines.len() && amounts == totals.net => Ok(AmountsAre::TaxExclusive),
        all if all == lines.len() && amounts == totals.gross => Ok(AmountsAre::TaxInclusive),
        _ => Err("its lines do not come to its total, or some tell no tax type".to_owned()),
    }
}

fn reversing(
    line: &SnapshotLine,
    (number, places): (usize, u32),
    amounts_are: &AmountsAre,
) -> Result<PostingLine, String> {
    let account_code = line
        .account_code
        .clone()
        .ok_or_else(|| format!("its line {number} tells no account"))?;
    let tracking = line
        .tracking
        .clone()
        .ok_or_else(|| format!("its line {number} does not tell its tracking"))?;
    let (quantity, unit_amount) = match line.quantity.zip(line.unit_amount) {
        Some((quantity, price)) if makes(quantity * price, line.amount, places) => {
            (quantity, price)
        }
        // What was taken off is in the amount; credit notes take no discounts. An item would come back in another quantity.
        Some(_) | None if line.item_code.is_none() => (Decimal::ONE, line.amount),
        Some(_) | None => {
            return Err(format!(
                "its line {number} is of an item, and its price does not make {}",
                show::amount(line.amount, places)
            ));
        }
    };
    let is_taxed = !matches!(amounts_are, AmountsAre::NoTax);
    Ok(PostingLine {
        line: LineId::new(number.to_string()).map_err(|error| error.to_string())?,
        description: match line.description.trim().is_empty() {
            true => "-".to_owned(),
            false => line.description.clone(),
        },
        quantity,
        unit_amount,
        discount_amount: None,
        account_code,
        tax_type: line.tax_type.clone(),
        tax_amount: is_taxed.then_some(line.tax_amount),
        item_code: line.item_code.clone(),
        tracking,
    })
}

/// Whether a product rounds to an amount, whichever way the provider rounds a half.
fn makes(product: Decimal, amount: Decimal, places: u32) -> bool {
    let half = Decimal::new(5, places + 1);
    (product - amount).abs() <= half
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn noted(change: impl FnOnce(&mut Snapshot)) -> Result<Posting, String> {
        let mut held = sample::snapshot();
        change(&mut held);
        note(&held, "N".to_owned(), held.date, 255)
    }

    #[test]
    fn a_note_repeats_each_line_with_its_account_tax_and_tracking() {
        let note = noted(|_| {}).unwrap();
        assert_eq!(note.totals, sample::snapshot().totals);
        assert_eq!(note.amounts_are, AmountsAre::TaxExclusive);
        let line = &note.lines[0];
        assert_eq!(
            (line.quantity, line.unit_amount),
            (Decimal::ONE, Decimal::ONE_HUNDRED)
        );
        assert_eq!(line.tax_amount, Some(Decimal::TEN));
        assert_eq!(
            (line.account_code.as_str(), line.tax_type.as_deref()),
            ("200", Some("OUTPUT"))
        );
    }

    #[test]
    fn what_was_taken_off_a_line_is_in_its_amount() {
        let note = noted(|held| held.lines[0].unit_amount = Some(Decimal::from(125))).unwrap();
        let line = &note.lines[0];
        assert_eq!(
            (line.quantity, line.unit_amount),
            (Decimal::ONE, Decimal::ONE_HUNDRED)
        );
        let item = noted(|held| {
            held.lines[0].unit_amount = Some(Decimal::from(125));
            held.lines[0].item_code = Some("WIDGET".to_owned());
        });
        assert!(item.unwrap_err().contains("line 1 is of an item"));
    }

    #[test]
    fn amounts_that_hold_their_tax_are_told_by_what_they_come_to() {
        let note = noted(|held| {
            held.lines[0].amount = Decimal::from(110);
            held.lines[0].unit_amount = Some(Decimal::from(110));
        });
        assert_eq!(note.unwrap().amounts_are, AmountsAre::TaxInclusive);
        let none = noted(|held| {
            held.lines[0].tax_type = None;
            held.lines[0].tax_amount = Decimal::ZERO;
            held.totals.tax = Decimal::ZERO;
            held.totals.gross = held.totals.net;
        });
        let none = none.unwrap();
        assert_eq!(
            (none.amounts_are, none.lines[0].tax_amount),
            (AmountsAre::NoTax, None)
        );
    }

    #[test]
    fn what_cannot_be_repeated_to_the_cent_is_not_written() {
        for change in [
            (|held| held.lines.clear()) as fn(&mut Snapshot),
            |held| held.lines[0].account_code = None,
            |held| held.lines[0].tracking = None,
            |held| held.lines[0].tax_type = None,
            |held| held.lines[0].tax_amount = Decimal::ONE,
            |held| held.lines[0].amount = Decimal::ONE,
        ] {
            assert!(noted(change).is_err());
        }
    }

    #[test]
    fn a_number_is_plain_fits_and_is_another_one_each_time() {
        let binding = sample::posted();
        let mark = undo_mark(&binding.key);
        assert_eq!(
            number_of(&binding, "INV 1\"", 0, 255),
            format!("INV_1_-{mark}")
        );
        assert_eq!(
            number_of(&binding, "INV-1", 1, 255),
            format!("INV-1-{mark}-2")
        );
        assert_eq!(number_of(&binding, "INV-1000", 0, 20).len(), 20);
    }
}
