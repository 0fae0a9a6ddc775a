//! What the host does: it writes documents, changes them, lets them go and takes them back.

mod gathering;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;
use tieout_core::document::DocumentKind;
use tieout_core::host::Record;

use super::Weights;
use crate::coverage::Case;
use crate::faults::Chance;
use crate::ground::Ground;
use crate::model::Excuse;
use crate::paper::{Division, Paper, PaperLine, PaperPayment, Standing};
use crate::pushes;
use crate::random::Random;

/// What the host may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostVerb {
    Create,
    Edit,
    Void,
    Reverse,
    Delete,
    Restore,
    Redraft,
    Park,
    Renumber,
    Move,
    Repeat,
    Garble,
    /// It gets a date of these days.
    Redate,
    /// It gets another customer.
    Rename,
}

const VERBS: &[(HostVerb, u64)] = &[
    (HostVerb::Create, 20),
    (HostVerb::Edit, 14),
    (HostVerb::Void, 6),
    (HostVerb::Reverse, 4),
    (HostVerb::Delete, 4),
    (HostVerb::Restore, 8),
    (HostVerb::Redraft, 3),
    (HostVerb::Park, 2),
    (HostVerb::Renumber, 4),
    (HostVerb::Move, 4),
    (HostVerb::Repeat, 4),
    (HostVerb::Garble, 1),
];

const CUSTOMERS: [&str; 5] = [
    "Yarra Valley Council",
    "Harbour Trust",
    "Grevillea Workers Cover",
    "Banksia Pty Ltd",
    "Old Mill Bakery",
];
const SUPPLIERS: [&str; 4] = [
    "Pacific Paper Supplies",
    "Southern Print",
    "Wattle Tools",
    "Marlin Freight",
];

/// Documents of one life.
const PAPERS_MAX: usize = 14;
/// The host at its desk.
pub(crate) struct Desk {
    papers: Vec<Paper>,
    weights: Weights<HostVerb>,
    kinds: Vec<DocumentKind>,
    next_line: u64,
    /// Its own numbers for what it pays; `None` in a life in which the host pays nothing.
    pays: Option<Random>,
    /// The same for what it moves, in a life in which what is posted goes along.
    moves: Option<Random>,
    /// The same for what it does where documents are gathered.
    gathers: Option<Random>,
    amounts: BTreeSet<Decimal>,
}

impl Desk {
    pub(crate) fn new(
        random: &mut Random,
        (pays, moves, gathers): (Option<Random>, Option<Random>, Option<Random>),
    ) -> Self {
        let all = [
            DocumentKind::Invoice,
            DocumentKind::Invoice,
            DocumentKind::CreditNote,
            DocumentKind::Bill,
            DocumentKind::PurchaseOrder,
        ];
        let mut kinds: Vec<DocumentKind> = all.into_iter().filter(|_| !random.one_in(3)).collect();
        if kinds.is_empty() {
            kinds.push(DocumentKind::Invoice);
        }
        Self {
            papers: Vec::new(),
            weights: Weights::draw(VERBS, random),
            kinds,
            next_line: 1,
            pays,
            moves,
            gathers,
            amounts: BTreeSet::new(),
        }
    }

    /// The number that the next invoice will have.
    pub(crate) fn next_number(&self) -> String {
        number(DocumentKind::Invoice, self.papers.len())
    }

    /// A final paper that is nowhere in the books.
    pub(crate) fn unsent(&self, ground: &Ground, random: &mut Random) -> Option<Paper> {
        let model = ground.model();
        let is_unsent = |paper: &&Paper| {
            let key = paper.key();
            let stands = !model.live_rows(&key).is_empty() || model.parts_of(&key).next().is_some();
            paper.standing == Standing::Final && !stands
        };
        let unsent: Vec<&Paper> = self.papers.iter().filter(is_unsent).collect();
        random.pick(&unsent).map(|paper| (*paper).clone())
    }

    /// One act of the host.
    pub(crate) fn act(&mut self, ground: &Ground, random: &mut Random) {
        if self.papers.len() < 2 {
            return self.create(ground, random);
        }
        match self.weights.pick(random) {
            None | Some(HostVerb::Create) => self.create(ground, random),
            Some(HostVerb::Repeat) => repeat(ground, random),
            Some(HostVerb::Garble) => pushes::tell(
                ground,
                Record::Unreadable {
                    id: None,
                    place: "desk:1".to_owned(),
                    field: "lines[0].quantity".to_owned(),
                    message: "not a number".to_owned(),
                },
            ),
            Some(verb) => {
                let at = random.index(self.papers.len());
                self.change(ground, random, at, verb);
            }
        }
        if ground.strikes(Chance::HostRepeats) {
            repeat(ground, random);
        }
    }

    fn create(&mut self, ground: &Ground, random: &mut Random) {
        if self.papers.len() >= PAPERS_MAX {
            return;
        }
        let Some(kind) = random.pick(&self.kinds).copied() else {
            return;
        };
        let parties: &[&str] = match kind {
            DocumentKind::Invoice | DocumentKind::CreditNote => &CUSTOMERS,
            DocumentKind::Bill | DocumentKind::PurchaseOrder => &SUPPLIERS,
        };
        let division = match random.below(20) {
            0 => Division::Nowhere,
            1..=6 => Division::South,
            _ => Division::North,
        };
        let paper = Paper {
            kind,
            id: u64::try_from(self.papers.len()).unwrap_or_default() + 1,
            revision: 1,
            number: number(kind, self.papers.len()),
            party: (*random.pick(parties).unwrap_or(&"Banksia Pty Ltd")).to_owned(),
            division,
            standing: if random.one_in(8) {
                Standing::Draft
            } else {
                Standing::Final
            },
            issue_date: issue_date(ground, random),
            lines: self.lines(random),
            tells_payments: self.pays.is_some() && kind != DocumentKind::PurchaseOrder,
            payments: Vec::new(),
            crooked: random.one_in(25),
        };
        let paper = self.as_suppliers_do(paper, random);
        self.papers.push(paper.clone());
        self.say(ground, &paper, "writes");
    }

    /// Suppliers number their bills themselves, so that bills of two of them may have one number.
    fn as_suppliers_do(&self, paper: Paper, random: &mut Random) -> Paper {
        let is_other = |bill: &&Paper| bill.kind == DocumentKind::Bill && bill.party != paper.party;
        let others: Vec<&Paper> = self.papers.iter().filter(is_other).collect();
        match random.pick(&others) {
            Some(other) if paper.kind == DocumentKind::Bill && random.one_in(3) => {
                let taken = |bill: &Paper| bill.number == other.number && bill.party == paper.party;
                if self.papers.iter().any(taken) {
                    return paper;
                }
                Paper {
                    number: other.number.clone(),
                    ..paper
                }
            }
            _ => paper,
        }
    }

    fn lines(&mut self, random: &mut Random) -> Vec<PaperLine> {
        let count = random.between(1, 3);
        let mut lines = Vec::new();
        for _ in 0..count {
            let quantity = [
                Decimal::ONE,
                Decimal::TWO,
                Decimal::new(35, 1),
                Decimal::new(333, 3),
            ];
            let cents = i64::try_from(random.between(101, 99_999)).unwrap_or(101);
            lines.push(PaperLine {
                id: self.next_line,
                quantity: quantity[random.index(quantity.len())],
                price: Decimal::new(cents, 2),
                free_of_tax: random.one_in(4),
                tax_off: [0, 0, 0, 0, 1, -1][random.index(6)],
            });
            self.next_line += 1;
        }
        lines
    }

    fn change(&mut self, ground: &Ground, random: &mut Random, at: usize, verb: HostVerb) {
        let Some(before) = self.papers.get(at).cloned() else {
            return;
        };
        let mut paper = before.clone();
        // A deletion is a change like any other, though no revision tells of it.
        paper.revision += 1;
        match verb {
            HostVerb::Edit => {
                let mut lines = self.lines(random);
                if random.one_in(2) {
                    lines.splice(0..0, before.lines.iter().take(1).cloned());
                }
                paper.lines = lines;
                paper.crooked = random.one_in(25);
            }
            HostVerb::Void => paper.standing = Standing::Voided,
            HostVerb::Reverse => paper.standing = Standing::Reversed,
            HostVerb::Delete => paper.standing = Standing::Deleted,
            HostVerb::Restore => paper.standing = Standing::Final,
            HostVerb::Redraft => paper.standing = Standing::Draft,
            HostVerb::Park => paper.standing = Standing::Odd,
            HostVerb::Renumber => {
                paper.number = format!("{}-{}", number(paper.kind, at), paper.revision);
            }
            HostVerb::Move => {
                paper.division = match paper.division {
                    Division::North => Division::South,
                    Division::South | Division::Nowhere => Division::North,
                }
            }
            HostVerb::Redate => paper.issue_date = issue_date(ground, random),
            HostVerb::Rename => {
                paper.party = match paper.party == CUSTOMERS[0] {
                    true => CUSTOMERS[1].to_owned(),
                    false => CUSTOMERS[0].to_owned(),
                }
            }
            HostVerb::Create | HostVerb::Repeat | HostVerb::Garble => return,
        }
        if verb == HostVerb::Move {
            ground.model().excuse(&paper.key(), Excuse::Moved);
        }
        note(ground, &before, &paper, verb);
        if let Some(place) = self.papers.get_mut(at) {
            place.clone_from(&paper);
        }
        self.say(ground, &paper, verb_word(verb));
    }

    /// What the host does besides, in a life in which it takes payments, or in which documents go where they belong.
    pub(crate) fn also(&mut self, ground: &Ground) {
        if let Some(mut random) = self.pays.take() {
            for _ in 0..random.below(4) {
                self.pay_one(ground, &mut random);
            }
            self.pays = Some(random);
        }
        if let Some(mut random) = self.moves.take() {
            if random.one_in(2) && !self.papers.is_empty() {
                let at = random.index(self.papers.len());
                self.change(ground, &mut random, at, HostVerb::Move);
            }
            self.moves = Some(random);
        }
        self.gather(ground);
    }

    fn pay_one(&mut self, ground: &Ground, random: &mut Random) {
        let may_be = |paper: &&mut Paper| paper.tells_payments && paper.standing == Standing::Final;
        let mut papers: Vec<&mut Paper> = self.papers.iter_mut().filter(may_be).collect();
        if papers.is_empty() {
            return;
        }
        let at = random.index(papers.len());
        let paper = &mut *papers[at];
        let gross = paper.totals().gross;
        let percent = match random.below(12) {
            0 => 130,
            _ => i64::try_from(random.between(5, 60)).unwrap_or(5),
        };
        let mut amount = (gross * Decimal::new(percent, 2)).round_dp(2);
        while amount <= Decimal::ZERO || !self.amounts.insert(amount) {
            amount += Decimal::new(1, 2);
        }
        let which = random.index(paper.payments.len().max(1));
        let (word, case) = match (random.below(5), paper.payments.get_mut(which)) {
            (0, Some(_)) => {
                paper.payments.remove(which);
                ("takes a payment back from", Case::HostTookPaymentBack)
            }
            (1, Some(payment)) => {
                payment.amount = amount;
                ("corrects a payment of", Case::HostCorrectedPayment)
            }
            _ => {
                let id = u64::try_from(self.amounts.len()).unwrap_or_default();
                let date = ground.time.now().date_naive();
                paper.payments.push(PaperPayment { id, date, amount });
                ("takes a payment of", Case::HostPaid)
            }
        };
        paper.revision += 1;
        let paper = paper.clone();
        ground.met(case);
        self.say(ground, &paper, word);
    }

    fn say(&self, ground: &Ground, paper: &Paper, word: &str) {
        ground.tell("host", format!("{word} {paper}"));
        let key = paper.key();
        {
            let mut model = ground.model();
            model.host_said(paper);
            if paper.paid() > paper.totals().gross {
                model.excuse(&key, Excuse::Overpaid);
            }
            if paper.crooked {
                model.excuse(&key, Excuse::Crooked);
            }
            if paper.division == Division::Nowhere {
                model.excuse(&key, Excuse::Unclaimed);
            }
            if paper.standing == Standing::Odd {
                model.excuse(&key, Excuse::OddStatus);
            }
        }
        let record = if paper.standing == Standing::Deleted {
            // What comes in any order needs a revision to be put in order by.
            let revision = ground.outbox().is_some().then_some(paper.revision);
            Record::Removed {
                kind: paper.kind,
                id: paper.document_id(),
                revision,
            }
        } else {
            Record::Document(Box::new(paper.document(ground.time.now())))
        };
        pushes::tell(ground, record);
    }
}

fn repeat(ground: &Ground, random: &mut Random) {
    let records = ground.host.records();
    if records > 0 {
        let at = random.index(records);
        ground.host.tell_again(at);
        ground.met(Case::HostRepeats);
        ground.tell("host", format!("tells record {at} again"));
    }
}

fn note(ground: &Ground, before: &Paper, after: &Paper, verb: HostVerb) {
    let case = match verb {
        HostVerb::Reverse => Case::Reversed,
        HostVerb::Delete => Case::DeletedInHost,
        HostVerb::Renumber => Case::Renumbered,
        HostVerb::Move => Case::Moved,
        HostVerb::Redate => Case::Redated,
        HostVerb::Rename => Case::OtherCustomer,
        HostVerb::Restore => {
            let used = |known: &crate::model::Known| known.has(&[Excuse::NumberUsedUp]);
            let was_gone = ground.model().paper(&after.key()).is_some_and(used);
            if !was_gone || before.standing == Standing::Final {
                return;
            }
            Case::Restored
        }
        HostVerb::Create
        | HostVerb::Edit
        | HostVerb::Void
        | HostVerb::Redraft
        | HostVerb::Park
        | HostVerb::Repeat
        | HostVerb::Garble => return,
    };
    ground.met(case);
}

fn verb_word(verb: HostVerb) -> &'static str {
    match verb {
        HostVerb::Create => "writes",
        HostVerb::Edit => "edits",
        HostVerb::Void => "voids",
        HostVerb::Reverse => "reverses",
        HostVerb::Delete => "deletes",
        HostVerb::Restore => "restores",
        HostVerb::Redraft => "takes back to draft",
        HostVerb::Park => "parks",
        HostVerb::Renumber => "renumbers",
        HostVerb::Move => "moves",
        HostVerb::Repeat => "repeats",
        HostVerb::Garble => "garbles",
        HostVerb::Redate => "redates",
        HostVerb::Rename => "gives another customer to",
    }
}

fn number(kind: DocumentKind, at: usize) -> String {
    let letters = match kind {
        DocumentKind::Invoice => "INV",
        DocumentKind::CreditNote => "CN",
        DocumentKind::Bill => "BILL",
        DocumentKind::PurchaseOrder => "PO",
    };
    format!("{letters}-{:04}", at + 1)
}

fn issue_date(ground: &Ground, random: &mut Random) -> NaiveDate {
    let today = ground.time.now().date_naive();
    let back = if random.one_in(8) {
        random.between(20, 70)
    } else {
        random.below(6)
    };
    today.checked_sub_days(Days::new(back)).unwrap_or(today)
}
