//! What the test provider's ledger accepts, holds and tells: documents, payments, contacts and a list of changes.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use tieout_core::document::{
    DocumentKind, Payment, PaymentKind, ProviderContactId, ProviderDocumentId, ProviderPaymentId,
    Totals,
};
use tieout_core::provider::{
    Chart, ContactAnswer, ContactCandidate, ContactWanted, MatchedBy, Order, Posting, Rejection,
    RejectionKind, Snapshot, SnapshotLine, SnapshotStatus, TrackingOption,
};
use tieout_core::settings::CreateStatus;

use super::documents::{aud, chart};

/// The ledger.
pub(crate) struct Books {
    pub(crate) chart: Chart,
    pub(crate) documents: Vec<Snapshot>,
    pub(crate) contacts: Vec<Contact>,
    /// Each change of a document: when, and which.
    pub(crate) changes: Vec<(DateTime<Utc>, ProviderDocumentId)>,
    /// Documents that somebody else made, or changed beyond recognition.
    pub(crate) strangers: Vec<ProviderDocumentId>,
    /// Documents that are shown in a form that cannot be read.
    pub(crate) garbled: Vec<ProviderDocumentId>,
    /// Whether a second live document of the same number is refused.
    pub(crate) numbers_are_unique: bool,
    /// What stands beside the documents.
    pub(crate) beside: super::extras::Beside,
    pub(crate) last_id: u64,
}

pub(crate) struct Contact {
    pub(crate) id: ProviderContactId,
    pub(crate) name: String,
    pub(crate) archived: bool,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self {
            chart: chart(),
            documents: Vec::new(),
            contacts: Vec::new(),
            changes: Vec::new(),
            strangers: Vec::new(),
            garbled: Vec::new(),
            numbers_are_unique: true,
            beside: super::extras::Beside::default(),
            last_id: 0,
        }
    }

    /// Does one order, or says why not.
    pub(crate) fn obey(
        &mut self,
        order: &Order,
        now: DateTime<Utc>,
    ) -> Result<Snapshot, Rejection> {
        let id = match order {
            Order::Create(posting) => self.create(posting, now)?,
            Order::Update {
                id,
                posting,
                line_ids,
            } => self.update(id, posting, line_ids, now)?,
            Order::Void { id, status } => self.void(id, status, now)?,
        };
        self.touch(&id, now);
        self.document(&id)
            .cloned()
            .ok_or_else(|| refusal(RejectionKind::NotFound, "it vanished"))
    }

    fn create(
        &mut self,
        posting: &Posting,
        now: DateTime<Utc>,
    ) -> Result<ProviderDocumentId, Rejection> {
        self.acceptable(posting)?;
        let is_taken = |held: &Snapshot| {
            held.kind == posting.kind
                && held.status.is_live()
                && held.number.eq_ignore_ascii_case(&posting.number)
        };
        if posting.kind == DocumentKind::CreditNote && self.is_locked(posting.date) {
            return Err(refusal(RejectionKind::PeriodLocked, "the period is locked"));
        }
        if self.numbers_are_unique && self.documents.iter().any(is_taken) {
            return Err(refusal(
                RejectionKind::DuplicateNumber,
                "Invoice # must be unique",
            ));
        }
        let id = ProviderDocumentId::new(self.next_id("doc")).expect("an identifier");
        let lines = posting.lines.iter().map(|_| None).collect::<Vec<_>>();
        let status = match posting.status {
            CreateStatus::Draft => SnapshotStatus::Draft,
            CreateStatus::Submitted => SnapshotStatus::Submitted,
            CreateStatus::Authorised => SnapshotStatus::Authorised,
        };
        let mut snapshot = Snapshot {
            id: id.clone(),
            kind: posting.kind,
            number: posting.number.clone(),
            reference: None,
            contact: posting.contact.clone(),
            date: posting.date,
            due_date: None,
            status,
            currency: posting.currency,
            totals: posting.totals,
            lines: Vec::new(),
            payments: Vec::new(),
            amount_paid: Decimal::ZERO,
            amount_credited: Decimal::ZERO,
            amount_due: Decimal::ZERO,
            url: None,
            updated_at: now,
        };
        self.fill(&mut snapshot, posting, &lines)?;
        self.documents.push(snapshot);
        Ok(id)
    }

    fn update(
        &mut self,
        id: &ProviderDocumentId,
        posting: &Posting,
        line_ids: &[Option<String>],
        now: DateTime<Utc>,
    ) -> Result<ProviderDocumentId, Rejection> {
        self.acceptable(posting)?;
        if self
            .live(&posting.number)
            .is_some_and(|other| other.id != *id)
        {
            return Err(refusal(
                RejectionKind::DuplicateNumber,
                "Invoice # must be unique",
            ));
        }
        let Some(mut snapshot) = self.document(id).cloned() else {
            return Err(refusal(RejectionKind::NotFound, "no such document"));
        };
        if !snapshot.status.is_live() {
            return Err(refusal(
                RejectionKind::NotEditable,
                "the document is not of valid status for modification",
            ));
        }
        self.fill(&mut snapshot, posting, line_ids)?;
        if snapshot.amount_due < Decimal::ZERO {
            return Err(refusal(
                RejectionKind::NotEditable,
                "more is paid than the document would come to",
            ));
        }
        snapshot.updated_at = now;
        self.replace(snapshot);
        Ok(id.clone())
    }

    fn void(
        &mut self,
        id: &ProviderDocumentId,
        status: &SnapshotStatus,
        now: DateTime<Utc>,
    ) -> Result<ProviderDocumentId, Rejection> {
        let Some(mut snapshot) = self.document(id).cloned() else {
            return Err(refusal(RejectionKind::NotFound, "no such document"));
        };
        let unapproved = |status: &SnapshotStatus| {
            matches!(status, SnapshotStatus::Draft | SnapshotStatus::Submitted)
        };
        if !snapshot.status.is_live() || unapproved(status) != unapproved(&snapshot.status) {
            return Err(refusal(
                RejectionKind::NotEditable,
                "the document is not of valid status for modification",
            ));
        }
        if self.is_locked(snapshot.date) {
            return Err(refusal(RejectionKind::PeriodLocked, "the period is locked"));
        }
        if !snapshot.payments.is_empty() {
            return Err(refusal(
                RejectionKind::NotEditable,
                "a document with payments cannot be voided",
            ));
        }
        snapshot.status = if unapproved(status) {
            SnapshotStatus::Deleted
        } else {
            SnapshotStatus::Voided
        };
        snapshot.amount_due = Decimal::ZERO;
        snapshot.updated_at = now;
        self.replace(snapshot);
        Ok(id.clone())
    }

    fn is_locked(&self, day: chrono::NaiveDate) -> bool {
        let locked = self.chart.organisation.locked_through();
        locked.is_some_and(|locked| day <= locked)
    }

    fn acceptable(&self, posting: &Posting) -> Result<(), Rejection> {
        let Some(contact) = self
            .contacts
            .iter()
            .find(|contact| contact.id == posting.contact)
        else {
            return Err(refusal(RejectionKind::ContactInvalid, "no such contact"));
        };
        if contact.archived {
            return Err(refusal(
                RejectionKind::ContactArchived,
                "the contact is archived",
            ));
        }
        for line in &posting.lines {
            if !self
                .chart
                .account(&line.account_code)
                .is_some_and(|account| account.active)
            {
                return Err(refusal(
                    RejectionKind::AccountInvalid,
                    "Account code is not a valid code",
                ));
            }
            let is_there = |option: &str| {
                let options = self.chart.tracking.iter().flat_map(|it| &it.options);
                options.into_iter().any(|it| it.id == option)
            };
            if !line.tracking.iter().all(|it| is_there(&it.option_id)) {
                return Err(refusal(
                    RejectionKind::TrackingInvalid,
                    "the tracking option is not valid",
                ));
            }
            if line.description.contains("unwelcome") {
                return Err(refusal(
                    RejectionKind::Validation,
                    "the description is unwelcome",
                ));
            }
        }
        Ok(())
    }

    /// Makes a document equal to a posting. Lines named by an identifier keep it; the rest are new.
    fn fill(
        &mut self,
        snapshot: &mut Snapshot,
        posting: &Posting,
        ids: &[Option<String>],
    ) -> Result<(), Rejection> {
        if ids.len() != posting.lines.len() {
            return Err(refusal(
                RejectionKind::Validation,
                "line identifiers and lines do not pair up",
            ));
        }
        let mut lines = Vec::new();
        for (line, id) in posting.lines.iter().zip(ids) {
            if let Some(id) = id
                && snapshot.lines.iter().all(|held| held.id != *id)
            {
                return Err(refusal(RejectionKind::Validation, "no such line"));
            }
            let amount = (line.quantity * line.unit_amount).round_dp(2)
                - line.discount_amount.unwrap_or_default();
            let rate = line
                .tax_type
                .as_deref()
                .and_then(|code| self.chart.tax_rate(code))
                .map(|rate| rate.rate);
            let tax = line
                .tax_amount
                .unwrap_or_else(|| (amount * rate.unwrap_or_default()).round_dp(2));
            lines.push(SnapshotLine {
                id: id.clone().unwrap_or_else(|| self.next_id("line")),
                description: line.description.clone(),
                amount,
                tax_amount: tax,
                account_code: Some(line.account_code.clone()),
                tax_type: line.tax_type.clone(),
                quantity: Some(line.quantity),
                unit_amount: Some(line.unit_amount),
                item_code: line.item_code.clone(),
                tracking: Some(line.tracking.clone()),
            });
        }
        snapshot.lines = lines;
        snapshot.number.clone_from(&posting.number);
        snapshot.reference.clone_from(&posting.reference);
        snapshot.contact.clone_from(&posting.contact);
        snapshot.date = posting.date;
        snapshot.due_date = posting.due_date;
        snapshot.url.clone_from(&posting.url);
        total(snapshot);
        Ok(())
    }

    /// A document that somebody else made under this number.
    pub(crate) fn stranger(&mut self, number: &str, net: Decimal, now: DateTime<Utc>) -> Snapshot {
        let contact = ProviderContactId::new(self.next_id("contact")).expect("an identifier");
        self.contacts.push(Contact {
            id: contact.clone(),
            name: "Stranger".to_owned(),
            archived: false,
        });
        let mut snapshot = Snapshot {
            id: ProviderDocumentId::new(self.next_id("doc")).expect("an identifier"),
            kind: DocumentKind::Invoice,
            number: number.to_owned(),
            reference: None,
            contact,
            date: now.date_naive(),
            due_date: None,
            status: SnapshotStatus::Authorised,
            currency: aud(),
            totals: Totals {
                net,
                tax: Decimal::ZERO,
                gross: net,
            },
            lines: vec![SnapshotLine {
                id: self.next_id("line"),
                description: "Something else".to_owned(),
                amount: net,
                tax_amount: Decimal::ZERO,
                account_code: Some("200".to_owned()),
                tax_type: None,
                quantity: None,
                unit_amount: None,
                item_code: None,
                tracking: None,
            }],
            payments: Vec::new(),
            amount_paid: Decimal::ZERO,
            amount_credited: Decimal::ZERO,
            amount_due: net,
            url: None,
            updated_at: now,
        };
        total(&mut snapshot);
        self.strangers.push(snapshot.id.clone());
        self.documents.push(snapshot.clone());
        self.touch(&snapshot.id, now);
        snapshot
    }

    /// A payment on a live document.
    pub(crate) fn pay(
        &mut self,
        number: &str,
        amount: Decimal,
        now: DateTime<Utc>,
    ) -> ProviderPaymentId {
        let id = ProviderPaymentId::new(self.next_id("pay")).expect("an identifier");
        let payment = Payment {
            id: id.clone(),
            date: now.date_naive(),
            amount,
            currency: aud(),
            reference: None,
            kind: PaymentKind::Payment,
        };
        self.edit(number, now, |snapshot| snapshot.payments.push(payment));
        id
    }

    /// What an order of ours does to a document: neither its totals nor its number.
    pub(super) fn settle(
        &mut self,
        mut snapshot: Snapshot,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Vec<Payment>),
    ) {
        change(&mut snapshot.payments);
        total(&mut snapshot);
        snapshot.updated_at = now;
        let id = snapshot.id.clone();
        self.replace(snapshot);
        self.touch(&id, now);
    }

    /// Somebody at the provider changes a live document.
    pub(crate) fn edit(
        &mut self,
        number: &str,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Snapshot),
    ) {
        let mut snapshot = self.live(number).cloned().expect("a live document");
        let totals = snapshot.totals;
        change(&mut snapshot);
        total(&mut snapshot);
        if snapshot.totals != totals || !snapshot.number.eq_ignore_ascii_case(number) {
            self.strangers.push(snapshot.id.clone());
        }
        snapshot.updated_at = now;
        let id = snapshot.id.clone();
        self.replace(snapshot);
        self.touch(&id, now);
    }

    pub(crate) fn answer(&mut self, wanted: &ContactWanted) -> ContactAnswer {
        match self
            .contacts
            .iter()
            .find(|contact| contact.name == wanted.name)
        {
            Some(known) if known.archived => ContactAnswer::Archived {
                contact: ContactCandidate {
                    id: known.id.clone(),
                    name: known.name.clone(),
                },
            },
            Some(known) => ContactAnswer::Found {
                id: known.id.clone(),
                by: MatchedBy::Name,
            },
            None if wanted.create_missing => {
                let id = ProviderContactId::new(self.next_id("contact")).expect("an identifier");
                self.contacts.push(Contact {
                    id: id.clone(),
                    name: wanted.name.clone(),
                    archived: false,
                });
                ContactAnswer::Found {
                    id,
                    by: MatchedBy::Created,
                }
            }
            None => ContactAnswer::Missing { near: Vec::new() },
        }
    }

    /// The option of this name in a category that exists, made if it is not there.
    pub(crate) fn make_option(&mut self, category_id: &str, name: &str) -> TrackingOption {
        let id = self.next_id("option");
        let mut categories = self.chart.tracking.iter_mut();
        let category = categories.find(|it| it.id == category_id);
        let options = &mut category.expect("a category that exists").options;
        if let Some(known) = options.iter().find(|it| it.name.eq_ignore_ascii_case(name)) {
            return known.clone();
        }
        let option = TrackingOption {
            id,
            name: name.to_owned(),
            active: true,
        };
        options.push(option.clone());
        option
    }

    pub(crate) fn live(&self, number: &str) -> Option<&Snapshot> {
        let same =
            |held: &&Snapshot| held.status.is_live() && held.number.eq_ignore_ascii_case(number);
        let mut all = self.documents.iter().filter(same);
        let invoice = all.clone().find(|held| held.kind == DocumentKind::Invoice);
        invoice.or_else(|| all.next())
    }

    pub(crate) fn document(&self, id: &ProviderDocumentId) -> Option<&Snapshot> {
        self.documents.iter().find(|held| held.id == *id)
    }

    pub(super) fn replace(&mut self, snapshot: Snapshot) {
        if let Some(held) = self
            .documents
            .iter_mut()
            .find(|held| held.id == snapshot.id)
        {
            *held = snapshot;
        }
    }

    fn touch(&mut self, id: &ProviderDocumentId, now: DateTime<Utc>) {
        self.changes.push((now, id.clone()));
    }

    pub(super) fn next_id(&mut self, what: &str) -> String {
        self.last_id += 1;
        format!("{what}-{}", self.last_id)
    }
}

/// Works out everything that follows from lines and payments.
fn total(snapshot: &mut Snapshot) {
    let net: Decimal = snapshot.lines.iter().map(|line| line.amount).sum();
    let tax: Decimal = snapshot.lines.iter().map(|line| line.tax_amount).sum();
    snapshot.totals = Totals {
        net,
        tax,
        gross: net + tax,
    };
    let is_credit = |payment: &&Payment| payment.kind == PaymentKind::CreditAllocation;
    let settled: Decimal = snapshot.payments.iter().map(|payment| payment.amount).sum();
    let credits = snapshot.payments.iter().filter(is_credit);
    snapshot.amount_credited = credits.map(|payment| payment.amount).sum();
    snapshot.amount_paid = settled - snapshot.amount_credited;
    snapshot.amount_due = snapshot.totals.gross - settled;
    match snapshot.status {
        SnapshotStatus::Authorised | SnapshotStatus::Paid => {
            let settled = snapshot.amount_due.is_zero() && !snapshot.payments.is_empty();
            snapshot.status = if settled {
                SnapshotStatus::Paid
            } else {
                SnapshotStatus::Authorised
            };
        }
        SnapshotStatus::Voided | SnapshotStatus::Deleted => snapshot.amount_due = Decimal::ZERO,
        SnapshotStatus::Draft | SnapshotStatus::Submitted | SnapshotStatus::Other(_) => {}
    }
}

pub(super) fn refusal(kind: RejectionKind, words: &str) -> Rejection {
    Rejection {
        kind,
        messages: vec![words.to_owned()],
        advice: None,
    }
}
