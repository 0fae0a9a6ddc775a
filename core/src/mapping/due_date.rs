//! When a document falls due: on its own word, by its own terms, by the connection's, or at once.

use chrono::NaiveDate;

use super::fields::Value;
use super::paper::Paper;
use super::rules::Rules;
use super::status::status;
use super::trace::MadeBy;
use crate::check::due_date_usable::due_date_usable;
use crate::check::{Finding, Rule};
use crate::document::{DocumentKind, PaymentTerm, TermBasis};
use crate::settings::{CreateStatus, Settings, Target};

/// The due date of an invoice or a bill; other documents have none. A draft may have none; what leaves the draft state must have one, and without any
/// term that is the day of the document.
pub(super) fn due_date(
    paper: &Paper<'_>,
    settings: &Settings,
    rules: &Rules<'_>,
) -> Result<Option<(NaiveDate, MadeBy)>, Box<Finding>> {
    let (field, term) = match paper.kind {
        DocumentKind::Invoice => ("terms", settings.terms),
        DocumentKind::Bill => ("bill_terms", settings.bill_terms),
        DocumentKind::CreditNote | DocumentKind::PurchaseOrder => return Ok(None),
    };
    let ruled = match rules
        .apply(&Target::DueDate, None)?
        .map(|ruled| (ruled.value, ruled.setting))
    {
        Some((Value::Date(date), rule)) => Some((date, MadeBy::rule(rule))),
        Some((Value::Absent | Value::Text(_) | Value::Decimal(_), _)) | None => None,
    };
    let own = paper.due_date.map(|due| (due, MadeBy::host("due_date")));
    let own_term = paper.terms_days.map(|days| PaymentTerm {
        days,
        basis: TermBasis::InvoiceDate,
    });
    let due = match (ruled.or(own), own_term, term) {
        (Some(due), _, _) => Some(due),
        (None, Some(term), _) => {
            let due = by(term, paper.issue_date, "payment_terms_days")?;
            Some((due, MadeBy::host("payment_terms_days")))
        }
        (None, None, Some(term)) => {
            let due = by(term, paper.issue_date, field)?;
            Some((due, MadeBy::setting(field)))
        }
        (None, None, None) => match status(paper, settings) {
            CreateStatus::Draft => None,
            CreateStatus::Submitted | CreateStatus::Authorised => {
                let why = MadeBy::otherwise("without any term it falls due at once");
                Some((paper.issue_date, why))
            }
        },
    };
    let misfit = due
        .as_ref()
        .and_then(|(due, _)| due_date_usable(paper.issue_date, *due));
    match misfit {
        Some(finding) => Err(Box::new(finding)),
        None => Ok(due),
    }
}

fn by(term: PaymentTerm, issued: NaiveDate, field: &str) -> Result<NaiveDate, Box<Finding>> {
    term.due(issued).ok_or_else(|| {
        let days = if term.days == 1 { "day" } else { "days" };
        let finding = Finding::new(
            Rule::DueDateUnusable,
            format!("{} {days} from {issued} is beyond the calendar", term.days),
            "Correct the invoice date or the payment terms.",
        );
        Box::new(finding.at(field, term.days.to_string()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Invoice;
    use crate::mapping::testing::{day, invoice_of, totals_of};

    fn invoice() -> Invoice {
        invoice_of(Vec::new(), totals_of("0", "0", "0"))
    }

    fn made(invoice: &Invoice, settings: &Settings) -> Result<Option<NaiveDate>, Box<Finding>> {
        let paper = Paper::invoice(invoice);
        let due = due_date(&paper, settings, &Rules::new(&paper, settings))?;
        Ok(due.map(|(due, _)| due))
    }

    fn due(invoice: &Invoice, settings: &Settings) -> Option<String> {
        made(invoice, settings).unwrap().map(|due| due.to_string())
    }

    #[test]
    fn the_documents_word_comes_before_its_terms_and_those_before_the_settings() {
        let terms = Some(PaymentTerm {
            days: 30,
            basis: TermBasis::InvoiceDate,
        });
        let settings = Settings {
            terms,
            ..Settings::default()
        };
        let mut invoice = invoice();
        assert_eq!(due(&invoice, &settings).unwrap(), "2026-11-29");
        invoice.payment_terms_days = Some(0);
        assert_eq!(due(&invoice, &settings).unwrap(), "2026-10-30");
        invoice.due_date = Some(day("2026-12-24"));
        assert_eq!(due(&invoice, &settings).unwrap(), "2026-12-24");
    }

    #[test]
    fn without_terms_a_draft_has_no_due_date_and_others_fall_due_at_once() {
        let status = |invoice_status| Settings {
            invoice_status,
            ..Settings::default()
        };
        assert_eq!(due(&invoice(), &status(CreateStatus::Draft)), None);
        assert_eq!(
            due(&invoice(), &status(CreateStatus::Submitted)).unwrap(),
            "2026-10-30"
        );
        assert_eq!(
            due(&invoice(), &status(CreateStatus::Authorised)).unwrap(),
            "2026-10-30"
        );
    }

    #[test]
    fn impossible_days_are_findings() {
        let mut invoice = invoice();
        invoice.due_date = Some(day("2026-10-29"));
        assert!(
            made(&invoice, &Settings::default())
                .unwrap_err()
                .message
                .contains("before its own date")
        );
        invoice.due_date = None;
        invoice.issue_date = NaiveDate::MAX;
        invoice.payment_terms_days = Some(1);
        assert_eq!(
            made(&invoice, &Settings::default()).unwrap_err().field,
            "payment_terms_days"
        );
    }
}
