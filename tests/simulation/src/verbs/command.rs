//! What operators do by commands that ask the provider: they undo, let stay, adopt and tell apart.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Days;
use tieout_core::check::{Finding, Rule};
use tieout_core::document::DocumentKind;
use tieout_core::driver::{
    Choice, DriverError, Outcome, Undoable, World, Wrote, batch_documents, batches, run_documents,
    runs, undo_now,
};
use tieout_core::engine::{Binding, BindingKey, Inverse, Manner};
use tieout_core::provider::SnapshotStatus;
use tieout_core::store::Find;
use tokio_util::sync::CancellationToken;

use crate::books::{ORGANISATIONS, Row, rows};
use crate::coverage::Case;
use crate::ground::Ground;
use crate::model::{By, Excuse, Wrong};
use crate::mutations::Mutation;
use crate::node::connection;
use crate::paper::host_id;
use crate::random::Random;

/// Who works on the store beside the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nobody: the command does what follows itself.
    Nobody,
    /// A node that serves, which does what follows.
    Node,
}

/// Times that somebody gives a command that fails.
const TRIES: u32 = 4;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(40);

/// One command of an operator, given again when it fails. An error is a failing store.
pub(crate) async fn run(
    ground: &Ground,
    world: &World,
    random: &mut Random,
    beside: Beside,
) -> Result<(), DriverError> {
    let command = Command {
        ground,
        world,
        beside,
    };
    let drawn = Random::of(random.below(u64::MAX), "command");
    for _ in 0..TRIES {
        match command.once(&mut drawn.clone()).await {
            Ok(()) => return Ok(()),
            Err(error @ DriverError::Store(_)) => return Err(error),
            Err(error) => ground.tell("operator", format!("is told: {}", error.chain())),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

struct Command<'a> {
    ground: &'a Ground,
    world: &'a World,
    beside: Beside,
}

/// What is named, with what a run wrote of each where a run is.
type Named = BTreeMap<BindingKey, Option<Wrote>>;

impl Command<'_> {
    async fn once(&self, random: &mut Random) -> Result<(), DriverError> {
        match random.below(10) {
            0..=4 => self.undo(random).await,
            5 => self.tell_apart(random).await,
            6..=7 => self.adopt_all().await,
            _ => self.adopt(random).await,
        }
    }

    async fn everything(&self) -> Result<Vec<Binding>, DriverError> {
        Ok(self.world.store.scan(None, usize::MAX).await?)
    }

    async fn undo(&self, random: &mut Random) -> Result<(), DriverError> {
        let (mut named, mut case) = match random.below(5) {
            0 => (self.batch(random).await?, Case::BatchUndone),
            1 => (self.of_run(random).await?, Case::RunUndone),
            _ => (self.one(random).await?, Case::DocumentUndone),
        };
        // Draws nothing that others draw.
        let mut closing = Random::of(random.clone().below(u64::MAX), "closes the books");
        let closes = closing.one_in(2);
        if closes && let Some(key) = self.unsettled_invoice(&mut closing).await? {
            (named, case) = (BTreeMap::from([(key, None)]), Case::DocumentUndone);
        }
        if named.is_empty() {
            return Ok(());
        }
        let keys: Vec<BindingKey> = named.keys().cloned().collect();
        self.ground
            .tell("operator", format!("undoes {}: {case:?}", shown(&keys)));
        self.take_payments_of_others(&keys);
        let opens = closes && self.close_books(&mut closing);
        let looked = self.world.look_at_undo(&keys).await?;
        let rows: Vec<Undoable> = looked
            .into_iter()
            .map(|row| confined(row, &named))
            .collect();
        self.judge(&rows);
        let rows = self
            .world
            .mark_undone(rows, "ann", Some("wrong month"))
            .await?;
        let mut marked = Vec::new();
        for row in &rows {
            let (key, word) = (&row.binding.key, row.inverse.as_str());
            self.ground.tell("operator", format!("{key}: {word}"));
            if row.inverse.is_possible() && row.binding.undo.is_some() {
                self.ground.met(case);
                let revision = row.binding.revision;
                let mut model = self.ground.model();
                model.decided.is_told_undone(&key.document, revision);
            }
            if row.is_at_work() {
                marked.push(key.clone());
            }
        }
        if random.one_in(5) {
            self.let_stay().await?;
        }
        let worked = self.work_off(&marked).await;
        if opens {
            self.open_books();
        }
        worked
    }

    /// An approved invoice that nothing settles, as far as the store tells.
    async fn unsettled_invoice(
        &self,
        random: &mut Random,
    ) -> Result<Option<BindingKey>, DriverError> {
        let fits = |binding: &Binding| {
            let posted = binding.posted.as_ref();
            binding.key.document.kind == DocumentKind::Invoice
                && binding.undo.is_none()
                && posted.is_some_and(|posted| {
                    posted.status == SnapshotStatus::Authorised && posted.payments.is_empty()
                })
        };
        let all = self.everything().await?;
        let all: Vec<Binding> = all.into_iter().filter(fits).collect();
        Ok(random.pick(&all).map(|binding| binding.key.clone()))
    }

    /// The books are closed, so that nothing can be voided. Gives whether they are opened again after that.
    fn close_books(&self, random: &mut Random) -> bool {
        let people = self.ground.sandbox.people(self.ground.time.now());
        let back = Days::new(random.below(4));
        let day = self.ground.time.now().date_naive().checked_sub_days(back);
        for (_, organisation) in ORGANISATIONS {
            let _ = people.set_lock_dates(organisation, day, None);
        }
        self.ground.met(Case::PeriodLocked);
        self.ground.model().locked();
        self.ground
            .tell("people", format!("close the books up to {day:?}"));
        self.ground.observe(By::People);
        random.one_in(2)
    }

    fn open_books(&self) {
        let people = self.ground.sandbox.people(self.ground.time.now());
        for (_, organisation) in ORGANISATIONS {
            let _ = people.set_lock_dates(organisation, None, None);
        }
        self.ground.tell("people", "open the books again");
        self.ground.observe(By::People);
    }

    /// What was marked is done: here, or by the node that serves.
    async fn work_off(&self, marked: &[BindingKey]) -> Result<(), DriverError> {
        if self.beside == Beside::Node {
            if !marked.is_empty() {
                self.ground.met(Case::UndoneBesideNode);
            }
            self.world.work_now();
            return Ok(());
        }
        self.world.end_dead_runs().await?;
        let summary = undo_now(self.world, marked, &CancellationToken::new()).await?;
        for trouble in summary.troubles {
            self.ground.tell("operator", format!("is told {trouble:?}"));
        }
        Ok(())
    }

    /// What a person is shown must be what is in the books: nothing goes that somebody else settled.
    fn judge(&self, rows: &[Undoable]) {
        let held: BTreeMap<String, Row> = books(self.ground);
        for row in rows {
            let document = &row.binding.key.document;
            if row.inverse.is_possible() {
                self.ground.model().decided.asks_undo(document);
            }
            let posted = row.binding.posted.as_ref();
            let stands = posted.and_then(|posted| held.get(posted.id.as_str()));
            let others = |row: &&Row| !self.ground.model().of_others(row).is_empty();
            if let Inverse::CreditNote(note) = &row.inverse {
                let mut model = self.ground.model();
                model
                    .reversals
                    .is_shown(document, &note.number, note.totals);
            }
            let settled = stands
                .filter(|row| row.is_live())
                .is_some_and(|row| others(&row));
            match &row.inverse {
                Inverse::Void { .. } | Inverse::CreditNote(_) if settled => {
                    self.ground.wrong(Wrong {
                        invariant: "what others settled stands in the way of an undo",
                        document: document.to_string(),
                        what: format!("it would go, there is {stands:?}"),
                    });
                }
                Inverse::Refused(finding) if settled => {
                    self.ground.met(Case::UndoRefusedByPayment);
                    self.ground.tell("operator", format!("is told {finding}"));
                }
                Inverse::Refused(finding) => {
                    self.ground.tell("operator", format!("is told {finding}"));
                }
                Inverse::Delete
                | Inverse::Void { .. }
                | Inverse::CreditNote(_)
                | Inverse::KeepOut
                | Inverse::Underway
                | Inverse::Nothing(_) => {}
            }
        }
    }

    /// A mistake that an undo could make.
    fn take_payments_of_others(&self, keys: &[BindingKey]) {
        if !self.ground.makes(Mutation::UndoTakesPayments) {
            return;
        }
        let model = self.ground.model();
        let rows: Vec<Row> = keys
            .iter()
            .flat_map(|key| model.live_rows(&key.document))
            .cloned()
            .collect();
        drop(model);
        let people = self.ground.sandbox.people(self.ground.time.now());
        for row in rows {
            for payment in row.settled_by.keys().filter_map(|id| id.parse().ok()) {
                // What is an allocation is left.
                let _ = people.delete_payment(row.organisation, payment);
            }
        }
        self.ground.observe(By::App);
    }

    async fn one(&self, random: &mut Random) -> Result<Named, DriverError> {
        let mut all = self.everything().await?;
        if !random.one_in(6) {
            all.retain(|binding| binding.posted.is_some());
        }
        let one = random.pick(&all).map(|binding| binding.key.clone());
        Ok(one.into_iter().map(|key| (key, None)).collect())
    }

    async fn batch(&self, random: &mut Random) -> Result<Named, DriverError> {
        let store = self.world.store.as_ref();
        let known = batches(store, &host_id()).await?;
        let Some(batch) = random.pick(&known) else {
            return Ok(Named::new());
        };
        let mut named = Named::new();
        for document in batch_documents(store, batch).await? {
            let keys = store.find(&Find::Document(document)).await?;
            let bindings = store.bindings(&keys).await?.into_iter().flatten();
            let here = bindings.filter(|binding| !binding.has_left());
            named.extend(here.map(|binding| (binding.key, None)));
        }
        Ok(named)
    }

    async fn of_run(&self, random: &mut Random) -> Result<Named, DriverError> {
        let store = self.world.store.as_ref();
        let known = runs(store).await?;
        let Some(run) = random.pick(&known) else {
            return Ok(Named::new());
        };
        let wrote = run_documents(store, run).await?;
        Ok(wrote
            .into_iter()
            .map(|wrote| (wrote.binding.clone(), Some(wrote)))
            .collect())
    }

    /// Takes back that documents are to be undone, where they are not out of the books yet.
    async fn let_stay(&self) -> Result<(), DriverError> {
        let all = self.everything().await?.into_iter();
        for binding in all.filter(|it| it.is_to_be_undone() && it.is_bound()) {
            let key = &binding.key;
            self.ground
                .tell("operator", format!("lets {key} stay after all"));
            self.ground.model().decided.asks_to_stay(&key.document);
            if self.world.cancel_undo(key, "ann").await?.is_ok() {
                self.ground.met(Case::UndoCancelled);
                self.ground.model().decided.ends_undo(&key.document);
            }
        }
        Ok(())
    }

    /// Hosts are read first, as the command does.
    async fn read_hosts(&self) -> Result<(), DriverError> {
        for host in self.world.hosts.values() {
            while self.world.take_page(host).await?.more {}
        }
        Ok(())
    }

    async fn adopt(&self, random: &mut Random) -> Result<(), DriverError> {
        self.read_hosts().await?;
        let Some(binding) = self.unsettled(random).await? else {
            return Ok(());
        };
        let name = random
            .one_in(2)
            .then(|| self.name_for(&binding, random))
            .flatten();
        let choice = name.as_deref().map_or(Choice::Found, Choice::Named);
        let manner = match random.one_in(2) {
            true => Manner::Overwrite,
            false => Manner::AsItIs,
        };
        let key = &binding.key;
        self.ground.tell(
            "operator",
            format!("adopts {key} as {choice:?}, {manner:?}"),
        );
        self.ground.model().decided.asks_adoption(&key.document);
        match self.world.adopt(&binding, choice, (manner, "ann")).await? {
            Err(denied) => self.ground.tell("operator", format!("is denied: {denied}")),
            Ok(bound) => {
                self.ground.met(match (manner, name.is_some()) {
                    (Manner::Overwrite, _) => Case::AdoptedOverwritten,
                    (Manner::AsItIs, true) => Case::AdoptedByName,
                    (Manner::AsItIs, false) => Case::AdoptedAsFound,
                });
                let posted = bound.posted.map(|posted| posted.id);
                self.ground.tell("operator", format!("bound to {posted:?}"));
            }
        }
        self.world.work_now();
        Ok(())
    }

    /// A document of which something may be there already, else one that waits, or now and then any.
    async fn unsettled(&self, random: &mut Random) -> Result<Option<Binding>, DriverError> {
        let mut all = self.everything().await?;
        // Nobody enters a summary by hand.
        all.retain(|binding| binding.roster.is_none());
        let asks = |binding: &&Binding| binding.state.findings().iter().any(is_of_adoption);
        let asking: Vec<&Binding> = all.iter().filter(asks).collect();
        if !random.one_in(4)
            && let Some(binding) = random.pick(&asking)
        {
            return Ok(Some((*binding).clone()));
        }
        let waits = |binding: &&Binding| binding.posted.is_none();
        let waiting: Vec<&Binding> = all.iter().filter(waits).collect();
        match random.pick(&waiting).filter(|_| !random.one_in(3)) {
            Some(binding) => Ok(Some((*binding).clone())),
            None => Ok(random.pick(&all).cloned()),
        }
    }

    /// A number or identifier at the provider: mostly of what has the document's number, else of anything.
    fn name_for(&self, binding: &Binding, random: &mut Random) -> Option<String> {
        let organisation = ORGANISATIONS
            .iter()
            .find(|(name, _)| connection(name) == binding.key.connection)?;
        let mut there = rows(&self.ground.sandbox);
        there.retain(|row| {
            row.organisation == organisation.1
                && row.kind == binding.key.document.kind
                && row.is_live()
        });
        if !random.one_in(4) {
            there.retain(|row| row.number.ends_with(&binding.number));
        }
        let row = random.pick(&there)?;
        Some(match random.one_in(2) {
            true => row.number.clone(),
            false => row.id.to_string(),
        })
    }

    /// Binds everything that is there already and the same.
    async fn adopt_all(&self) -> Result<(), DriverError> {
        self.read_hosts().await?;
        let survey = self.world.survey(None).await?;
        let documents: usize = survey.lots.iter().map(|lot| lot.documents()).sum();
        self.ground.tell(
            "operator",
            format!("adopts what is the same of {documents}"),
        );
        for lot in survey.lots {
            for surveyed in self.world.look_for(lot).await? {
                if !matches!(surveyed.outcome, Outcome::Same(_)) {
                    continue;
                }
                let document = surveyed.binding().key.document.clone();
                self.ground.model().decided.asks_adoption(&document);
                if self.world.bind_same(&surveyed, "ann").await?.is_ok() {
                    self.ground.met(Case::AdoptedInSurvey);
                }
            }
        }
        Ok(())
    }

    async fn tell_apart(&self, random: &mut Random) -> Result<(), DriverError> {
        self.read_hosts().await?;
        let Some(binding) = self.unsettled(random).await? else {
            return Ok(());
        };
        let key = &binding.key;
        self.ground.tell(
            "operator",
            format!("says that {key} is none of those there"),
        );
        if let Ok((told, others)) = self.world.tell_apart(&binding, "ann").await? {
            self.ground.met(Case::ToldApart);
            self.ground.tell("operator", format!("{others} are others"));
            let mut model = self.ground.model();
            for row in &told.not_these {
                model.decided.is_apart(&key.document, row.as_str());
            }
            model.excuse(&key.document, Excuse::ToldApart);
        }
        self.world.work_now();
        Ok(())
    }
}

/// Whether a finding says that something may be there already, or is not as it should be.
fn is_of_adoption(finding: &Finding) -> bool {
    matches!(
        finding.rule,
        Rule::NumberTaken
            | Rule::ExistingDiffers
            | Rule::ExistingAmbiguous
            | Rule::EditedAtProvider
    )
}

/// A run is undone only in what it wrote itself.
fn confined(mut row: Undoable, named: &Named) -> Undoable {
    let Some(Some(wrote)) = named.get(&row.binding.key) else {
        return row;
    };
    let posted = row.binding.posted.as_ref();
    let is_its = posted.is_none_or(|posted| posted.id.as_str() == wrote.provider_id);
    if !is_its && row.inverse.is_possible() {
        row.inverse = Inverse::Nothing("what stands now was made later".to_owned());
    }
    row
}

fn books(ground: &Ground) -> BTreeMap<String, Row> {
    let rows = rows(&ground.sandbox).into_iter();
    rows.map(|row| (row.id.to_string(), row)).collect()
}

fn shown(keys: &[BindingKey]) -> String {
    let names: Vec<String> = keys.iter().map(ToString::to_string).collect();
    names.join(", ")
}
