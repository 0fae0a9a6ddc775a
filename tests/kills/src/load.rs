//! What host and people do while the program is killed, and with it what must be true in the end.

use chrono::Utc;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::books::Organisation;
use uuid::Uuid;

use crate::failure::Failure;
use crate::random::Random;
use crate::stage::Stage;

/// Revisions that a document has at most.
const REVISIONS_MAX: u64 = 5;

/// What befalls a document.
///
/// A document has one fate alone: an edit that Xero refuses because somebody paid meanwhile is a finding, not agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Plain,
    /// The host changes its amounts.
    Edited,
    /// The host lets it go.
    Voided,
    /// People pay in Xero, in part or in full, and take payments back.
    PaidThere,
    /// The product makes payments, and takes them back.
    PaidHere,
}

/// What kind of document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A sales invoice.
    Invoice,
    /// A credit note to a customer.
    CreditNote,
    /// A supplier's bill.
    Bill,
}

/// A document as the host has it.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Its number, which is its identifier too.
    pub number: String,
    /// Its kind.
    pub form: Form,
    /// What befalls it.
    pub fate: Fate,
    /// Whether the host has let it go.
    pub is_void: bool,
    /// The product's own payments that stand, by identifier.
    pub payments: Vec<(String, Decimal)>,
    party: usize,
    revision: u64,
    units: u64,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Files that were handed over.
    pub files: u64,
    /// Revisions of documents that were there already.
    pub edits: u64,
    /// Documents that the host let go.
    pub voids: u64,
    /// Payments that the product made.
    pub payments_here: u64,
    /// Payments that people made in Xero.
    pub payments_there: u64,
    /// Payments that people took back there.
    pub payments_back: u64,
}

/// The host with its documents, and the people in Xero.
#[derive(Debug)]
pub struct Load {
    /// Every document.
    pub papers: Vec<Paper>,
    /// What was done.
    pub done: Done,
}

impl Paper {
    fn draw(index: usize, random: &mut Random) -> Self {
        let fates = [
            Fate::Plain,
            Fate::Edited,
            Fate::Voided,
            Fate::PaidThere,
            Fate::PaidHere,
        ];
        let form = match index % 12 {
            5 => Form::CreditNote,
            8 => Form::Bill,
            _ => Form::Invoice,
        };
        let fate = match form {
            Form::Invoice => fates[index % fates.len()],
            Form::CreditNote | Form::Bill => fates[index % 3],
        };
        Self {
            number: format!("K-{index}"),
            form,
            fate,
            is_void: false,
            payments: Vec::new(),
            party: index % 7,
            revision: 1,
            units: random.between(5, 60),
        }
    }

    /// What it comes to with tax.
    #[must_use]
    pub fn gross(&self) -> Decimal {
        let (net, tax) = self.amounts();
        net + tax
    }

    fn amounts(&self) -> (Decimal, Decimal) {
        let net = Decimal::new(1010, 2) * Decimal::from(self.units);
        let tax = net * Decimal::new(1, 1);
        let half_up = RoundingStrategy::MidpointAwayFromZero;
        (net, tax.round_dp_with_strategy(2, half_up))
    }

    /// The next revision, where its fate has one for it.
    fn go_on(&mut self, done: &mut Done, random: &mut Random) -> bool {
        if self.revision >= REVISIONS_MAX || self.is_void {
            return false;
        }
        match self.fate {
            Fate::Plain | Fate::PaidThere => return false,
            Fate::Edited => self.units = random.between(5, 60),
            Fate::Voided => {
                self.is_void = true;
                done.voids += 1;
            }
            Fate::PaidHere if self.payments.len() < 2 => {
                let id = format!("{}-p{}", self.number, self.revision);
                let amount = Decimal::new(100, 2) * Decimal::from(random.between(1, 9));
                self.payments.push((id, amount));
                done.payments_here += 1;
            }
            Fate::PaidHere => drop(self.payments.remove(0)),
        }
        self.revision += 1;
        done.edits += 1;
        true
    }

    fn to_json(&self) -> Value {
        let (net, tax) = self.amounts();
        let kind = match self.form {
            Form::CreditNote => "sales_credit",
            Form::Invoice | Form::Bill => "sales",
        };
        let mut paper = json!({
            "id": self.number, "revision": self.revision, "kind": kind, "number": self.number,
            "status": if self.is_void { "voided" } else { "final" }, "issue_date": "2026-11-02",
            "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
            "lines": [{
                "id": "1", "description": "Work", "quantity": self.units.to_string(), "unit_price": "10.10",
                "net_amount": net.to_string(), "tax_code": "GST", "tax_amount": tax.to_string()
            }],
            "totals": { "net": net.to_string(), "tax": tax.to_string(), "gross": (net + tax).to_string() },
            "updated_at": "2026-11-02T00:00:00Z"
        });
        let party = json!({ "name": format!("Party {}", self.party) });
        match self.form {
            Form::Bill => paper["supplier"] = party,
            Form::Invoice | Form::CreditNote => paper["bill_to"] = party,
        }
        if self.fate == Fate::PaidHere {
            let payments = self.payments.iter().map(|(id, amount)| {
                json!({ "id": id, "date": "2026-11-05", "amount": amount.to_string(), "method": "card" })
            });
            paper["payments"] = payments.collect();
        }
        paper
    }

    const fn file_type(&self) -> &'static str {
        match self.form {
            Form::Invoice => "invoices",
            Form::CreditNote => "credit_notes",
            Form::Bill => "bills",
        }
    }
}

impl Load {
    /// A host with no document, and nobody at work.
    #[must_use]
    pub fn new() -> Self {
        Self {
            papers: Vec::new(),
            done: Done::default(),
        }
    }

    /// The host hands over up to `new` further documents, and further revisions of some that it has.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn hand_over(
        &mut self,
        stage: &Stage,
        random: &mut Random,
        new: usize,
    ) -> Result<(), Failure> {
        let mut lines: Vec<(&'static str, String)> = Vec::new();
        for _ in 0..3 {
            let known = self.papers.len() as u64;
            let at = usize::try_from(random.below(known))?;
            let Some(paper) = self.papers.get_mut(at) else {
                break;
            };
            if paper.go_on(&mut self.done, random) {
                lines.push((paper.file_type(), format!("{}\n", paper.to_json())));
            }
        }
        for _ in 0..new {
            let paper = Paper::draw(self.papers.len(), random);
            lines.push((paper.file_type(), format!("{}\n", paper.to_json())));
            self.papers.push(paper);
        }
        for file_type in ["invoices", "credit_notes", "bills"] {
            let of_type = lines.iter().filter(|(of, _)| *of == file_type);
            let content: String = of_type.map(|(_, line)| line.as_str()).collect();
            if !content.is_empty() {
                self.done.files += 1;
                let name = format!("{file_type}-{}-20261101T000000Z.jsonl", self.done.files);
                stage.hand_over(&name, &content)?;
            }
        }
        Ok(())
    }

    /// Somebody in Xero pays something, or takes a payment back.
    pub fn people_act(&mut self, stage: &Stage, random: &mut Random) {
        let payable: Vec<&Paper> = self
            .papers
            .iter()
            .filter(|paper| paper.fate == Fate::PaidThere)
            .collect();
        let Some(paper) = random.pick(&payable) else {
            return;
        };
        let people = stage.xero().people(Utc::now());
        // What is not there yet, or paid already, is refused, as Xero refuses it.
        if random.one_in(3) {
            let payment = stage
                .xero()
                .read(AUSTRALIA, |books| payment_on(books, &paper.number));
            if let Some(payment) = payment.flatten()
                && people.delete_payment(AUSTRALIA, payment).is_ok()
            {
                self.done.payments_back += 1;
            }
            return;
        }
        let part = (!random.one_in(4)).then(|| Decimal::new(125, 2));
        if people.pay(AUSTRALIA, &paper.number, part, None).is_ok() {
            self.done.payments_there += 1;
        }
    }
}

impl Default for Load {
    fn default() -> Self {
        Self::new()
    }
}

/// A payment that stands on the live invoice of this number.
fn payment_on(books: &Organisation, number: &str) -> Option<Uuid> {
    let rows = books.invoices.ledger.rows();
    let row = rows.iter().find(|row| row.number == number)?;
    let payments = row.payments.iter().map(|at| books.payments.row(*at));
    let mut standing = payments.filter(|payment| {
        payment.status == tieout_sandbox_xero::books::payment::PaymentStatus::Authorised
    });
    standing.next().map(|payment| payment.id)
}
