//! The document that a summary is: the lines of its members, told apart, and their sums.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::document::{
    Attachment, DocumentId, GroupSource, Invoice, InvoiceKind, InvoiceStatus, Line, References,
    Totals,
};
use crate::mapping::{line_in_summary, text_in_summary};

/// What a summary is made of.
#[derive(Clone, Debug)]
pub struct Summed {
    /// Its identifier.
    pub id: DocumentId,
    /// Its revision.
    pub revision: u64,
    /// The last day of its period.
    pub date: NaiveDate,
    /// Its members; at least one.
    pub members: Vec<Invoice>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl Summed {
    /// The number of a summary: its identifier in capitals.
    #[must_use]
    pub fn number(id: &DocumentId) -> String {
        id.as_str().to_uppercase()
    }
}

/// The document of a summary; `None` without members, and where the sums fit no figure.
///
/// Its members stand in it whole, by date and number, so that each line can be worked out as its own invoice would have it.
/// The result depends on the arguments alone.
#[must_use]
pub fn summed(mut of: Summed) -> Option<Invoice> {
    of.members.sort_by(|one, other| {
        (one.issue_date, &one.number, &one.id).cmp(&(other.issue_date, &other.number, &other.id))
    });
    let members = &of.members;
    let first = members.first()?;
    Some(Invoice {
        number: Summed::number(&of.id),
        revision: of.revision,
        kind: InvoiceKind::Sales,
        status: match members
            .iter()
            .any(|it| it.status == InvoiceStatus::Proposed)
        {
            true => InvoiceStatus::Proposed,
            false => InvoiceStatus::Final,
        },
        business_division: common(members, |it| it.business_division.as_ref()),
        issue_date: of.date,
        due_date: due_date(members, of.date),
        payment_terms_days: common(members, |it| it.payment_terms_days.as_ref()),
        currency: first.currency,
        amounts_are: first.amounts_are.clone(),
        bill_to: first.bill_to.clone(),
        references: References {
            purchase_order_number: common(members, |it| {
                it.references.purchase_order_number.as_ref()
            }),
            participant_number: common(members, |it| it.references.participant_number.as_ref()),
            plan_id: common(members, |it| it.references.plan_id.as_ref()),
            ..References::default()
        },
        grouped: true,
        batch_id: None,
        tracking: Vec::new(),
        lines: members.iter().flat_map(lines).collect(),
        totals: Totals {
            net: sum(members, |it| it.net)?,
            tax: sum(members, |it| it.tax)?,
            gross: sum(members, |it| it.gross)?,
        },
        notes: None,
        url: None,
        attachments: members.iter().flat_map(attachments).collect(),
        payments: None,
        updated_at: of.at,
        group_sources: of.members.iter().map(source).collect(),
        id: of.id,
    })
}

/// What every member says alike, if they all do.
fn common<T: Clone + PartialEq>(
    members: &[Invoice],
    of: impl Fn(&Invoice) -> Option<&T>,
) -> Option<T> {
    let first = of(members.first()?)?;
    let all = members.iter().all(|it| of(it) == Some(first));
    all.then(|| first.clone())
}

/// The last day on which a member falls due, where each has one of its own; never before the summary itself.
fn due_date(members: &[Invoice], date: NaiveDate) -> Option<NaiveDate> {
    let own: Option<Vec<NaiveDate>> = members.iter().map(|it| it.due_date).collect();
    own?.into_iter().max().map(|last| last.max(date))
}

fn sum(members: &[Invoice], of: impl Fn(&Totals) -> Decimal) -> Option<Decimal> {
    let mut amounts = members.iter().map(|it| of(&it.totals));
    amounts.try_fold(Decimal::ZERO, Decimal::checked_add)
}

fn lines(member: &Invoice) -> impl Iterator<Item = Line> {
    member.lines.iter().map(|line| Line {
        id: line_in_summary(&member.id, &line.id),
        description: text_in_summary(&member.number, &line.description),
        ..line.clone()
    })
}

/// The files of a member, under names that tell whose they are.
fn attachments(member: &Invoice) -> impl Iterator<Item = Attachment> {
    member.attachments.iter().map(|file| Attachment {
        name: format!("{} {}", member.number, file.name),
        ..file.clone()
    })
}

fn source(member: &Invoice) -> GroupSource {
    let references = &member.references;
    GroupSource {
        case_number: references.case_numbers.join(", "),
        client_name: references.client_name.clone(),
        claim_number: references.claim_number.clone(),
        net: Some(member.totals.net),
        tax: Some(member.totals.tax),
        document: Some(Box::new(member.clone())),
    }
}
