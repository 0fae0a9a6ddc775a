//! Everything that a command works with, put together from the configuration.

mod hosts;
mod organisation;
mod patience;
mod people;
mod pruning;
mod trial;
mod xero;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::ConnectionId;
use tieout_core::driver::{HostSite, Limits, Progress, World};
use tieout_core::host::{Host, HostError};
use tieout_core::store::{SledOptions, SledStore, Store, StoreError};
use tieout_core::vault::{KeyRing, Vault};
use tieout_identity::Identity;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Loaded, default_store, no_key, resolve};
use crate::exit::Failure;
use crate::person;
use crate::private;
use crate::report::Archive;

pub(crate) use hosts::sftp_folder;
pub(crate) use organisation::{Access, Organisation};
pub(crate) use people::front_address;
pub(crate) use trial::Trial;
pub(crate) use xero::{AppDesk, Apps};

/// The parts that every command shares.
pub(crate) struct Office {
    /// The configuration.
    pub(crate) loaded: Loaded,
    /// Durable memory.
    pub(crate) store: Arc<SledStore>,
    /// The present.
    pub(crate) clock: Arc<dyn Clock>,
    /// The apps registered at Xero, with their grants.
    pub(crate) apps: Apps,
    /// Who may do what at the front of a process that serves.
    pub(crate) identity: Arc<Identity>,
    /// Where this process listens, once it does.
    pub(crate) listens: Option<SocketAddr>,
    /// Who gives the commands, for the journal.
    pub(crate) by: String,
    /// Those who work here already, for a command that was handed over.
    at_work: Option<Arc<Staff>>,
}

/// What became of opening a store.
pub(crate) enum Opening {
    /// It is open, for this process alone.
    Open(Box<Office>),
    /// Another process has it; what to say if that stays so.
    Held(Failure),
}

/// Hosts and connections ready to work, and those that are not.
pub(crate) struct Staff {
    /// What the driver works on.
    pub(crate) world: Arc<World>,
    /// The organisations, for usage and for a clean end.
    pub(crate) organisations: BTreeMap<ConnectionId, Organisation>,
    /// Connections that nobody has connected yet.
    pub(crate) unconnected: Vec<ConnectionId>,
    /// Connections that are switched off.
    pub(crate) off: BTreeSet<ConnectionId>,
}

impl Office {
    /// Opens the store and what secrets and apps need.
    pub(crate) fn open(loaded: Loaded) -> Result<Self, Failure> {
        match Self::try_open(loaded)? {
            Opening::Open(office) => Ok(*office),
            Opening::Held(failure) => Err(failure),
        }
    }

    /// The same, where another process that has the store is no error.
    pub(crate) fn try_open(loaded: Loaded) -> Result<Opening, Failure> {
        let config = &loaded.config;
        let path = store_folder(&loaded);
        let options = config
            .store
            .cache_bytes
            .map_or_else(SledOptions::default, |cache_bytes| SledOptions {
                cache_bytes,
            });
        let store = match open_store(&path, options) {
            Ok(store) => Arc::new(store),
            Err(error @ StoreError::InUse { .. }) => return Ok(Opening::Held(held(&error))),
            Err(error) => return Err(not_opened(&loaded, error)),
        };
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let vault = vault(&loaded, &store)?;
        let apps = Apps::new(
            Arc::clone(&store) as Arc<dyn Store>,
            vault,
            Arc::clone(&clock),
        );
        let identity = Identity::new(
            Arc::clone(&store) as Arc<dyn Store>,
            Arc::clone(&clock),
            loaded.config.sign_in.lifetimes(),
        );
        Ok(Opening::Open(Box::new(Self {
            identity: Arc::new(identity),
            loaded,
            store,
            clock,
            apps,
            listens: None,
            by: person::name(),
            at_work: None,
        })))
    }

    /// Goes on with another configuration. What is open stays open, so the place of the store and the key must be the same.
    pub(crate) fn turn_to(&mut self, loaded: Loaded) -> Result<(), Failure> {
        let begin_anew = |what: &str| {
            Failure::config(format!(
                "{what} was changed, and this process has the old one open"
            ))
            .advise("Stop it, and start it again.")
        };
        if store_folder(&loaded) != store_folder(&self.loaded) {
            return Err(begin_anew("the place of the store"));
        }
        let vault = vault(&loaded, &self.store)?;
        self.apps = Apps::new(self.port(), vault, Arc::clone(&self.clock));
        self.identity = Arc::new(Identity::new(
            self.port(),
            Arc::clone(&self.clock),
            loaded.config.sign_in.lifetimes(),
        ));
        self.loaded = loaded;
        Ok(())
    }

    /// The same office for a command that another process hands over: its store, its apps and its staff.
    pub(crate) fn lend(&self, staff: &Arc<Staff>, by: String) -> Self {
        Self {
            loaded: self.loaded.clone(),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            apps: self.apps.share(),
            identity: Arc::clone(&self.identity),
            listens: self.listens,
            by,
            at_work: Some(Arc::clone(staff)),
        }
    }

    /// Whether this is lent: the process goes on with its own configuration after the command.
    pub(crate) fn is_lent(&self) -> bool {
        self.at_work.is_some()
    }

    /// Writes down what whoever is at work has spent of the budgets of calls, so that the store tells all of it.
    pub(crate) async fn note_down_calls(&self) {
        let staff = self.at_work.iter();
        for organisation in staff.flat_map(|staff| staff.organisations.values()) {
            if let Some(budget) = organisation.budget() {
                budget.note_down().await;
            }
        }
    }

    /// Lets go of what [`Self::staff`] gave; whoever works on stays at work.
    pub(crate) async fn dismiss(&self, staff: &Staff) {
        if self.at_work.is_none() {
            staff.close().await;
        }
    }

    /// Lets old exchanges go for as long as the process serves.
    pub(crate) fn keep_pruning(&self, stop: CancellationToken) -> JoinHandle<()> {
        let (store, clock) = (self.port(), Arc::clone(&self.clock));
        let keep = pruning::kept_for(&self.loaded.config);
        tokio::spawn(async move {
            pruning::keep_pruning(store.as_ref(), clock.as_ref(), keep, stop).await;
        })
    }

    /// Lets some old exchanges go, after a single run.
    pub(crate) async fn prune_once(&self) {
        let keep = pruning::kept_for(&self.loaded.config);
        pruning::prune_once(self.store.as_ref(), self.clock.as_ref(), keep).await;
    }

    /// The store as the port that everybody else knows.
    pub(crate) fn port(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    /// A host to be looked at for a moment: nothing that it notes is kept.
    pub(crate) async fn host_to_look_at(
        &self,
        site: &HostSite,
    ) -> Result<Arc<dyn Host>, HostError> {
        hosts::without_notes(&self.loaded, site).await
    }

    /// Opens hosts and connections, or gives those at work.
    pub(crate) async fn staff(&mut self) -> Result<Arc<Staff>, Failure> {
        if let Some(staff) = &self.at_work {
            return Ok(Arc::clone(staff));
        }
        let hosts = hosts::open(&self.loaded, &self.port()).await?;
        let (mut sites, mut organisations) = (BTreeMap::new(), BTreeMap::new());
        let mut unconnected = Vec::new();
        let loaded = self.loaded.clone();
        let config = &loaded.config;
        // One keeper of grants for each app, also for those that only pages and consents ask until then. What an app lacks
        // is told to whoever uses it.
        for connection in config.connections.values() {
            let _ = self.apps.app(config, connection);
        }
        let off = config.off.connections.clone();
        let on = config.connections.iter();
        for (name, connection) in on.filter(|(name, _)| !off.contains(*name)) {
            match self.organisation(&loaded, name, connection).await? {
                Some(organisation) => {
                    sites.insert(
                        name.clone(),
                        organisation.site(name.clone(), connection.settings.clone()),
                    );
                    organisations.insert(name.clone(), organisation);
                }
                None => unconnected.push(name.clone()),
            }
        }
        let world = World {
            store: self.port(),
            clock: Arc::clone(&self.clock),
            hosts,
            connections: sites,
            routes: config.routes(),
            limits: limits(config),
            progress: Arc::new(Progress::default()),
        };
        Ok(Arc::new(Staff {
            world: Arc::new(world),
            organisations,
            unconnected,
            off,
        }))
    }
}

impl Staff {
    /// Saves what a clean end saves.
    pub(crate) async fn close(&self) {
        for organisation in self.organisations.values() {
            if let Some(budget) = organisation.budget() {
                budget.close().await;
            }
        }
    }
}

/// Where the store of a configuration lies.
pub(crate) fn store_folder(loaded: &Loaded) -> PathBuf {
    let named = loaded.config.store.path.as_ref();
    let path = named.map_or_else(default_store, |path| resolve(&loaded.file, path));
    // A message about it may be read far from the folder that the command was run in.
    let path = std::path::absolute(&path).unwrap_or(path);
    // `store/` and `store` are the same place: what lies beside it is named after it.
    path.components().collect()
}

fn held(error: &StoreError) -> Failure {
    Failure::of(error).advise(
        "It takes no commands of others. Wait until it ends, or stop it: `tieout serve` and `tieout sync` do take them.",
    )
}

/// The certificates of a configuration: in the folder that it names, or beside the store.
pub(crate) fn archive(loaded: &Loaded) -> Archive {
    let folder = match &loaded.config.reports.folder {
        Some(folder) => resolve(&loaded.file, folder),
        None => {
            let mut beside = store_folder(loaded).into_os_string();
            beside.push("-reports");
            PathBuf::from(beside)
        }
    };
    Archive::at(folder)
}

/// The error with what to do about it here.
fn not_opened(loaded: &Loaded, error: StoreError) -> Failure {
    let mut failure = Failure::from(error);
    let place = format!(
        "Its place is `path` under [store] in {}.",
        loaded.file.display()
    );
    failure.advice = Some(match failure.advice {
        Some(advice) => format!("{advice}\n  {place}"),
        None => place,
    });
    failure
}

/// Opens the store, for its owner alone: the documents in it name people, and the tokens are worth a lot even sealed.
fn open_store(path: &Path, options: SledOptions) -> Result<SledStore, StoreError> {
    let failed = |operation| {
        move |source| StoreError::NotOpened {
            path: path.display().to_string(),
            operation,
            source,
        }
    };
    private::make_folder(path).map_err(failed("creating the directory"))?;
    let store = SledStore::open(path, options)?;
    private::restrict_all(path).map_err(failed("closing its files to others"))?;
    Ok(store)
}

fn vault(loaded: &Loaded, store: &Arc<SledStore>) -> Result<Option<Arc<Vault>>, Failure> {
    let Some(key) = &loaded.config.secrets.key else {
        return Ok(None);
    };
    let ring = KeyRing::parse(key.expose_secret())
        .map_err(|error| Failure::mistakes(vec![no_key(loaded, &error.to_string())]))?;
    Ok(Some(Arc::new(Vault::new(
        Arc::clone(store) as Arc<dyn Store>,
        ring,
    ))))
}

fn limits(config: &Config) -> Limits {
    Limits {
        host_poll: std::time::Duration::from_secs(config.schedule.host_poll_s),
        provider_poll: std::time::Duration::from_secs(config.schedule.provider_poll_s),
        ..Limits::default()
    }
}
