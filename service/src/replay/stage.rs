//! Where a replay runs: a new store in memory, a new sandbox with the remembered chart, the connection's own settings.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rust_decimal::Decimal;
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::{AccountClass, Document};
use tieout_core::driver::{ConnectionSite, HostSite, Limits, Progress, World, sync_once};
use tieout_core::engine::{Binding, BindingKey, HostPolicy, Roster, summary_changed};
use tieout_core::exchange::{Bodies, Recorded};
use tieout_core::provider::{Chart, ContactAnswer, MatchedBy};
use tieout_core::settings::{AttachmentPolicy, Existing, Moves, Route, Routes, Settings};
use tieout_core::store::{ChangeSet, MemoryStore, Store};
use tieout_sandbox_xero::books::Organisation;
use tieout_sandbox_xero::books::chart::{self, Class, Standing};
use tieout_sandbox_xero::books::contact::Contact;
use tieout_sandbox_xero::{AUSTRALIA, BRITAIN, NEW_ZEALAND, Options, Sandbox};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::http::RECORDED;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

use super::host::Again;
use super::script::{Script, is_summary};
use super::wire::InProcess;
use crate::exit::Failure;
use crate::story::{Said, entries, said};

/// What came of a replay.
pub(crate) struct Replayed {
    /// What was said.
    pub(crate) said: Vec<Said>,
    /// The binding at the end.
    pub(crate) binding: Option<Binding>,
    /// What could not be worked off, in words.
    pub(crate) troubles: Vec<String>,
}

/// Nobody calls this address: the wire ends in this process.
const BASE: &str = "https://api.xero.com/api.xro/2.0/";

/// Runs the steps one after the other.
pub(crate) async fn run(
    key: &BindingKey,
    document: &Document,
    settings: &Settings,
    (chart, contact): (&Chart, Option<(&str, &ContactAnswer)>),
    script: &Script,
) -> Result<Replayed, Failure> {
    let settings = alone(settings);
    let (sandbox, tenant) = books(chart, contact);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let wire = InProcess {
        sandbox,
        tenant,
        clock: Arc::clone(&clock),
    };
    let recorded = Recorded::new(wire, Arc::clone(&clock), RECORDED, Bodies::Kept);
    let base = Url::parse(BASE).map_err(|error| Failure::of(&error))?;
    let provider = XeroProvider::new(
        Arc::new(recorded),
        Arc::clone(&clock),
        base,
        tenant.to_string(),
    );
    let host = Arc::new(Again::new(script.steps.clone()));
    let site = ConnectionSite::new(key.connection.clone(), Arc::new(provider), settings.clone());
    let store = Arc::new(MemoryStore::default());
    let (at, host_id) = (Arc::clone(&host), key.document.host.clone());
    let world = World {
        store: Arc::clone(&store) as Arc<dyn Store>,
        clock,
        hosts: BTreeMap::from([(host_id.clone(), Arc::new(HostSite::new(host_id, at)))]),
        connections: BTreeMap::from([(key.connection.clone(), Arc::new(site))]),
        routes: Routes(vec![Route::everything(key.connection.clone())]),
        limits: Limits::default(),
        progress: Arc::new(Progress::default()),
    };
    let world = Arc::new(world);
    let mut troubles = Vec::new();
    let mut is_written = write_summary(store.as_ref(), key, document).await?;
    while host.next() || std::mem::take(&mut is_written) {
        let summary = sync_once(Arc::clone(&world), CancellationToken::new()).await?;
        troubles.extend(
            summary
                .troubles
                .into_iter()
                .map(|it| format!("{}: {}", it.site, it.message)),
        );
    }
    let binding = store.bindings(std::slice::from_ref(key)).await?.remove(0);
    let mut all = Vec::new();
    if let Some(binding) = &binding {
        let entries = entries(store.as_ref(), binding).await?;
        all = said(store.as_ref(), binding, Some(document), &settings, &entries).await?;
    }
    Ok(Replayed {
        said: all,
        binding,
        troubles,
    })
}

/// Writes a summary as the engine does, with its members whole: what comes from a host has none. Gives whether it is one.
async fn write_summary(
    store: &MemoryStore,
    key: &BindingKey,
    document: &Document,
) -> Result<bool, Failure> {
    let Document::Invoice(invoice) = document else {
        return Ok(false);
    };
    if !is_summary(document) {
        return Ok(false);
    }
    let roster = Roster {
        period: String::new(),
        first: invoice.issue_date,
        last: invoice.issue_date,
        group: invoice.id.clone(),
        members: invoice.members().map(|it| it.id.clone()).collect(),
        leaving: Vec::new(),
        shared: None,
        settled: Decimal::ZERO,
        there: None,
        sent: Vec::new(),
        is_sent: false,
    };
    let nobody = HostPolicy {
        postings: false,
        payments: false,
        settlements: false,
        payments_ahead_days_max: None,
        companions: None,
    };
    let written = (document, roster, Vec::new());
    let at = SystemClock.now();
    let mut changes = ChangeSet::default();
    if let Some(step) = summary_changed((key, None), written, "made again", nobody, at) {
        changes.bindings.push(step.binding);
        changes.journal.push(step.entry);
    }
    changes
        .documents
        .push((key.document.clone(), document.clone()));
    store.commit(changes).await?;
    Ok(true)
}

/// The settings with what concerns the document itself: what goes out beside it needs the host, and what stands at
/// the provider already is not in the sandbox.
fn alone(settings: &Settings) -> Settings {
    Settings {
        host_payments: None,
        attachments: AttachmentPolicy::Off,
        history_notes: None,
        // A member is replayed as it would be alone.
        summary: None,
        existing: Existing::OnCollision,
        moves: Moves::Stay,
        ..settings.clone()
    }
}

/// A sandbox whose organisation has the remembered chart, and the contact where it was there before.
fn books(chart: &Chart, contact: Option<(&str, &ContactAnswer)>) -> (Arc<Sandbox>, Uuid) {
    let sandbox = Sandbox::new(Options::default().unlimited());
    let tenant = match chart.organisation.country.as_str() {
        "NZ" => NEW_ZEALAND,
        "GB" => BRITAIN,
        _ => AUSTRALIA,
    };
    sandbox.arrange(tenant, |books| {
        let organisation = &chart.organisation;
        books.profile.name = lasting(&organisation.name);
        books.profile.base_currency = organisation.base_currency.code();
        books.profile.country = lasting(&organisation.country);
        // What was open when it was sent may be locked by now.
        (books.profile.period_lock, books.profile.year_lock) = (None, None);
        books.chart = remembered(chart, books);
        if let Some((name, ContactAnswer::Found { id, by })) = contact
            && *by != MatchedBy::Created
            && let Ok(id) = id.as_str().parse()
        {
            books
                .contacts
                .insert(Contact::named(id, name.to_owned(), 0));
        }
    });
    (Arc::new(sandbox), tenant)
}

fn remembered(from: &Chart, books: &mut Organisation) -> chart::Chart {
    let mut to = chart::Chart::default();
    let standing = |active| match active {
        true => Standing::Active,
        false => Standing::Archived,
    };
    for account in &from.accounts {
        let Some(code) = account
            .code
            .as_deref()
            .filter(|code| to.account(code).is_none())
        else {
            continue;
        };
        to.add_account(chart::Account {
            id: books.ids.next_id(),
            code: lasting(code),
            name: lasting(&account.name),
            kind: lasting(&account.kind),
            class: class(&account.class),
            tax_type: lasting(account.tax_type.as_deref().unwrap_or_default()),
            standing: standing(account.active),
            system: if account.system { "SYSTEM" } else { "" },
            takes_payments: account.takes_payments && account.kind != "BANK",
            bank: None,
            description: "",
        });
    }
    for rate in &from.tax_rates {
        if to.tax_rate(&rate.code).is_some() {
            continue;
        }
        to.add_tax_rate(chart::TaxRate {
            tax_type: lasting(&rate.code),
            name: lasting(&rate.name),
            rate_percent: rate.rate * Decimal::ONE_HUNDRED,
            standing: standing(rate.active),
            report_type: "",
            applies_to: rate.applies_to.iter().map(class).collect(),
        });
    }
    to.tracking = from.tracking.iter().map(|it| tracking(it, books)).collect();
    let themes = from.branding_themes.iter().flatten();
    to.branding_themes = (0..)
        .zip(themes)
        .map(|(sort_order, theme)| chart::BrandingTheme {
            id: id_of(&theme.id, books),
            name: lasting(&theme.name),
            sort_order,
        })
        .collect();
    to.currencies = from
        .currencies
        .iter()
        .map(|currency| chart::Currency {
            code: currency.code().to_owned(),
            description: currency.code().to_owned(),
            day_rate: Decimal::ONE,
        })
        .collect();
    to
}

fn tracking(
    from: &tieout_core::provider::TrackingCategory,
    books: &mut Organisation,
) -> chart::TrackingCategory {
    let options = from.options.iter().map(|option| chart::TrackingOption {
        id: id_of(&option.id, books),
        name: option.name.clone().into(),
        standing: match option.active {
            true => Standing::Active,
            false => Standing::Archived,
        },
    });
    let options = options.collect();
    chart::TrackingCategory {
        id: id_of(&from.id, books),
        name: lasting(&from.name),
        standing: Standing::Active,
        options,
    }
}

/// The remembered identifier, so that requests name the same one.
fn id_of(id: &str, books: &mut Organisation) -> Uuid {
    id.parse().unwrap_or_else(|_| books.ids.next_id())
}

fn class(class: &AccountClass) -> Class {
    match class {
        AccountClass::Asset => Class::Asset,
        AccountClass::Equity => Class::Equity,
        AccountClass::Expense => Class::Expense,
        AccountClass::Liability => Class::Liability,
        AccountClass::Revenue | AccountClass::Other(_) => Class::Revenue,
    }
}

/// A text that lasts as long as the process, as the sandbox's charts have theirs: each is kept once, so that a
/// hundred replays of one organisation take no more memory than one.
fn lasting(text: &str) -> &'static str {
    static KEPT: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let kept = KEPT.get_or_init(Mutex::default);
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(text) {
        return known;
    }
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    kept.insert(text);
    text
}
