//! One host, two organisations, a store and a clock, and what people do to them.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tieout_core::check::Rule;
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::document::{ConnectionId, Document, HostId, Invoice};
use tieout_core::driver::{ConnectionSite, HostSite, Limits, Progress, World, sync_once};
use tieout_core::engine::{Binding, HostPolicy, undo};
use tieout_core::provider::AccountingProvider;
use tieout_core::settings::{Accounts, CreateStatus, Route, Routes, Settings};
use tieout_core::store::{ChangeSet, MemoryStore, Store};
use tieout_sandbox_xero::{AUSTRALIA, NEW_ZEALAND, Options, People, Sandbox};
use tieout_xero::adapter::XeroProvider;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use crate::host::PaperHost;
use crate::narrow::Narrow;
use crate::paper;
use crate::wire::{Veil, Veils, Wire};

/// The connection that takes everything at first, and the one beside it.
pub(crate) const ACME: &str = "acme";
pub(crate) const OTHER: &str = "other";

/// How long a person waits who was told that something goes by itself.
const PATIENCE: Duration = Duration::from_secs(2 * 3_600 + 60);
/// How long the chart is remembered, and a minute.
const FORGETTING: Duration = Duration::from_secs(3_660);

/// Everything that a scenario works on.
pub(crate) struct Ground {
    pub(crate) settings: Settings,
    pub(crate) other_settings: Settings,
    pub(crate) routes: Vec<Route>,
    pub(crate) host: Arc<PaperHost>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) invoice: Invoice,
    /// Whether a person asks for the undo of the invoice before the engine goes on.
    pub(crate) is_undone: bool,
    /// Whether the accounting system keeps nothing but invoices.
    pub(crate) is_narrow: bool,
    veils: Veils,
    store: Arc<MemoryStore>,
    clock: TokioClock,
    world: Option<Arc<World>>,
}

impl Ground {
    /// To be laid within a paused runtime.
    pub(crate) fn lay() -> Self {
        let beginning = DateTime::from_timestamp(1_794_700_800, 0).expect("a day of the calendar");
        Self {
            settings: settings("OUTPUT", "EXEMPTOUTPUT"),
            other_settings: settings("OUTPUT2", "ZERORATEDOUTPUT"),
            routes: vec![Route::everything(connection(ACME))],
            host: Arc::default(),
            sandbox: Arc::new(Sandbox::new(Options::default().unlimited())),
            invoice: paper::invoice(),
            is_undone: false,
            is_narrow: false,
            veils: Veils::default(),
            store: Arc::new(MemoryStore::new()),
            clock: TokioClock::starting_at(beginning),
            world: None,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn people(&self) -> People<'_> {
        self.sandbox.people(self.now())
    }

    /// The host changes the invoice and hands it over.
    pub(crate) fn hand_over(&mut self, change: impl FnOnce(&mut Invoice)) {
        change(&mut self.invoice);
        self.host.put(Document::Invoice(self.invoice.clone()));
        self.invoice.revision += 1;
    }

    /// Replies do not show something any more.
    pub(crate) fn cover(&self, veil: Veil) {
        let mut veils = self.veils.lock().unwrap_or_else(PoisonError::into_inner);
        veils.push(veil);
    }

    /// Replies show everything again.
    pub(crate) fn uncover(&self) {
        let mut veils = self.veils.lock().unwrap_or_else(PoisonError::into_inner);
        veils.clear();
    }

    /// The process ends; the next run is one of a new process, with the settings as they are then.
    pub(crate) fn restart(&mut self) {
        self.world = None;
    }

    /// The engine goes once through everything, and a few minutes pass.
    pub(crate) async fn run(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.is_undone) {
            self.ask_for_undo().await?;
        }
        let world = self.world();
        let summary = sync_once(world, CancellationToken::new())
            .await
            .map_err(|error| error.chain())?;
        tokio::time::sleep(Duration::from_secs(60)).await;
        match summary.troubles.first() {
            None => Ok(()),
            Some(trouble) => Err(format!("{}: {}", trouble.site, trouble.message)),
        }
    }

    /// Marks what the accounting system holds as `tieout undo --apply` does. What came into the way since a person
    /// looked is not seen here: the engine must find it.
    async fn ask_for_undo(&mut self) -> Result<(), String> {
        let policy = HostPolicy {
            postings: true,
            payments: true,
            settlements: true,
            payments_ahead_days_max: None,
            companions: None,
        };
        for binding in self.bindings().await? {
            if binding.posted.is_none() {
                continue;
            }
            let step = undo(&binding, "ann", None, None, policy, self.now());
            let step = step.map_err(|denied| format!("{denied}. {}", denied.instead))?;
            let changes = ChangeSet {
                bindings: vec![step.binding],
                journal: vec![step.entry],
                ..ChangeSet::default()
            };
            let stored = self.store.commit(changes).await;
            stored.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// So much time passes that what is remembered of the organisation is read anew for the next document.
    pub(crate) async fn pass(&self) {
        tokio::time::sleep(FORGETTING).await;
    }

    /// So much time passes that whatever goes by itself is gone.
    pub(crate) async fn wait(&self) {
        tokio::time::sleep(PATIENCE).await;
    }

    pub(crate) fn world(&mut self) -> Arc<World> {
        if let Some(world) = &self.world {
            return Arc::clone(world);
        }
        let sites = [
            (ACME, AUSTRALIA, self.settings.clone()),
            (OTHER, NEW_ZEALAND, self.other_settings.clone()),
        ];
        let connections = sites.map(|(name, organisation, settings)| {
            let id = connection(name);
            let provider = self.provider(organisation);
            let site = ConnectionSite::new(id.clone(), provider, settings);
            (id, Arc::new(site))
        });
        let host = HostSite::new(host_id(), Arc::clone(&self.host) as _);
        let world = Arc::new(World {
            store: Arc::clone(&self.store) as _,
            clock: Arc::new(self.clock),
            hosts: [(host_id(), Arc::new(host))].into(),
            connections: connections.into(),
            routes: Routes(self.routes.clone()),
            limits: Limits::default(),
            progress: Arc::new(Progress::default()),
        });
        self.world = Some(Arc::clone(&world));
        world
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Everything that is known of the invoice.
    pub(crate) async fn bindings(&self) -> Result<Vec<Binding>, String> {
        let all = self.store.scan(None, 100).await;
        all.map_err(|error| error.to_string())
    }

    /// The binding with a finding of a rule.
    pub(crate) async fn found(&self, rule: &Rule) -> Result<Option<Binding>, String> {
        let mut all = self.bindings().await?.into_iter();
        Ok(all.find(|binding| binding.findings().any(|it| it.rule == *rule)))
    }

    fn provider(&self, organisation: Uuid) -> Arc<dyn AccountingProvider> {
        let wire = Wire {
            sandbox: Arc::clone(&self.sandbox),
            clock: self.clock,
            organisation,
            veils: Arc::clone(&self.veils),
        };
        let base = Url::parse("https://api.xero.com/api.xro/2.0/").expect("an address");
        let provider = XeroProvider::new(
            Arc::new(wire),
            Arc::new(self.clock),
            base,
            organisation.to_string(),
        );
        if self.is_narrow {
            Arc::new(Narrow(Arc::new(provider)))
        } else {
            Arc::new(provider)
        }
    }
}

pub(crate) fn connection(name: &str) -> ConnectionId {
    ConnectionId::new(name).expect("a short text")
}

fn host_id() -> HostId {
    HostId::new("host").expect("a short text")
}

fn settings(sales_tax: &str, free: &str) -> Settings {
    Settings {
        accounts: Accounts {
            sales: Some("200".to_owned()),
            ..Accounts::default()
        },
        tax_codes: [("GST", sales_tax), ("FREE", free)]
            .map(|(code, tax)| (code.to_owned(), tax.to_owned()))
            .into(),
        invoice_status: CreateStatus::Authorised,
        credit_note_status: CreateStatus::Authorised,
        ..Settings::default()
    }
}
