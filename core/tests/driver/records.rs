//! Promises about records beside documents: what is shown is fresh, and a draft is made once and for the linked contact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tieout_core::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use tieout_core::driver::{
    ConnectionSite, HostSite, PartyStanding, RecordDesk, RecordError, SheetAsked, World,
};
use tieout_core::host::{
    Delivery, Details, Drafting, Host, HostCapability, HostError, HostPage, HostRecord, RecordHost,
    RecordKind, RecordPage, RecordRef, Trace, WriteBackRefusal,
};
use tieout_core::panel::{DocumentRole, DraftLine, View};
use tieout_core::provider::{
    AccountingProvider, Browse, Capability, ChangePage, ChangesAfter, Chart, Clerk, ContactAnswer,
    ContactCard, ContactTotals, ContactWanted, ContactsMeant, CopiedDetails, DocumentsFound,
    DocumentsMeant, Hint, MatchedBy, Opened, Organisation, ProviderError, Rejection, Request,
    Snapshot, TotalsWanted, TrackingOption,
};
use tieout_core::settings::{CreateStatus, Settings};

use crate::support::books::Contact;
use crate::support::documents::{cents, connection_id, host_id, invoice};
use crate::support::provider::TestProvider;
use crate::support::scene::{ACME, HOST, Scene};

/// The provider of the tests, which shows its contacts and documents.
struct Shown {
    inner: TestProvider,
    lists: Arc<AtomicUsize>,
    /// On which rung it finds its first contact for whomever it is asked.
    rung: Option<MatchedBy>,
}

#[async_trait]
impl AccountingProvider for Shown {
    fn capability(&self) -> &'static Capability {
        self.inner.capability()
    }

    async fn chart(&self) -> Result<Chart, ProviderError> {
        self.inner.chart().await
    }

    async fn resolve_contacts(
        &self,
        wanted: &[ContactWanted],
    ) -> Result<Vec<ContactAnswer>, ProviderError> {
        let Some(by) = &self.rung else {
            return self.inner.resolve_contacts(wanted).await;
        };
        let id = self.inner.books(|books| books.contacts[0].id.clone());
        let found = |_: &ContactWanted| ContactAnswer::Found {
            id: id.clone(),
            by: by.clone(),
        };
        Ok(wanted.iter().map(found).collect())
    }

    async fn send(
        &self,
        request: &Request,
    ) -> Result<Vec<Result<Snapshot, Rejection>>, ProviderError> {
        self.inner.send(request).await
    }

    async fn look_up(
        &self,
        kind: DocumentKind,
        numbers: &[String],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.inner.look_up(kind, numbers).await
    }

    async fn read(
        &self,
        kind: DocumentKind,
        ids: &[ProviderDocumentId],
    ) -> Result<Vec<Snapshot>, ProviderError> {
        self.inner.read(kind, ids).await
    }

    async fn changes(&self, after: &ChangesAfter) -> Result<ChangePage, ProviderError> {
        self.inner.changes(after).await
    }

    fn clerk(&self) -> Option<&dyn Clerk> {
        Some(self)
    }
}

#[async_trait]
impl Clerk for Shown {
    async fn copy_details(
        &self,
        contact: &ProviderContactId,
        wanted: &ContactWanted,
    ) -> Result<CopiedDetails, ProviderError> {
        self.inner.copy_details(contact, wanted).await
    }

    async fn make_tracking_option(
        &self,
        category_id: &str,
        name: &str,
    ) -> Result<Result<TrackingOption, Rejection>, ProviderError> {
        self.inner.make_tracking_option(category_id, name).await
    }

    async fn contact_totals(&self, wanted: &TotalsWanted) -> Result<ContactTotals, ProviderError> {
        self.inner.contact_totals(wanted).await
    }

    fn browse(&self) -> Option<&dyn Browse> {
        Some(self)
    }
}

#[async_trait]
impl Browse for Shown {
    async fn contacts(&self, wanted: &ContactsMeant) -> Result<Vec<ContactCard>, ProviderError> {
        let all: Vec<(ProviderContactId, String, bool)> = self.inner.books(|books| {
            let all = books.contacts.iter();
            all.map(|one| (one.id.clone(), one.name.clone(), one.archived))
                .collect()
        });
        let fits = |id: &ProviderContactId, name: &str| match wanted {
            ContactsMeant::Like(text) => name.to_lowercase().contains(&text.to_lowercase()),
            ContactsMeant::Ids(ids) => ids.contains(id),
        };
        let fitting = all.into_iter().filter(|(id, name, _)| fits(id, name));
        Ok(fitting
            .map(|(id, name, archived)| ContactCard {
                id,
                name,
                first_name: None,
                last_name: None,
                email: None,
                tax_number: None,
                phones: tieout_core::document::Phones::default(),
                addresses: Vec::new(),
                archived,
            })
            .collect())
    }

    async fn documents(&self, wanted: &DocumentsMeant) -> Result<DocumentsFound, ProviderError> {
        self.lists.fetch_add(1, Ordering::Relaxed);
        let mut documents = self.inner.live_documents();
        documents.retain(|held| {
            let like = wanted.like.as_deref();
            let reference = held.reference.as_deref().unwrap_or_default();
            let is_like =
                like.is_none_or(|like| held.number.contains(like) || reference.contains(like));
            is_like && (wanted.contacts.is_empty() || wanted.contacts.contains(&held.contact))
        });
        documents.sort_by_key(|held| std::cmp::Reverse(held.date));
        let more = documents.len() > wanted.documents_max;
        documents.truncate(wanted.documents_max);
        Ok(DocumentsFound { documents, more })
    }

    fn address(&self, _: &Organisation, _: &Opened<'_>) -> Option<String> {
        None
    }
}

/// A product with one company.
struct Crm {
    drafting: Drafting,
    capability: HostCapability,
}

#[async_trait]
impl Host for Crm {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, _: usize) -> Result<HostPage, HostError> {
        Ok(HostPage {
            records: Vec::new(),
            position: after.map(str::to_owned),
            more: false,
        })
    }

    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        Ok(delivery.items.iter().map(|_| Ok(())).collect())
    }

    fn records(&self) -> Option<&dyn RecordHost> {
        Some(self)
    }
}

#[async_trait]
impl RecordHost for Crm {
    fn record_kinds(&self) -> &'static [RecordKind] {
        &[RecordKind::Company]
    }

    fn drafting(&self) -> &Drafting {
        &self.drafting
    }

    async fn record(&self, key: &RecordRef) -> Result<Option<HostRecord>, HostError> {
        Ok((key.id.as_str() == "7").then(|| HostRecord {
            mirrored: std::collections::BTreeMap::new(),
            key: key.clone(),
            name: "Customer Ltd".to_owned(),
            details: Details::default(),
            company: None,
            related: Vec::new(),
            stage: None,
            currency: None,
            amount: None,
            lines: Vec::new(),
            url: None,
            updated_at: None,
            version: None,
        }))
    }

    async fn search(&self, _: RecordKind, _: &str, _: usize) -> Result<Vec<HostRecord>, HostError> {
        Ok(Vec::new())
    }

    async fn changed(
        &self,
        _: RecordKind,
        after: Option<&str>,
        _: usize,
    ) -> Result<RecordPage, HostError> {
        Ok(RecordPage {
            records: Vec::new(),
            position: after.map(str::to_owned),
            more: false,
        })
    }

    async fn complete(&self, _: &HostRecord, _: &Details) -> Result<Result<(), String>, HostError> {
        Ok(Ok(()))
    }

    async fn leave_trace(&self, _: &RecordRef, _: &Trace) -> Result<Result<(), String>, HostError> {
        Ok(Ok(()))
    }
}

/// A scene whose host keeps records, and how often its provider listed documents.
fn world(scene: &Scene) -> (Arc<World>, Arc<AtomicUsize>) {
    world_of(scene, None)
}

/// The same, whose provider finds its first contact for everybody on a rung.
fn world_of(scene: &Scene, rung: Option<MatchedBy>) -> (Arc<World>, Arc<AtomicUsize>) {
    let lists = Arc::new(AtomicUsize::new(0));
    let (provider, settings) = &scene.connections[&connection_id(ACME)];
    let shown = Shown {
        inner: provider.clone(),
        lists: Arc::clone(&lists),
        rung,
    };
    let settings = Settings {
        invoice_status: CreateStatus::Authorised,
        ..settings.clone()
    };
    let crm = Crm {
        drafting: Drafting::default(),
        capability: HostCapability {
            kind: "crm",
            documents: &[DocumentKind::Invoice],
            takes_payments: false,
            takes_settlements: false,
            takes_postings: false,
            numbers_changes: true,
            delivery_items_max: 10,
        },
    };
    let before = scene.world();
    let site = ConnectionSite::new(connection_id(ACME), Arc::new(shown), settings);
    let host = HostSite::new(host_id(HOST), Arc::new(crm));
    let world = World {
        store: Arc::clone(&before.store),
        clock: Arc::new(scene.clock),
        hosts: BTreeMap::from([(host_id(HOST), Arc::new(host))]),
        connections: BTreeMap::from([(connection_id(ACME), Arc::new(site))]),
        routes: before.routes.clone(),
        limits: before.limits.clone(),
        progress: Arc::clone(&before.progress),
    };
    (Arc::new(world), lists)
}

fn desk(world: &World) -> RecordDesk<'_> {
    RecordDesk::open(world, &host_id(HOST), None, "ann").expect("a desk")
}

fn key() -> RecordRef {
    RecordRef::new(RecordKind::Company, "7").expect("a key")
}

fn all() -> SheetAsked {
    SheetAsked {
        view: View::All,
        ..SheetAsked::default()
    }
}

fn work(price_cents: i64) -> [DraftLine; 1] {
    [DraftLine {
        description: "Work".to_owned(),
        quantity: cents(100),
        unit_price: cents(price_cents),
        item: None,
    }]
}

async fn sync(scene: &Scene, world: &Arc<World>) {
    let summary = scene.sync_with(world).await.expect("the store works");
    assert!(summary.troubles.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_is_read_again_after_a_hint_or_after_one_poll_and_not_before() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let held = scene.provider().live("INV-1").expect("it is posted");
    let (world, lists) = world(&scene);
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    desk.link_contact(&record, held.contact.as_str())
        .await
        .expect("linked");
    for _ in 0..3 {
        let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
        assert_eq!(sheet.rows.len(), 1);
        scene.wait(Duration::from_secs(1)).await;
    }
    assert_eq!(lists.load(Ordering::Relaxed), 1, "asked once");

    scene.provider().pay("INV-1", cents(1_000));
    let hint = Hint {
        kind: None,
        id: held.id.clone(),
        at: scene.now(),
    };
    world
        .keep_hints(&connection_id(ACME), &[hint])
        .await
        .expect("kept");
    scene.wait(Duration::from_secs(1)).await;
    let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
    assert_eq!(sheet.rows[0].instalments.len(), 1);
    assert_eq!(lists.load(Ordering::Relaxed), 2, "a hint makes it old");

    scene.provider().pay("INV-1", cents(1_000));
    scene.wait(world.limits.provider_poll).await;
    let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
    assert_eq!(
        sheet.rows[0].instalments.len(),
        2,
        "without a hint, after one poll"
    );
}

#[tokio::test(start_paused = true)]
async fn a_draft_goes_to_the_linked_contact_though_it_was_renamed_meanwhile_and_is_a_draft() {
    let scene = Scene::new();
    let (world, _) = world(&scene);
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    let link = desk.create_contact(&record).await.expect("made");
    desk.draft(&record, (&work(5_000), None), false)
        .await
        .expect("drafted");
    scene
        .provider()
        .books(|books| books.contacts[0].name = "Renamed Ltd".to_owned());
    sync(&scene, &world).await;
    let held = scene.provider().live("ORG-7").expect("it is posted");
    assert_eq!(Some(held.contact), link.contact);
    assert_eq!(held.status.as_str(), "draft");
    assert_eq!(
        scene.provider().books(|books| books.contacts.len()),
        1,
        "nobody is made twice"
    );
}

#[tokio::test(start_paused = true)]
async fn two_who_draft_at_once_make_one_and_another_is_made_only_when_it_is_wanted() {
    let scene = Scene::new();
    let (world, _) = world(&scene);
    let (one, other) = (desk(&world), desk(&world));
    let record = one.record(&key()).await.expect("a record");
    one.create_contact(&record).await.expect("made");
    let (lines, others) = (work(5_000), work(9_900));
    let (first, second) = tokio::join!(
        one.draft(&record, (&lines, None), false),
        other.draft(&record, (&others, None), false)
    );
    let both = [first, second].map(|drafted| drafted.expect("drafted"));
    assert!(both.iter().all(|drafted| drafted.binding.number == "ORG-7"));
    let made = both.iter().filter(|drafted| drafted.is_new);
    assert_eq!(made.count(), 1, "who lost is told that it was there");
    let journal = format!("{:?}", scene.journal().await);
    assert_eq!(journal.matches("ann drafted ORG-7").count(), 1);
    sync(&scene, &world).await;
    assert_eq!(scene.provider().live_documents().len(), 1);
    one.draft(&record, (&lines, None), true)
        .await
        .expect("drafted");
    sync(&scene, &world).await;
    assert_eq!(scene.provider().live_documents().len(), 2);
    // After a restart the record still knows its drafts.
    let again = desk(&world).draft(&record, (&lines, None), false).await;
    assert!(!again.expect("there").is_new);
}

#[tokio::test(start_paused = true)]
async fn a_pin_is_durable_with_who_and_when_and_what_is_denied_changes_nothing() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let (world, _) = world(&scene);
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    let pin = desk
        .add_document(DocumentRole::Pinned, &record, "INV-1")
        .await
        .expect("pinned");
    assert_eq!((pin.by.as_str(), pin.at), ("ann", scene.now()));
    let pinned = SheetAsked {
        view: View::Pinned,
        ..SheetAsked::default()
    };
    let sheet = desk.sheet(&key(), &pinned).await.expect("a sheet");
    assert_eq!(sheet.rows.len(), 1, "though nobody is linked");
    let denied = desk
        .add_document(DocumentRole::Pinned, &record, "INV-9")
        .await;
    assert!(matches!(denied, Err(RecordError::Denied { .. })));
    desk.remove_document(DocumentRole::Pinned, &record, "INV-1")
        .await
        .expect("unpinned");
    let sheet = desk.sheet(&key(), &pinned).await.expect("a sheet");
    assert!(sheet.rows.is_empty());
    let journal = format!("{:?}", scene.journal().await);
    assert!(journal.contains("ann pinned invoice INV-1") && journal.contains("ann took away"));
}

#[tokio::test(start_paused = true)]
async fn a_draft_goes_to_nobody_who_only_shares_an_address_or_a_name_written_alike() {
    let near = [
        MatchedBy::Email,
        MatchedBy::NormalisedName,
        MatchedBy::Other("guess".to_owned()),
    ];
    for rung in near {
        let scene = Scene::new();
        add_contact(&scene, "Elsewhere Ltd");
        let (world, _) = world_of(&scene, Some(rung));
        let desk = desk(&world);
        let record = desk.record(&key()).await.expect("a record");
        let denied = desk.draft(&record, (&work(5_000), None), false).await;
        let Err(RecordError::Denied { why, advice }) = denied else {
            panic!("it is drafted for somebody else");
        };
        assert!(why.contains("Elsewhere Ltd"), "{why}");
        assert!(advice.contains("--contact contact"), "{advice}");
        let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
        assert_eq!(sheet.parties[0].standing, PartyStanding::Nobody);
        assert!(sheet.drafts.is_empty());
    }
    // Our own number in a contact that was renamed is as sure as its name.
    let scene = Scene::new();
    let id = add_contact(&scene, "Renamed Ltd");
    let (world, _) = world_of(&scene, Some(MatchedBy::Number));
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    let link = desk.create_contact(&record).await.expect("linked");
    assert_eq!(link.contact, Some(id));
}

#[tokio::test(start_paused = true)]
async fn of_more_documents_than_are_seen_only_a_whole_number_or_an_identifier_is_sure() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let held = scene.provider().live("INV-1").expect("it is posted");
    scene.provider().books(|books| {
        let newer = (1_000..1_201).map(|at| Snapshot {
            id: ProviderDocumentId::new(format!("newer-{at}")).expect("an identifier"),
            number: format!("INV-{at}"),
            reference: Some(if at == 1_000 { "JOB" } else { "JOB-2" }.to_owned()),
            date: held.date + chrono::Days::new(1),
            ..held.clone()
        });
        books.documents.extend(newer);
    });
    let (world, _) = world(&scene);
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    let pinned = desk
        .add_document(DocumentRole::Pinned, &record, "INV-1")
        .await;
    assert_eq!(pinned.expect("the whole number").id, held.id);
    // The one that is seen may not be the only one.
    let denied = desk
        .add_document(DocumentRole::Pinned, &record, "JOB")
        .await;
    let Err(RecordError::Denied { why, .. }) = denied else {
        panic!("one of many is taken");
    };
    assert!(why.contains("more than 200"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn the_boxes_of_a_company_leave_out_what_is_pinned_there_of_somebody_else() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[10_000]));
    scene.sync().await;
    let held = scene.provider().live("INV-1").expect("it is posted");
    let other = add_contact(&scene, "Elsewhere Ltd");
    let (world, _) = world(&scene);
    let desk = desk(&world);
    let record = desk.record(&key()).await.expect("a record");
    for role in [DocumentRole::Pinned, DocumentRole::Linked] {
        let added = desk.add_document(role, &record, "INV-1").await;
        added.expect("it is there");
    }
    let link = desk.link_contact(&record, other.as_str()).await;
    link.expect("linked");
    let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
    assert_eq!(sheet.rows.len(), 1, "it is shown");
    assert!(sheet.boxes.is_empty(), "and not counted");
    let link = desk.link_contact(&record, held.contact.as_str()).await;
    link.expect("linked");
    let sheet = desk.sheet(&key(), &all()).await.expect("a sheet");
    assert_eq!(sheet.boxes[0].unpaid, held.amount_due);
}

/// Somebody at the provider.
fn add_contact(scene: &Scene, name: &str) -> ProviderContactId {
    let id = ProviderContactId::new("contact-elsewhere").expect("an identifier");
    let contact = Contact {
        id: id.clone(),
        name: name.to_owned(),
        archived: false,
    };
    scene
        .provider()
        .books(|books| books.contacts.insert(0, contact));
    id
}
