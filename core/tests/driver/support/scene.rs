//! One host, one or more connections, a store and a clock, as a test sets them up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_core::check::Rule;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{ConnectionId, DocumentKey, DocumentKind, HostId};
use tieout_core::driver::{
    ConnectionSite, DriverError, HostSite, Limits, Progress, Summary, World, sync_once,
};
use tieout_core::engine::{Binding, BindingKey, Entry, State, Step};
use tieout_core::provider::Capability;
use tieout_core::settings::{Route, Routes, Settings};
use tieout_core::store::{ChangeSet, MemoryStore, Store};
use tokio_util::sync::CancellationToken;

use super::documents::{connection_id, document_id, host_id, route, settings, start};
use super::host::TestHost;
use super::provider::TestProvider;

/// The name of the first connection.
pub(crate) const ACME: &str = "acme";
/// The name of the first host.
pub(crate) const HOST: &str = "host";

/// Everything outside the driver; it outlives every restart.
pub(crate) struct Scene {
    pub(crate) clock: TokioClock,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) hosts: BTreeMap<HostId, Arc<TestHost>>,
    pub(crate) connections: BTreeMap<ConnectionId, (TestProvider, Settings)>,
    pub(crate) routes: Vec<Route>,
    pub(crate) limits: Limits,
    /// The pause of hosts between two looks, where it is their own.
    pub(crate) own_poll: Option<Duration>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::of(TestHost::new(), super::documents::capability())
    }

    pub(crate) fn of(host: TestHost, capability: Capability) -> Self {
        let clock = TokioClock::starting_at(start());
        let provider = TestProvider::with(clock, capability);
        Self {
            clock,
            store: Arc::new(MemoryStore::new()),
            hosts: BTreeMap::from([(host_id(HOST), Arc::new(host))]),
            connections: BTreeMap::from([(connection_id(ACME), (provider, settings()))]),
            routes: vec![route(ACME)],
            limits: Limits::default(),
            own_poll: None,
        }
    }

    /// The same with a second connection, to which its own routes lead first.
    pub(crate) fn with_connection(mut self, name: &str, routes: Vec<Route>) -> Self {
        let provider = TestProvider::new(self.clock);
        self.connections
            .insert(connection_id(name), (provider, settings()));
        self.routes.splice(0..0, routes);
        self
    }

    pub(crate) fn host(&self) -> &TestHost {
        &self.hosts[&host_id(HOST)]
    }

    pub(crate) fn provider(&self) -> &TestProvider {
        self.provider_of(ACME)
    }

    pub(crate) fn provider_of(&self, connection: &str) -> &TestProvider {
        &self.connections[&connection_id(connection)].0
    }

    pub(crate) fn settings(&mut self) -> &mut Settings {
        &mut self
            .connections
            .get_mut(&connection_id(ACME))
            .expect("the first connection")
            .1
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A process just started.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world_on(Arc::clone(&self.store) as Arc<dyn Store>)
    }

    /// A process just started on another face of the store.
    pub(crate) fn world_on(&self, store: Arc<dyn Store>) -> Arc<World> {
        let hosts = self.hosts.iter().map(|(id, host)| {
            (
                id.clone(),
                Arc::new(
                    HostSite::new(id.clone(), Arc::clone(host) as _).looked_at_every(self.own_poll),
                ),
            )
        });
        let connections = self.connections.iter().map(|(id, (provider, settings))| {
            let site =
                ConnectionSite::new(id.clone(), Arc::new(provider.clone()), settings.clone());
            (id.clone(), Arc::new(site))
        });
        Arc::new(World {
            store,
            clock: Arc::new(self.clock),
            hosts: hosts.collect(),
            connections: connections.collect(),
            routes: Routes(self.routes.clone()),
            limits: self.limits.clone(),
            progress: Arc::new(Progress::default()),
        })
    }

    /// A new process goes once through everything, without any trouble.
    pub(crate) async fn sync(&self) -> Arc<World> {
        let world = self.world();
        let summary = self.sync_with(&world).await.expect("the store works");
        assert_eq!(summary, Summary::default());
        world
    }

    /// A new process goes once through everything; the sites with trouble.
    pub(crate) async fn sync_troubled(&self) -> Vec<String> {
        let summary = self
            .sync_with(&self.world())
            .await
            .expect("the store works");
        let sites: BTreeSet<String> = summary
            .troubles
            .into_iter()
            .map(|trouble| trouble.site)
            .collect();
        sites.into_iter().collect()
    }

    pub(crate) async fn sync_with(&self, world: &Arc<World>) -> Result<Summary, DriverError> {
        sync_once(Arc::clone(world), CancellationToken::new()).await
    }

    /// Time passes.
    pub(crate) async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// The binding of an invoice of the first host on the first connection.
    pub(crate) async fn binding(&self, id: &str) -> Binding {
        self.binding_on(id, ACME).await.expect("a binding")
    }

    pub(crate) async fn binding_on(&self, id: &str, connection: &str) -> Option<Binding> {
        let document = DocumentKey {
            host: host_id(HOST),
            kind: DocumentKind::Invoice,
            id: document_id(id),
        };
        let key = BindingKey {
            document,
            connection: connection_id(connection),
        };
        self.store
            .bindings(&[key])
            .await
            .expect("the store works")
            .remove(0)
    }

    pub(crate) async fn state(&self, id: &str) -> State {
        self.binding(id).await.state
    }

    /// The rules of the findings on an invoice.
    pub(crate) async fn rules(&self, id: &str) -> Vec<Rule> {
        self.state(id)
            .await
            .findings()
            .iter()
            .map(|finding| finding.rule.clone())
            .collect()
    }

    /// What a person does to a binding.
    pub(crate) async fn act(&self, step: Step) {
        let changes = ChangeSet {
            bindings: vec![step.binding],
            journal: vec![step.entry],
            ..ChangeSet::default()
        };
        self.store.commit(changes).await.expect("it is stored");
    }

    /// Every binding in the store.
    pub(crate) async fn bindings(&self) -> Vec<Binding> {
        self.store
            .scan(None, usize::MAX)
            .await
            .expect("the store works")
    }

    /// Every line of the journal, oldest first.
    pub(crate) async fn journal(&self) -> Vec<Entry> {
        let mut pages = self
            .store
            .journal_before(None, usize::MAX)
            .await
            .expect("the store works");
        pages.reverse();
        pages.into_iter().flat_map(|page| page.entries).collect()
    }
}
