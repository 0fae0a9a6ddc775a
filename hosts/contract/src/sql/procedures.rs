//! The procedures of the SQL form: their names and parameters, and what a write-back puts into them.

use tieout_core::document::{Payment, Settlement};
use tieout_core::host::{DocumentRef, PostingNotice, WriteBack};

use crate::http::Takes;
use crate::map::amount;

/// A procedure of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Procedure {
    /// A payment exists, in this form.
    PaymentUpsert,
    /// A payment exists no more.
    PaymentDelete,
    /// How far a document is settled, as a whole.
    SettlementSet,
    /// What became of a document.
    PostingSet,
}

/// A call of a procedure: each argument a text, cast to the type of its parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) procedure: Procedure,
    pub(crate) arguments: Vec<Option<String>>,
}

impl Procedure {
    /// Those that a host needs to take some write-backs.
    pub(crate) fn needed(takes: &[Takes]) -> Vec<Self> {
        let of = |what: &Takes| match what {
            Takes::Payments => vec![Self::PaymentUpsert, Self::PaymentDelete],
            Takes::Settlements => vec![Self::SettlementSet],
            Takes::Postings => vec![Self::PostingSet],
        };
        takes.iter().flat_map(of).collect()
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PaymentUpsert => "ledger_p_payment_upsert",
            Self::PaymentDelete => "ledger_p_payment_delete",
            Self::SettlementSet => "ledger_p_settlement_set",
            Self::PostingSet => "ledger_p_posting_set",
        }
    }

    /// The types of its parameters, in order.
    pub(super) fn types(self) -> &'static [&'static str] {
        match self {
            // payment, revision, invoice number, date, amount, method, reference; invoice, document kind, currency, kind
            Self::PaymentUpsert => &[
                "text", "bigint", "text", "date", "numeric", "text", "text", "text", "text",
                "text", "text",
            ],
            // payment, revision, invoice number; invoice, document kind
            Self::PaymentDelete => &["text", "bigint", "text", "text", "text"],
            // invoice number, revision, status, paid, credited, due, currency, as of; invoice, document kind
            Self::SettlementSet => &[
                "text",
                "bigint",
                "text",
                "numeric",
                "numeric",
                "numeric",
                "text",
                "timestamptz",
                "text",
                "text",
            ],
            // invoice number, state, identifier and number in the ledger, message; invoice, document kind
            Self::PostingSet => &["text", "text", "text", "text", "text", "text", "text"],
        }
    }

    /// Its name with its types, as people and `to_regprocedure` write it, in a schema.
    pub(crate) fn signature(self, schema: &str) -> String {
        format!("{schema}.{}({})", self.name(), self.types().join(", "))
    }

    /// The statement that calls it, in a schema.
    pub(crate) fn statement(self, schema: &str) -> String {
        let places: Vec<String> = self
            .types()
            .iter()
            .enumerate()
            .map(|(at, of)| format!("${}::text::{of}", at + 1))
            .collect();
        format!("call {schema}.{}({})", self.name(), places.join(", "))
    }
}

impl Call {
    /// The call that a write-back is.
    pub(crate) fn of(item: &WriteBack) -> Self {
        match item {
            WriteBack::Payment {
                document,
                revision,
                payment,
            } => Self::upsert(document, *revision, payment),
            WriteBack::PaymentRemoved {
                document,
                revision,
                payment,
            } => Self::new(
                Procedure::PaymentDelete,
                document,
                vec![
                    Some(payment.id.as_str().to_owned()),
                    Some(revision.to_string()),
                    Some(document.number.clone()),
                ],
            ),
            WriteBack::Settlement {
                document,
                settlement,
            } => Self::settled(document, settlement),
            WriteBack::Posting { document, notice } => Self::posted(document, notice),
        }
    }

    fn upsert(document: &DocumentRef, revision: u64, payment: &Payment) -> Self {
        let mut call = Self::new(
            Procedure::PaymentUpsert,
            document,
            vec![
                Some(payment.id.as_str().to_owned()),
                Some(revision.to_string()),
                Some(document.number.clone()),
                Some(payment.date.to_string()),
                Some(amount(payment.amount, payment.currency)),
                // The provider does not say how it was paid.
                None,
                payment.reference.clone(),
            ],
        );
        call.arguments.push(Some(payment.currency.to_string()));
        call.arguments.push(Some(payment.kind.as_str().to_owned()));
        call
    }

    fn settled(document: &DocumentRef, settlement: &Settlement) -> Self {
        let money = |value| Some(amount(value, settlement.currency));
        let as_of = settlement.as_of;
        Self::new(
            Procedure::SettlementSet,
            document,
            vec![
                Some(document.number.clone()),
                Some(as_of.timestamp_millis().to_string()),
                Some(settlement.status.as_str().to_owned()),
                money(settlement.amount_paid),
                money(settlement.amount_credited),
                money(settlement.amount_due),
                Some(settlement.currency.to_string()),
                Some(as_of.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            ],
        )
    }

    fn posted(document: &DocumentRef, notice: &PostingNotice) -> Self {
        Self::new(
            Procedure::PostingSet,
            document,
            vec![
                Some(document.number.clone()),
                Some(notice.state.as_str().to_owned()),
                notice.ledger_id.clone(),
                notice.ledger_number.clone(),
                notice.message.clone(),
            ],
        )
    }

    /// A call whose last arguments but those that are pushed later name the document.
    fn new(
        procedure: Procedure,
        document: &DocumentRef,
        mut arguments: Vec<Option<String>>,
    ) -> Self {
        arguments.push(Some(document.id.as_str().to_owned()));
        arguments.push(Some(document.kind.to_string()));
        // A text of the database holds no such character, and it says nothing to anybody.
        for argument in arguments.iter_mut().flatten() {
            argument.retain(|c| c != '\0');
        }
        Self {
            procedure,
            arguments,
        }
    }
}
