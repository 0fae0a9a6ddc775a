//! A folder with a configuration, a local Xero, and the program to run between them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rust_decimal::Decimal;
use tempfile::TempDir;
use tieout_sandbox_xero::books::invoice::Status;
use tieout_sandbox_xero::{
    AUSTRALIA, Options, Running, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, serve,
};
use uuid::Uuid;

pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) sandbox: Running,
}

/// A key that seals nothing but what these tests make.
pub(crate) const KEY: &str = "7d0f6c51b8e24a93f16e0c8a95d3427bb1c46e7f20a98d5314fe6b07c2d1893a";

/// An invoice as the sandbox's books have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Booked {
    pub(crate) number: String,
    pub(crate) total: Decimal,
    pub(crate) paid: Decimal,
    pub(crate) live: bool,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let options = ServeOptions {
            sandbox: Options::default(),
            ..ServeOptions::default()
        };
        let sandbox = serve(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let stage = Self { folder, sandbox };
        std::fs::create_dir_all(stage.path("host/outbox")).unwrap();
        std::fs::write(stage.path("tieout.key"), KEY).unwrap();
        std::fs::write(stage.path("tieout.toml"), stage.configuration()).unwrap();
        stage
    }

    /// A stage whose connection somebody has allowed.
    pub(crate) async fn connected() -> Self {
        let stage = Self::set().await;
        stage.connect().await;
        stage
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn configuration(&self) -> String {
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        format!(
            r#"[store]
path = "store"
[secrets]
key = {{ file = "tieout.key" }}
[schedule]
host_poll_s = 1
provider_poll_s = 1
[xero]
client_id = "{WEB_CLIENT_ID}"
client_secret = {{ env = "STAGE_SECRET" }}
redirect_uri = "http://localhost:{port}/connect/xero/callback"
sandbox = "{}"
[hosts.cm.folder]
path = "host"
stable_ms = 0
[connections.books.settings]
invoice_status = "authorised"
[connections.books.settings.accounts]
sales = "200"
[connections.books.settings.tax_codes]
GST = "OUTPUT"
"#,
            self.sandbox.base_url
        )
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tieout"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("STAGE_SECRET", WEB_CLIENT_SECRET)
            .env_remove("TIEOUT_CONFIG")
            .env_remove("TIEOUT_LOG")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        tokio::task::block_in_place(|| self.command(arguments).output().unwrap())
    }

    /// Runs a command that must end with `code`, and gives what it printed.
    pub(crate) fn must(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "tieout {arguments:?}\n{out}\n{err}"
        );
        format!("{out}{err}")
    }

    /// Runs a command with `--json` that must end with `code`, and gives its last line.
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let output = self.run(&all);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(
            output.status.code(),
            Some(code),
            "tieout {arguments:?}\n{out}\n{err}"
        );
        serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap()
    }

    pub(crate) async fn connect(&self) {
        assert_eq!(
            self.connect_to(&["connect", "books"], AUSTRALIA).await,
            Some(0)
        );
    }

    /// Runs `connect` with these arguments while somebody allows access to an organisation; gives its exit code.
    pub(crate) async fn connect_to(&self, arguments: &[&str], organisation: Uuid) -> Option<i32> {
        let (mut child, page) = self.begin_connect(arguments);
        decide(&page, organisation, "allow").await;
        tokio::task::block_in_place(|| child.wait().unwrap()).code()
    }

    /// Runs `connect` with these arguments until it waits, and gives the address that a person must open.
    pub(crate) fn begin_connect(&self, arguments: &[&str]) -> (Child, String) {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let mut child = self
            .command(&all)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let first = tokio::task::block_in_place(|| first_line(&mut child));
        let told: serde_json::Value = serde_json::from_str(&first).unwrap();
        (child, told["open"].as_str().unwrap().to_owned())
    }

    /// Drops a file of invoices into the outbox, as a host does: under another name, then renamed.
    pub(crate) fn drop_file(&self, name: &str, content: &str) {
        let outbox = self.path("host/outbox");
        let draft = outbox.join(format!("{name}.tmp"));
        std::fs::write(&draft, content).unwrap();
        std::fs::rename(draft, outbox.join(name)).unwrap();
    }

    /// Drops `count` invoices in one file.
    pub(crate) fn drop_invoices(&self, batch: &str, count: usize) {
        let lines: String = (1..=count)
            .map(|index| invoice(&format!("{batch}-{index}"), index))
            .collect();
        self.drop_file(&format!("invoices-{batch}-20261101T000000Z.jsonl"), &lines);
    }

    /// The invoices of the books whose numbers begin with `prefix`, by number.
    pub(crate) fn books(&self, prefix: &str) -> Vec<Booked> {
        let read = |organisation: &tieout_sandbox_xero::books::organisation::Organisation| {
            let rows = organisation.invoices.ledger.rows();
            let ours = rows.iter().filter(|row| row.number.starts_with(prefix));
            let mut booked: Vec<Booked> = ours.map(booked).collect();
            booked.sort();
            booked
        };
        self.sandbox.sandbox.read(AUSTRALIA, read).unwrap()
    }
}

fn booked(row: &tieout_sandbox_xero::books::invoice::Invoice) -> Booked {
    Booked {
        number: row.number.clone(),
        total: row.total,
        paid: row.amount_paid,
        live: !matches!(row.status, Status::Voided | Status::Deleted),
    }
}

/// One invoice of `index` units at 10.10 with 10 % GST, as a JSON line.
pub(crate) fn invoice(id: &str, index: usize) -> String {
    let net = Decimal::new(1010, 2) * Decimal::from(index);
    let tax = (net * Decimal::new(1, 1))
        .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let line = serde_json::json!({
        "id": id, "revision": 1, "kind": "sales", "number": id, "status": "final", "issue_date": "2026-11-02",
        "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive",
        "bill_to": { "name": format!("Customer {}", index % 7) },
        "lines": [{
            "id": "1", "description": "Work", "quantity": index.to_string(), "unit_price": "10.10",
            "net_amount": net.to_string(), "tax_code": "GST", "tax_amount": tax.to_string()
        }],
        "totals": { "net": net.to_string(), "tax": tax.to_string(), "gross": (net + tax).to_string() },
        "updated_at": "2026-11-02T00:00:00Z"
    });
    format!("{line}\n")
}

/// Opens the consent page and decides about an organisation: `allow` or `cancel`. Gives the page at which it ends.
pub(crate) async fn decide(page: &str, organisation: Uuid, decision: &str) -> String {
    let client = reqwest::Client::new();
    let html = client.get(page).send().await.unwrap().text().await.unwrap();
    let mut form: Vec<(String, String)> = html
        .split("<input type=\"hidden\"")
        .skip(1)
        .map(|field| (attribute(field, "name"), attribute(field, "value")))
        .collect();
    form.push(("tenant".to_owned(), organisation.to_string()));
    form.push(("decision".to_owned(), decision.to_owned()));
    let action = page.split('?').next().unwrap();
    let reply = client.post(action).form(&form).send().await.unwrap();
    assert!(reply.status().is_success(), "{}", reply.status());
    reply.text().await.unwrap()
}

fn attribute(field: &str, name: &str) -> String {
    let (_, rest) = field.split_once(&format!(" {name}=\"")).unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    // The rest is read to its end, so that the program can print it.
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    line
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
