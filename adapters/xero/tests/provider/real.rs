//! The same promises on a real Xero demo company, when `TIEOUT_XERO_TOKEN` and `TIEOUT_XERO_TENANT` name one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Days, Utc};
use http::{HeaderValue, Request, Response};
use rust_decimal::Decimal;
use tieout_conformance::provider::{Backstage, Kept, Stage, keep_all};
use tieout_core::clock::{Clock, SystemClock};
use tieout_core::document::{
    AccountClass, AmountsAre, Currency, DocumentKind, ProviderContactId, ProviderDocumentId, Totals,
};
use tieout_core::provider::{
    AccountingProvider, ContactAnswer, ContactWanted, Posting, RejectionKind,
};
use tieout_core::settings::CreateStatus;
use tieout_core::store::MemoryStore;
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{NEW_ZEALAND, Options, ServeOptions, WEB_CLIENT_ID, serve};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::http::{HttpConfig, ReqwestTransport, Traced};
use tieout_xero::limit::{AppBudget, LimitConfig, LimitOptions, Limited};

use crate::conformance::{NOBODY, fit, is_purchase};
use crate::postings::{line, posting};
use crate::sandboxed::SCOPES;

const TOKEN: &str = "TIEOUT_XERO_TOKEN";
const TENANT: &str = "TIEOUT_XERO_TENANT";
const API: &str = "https://api.xero.com/api.xro/2.0/";

/// Writes some hundred documents into the organisation, under numbers that nobody had. Use a demo company.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_organisation_keeps_every_promise_that_can_be_tried_on_it() {
    let said = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let (Some(token), Some(tenant)) = (said(TOKEN), said(TENANT)) else {
        let missing: Vec<&str> = [TOKEN, TENANT]
            .into_iter()
            .filter(|name| said(name).is_none())
            .collect();
        eprintln!(
            "skipped: a real Xero is not tried; not set: {}",
            missing.join(", ")
        );
        return;
    };
    let options = LimitOptions {
        tenant_id: tenant.clone(),
        app_budget: Arc::new(AppBudget::new(10_000)),
        limits: LimitConfig {
            // A whole window of a minute may have to pass.
            wait_ms_max: 90_000,
            ..LimitConfig::default()
        },
        clock: Arc::new(SystemClock),
        store: Arc::new(MemoryStore::new()),
    };
    let limited = Limited::open(plain(), options).await.unwrap();
    let organisation = Organisation::open(API, &token, &tenant, limited).await;
    let all = keep(&organisation).await;
    assert_eq!(named(&all, |kept| *kept == Kept::No), [""; 0]);
}

/// So that the way there is known to work when somebody has a demo company.
#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_a_real_organisation_leads_to_a_served_sandbox_as_well() {
    let options = ServeOptions {
        sandbox: Options::default().unlimited(),
        ..ServeOptions::default()
    };
    let served = serve(options).await.unwrap();
    let now = Utc::now();
    let tokens = served
        .sandbox
        .grant(WEB_CLIENT_ID, &[NEW_ZEALAND], SCOPES, now)
        .unwrap();
    let api = format!("{}/api.xro/2.0/", served.base_url);
    let tenant = NEW_ZEALAND.to_string();
    let organisation = Organisation::open(&api, &tokens.access_token, &tenant, plain()).await;
    let all = keep(&organisation).await;
    assert_eq!(named(&all, |kept| *kept == Kept::No), [""; 0]);
    let kept = named(&all, |kept| *kept == Kept::Yes);
    assert!(kept.contains(&"bill::a_create_never_overwrites"));
    assert!(kept.contains(&"organisation::two_of_one_name_become_one_contact"));
    let left_out = named(&all, |kept| matches!(kept, Kept::LeftOut(_)));
    assert!(left_out.contains(&"invoice::a_read_shows_what_was_paid"));
    assert!(left_out.contains(&"organisation::a_lost_reply_makes_no_contact_twice"));
    served.shutdown().await;
}

fn named(all: &[(String, Kept)], fits: impl Fn(&Kept) -> bool) -> Vec<&str> {
    let fitting = all.iter().filter(|(_, kept)| fits(kept));
    fitting.map(|(name, _)| name.as_str()).collect()
}

/// Tries every promise and prints what became of it.
async fn keep(organisation: &Arc<Organisation>) -> Vec<(String, Kept)> {
    let stages = AtomicUsize::new(0);
    let make = || -> Arc<dyn Stage> {
        Arc::new(Real {
            organisation: Arc::clone(organisation),
            name: stages.fetch_add(1, Ordering::Relaxed),
        })
    };
    keep_all(make, |name, kept| match kept {
        Kept::Yes => eprintln!("kept      {name}"),
        Kept::No => eprintln!("BROKEN    {name}"),
        Kept::LeftOut(want) => eprintln!("left out  {name}: it needs {want}"),
    })
    .await
}

/// Over the network, with nothing to hold it back.
fn plain() -> Traced<ReqwestTransport> {
    Traced::new(ReqwestTransport::new(&HttpConfig::default()).unwrap())
}

/// The sign-in: one token, which lasts half an hour.
struct Signed<T> {
    inner: T,
    bearer: HeaderValue,
    tenant: HeaderValue,
}

#[async_trait]
impl<T: Transport> Transport for Signed<T> {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let headers = request.headers_mut();
        headers.insert("authorization", self.bearer.clone());
        headers.insert("xero-tenant-id", self.tenant.clone());
        self.inner.send(request).await
    }
}

/// The demo company, with what a document on it needs.
struct Organisation {
    provider: XeroProvider,
    currency: Currency,
    /// What is earned, and what is spent.
    accounts: [String; 2],
    parties: [ProviderContactId; 2],
    run: i64,
}

impl Organisation {
    async fn open(
        api: &str,
        token: &str,
        tenant: &str,
        transport: impl Transport + 'static,
    ) -> Arc<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        bearer.set_sensitive(true);
        let signed = Signed {
            inner: transport,
            bearer,
            tenant: HeaderValue::from_str(tenant).unwrap(),
        };
        let api = api.parse().unwrap();
        let provider = XeroProvider::new(Arc::new(signed), clock, api, tenant);
        let chart = provider.chart().await.unwrap();
        let account = |class: AccountClass| {
            let fits = chart
                .accounts
                .iter()
                .find(|account| account.active && !account.system && account.class == class);
            fits.and_then(|account| account.code.clone()).unwrap()
        };
        let accounts = [AccountClass::Revenue, AccountClass::Expense].map(account);
        let wanted = ["tieout conformance one", "tieout conformance two"].map(party);
        let answers = provider.resolve_contacts(&wanted).await.unwrap();
        let parties: Vec<ProviderContactId> = answers
            .into_iter()
            .map(|answer| match answer {
                ContactAnswer::Found { id, .. } => id,
                answer => panic!("{answer:?}"),
            })
            .collect();
        Arc::new(Self {
            provider,
            currency: chart.organisation.base_currency,
            accounts,
            parties: parties.try_into().unwrap(),
            run: Utc::now().timestamp(),
        })
    }
}

fn party(name: &str) -> ContactWanted {
    ContactWanted {
        number: None,
        name: name.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: None,
        create_missing: true,
    }
}

/// A stage for one promise: its numbers are nobody else's.
struct Real {
    organisation: Arc<Organisation>,
    name: usize,
}

impl Stage for Real {
    fn provider(&self) -> &dyn AccountingProvider {
        &self.organisation.provider
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn number(&self, name: &str) -> String {
        let name = name.replace(' ', "-");
        format!("TC{}-{}-{name}", self.organisation.run, self.name)
    }

    fn posting(&self, kind: DocumentKind, number: &str, nets: &[Decimal]) -> Posting {
        let organisation = &self.organisation;
        let [party, _] = &organisation.parties;
        let mut document = posting(number, party, CreateStatus::Authorised);
        let [earned, spent] = &organisation.accounts;
        let account = if is_purchase(kind) { spent } else { earned };
        let lines = nets.iter().enumerate().map(|(index, net)| {
            let mut line = line(&index.to_string(), "1", "1");
            (line.unit_amount, line.tax_type) = (*net, None);
            line.account_code.clone_from(account);
            line
        });
        document.lines = lines.collect();
        document.date = Utc::now().date_naive();
        document.due_date = document.date.checked_add_days(Days::new(14));
        document.currency = organisation.currency;
        document.amounts_are = AmountsAre::NoTax;
        let net = nets.iter().sum();
        document.totals = Totals {
            net,
            tax: Decimal::ZERO,
            gross: net,
        };
        fit(document, kind)
    }

    fn other_party(&self, _kind: DocumentKind) -> ProviderContactId {
        self.organisation.parties[1].clone()
    }

    fn unknown_document(&self) -> ProviderDocumentId {
        ProviderDocumentId::new(NOBODY).unwrap()
    }

    fn refused(&self, kind: DocumentKind, number: &str) -> Vec<(RejectionKind, Posting)> {
        let mut document = self.posting(kind, number, &[Decimal::ONE_HUNDRED]);
        "zznone".clone_into(&mut document.lines[0].account_code);
        vec![(RejectionKind::AccountInvalid, document)]
    }

    fn keeps_approved(&self, kind: DocumentKind) -> bool {
        // Whether Xero lets an approved order be deleted is not published: both are right.
        kind == DocumentKind::PurchaseOrder
    }

    fn backstage(&self) -> Option<&dyn Backstage> {
        None
    }
}
