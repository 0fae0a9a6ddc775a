//! One measurement of what people see: how soon `tieout serve` is there over a full store, and how soon each page of it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use comfy_table::{CellAlignment, Table, presets};
use reqwest::header::{COOKIE, HeaderMap, SET_COOKIE};
use reqwest::redirect::Policy;
use serde::Serialize;
use serde_json::Value;
use tieout_core::document::Invoice;
use tieout_sandbox_xero::AUSTRALIA;

use crate::control::Control;
use crate::failure::Failure;
use crate::invoices::Invented;
use crate::process::{Program, Serving};
use crate::scene::{HOST, Scene};
use crate::told::Told;

/// Longest time that 99 of 100 asks of a page may take, in microseconds.
pub const P99_US_MAX: u128 = 50_000;

/// A tax code that the configuration does not know: what has it is held, and stands under the findings.
const UNKNOWN_TAX_CODE: &str = "GST-2027";

/// The exit code of a command that left something to a person.
const NEEDS_SOMEBODY: i32 = 3;

/// What is asked, with the words `NUMBER` and `ID` for those of a document in the midst.
const ADDRESSES: &[&str] = &[
    "/",
    "/findings",
    "/findings?host=product",
    "/findings?text=NUMBER",
    "/documents",
    "/documents?state=posted",
    "/documents?text=NUMBER",
    "/documents/HOST/invoice/ID",
    "/journal",
    "/journal?case=NUMBER",
    "/integrations",
    "/tie-out",
    "/tie-out/full",
    "/backfill",
    "/connections",
    "/usage",
    "/people",
    "/notifications",
    "/metrics",
    "/ready",
];

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// What the invoices are made from.
    pub seed: u64,
    /// How many there are.
    pub invoices: u64,
    /// One of how many is held for a person.
    pub held_every: u64,
    /// How often each page is asked for.
    pub asks: usize,
}

/// One page.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// Its address.
    pub address: String,
    /// The status of its replies.
    pub status: u16,
    /// Bytes of the last reply.
    pub bytes: usize,
    /// Half of the asks took at most so long, in microseconds.
    pub p50_us: u128,
    /// Of a hundred asks 99 took at most so long, in microseconds.
    pub p99_us: u128,
    /// The longest took so long, in microseconds.
    pub most_us: u128,
}

/// All pages of one store.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Documents in the store.
    pub invoices: u64,
    /// Bytes of the store.
    pub store_bytes: u64,
    /// How long sending them all took, in milliseconds.
    pub sent_ms: u128,
    /// The most memory that sending took, in KiB.
    pub sent_peak_kib: u64,
    /// From the start of `tieout serve` until it listened, in milliseconds.
    pub listened_ms: u128,
    /// From its start until it had answered the overview, in milliseconds.
    pub first_page_ms: u128,
    /// The most memory that it took until every page was asked for, in KiB.
    pub peak_kib: u64,
    /// The pages.
    pub pages: Vec<Asked>,
}

impl Told for Measured {
    fn to_text(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(["page", "status", "bytes", "p50 µs", "p99 µs", "most µs"]);
        for page in &self.pages {
            table.add_row([
                page.address.clone(),
                page.status.to_string(),
                page.bytes.to_string(),
                page.p50_us.to_string(),
                page.p99_us.to_string(),
                page.most_us.to_string(),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        format!(
            "{} invoices: sent in {} ms with at most {} MB, {} MB of store; serving after {} ms, \
             the overview after {} ms, at most {} MB\n{table}",
            self.invoices,
            self.sent_ms,
            self.sent_peak_kib / 1_024,
            self.store_bytes / 1_000_000,
            self.listened_ms,
            self.first_page_ms,
            self.peak_kib / 1_024,
        )
    }

    fn beyond(&self) -> Vec<String> {
        let slow = self.pages.iter().filter(|page| page.p99_us > P99_US_MAX);
        slow.map(|page| {
            format!(
                "99 of 100 asks of {} took {} µs of at most {P99_US_MAX}",
                page.address, page.p99_us
            )
        })
        .collect()
    }
}

/// Sends so many invoices to a sandbox without pauses, then serves the store and asks for each page again and again.
///
/// # Errors
/// When a part does not run, or a page is refused.
pub async fn measure(program: &Program, course: Course) -> Result<Measured, Failure> {
    let sandbox = program.sandbox()?;
    let control = Control::of(sandbox.base());
    control.widen_limits().await?;
    let invented = Invented {
        seed: course.seed,
        series: 'P',
    };
    let bend = |position: u64, invoice: &mut Invoice| {
        if position % course.held_every == course.held_every - 1 {
            invoice.lines[0].tax_code = Some(UNKNOWN_TAX_CODE.to_owned());
        }
    };
    let scene = Scene::lay_with(control.base(), |file| {
        invented.write_lines_bent(course.invoices, bend, file)
    })?;
    let config = scene.config();
    program.connect(&config, AUSTRALIA).await?;
    let (sending, at) = (program.clone(), config.clone());
    let send = move || sending.attempt(&["sync", "--once"], &at);
    let (ended, sent) = tokio::task::spawn_blocking(send).await??;
    if ended.code() != Some(NEEDS_SOMEBODY) {
        let told = sent.told;
        return Err(Failure::new(format!(
            "`tieout sync --once` ended with {ended}: {told}"
        )));
    }
    listen(&config)?;
    let link = link(program, &config)?;
    let begun = Instant::now();
    let serving = program.serve(&config)?;
    let visitor = Visitor::signed_in(&serving, &link).await?;
    visitor.ask("/").await?;
    let first_page = begun.elapsed();
    let midst = invented.invoice(course.invoices / 2);
    let pages = visitor.walk(&midst, course.asks).await?;
    Ok(Measured {
        invoices: course.invoices,
        store_bytes: scene.store_bytes()?,
        sent_ms: sent.took.as_millis(),
        sent_peak_kib: sent.used.peak_kib,
        listened_ms: serving.listened.as_millis(),
        first_page_ms: first_page.as_millis(),
        peak_kib: serving.used().peak_kib,
        pages,
    })
}

/// Somebody who may see everything.
struct Visitor {
    client: reqwest::Client,
    base: String,
}

impl Visitor {
    async fn signed_in(serving: &Serving, link: &str) -> Result<Self, Failure> {
        let base = serving.base().to_owned();
        let nobody = reqwest::Client::builder().redirect(Policy::none());
        let (_, token) = link
            .rsplit_once('/')
            .ok_or_else(|| Failure::new(format!("`{link}` is no link")))?;
        let followed = nobody.build()?.post(format!("{base}/sign-in/link/{token}"));
        let followed = followed.send().await?;
        let cookie = followed.headers().get(SET_COOKIE);
        let cookie = cookie.and_then(|it| it.to_str().ok()?.split(';').next());
        let cookie = cookie.ok_or_else(|| Failure::new("the link does not sign in"))?;
        let cookie = cookie.parse().map_err(|_| Failure::new("a bent cookie"))?;
        let client =
            reqwest::Client::builder().default_headers(HeaderMap::from_iter([(COOKIE, cookie)]));
        Ok(Self {
            client: client.redirect(Policy::none()).build()?,
            base,
        })
    }

    async fn walk(&self, midst: &Invoice, asks: usize) -> Result<Vec<Asked>, Failure> {
        let mut pages = Vec::new();
        for address in ADDRESSES {
            let address = address
                .replace("HOST", HOST)
                .replace("NUMBER", &midst.number)
                .replace("ID", midst.id.as_str());
            let mut took = Vec::with_capacity(asks);
            let (mut status, mut bytes) = (0, 0);
            for _ in 0..asks {
                let begun = Instant::now();
                (status, bytes) = self.ask(&address).await?;
                took.push(begun.elapsed());
            }
            took.sort_unstable();
            pages.push(Asked {
                address,
                status,
                bytes,
                p50_us: of_hundred(&took, 50),
                p99_us: of_hundred(&took, 99),
                most_us: of_hundred(&took, 100),
            });
        }
        Ok(pages)
    }

    /// The status and the length of a page that was read to its end.
    async fn ask(&self, address: &str) -> Result<(u16, usize), Failure> {
        let reply = self
            .client
            .get(format!("{}{address}", self.base))
            .send()
            .await?;
        let status = reply.status();
        if status.is_client_error() || status.is_server_error() {
            return Err(Failure::new(format!("{address} is answered {status}")));
        }
        Ok((status.as_u16(), reply.bytes().await?.len()))
    }
}

fn of_hundred(sorted: &[Duration], share: usize) -> u128 {
    let at = (sorted.len() * share).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0, Duration::as_micros)
}

/// From now on the configuration has a front with an address that links can begin with, and nothing is done at night.
fn listen(config: &Path) -> Result<(), Failure> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let front = format!("[listen]\naddress = \"{address}\"\n\n[reports]\ndaily = false\n\n[store]");
    let text = fs::read_to_string(config)?;
    fs::write(config, text.replacen("[store]", &front, 1))?;
    Ok(())
}

fn link(program: &Program, config: &Path) -> Result<String, Failure> {
    let added = program.run(
        &[
            "person",
            "add",
            "ann@acme.example",
            "--role",
            "admin",
            "--json",
        ],
        config,
    )?;
    let told: Value = serde_json::from_str(&added.told)?;
    let link = told.get("link").and_then(Value::as_str);
    link.map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("no link in {told}")))
}
