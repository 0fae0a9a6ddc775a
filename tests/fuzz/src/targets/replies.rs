//! Replies of the provider: everything that the adapter reads, as the sandbox answers it, bent on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::{HeaderValue, Request, Response};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tieout_core::clock::Clock;
use tieout_core::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, ChangesAfter, ContactWanted, Order, ProviderError, Request as Sending,
    Snapshot, SnapshotStatus, Sought,
};
use tieout_core::transport::{Transport, TransportError};
use tieout_sandbox_xero::{AUSTRALIA, Options, Sandbox, WEB_CLIENT_ID};
use tieout_xero::adapter::XeroProvider;
use tieout_xero::config::DEFAULT_SCOPES;
use tokio::runtime::Runtime;

use super::{Target, Verdict};
use crate::mutate;
use crate::random::Random;

/// Calls of one case at most: a page that says that there is more may say so for ever.
const CALLS_MAX: usize = 400;

const KINDS: [DocumentKind; 4] = [
    DocumentKind::Invoice,
    DocumentKind::CreditNote,
    DocumentKind::Bill,
    DocumentKind::PurchaseOrder,
];

/// A strict local Xero whose replies are bent.
pub(super) struct Replies {
    line: Arc<BentLine>,
    provider: XeroProvider,
    ids: Vec<ProviderDocumentId>,
    runtime: Runtime,
}

struct BentLine {
    sandbox: Sandbox,
    token: HeaderValue,
    state: Mutex<State>,
}

/// How the replies of a case are bent, and what was handed over.
#[derive(Default)]
struct State {
    random: Option<Random>,
    calls: usize,
    bodies: Vec<Vec<u8>>,
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        noon()
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_262_400, 0).unwrap_or_default()
}

#[async_trait]
impl Transport for BentLine {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let headers = request.headers_mut();
        headers.insert("authorization", self.token.clone());
        let tenant = HeaderValue::try_from(AUSTRALIA.to_string());
        headers.insert("xero-tenant-id", tenant.expect("a tenant is plain text"));
        let (response, _, _) = self.sandbox.handle(request, noon()).into_parts();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.calls += 1;
        if state.calls > CALLS_MAX {
            return Err(TransportError::NotSent("enough".into()));
        }
        let (mut parts, mut body) = response.into_parts();
        if let Some(random) = &mut state.random {
            if !random.one_in(3) {
                body = mutate::json(&body, random).into();
            }
            if random.one_in(12) {
                let status = [200, 204, 304, 400, 404, 412, 429, 500, 503][random.below(9)];
                parts.status = http::StatusCode::from_u16(status).unwrap_or_default();
            }
            if random.one_in(12) {
                let text = mutate::HOSTILE[random.below(mutate::HOSTILE.len())];
                if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                    let name = [
                        "retry-after",
                        "x-rate-limit-problem",
                        "content-type",
                        "date",
                        "x-daylimit-remaining",
                    ][random.below(5)];
                    parts.headers.insert(name, value);
                }
            }
        }
        state.bodies.push(body.to_vec());
        Ok(Response::from_parts(parts, body))
    }
}

impl Replies {
    pub(super) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let sandbox = Sandbox::new(Options::default());
        sandbox.set_limits(tieout_sandbox_xero::Limits {
            enforced: false,
            ..tieout_sandbox_xero::Limits::default()
        });
        let scopes = DEFAULT_SCOPES.join(" ");
        let token = sandbox
            .grant(WEB_CLIENT_ID, &[AUSTRALIA], &scopes, noon())
            .ok_or("the app is registered")?;
        let ids = fill(&sandbox)?;
        let line = Arc::new(BentLine {
            sandbox,
            token: HeaderValue::try_from(format!("Bearer {}", token.access_token))?,
            state: Mutex::default(),
        });
        let base = "http://localhost/api.xro/2.0/".parse()?;
        let transport = Arc::clone(&line) as Arc<dyn Transport>;
        Ok(Self {
            provider: XeroProvider::new(transport, Arc::new(Noon), base, AUSTRALIA.to_string()),
            line,
            ids,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()?,
        })
    }
}

/// Books with something of everything in them.
fn fill(sandbox: &Sandbox) -> Result<Vec<ProviderDocumentId>, Box<dyn std::error::Error>> {
    let people = sandbox.people(noon());
    let line =
        json!([{ "Description": "Work", "Quantity": 2, "UnitAmount": 10.1, "AccountCode": "200" }]);
    let mut ids = Vec::new();
    for number in 1..=3 {
        let fields = json!({ "Type": "ACCREC", "InvoiceNumber": format!("F-{number}"), "Status": "AUTHORISED",
            "Contact": { "Name": "Banksia" }, "DueDate": "2026-12-01", "LineItems": line });
        let id = people.write_invoice(AUSTRALIA, &serde_json::from_value(fields)?)?;
        people.pay(AUSTRALIA, &id.to_string(), Some(Decimal::ONE), None)?;
        ids.push(ProviderDocumentId::new(id.to_string())?);
    }
    let note = json!({ "Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": { "Name": "Banksia" }, "LineItems": line });
    let note = people.write_credit_note(AUSTRALIA, &serde_json::from_value(note)?)?;
    people.allocate(AUSTRALIA, &note.to_string(), "F-1", Some(Decimal::ONE))?;
    let contacts = sandbox.read(AUSTRALIA, |books| {
        let contacts = books.contacts.ledger.rows();
        contacts.first().map(|contact| contact.id)
    });
    let order = json!({ "PurchaseOrderNumber": "F-PO", "LineItems": line,
        "Contact": { "ContactID": contacts.flatten().ok_or("nobody is known")? } });
    people.write_purchase_order(AUSTRALIA, &serde_json::from_value(order)?)?;
    Ok(ids)
}

impl Target for Replies {
    /// The input is the seed of a case: what is bent is what the sandbox answers.
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        random.below(usize::MAX).to_le_bytes().to_vec()
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let seed = input
            .iter()
            .fold(0_u64, |seed, byte| (seed << 8) | u64::from(*byte));
        let line = &self.line;
        let fresh = State {
            random: Some(Random::new(seed)),
            ..State::default()
        };
        *line.state.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        let asked = self
            .runtime
            .block_on(ask(&self.provider, &self.ids, random));
        let state = std::mem::take(&mut *line.state.lock().unwrap_or_else(PoisonError::into_inner));
        match asked {
            Ok(snapshots) => {
                exact(&snapshots, &state.bodies).map_or(Verdict::Taken, Verdict::Broken)
            }
            Err(error) if error.to_string().trim().is_empty() => {
                Verdict::Broken("refused without a word".to_owned())
            }
            Err(_) => Verdict::Refused,
        }
    }
}

async fn ask(
    provider: &XeroProvider,
    ids: &[ProviderDocumentId],
    random: &mut Random,
) -> Result<Vec<Snapshot>, ProviderError> {
    let kind = KINDS[random.below(KINDS.len())];
    let numbers = ["F-1".to_owned(), "F-2".to_owned(), "F-PO".to_owned()];
    match random.below(8) {
        0 => provider.chart().await.map(|_| Vec::new()),
        1 => provider.look_up(kind, &numbers).await,
        2 => provider.read(kind, ids).await,
        3 | 4 => changes(provider).await,
        5 => {
            let wanted = ["Banksia", "Nobody yet"].map(wanted);
            provider.resolve_contacts(&wanted).await.map(|_| Vec::new())
        }
        6 => {
            let found = provider.find(kind, &[sought()]).await?;
            Ok(found
                .into_iter()
                .flatten()
                .map(|candidate| candidate.snapshot)
                .collect())
        }
        _ => {
            let orders = ids.iter().map(|id| Order::Void {
                id: id.clone(),
                status: SnapshotStatus::Authorised,
            });
            let request = Sending {
                kind,
                idempotency_key: format!("fuzz-{}", random.below(usize::MAX)),
                orders: orders.collect(),
            };
            let outcomes = provider.send(&request).await?;
            Ok(outcomes.into_iter().filter_map(Result::ok).collect())
        }
    }
}

async fn changes(provider: &XeroProvider) -> Result<Vec<Snapshot>, ProviderError> {
    let mut after = ChangesAfter {
        cursor: None,
        since: None,
        kinds: KINDS.to_vec(),
    };
    let mut all = Vec::new();
    // Each page is a call, and those are counted.
    loop {
        let page = provider.changes(&after).await?;
        all.extend(page.documents);
        after.cursor = Some(page.cursor);
        if !page.more {
            return Ok(all);
        }
    }
}

fn wanted(name: &str) -> ContactWanted {
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

fn sought() -> Sought {
    Sought {
        number: "F-1".to_owned(),
        reference: Some("a reference".to_owned()),
        url: None,
        contact: ProviderContactId::new("00000000-0000-0000-0000-000000000001")
            .expect("a short text"),
        date: NaiveDate::default(),
        gross: Decimal::TEN,
        number_is_unique: true,
    }
}

/// A total that differs from every one that was handed over for the document: digits were lost on the way.
fn exact(snapshots: &[Snapshot], bodies: &[Vec<u8>]) -> Option<String> {
    let mut totals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for body in bodies {
        let Ok(tree) = serde_json::from_slice::<Value>(body) else {
            continue;
        };
        for list in ["Invoices", "CreditNotes", "PurchaseOrders"] {
            for row in tree[list].as_array().into_iter().flatten() {
                let id = ["InvoiceID", "CreditNoteID", "PurchaseOrderID"]
                    .iter()
                    .find_map(|name| row[*name].as_str());
                if let Some(id) = id {
                    let total = row["Total"].to_string();
                    totals
                        .entry(id.to_lowercase())
                        .or_default()
                        .push(total.trim_matches('"').to_owned());
                }
            }
        }
    }
    snapshots.iter().find_map(|snapshot| {
        let told = totals.get(&snapshot.id.to_string().to_lowercase())?;
        let is_one = |text: &String| decimal(text) == Some(snapshot.totals.gross);
        (!told.iter().any(is_one)).then(|| {
            format!(
                "{} comes to {}, and Xero said {told:?}",
                snapshot.id, snapshot.totals.gross
            )
        })
    })
}

/// The exact value of a number, and nothing where it has more digits than there is room for.
fn decimal(text: &str) -> Option<Decimal> {
    let plain = Decimal::from_str_exact(text).ok();
    plain
        .or_else(|| Decimal::from_scientific(text).ok())
        .or((text == "null").then_some(Decimal::ZERO))
}
