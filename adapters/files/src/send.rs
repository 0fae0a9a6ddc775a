//! How documents are made, changed and removed: each order by itself, and none twice.

use std::sync::Arc;

use rust_decimal::Decimal;
use tieout_core::document::{AmountsAre, DocumentKind, ProviderDocumentId};
use tieout_core::provider::{
    Chart, ErrorKind, Order, Posting, ProviderError, Rejection, RejectionKind, Request, Snapshot,
    SnapshotStatus,
};

use crate::books::{Books, Found, folder, free_name};
use crate::capability::CAPABILITY;
use crate::chart::front;
use crate::contacts::Parties;
use crate::held::Held;
use crate::look::{same_number, shown};

const OPERATION: &str = "send documents";

type Outcome = Result<Snapshot, Rejection>;

/// One outcome for each order, in order. An error is about all of them, and says whether any can have been done.
pub(crate) async fn send(
    books: &Arc<Books>,
    request: &Request,
) -> Result<Vec<Outcome>, ProviderError> {
    if request.orders.len() > CAPABILITY.batch_documents_max {
        let message = format!("more than {} documents", CAPABILITY.batch_documents_max);
        return Err(ProviderError::new(ErrorKind::Refused, OPERATION, message));
    }
    let request = request.clone();
    let work = move |books: &Books| {
        let _alone = books.alone();
        let mut desk = Desk::open(books, request.kind)?;
        let orders = request.orders.iter().enumerate();
        let marked = |at| format!("{}#{at}", request.idempotency_key);
        let outcomes = orders.map(|(at, order)| desk.obey(order, &marked(at)));
        let outcomes: Result<Vec<_>, _> = outcomes.collect();
        outcomes.map_err(|error| desk.judge(error))
    };
    books.ask(OPERATION, work).await
}

/// The books of a kind, open for one request.
struct Desk<'a> {
    books: &'a Books,
    kind: DocumentKind,
    chart: Chart,
    parties: Parties,
    documents: Vec<Found<Held>>,
    /// Whether anything was written.
    has_written: bool,
}

impl<'a> Desk<'a> {
    fn open(books: &'a Books, kind: DocumentKind) -> Result<Self, ProviderError> {
        let read = || {
            Ok(Self {
                books,
                kind,
                chart: front(books, OPERATION)?,
                parties: Parties::read(books, OPERATION)?,
                documents: books.all(OPERATION, folder(kind))?,
                has_written: false,
            })
        };
        // Nothing was asked of the books yet, whatever could not be read.
        read().map_err(|error: ProviderError| ProviderError {
            kind: ErrorKind::NotProcessed,
            ..error
        })
    }

    /// What an error means for the request as a whole: what was written before stands.
    fn judge(&self, error: ProviderError) -> ProviderError {
        let kind = match (self.has_written, error.kind) {
            (true, _) | (_, ErrorKind::Unsure) => ErrorKind::Unsure,
            (false, _) => ErrorKind::NotProcessed,
        };
        ProviderError { kind, ..error }
    }

    fn obey(&mut self, order: &Order, mark: &str) -> Result<Outcome, ProviderError> {
        let is_done = |it: &&Found<Held>| it.says.requests.iter().any(|known| known == mark);
        if let Some(done) = self.documents.iter().find(is_done) {
            return shown(OPERATION, self.kind, done).map(Ok);
        }
        let written = match order {
            Order::Create(posting) => self.create(posting),
            Order::Update {
                id,
                posting,
                line_ids,
            } => self.update(id, posting, line_ids),
            Order::Void { id, .. } => self.void(id),
        };
        match written {
            Ok((name, held)) => self.write(&name, held.by(mark)).map(Ok),
            Err(rejection) => Ok(Err(rejection)),
        }
    }

    fn create(&self, posting: &Posting) -> Result<(String, Held), Rejection> {
        let held = self.fit(posting, &[], None)?;
        let taken = self.documents.iter().map(|it| it.name.as_str());
        Ok((free_name(&posting.number, taken), held))
    }

    fn update(
        &self,
        id: &ProviderDocumentId,
        posting: &Posting,
        line_ids: &[Option<String>],
    ) -> Result<(String, Held), Rejection> {
        let before = self.editable(id)?;
        let held = self.fit(posting, line_ids, Some(before))?;
        Ok((before.name.clone(), held))
    }

    fn void(&self, id: &ProviderDocumentId) -> Result<(String, Held), Rejection> {
        let known = self.known(id)?;
        let held = &known.says;
        let status = match &held.status {
            SnapshotStatus::Voided | SnapshotStatus::Deleted => held.status.clone(),
            SnapshotStatus::Draft | SnapshotStatus::Submitted => SnapshotStatus::Deleted,
            SnapshotStatus::Authorised | SnapshotStatus::Paid | SnapshotStatus::Other(_) => {
                SnapshotStatus::Voided
            }
        };
        if held.status.is_live() {
            self.editable(id)?;
        }
        let held = Held {
            status,
            ..held.clone()
        };
        Ok((known.name.clone(), held))
    }

    fn write(&mut self, name: &str, held: Held) -> Result<Snapshot, ProviderError> {
        let written = self.books.write(OPERATION, folder(self.kind), name, &held);
        let found = Found {
            name: name.to_owned(),
            changed: written?,
            says: held,
        };
        self.has_written = true;
        let snapshot = shown(OPERATION, self.kind, &found)?;
        self.documents.retain(|it| it.name != name);
        self.documents.push(found);
        Ok(snapshot)
    }

    fn known(&self, id: &ProviderDocumentId) -> Result<&Found<Held>, Rejection> {
        let known = self.documents.iter().find(|it| it.name == id.as_str());
        known.ok_or_else(|| refused(RejectionKind::NotFound, format!("there is no `{id}`")))
    }

    /// A document that may still change: it stands, nothing is paid, and its day is open.
    fn editable(&self, id: &ProviderDocumentId) -> Result<&Found<Held>, Rejection> {
        let known = self.known(id)?;
        let why = match &known.says {
            held if !held.status.is_live() => format!("`{id}` is {}", held.status),
            held if !held.payments.is_empty() => format!("`{id}` has payments"),
            held => return self.open_on(held.date).map(|()| known),
        };
        Err(refused(RejectionKind::NotEditable, why))
    }

    /// What an order says is in no ledger, so no lock concerns it.
    fn open_on(&self, date: chrono::NaiveDate) -> Result<(), Rejection> {
        let locked = self.chart.organisation.locked_through();
        let is_locked = self.kind != DocumentKind::PurchaseOrder && Some(date) <= locked;
        match (is_locked, locked) {
            (true, Some(through)) => Err(refused(
                RejectionKind::PeriodLocked,
                format!("the books are closed through {through}"),
            )),
            (false, _) | (_, None) => Ok(()),
        }
    }

    /// The document that a posting asks for, or why these books do not take it.
    fn fit(
        &self,
        posting: &Posting,
        line_ids: &[Option<String>],
        before: Option<&Found<Held>>,
    ) -> Result<Held, Rejection> {
        let others = self.documents.iter();
        let mut others = others.filter(|it| before.is_none_or(|before| before.name != it.name));
        let is_taken = CAPABILITY.numbers_unique.contains(&self.kind)
            && others.any(|it| {
                it.says.status.is_live() && same_number(&it.says.number, &posting.number)
            });
        if is_taken {
            let why = format!("the number `{}` is taken", posting.number);
            return Err(refused(RejectionKind::DuplicateNumber, why));
        }
        match self.parties.is_active(&posting.contact) {
            Some(true) => {}
            Some(false) => {
                let why = format!("the contact `{}` is archived", posting.contact);
                return Err(refused(RejectionKind::ContactArchived, why));
            }
            None => {
                let why = format!("there is no contact `{}`", posting.contact);
                return Err(refused(RejectionKind::ContactInvalid, why));
            }
        }
        if !self.chart.currencies.contains(&posting.currency) {
            let why = format!("the currency {} is not in use", posting.currency);
            return Err(refused(RejectionKind::CurrencyNotEnabled, why));
        }
        self.open_on(posting.date)?;
        self.fit_lines(posting)?;
        let before = before.map(|it| &it.says);
        let too_large = || {
            refused(
                RejectionKind::Arithmetic,
                "the figures do not fit".to_owned(),
            )
        };
        Held::of(posting, line_ids, before, &self.chart).ok_or_else(too_large)
    }

    fn fit_lines(&self, posting: &Posting) -> Result<(), Rejection> {
        for line in &posting.lines {
            let account = self.chart.account(&line.account_code);
            if account.is_none_or(|account| !account.active || account.system) {
                let why = format!("the account `{}` is not in use", line.account_code);
                return Err(refused(RejectionKind::AccountInvalid, why));
            }
            if let Some(code) = &line.tax_type
                && self.chart.tax_rate(code).is_none_or(|rate| !rate.active)
            {
                let why = format!("the tax type `{code}` is not in use");
                return Err(refused(RejectionKind::TaxInvalid, why));
            }
            if !line.tracking.is_empty() {
                let why = "these books track nothing".to_owned();
                return Err(refused(RejectionKind::TrackingInvalid, why));
            }
            let has_tax = line.tax_amount.is_some_and(|tax| tax != Decimal::ZERO);
            if has_tax && matches!(posting.amounts_are, AmountsAre::NoTax) {
                let why = "a document without tax has a line with tax".to_owned();
                return Err(refused(RejectionKind::TaxInvalid, why));
            }
        }
        match &posting.amounts_are {
            AmountsAre::Other(word) => {
                let why = format!("amounts that are `{word}` are not known");
                Err(refused(RejectionKind::Validation, why))
            }
            AmountsAre::TaxExclusive | AmountsAre::TaxInclusive | AmountsAre::NoTax => Ok(()),
        }
    }
}

fn refused(kind: RejectionKind, why: String) -> Rejection {
    Rejection {
        kind,
        messages: vec![why],
        advice: None,
    }
}
