//! What goes into the custom fields of a record that hold figures of the books, and what of it differs from what stands.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Boxes, Net, Overview};
use crate::check::nearest;
use crate::document::{Currency, ProviderContactId};
use crate::host::{FieldDefinition, MirrorFields, MirrorItem, MirrorValue, Mirroring};

/// What is known of a record, as a person sees it beside it.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What its invoices come to.
    pub boxes: &'a [Boxes],
    /// What everything of its contact comes to, if it has one.
    pub overview: Option<&'a Overview>,
    /// What linked documents come to.
    pub net: &'a [Net],
    /// Its contact.
    pub contact: Option<&'a ProviderContactId>,
    /// The currency of the books.
    pub books: Currency,
    /// Whether documents were left out of `boxes`.
    pub more: bool,
}

/// A field as it should stand: a value, or empty with or without a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub item: MirrorItem,
    /// The field.
    pub field: String,
    /// The value; `None` is an empty field.
    pub value: Option<MirrorValue>,
    /// Why it is empty, where a value would be expected.
    pub why_empty: Option<String>,
}

/// What the fields of a record should hold; `updated_at` is not among them. For nobody known all of them are empty.
#[must_use]
pub fn figures(
    fields: &MirrorFields,
    currency: Option<Currency>,
    known: Option<&Known<'_>>,
) -> Vec<Figure> {
    let named = fields.named().into_iter();
    named
        .filter(|(item, _)| *item != MirrorItem::UpdatedAt)
        .map(|(item, field)| {
            let value = known.map_or(Ok(None), |known| value(item, currency, known));
            let (value, why_empty) = match value {
                Ok(value) => (value, None),
                Err(why) => (None, Some(why)),
            };
            Figure {
                item,
                field: field.to_owned(),
                value,
                why_empty,
            }
        })
        .collect()
}

fn value(
    item: MirrorItem,
    wanted: Option<Currency>,
    known: &Known<'_>,
) -> Result<Option<MirrorValue>, String> {
    let boxed = |of: fn(&Boxes) -> Decimal| -> Result<Option<MirrorValue>, String> {
        all_read(known)?;
        let currency = one(
            wanted,
            known.books,
            known.boxes.iter().map(|it| it.currency),
        )?;
        let sums = known.boxes.iter().find(|it| it.currency == currency);
        Ok(amount(sums.map_or(Decimal::ZERO, of), currency))
    };
    let linked = |of: fn(&Net) -> Decimal| -> Result<Option<MirrorValue>, String> {
        let currency = one(wanted, known.books, known.net.iter().map(|it| it.currency))?;
        let sums = known.net.iter().find(|it| it.currency == currency);
        Ok(amount(sums.map_or(Decimal::ZERO, of), currency))
    };
    match item {
        MirrorItem::ContactId => Ok(known
            .contact
            .map(|id| MirrorValue::Text(id.as_str().to_owned()))),
        MirrorItem::Paid => boxed(|sums| sums.paid),
        MirrorItem::Unpaid => boxed(|sums| sums.unpaid),
        MirrorItem::Overdue => boxed(|sums| sums.overdue),
        MirrorItem::LastInvoiceDate => {
            let newest: Option<NaiveDate> = known.boxes.iter().map(|it| it.newest).max();
            Ok(newest.map(MirrorValue::Day))
        }
        MirrorItem::LifetimeValue => of_contact(wanted, known, |it| it.lifetime_value),
        MirrorItem::TwelveMonthValue => of_contact(wanted, known, |it| it.twelve_month_value),
        MirrorItem::LinkedInvoices => linked(|sums| sums.invoices),
        MirrorItem::LinkedBills => linked(|sums| sums.bills),
        MirrorItem::LinkedNet => linked(|sums| sums.net),
        MirrorItem::UpdatedAt => Ok(None),
    }
}

/// A value of the overview, which is known in the currency of the books alone.
fn of_contact(
    wanted: Option<Currency>,
    known: &Known<'_>,
    of: fn(&Overview) -> Decimal,
) -> Result<Option<MirrorValue>, String> {
    let Some(overview) = known.overview else {
        return Ok(None);
    };
    let others = overview.others.iter();
    let others = others.filter(|it| it.invoices.documents > 0 || it.bills.documents > 0);
    let currency = one(wanted, overview.currency, others.map(|it| it.currency))?;
    if currency != overview.currency {
        return Err(format!(
            "it is known in {}, the currency of the books, alone",
            overview.currency
        ));
    }
    Ok(amount(of(overview), currency))
}

fn all_read(known: &Known<'_>) -> Result<(), String> {
    match known.more {
        true => Err("it has more documents than are read, so the sum would be too low".to_owned()),
        false => Ok(()),
    }
}

/// The currency of a field: the one that was configured, else that of the books where no other is met.
fn one(
    wanted: Option<Currency>,
    books: Currency,
    mut met: impl Iterator<Item = Currency>,
) -> Result<Currency, String> {
    if let Some(wanted) = wanted {
        return Ok(wanted);
    }
    match met.find(|currency| *currency != books) {
        None => Ok(books),
        Some(other) => Err(format!(
            "it has documents in {other} too, and a field holds one number: name the `currency`"
        )),
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every value of a field may be absent"
)]
fn amount(sum: Decimal, currency: Currency) -> Option<MirrorValue> {
    Some(MirrorValue::Amount(currency.figure(sum)))
}

/// Whether a field holds a value already, however the product spells it.
#[must_use]
pub fn holds(stands: Option<&str>, wanted: Option<&MirrorValue>) -> bool {
    // Products spell that there is no date as a date of zeros.
    let stands = stands.filter(|text| !text.is_empty() && !text.starts_with("0000-00-00"));
    let (Some(stands), Some(wanted)) = (stands, wanted) else {
        return stands.is_none() && wanted.is_none();
    };
    match wanted {
        MirrorValue::Amount(amount) => {
            let read =
                Decimal::from_str_exact(stands).or_else(|_| Decimal::from_scientific(stands));
            read.is_ok_and(|held| held == *amount)
        }
        MirrorValue::Day(day) => {
            let held = stands.get(..10).and_then(|text| text.parse().ok());
            held == Some(*day)
        }
        MirrorValue::Moment(at) => stands.parse() == Ok(*at),
        MirrorValue::Text(text) => stands == text,
    }
}

/// A field of the configuration that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The key below the host, such as `mirror.company.paid`.
    pub key: String,
    /// What is wrong, naming the field.
    pub message: String,
    /// What to do, as a sentence.
    pub remedy: String,
}

/// What cannot be written of the fields that are named for a kind of records, by what the product says of its own.
#[must_use]
pub fn field_problems(
    mirroring: &Mirroring,
    kind: crate::host::RecordKind,
    there: &[FieldDefinition],
) -> Vec<FieldProblem> {
    let named = mirroring.of(kind).map(MirrorFields::named);
    let named = named.into_iter().flatten();
    named
        .filter_map(|(item, name)| {
            let (message, remedy) = problem(item, name, there)?;
            Some(FieldProblem {
                key: format!("mirror.{kind}.{}", item.as_str()),
                message,
                remedy,
            })
        })
        .collect()
}

fn problem(item: MirrorItem, name: &str, there: &[FieldDefinition]) -> Option<(String, String)> {
    let Some(field) = there.iter().find(|field| field.name == name) else {
        let labelled = there
            .iter()
            .find(|field| field.label.as_deref() == Some(name));
        let near = match labelled {
            Some(field) => vec![format!("`{}`", field.name)],
            None => nearest(name, there.iter().map(|field| field.name.as_str())),
        };
        let remedy = match near.is_empty() {
            false => format!("Did you mean {}?", near.join(" or ")),
            true => "Make it in the product, or name one that is there.".to_owned(),
        };
        return Some((format!("there is no custom field `{name}`"), remedy));
    };
    if !field.is_writable {
        let message = format!("the product does not let `{name}` be written");
        return Some((message, "Name a field that people can edit.".to_owned()));
    }
    if item.fits(&field.holds) {
        return None;
    }
    let (what, better) = match item {
        MirrorItem::ContactId => ("an identifier of letters", "a text field"),
        MirrorItem::LastInvoiceDate | MirrorItem::UpdatedAt => ("a date", "a date or a text field"),
        MirrorItem::Paid
        | MirrorItem::Unpaid
        | MirrorItem::Overdue
        | MirrorItem::LifetimeValue
        | MirrorItem::TwelveMonthValue
        | MirrorItem::LinkedInvoices
        | MirrorItem::LinkedBills
        | MirrorItem::LinkedNet => ("an amount", "a number or a text field"),
    };
    let holds = field.holds.words();
    Some((
        format!("`{name}` holds {holds}, and `{}` is {what}", item.as_str()),
        format!("Name {better}."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn sums(currency: &str, unpaid: &str) -> Boxes {
        Boxes {
            currency: Currency::from_code(currency).unwrap(),
            paid: Decimal::ZERO,
            unpaid: dec(unpaid),
            overdue: Decimal::ZERO,
            newest: "2026-11-01".parse().unwrap(),
        }
    }

    fn unpaid(wanted: Option<&str>, boxes: &[Boxes], more: bool) -> Figure {
        let fields = MirrorFields {
            unpaid: Some("cf_unpaid".to_owned()),
            ..MirrorFields::default()
        };
        let known = Known {
            boxes,
            overview: None,
            net: &[],
            contact: None,
            books: Currency::from_code("AUD").unwrap(),
            more,
        };
        let wanted = wanted.map(|code| Currency::from_code(code).unwrap());
        figures(&fields, wanted, Some(&known)).remove(0)
    }

    #[test]
    fn a_field_holds_one_currency_and_no_sum_that_leaves_something_out() {
        let value = |text: &str| Some(MirrorValue::Amount(dec(text)));
        let (own, other) = (sums("AUD", "3.50"), sums("GBP", "9"));
        assert_eq!(unpaid(None, &[own], false).value, value("3.50"));
        assert_eq!(unpaid(None, &[], false).value, value("0"));
        assert_eq!(
            unpaid(Some("GBP"), &[own, other], false).value,
            value("9.00")
        );
        assert_eq!(unpaid(Some("NZD"), &[own, other], false).value, value("0"));
        for (boxes, more) in [
            (vec![own, other], false),
            (vec![other], false),
            (vec![own], true),
        ] {
            let figure = unpaid(None, &boxes, more);
            assert_eq!(figure.value, None);
            assert!(figure.why_empty.is_some(), "{figure:?}");
        }
    }

    #[test]
    fn the_same_value_is_known_however_the_product_spells_it() {
        let amount = MirrorValue::Amount(dec("330.00"));
        assert!(holds(Some("330"), Some(&amount)) && holds(Some("3.3e2"), Some(&amount)));
        assert!(!holds(Some("330.01"), Some(&amount)) && !holds(None, Some(&amount)));
        let day = MirrorValue::Day("2026-11-01".parse().unwrap());
        assert!(holds(Some("2026-11-01 00:00:00"), Some(&day)));
        assert!(holds(Some("0000-00-00 00:00:00"), None) && holds(Some(""), None));
        assert!(!holds(Some("0"), None), "a zero is no empty field");
    }
}
