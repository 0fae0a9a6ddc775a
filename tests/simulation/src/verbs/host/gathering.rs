//! What the host does besides where documents are gathered: it writes several for one summary, and changes what stands in one.

use chrono::{Days, NaiveDate};
use tieout_core::document::DocumentKind;

use super::{CUSTOMERS, Desk, HostVerb, number};
use crate::ground::Ground;
use crate::paper::{Division, Paper, Standing};
use crate::random::Random;
use crate::sums::ends_at_most;
use crate::verbs::people;

/// Documents of one life that gathers.
const GATHERED_MAX: usize = 30;

/// What the host does to a document where documents are gathered.
const GATHERED_VERBS: [HostVerb; 10] = [
    HostVerb::Edit,
    HostVerb::Edit,
    HostVerb::Edit,
    HostVerb::Void,
    HostVerb::Restore,
    HostVerb::Restore,
    HostVerb::Redate,
    HostVerb::Rename,
    HostVerb::Renumber,
    HostVerb::Move,
];

impl Desk {
    /// What the host does in a life that gathers, and what people do about summaries.
    pub(super) fn gather(&mut self, ground: &Ground) {
        if let Some(mut random) = self.gathers.take() {
            for _ in 0..random.below(4) {
                self.gather_one(ground, &mut random);
            }
            if random.one_in(2) {
                people::settle_summary(ground, &mut random);
            }
            self.gathers = Some(random);
        }
    }

    /// When every period of every document is over, whatever a period is.
    pub(crate) fn last_close(&self) -> Option<NaiveDate> {
        let days = self
            .papers
            .iter()
            .map(|paper| ends_at_most(paper.issue_date));
        self.gathers.as_ref().and(days.max())
    }

    /// Writes invoices of one of two customers, of these days, or changes one: mostly one that stands in a summary.
    fn gather_one(&mut self, ground: &Ground, random: &mut Random) {
        if random.one_in(2) {
            let invoices = self.papers.iter().enumerate();
            let invoices = invoices.filter(|(_, paper)| paper.kind == DocumentKind::Invoice);
            let mut invoices: Vec<(usize, &Paper)> = invoices.collect();
            if !random.one_in(3) {
                let model = ground.model();
                invoices.retain(|(_, paper)| model.parts_of(&paper.key()).next().is_some());
            }
            if let Some(at) = random.pick(&invoices).map(|(at, _)| *at) {
                let verb = GATHERED_VERBS[random.index(GATHERED_VERBS.len())];
                return self.change(ground, random, at, verb);
            }
        }
        let today = ground.time.now().date_naive();
        let day = today.checked_sub_days(Days::new(random.below(3)));
        let party = CUSTOMERS[usize::from(random.one_in(4))];
        let division = match random.one_in(6) {
            true => Division::South,
            false => Division::North,
        };
        for _ in 0..random.between(1, 3) {
            if self.papers.len() >= GATHERED_MAX {
                return;
            }
            let paper = Paper {
                kind: DocumentKind::Invoice,
                id: u64::try_from(self.papers.len()).unwrap_or_default() + 1,
                revision: 1,
                number: number(DocumentKind::Invoice, self.papers.len()),
                party: party.to_owned(),
                division,
                standing: Standing::Final,
                issue_date: day.unwrap_or(today),
                lines: self.lines(random),
                tells_payments: self.pays.is_some(),
                payments: Vec::new(),
                crooked: false,
            };
            self.papers.push(paper.clone());
            self.say(ground, &paper, "writes");
        }
    }
}
