//! Promises about records beside documents: what is shown is fresh, and a draft is made once and for the linked contact.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tieout_core::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use tieout_core::driver::{ConnectionSite, HostSite, RecordDesk, RecordError, SheetAsked, World};
use tieout_core::host::{
    Delivery, Details, Drafting, Host, HostCapability, HostError, HostPage, HostRecord, RecordHost,
    RecordKind, RecordPage, RecordRef, Trace, WriteBackRefusal,
};
use tieout_core::panel::{DocumentRole, DraftLine, View};
use tieout_core::provider::{
    AccountingProvider, Browse, Capability, ChangePage, ChangesAfter, Chart, ContactAnswer,
    ContactCard, ContactWanted, ContactsMeant, DocumentsFound, DocumentsMeant, Hint, Opened,
    Organisation, ProviderError, Rejection, Request, Snapshot,
};
use tieout_core::settings::{CreateStatus, Settings};

use crate::support::documents::{cents, connection_id, host_id, invoice};
use crate::support::provider::TestProvider;
use crate::support::scene::{ACME, HOST, Scene};

/// The provider of the tests, which shows its contacts and documents.
struct Shown {
    inner: TestProvider,
    lists: Arc<AtomicUsize>,
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
        self.inner.resolve_contacts(wanted).await
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
            let is_like = like.is_none_or(|like| held.number.contains(like));
            is_like && (wanted.contacts.is_empty() || wanted.contacts.contains(&held.contact))
        });
        Ok(DocumentsFound {
            documents,
            more: false,
        })
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
    let lists = Arc::new(AtomicUsize::new(0));
    let (provider, settings) = &scene.connections[&connection_id(ACME)];
    let shown = Shown {
        inner: provider.clone(),
        lists: Arc::clone(&lists),
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
    let numbers = [first, second].map(|drafted| drafted.expect("drafted").binding.number);
    assert_eq!(numbers, ["ORG-7", "ORG-7"]);
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
