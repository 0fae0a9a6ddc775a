//! What a browser is opened in front of: a folder with a configuration, a local Xero, and the program that serves.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use tempfile::TempDir;
use tieout_sandbox_xero::{
    AUSTRALIA, Running, ServeOptions, WEB_CLIENT_ID, WEB_CLIENT_SECRET, browser, serve,
};
use tokio::task::block_in_place;
use uuid::Uuid;

/// A key that seals nothing but what these tests make.
const KEY: &str = "7d0f6c51b8e24a93f16e0c8a95d3427bb1c46e7f20a98d5314fe6b07c2d1893a";
/// Longer than anything here takes; a test that gets there has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// What every configuration begins with.
const BASE: &str = r#"[store]
path = "store"
[secrets]
key = { file = "tieout.key" }
[schedule]
host_poll_s = 1
provider_poll_s = 1
[listen]
address = "127.0.0.1:0"
"#;

/// A product that hands over in a folder.
const FOLDER: &str = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";

/// The settings of the one organisation.
const SETTINGS: &str = r#"[connections.books.settings]
invoice_status = "authorised"
[connections.books.settings.accounts]
sales = "200"
[connections.books.settings.tax_codes]
GST = "OUTPUT"
"#;

/// A folder and a local Xero, gone with the value.
pub struct Stage {
    folder: TempDir,
    program: PathBuf,
    /// The local Xero.
    pub sandbox: Running,
}

impl Stage {
    /// A product that hands over in a folder, and nothing of Xero. `program` is the program's file.
    ///
    /// # Panics
    /// When it cannot be set.
    pub async fn bare(program: &Path) -> Self {
        // Somebody who presses this fast would wait for the next minute of the organisation's budget.
        let mut options = ServeOptions::default();
        options.sandbox.limits.minute_max = 6_000;
        let sandbox = serve(options).await.expect("a sandbox");
        let stage = Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
            program: program.to_owned(),
            sandbox,
        };
        std::fs::create_dir_all(stage.path("host/outbox")).expect("a folder");
        stage.write("tieout.key", KEY);
        stage.write("tieout.toml", &format!("{BASE}{FOLDER}"));
        stage
    }

    /// The same with an organisation, `books`, whose access somebody allowed.
    ///
    /// # Panics
    /// When it cannot be set.
    pub async fn connected(program: &Path) -> Self {
        let stage = Self::bare(program).await;
        stage.connect(FOLDER, "").await;
        stage
    }

    /// Connects the organisation, in a configuration with this product and this at its end.
    ///
    /// # Panics
    /// When it cannot be connected.
    pub async fn connect(&self, host: &str, more: &str) {
        let sandbox = &self.sandbox.base_url;
        let back = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = back.local_addr().expect("it has an address").port();
        drop(back);
        let xero = format!(
            "[xero]\nclient_id = \"{WEB_CLIENT_ID}\"\nclient_secret = {{ env = \"STAGE_SECRET\" }}\n\
             redirect_uri = \"http://localhost:{port}/connect/xero/callback\"\nsandbox = \"{sandbox}\"\n\
             [xero.limits]\ncalls_per_minute = 6000\n"
        );
        self.write(
            "tieout.toml",
            &format!("{BASE}{xero}{host}{SETTINGS}{more}"),
        );
        self.allow().await;
    }

    async fn allow(&self) {
        let mut connecting = Talking::start(self.command(&["--json", "connect", "books"]));
        let told = connecting.says("\"open\"");
        let told: Value = serde_json::from_str(&told).expect("a line of JSON");
        let page = told["open"].as_str().expect("an address");
        let page = page.parse().expect("an address");
        browser::allow(&page, AUSTRALIA).await.expect("it allows");
        let ended = block_in_place(|| connecting.child.wait()).expect("it ends");
        assert!(ended.success(), "the organisation is connected");
    }

    /// A path below the folder.
    #[must_use]
    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file of the folder.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, below: &str, content: &str) {
        std::fs::write(self.path(below), content).expect("a file can be written");
    }

    /// What a file of the folder holds.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).expect("a file can be read")
    }

    /// Hands invoices over, as the product does: under another name, then renamed.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn hand_over(&self, batch: &str, invoices: &[Value]) {
        let lines: String = invoices.iter().map(|it| format!("{it}\n")).collect();
        let name = format!("host/outbox/invoices-{batch}-20261101T000000Z.jsonl");
        let draft = format!("{name}.tmp");
        self.write(&draft, &lines);
        std::fs::rename(self.path(&draft), self.path(&name)).expect("a file can be renamed");
    }

    /// How many invoices of the books have a number that begins so.
    #[must_use]
    pub fn booked(&self, prefix: &str) -> usize {
        let count = self.sandbox.sandbox.read(AUSTRALIA, |books| {
            let rows = books.invoices.ledger.rows();
            rows.iter()
                .filter(|row| row.number.starts_with(prefix))
                .count()
        });
        count.unwrap_or_default()
    }

    /// Starts the program, which serves its pages.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn serve(&self) -> Program {
        let mut talking = Talking::start(self.command(&["serve"]));
        let told = talking.says("listening");
        let (_, address) = told.split_once("127.0.0.1:").expect("an address");
        let port: String = address.chars().take_while(char::is_ascii_digit).collect();
        Program {
            base: format!("http://localhost:{port}"),
            folder: self.folder.path().to_owned(),
            program: self.program.clone(),
            _talking: talking,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(&self.program, self.folder.path(), arguments)
    }
}

/// The program as it serves its pages, ended with the value.
pub struct Program {
    /// Where it answers, without a slash at the end.
    pub base: String,
    folder: PathBuf,
    program: PathBuf,
    _talking: Talking,
}

impl Program {
    /// The demo, played to its end in an empty folder, as it stays open; with the link by which its admin comes in.
    ///
    /// # Panics
    /// When it does not play.
    #[must_use]
    pub fn demo(program: &Path, folder: &Path) -> (Self, String) {
        let at = folder.join("demo");
        let folder_given = at.to_string_lossy().into_owned();
        let mut talking = Talking::start(command(
            program,
            folder,
            &["demo", "--folder", &folder_given],
        ));
        let told = talking.says("/sign-in/link/");
        let from = told.find("http://").expect("an address");
        let link = told[from..].trim().to_owned();
        let (base, path) = link.split_once("/sign-in/").expect("a link");
        let base = base.replace("127.0.0.1", "localhost");
        let link = format!("{base}/sign-in/{path}");
        let program = Self {
            base,
            folder: at,
            program: program.to_owned(),
            _talking: talking,
        };
        (program, link)
    }

    /// Runs a command beside it, and gives its last line as JSON.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn beside(&self, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let run = || command(&self.program, &self.folder, &all).output();
        let output = block_in_place(run).expect("the program runs");
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {out}{err}");
        let last = out.lines().last().unwrap_or_default();
        serde_json::from_str(last).expect("a line of JSON")
    }

    /// Lets somebody in, and gives the link by which they come.
    ///
    /// # Panics
    /// When they are not let in.
    #[must_use]
    pub fn invite(&self, email: &str, role: &str) -> String {
        let told = self.beside(&["person", "add", email, "--role", role]);
        let link = told["link"].as_str().expect("a link");
        link.replace("127.0.0.1", "localhost")
    }

    /// An address of its pages.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// An invoice of one line at 10.10 with 10 % GST a unit, as a product hands it over.
#[must_use]
pub fn invoice(id: &str, quantity: u32, tax_code: &str, customer: &str) -> Value {
    let net = Decimal::new(1010, 2) * Decimal::from(quantity);
    let tax = net * Decimal::new(1, 1);
    let tax = tax.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    json!({
        "id": id, "revision": 1, "kind": "sales", "number": id, "status": "final", "issue_date": "2026-11-02",
        "due_date": "2026-11-16", "currency": "AUD", "amounts_are": "tax_exclusive", "bill_to": { "name": customer },
        "lines": [{
            "id": "1", "description": "Work", "quantity": quantity.to_string(), "unit_price": "10.10",
            "net_amount": net.to_string(), "tax_code": tax_code, "tax_amount": tax.to_string()
        }],
        "totals": { "net": net.to_string(), "tax": tax.to_string(), "gross": (net + tax).to_string() },
        "updated_at": "2026-11-02T00:00:00Z"
    })
}

/// The organisation of a stage.
pub const ORGANISATION: Uuid = AUSTRALIA;

/// A process with everything that it says, ended with the value.
struct Talking {
    child: Child,
    lines: Receiver<String>,
}

impl Talking {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let (told, lines) = mpsc::channel();
        let out = child.stdout.take().expect("it is piped");
        let err = child.stderr.take().expect("it is piped");
        let of_err = told.clone();
        // What nobody waits for any more is read all the same: a full pipe would stop the program.
        std::thread::spawn(move || forward(BufReader::new(out), &told));
        std::thread::spawn(move || forward(BufReader::new(err), &of_err));
        Self { child, lines }
    }

    fn says(&mut self, wanted: &str) -> String {
        let mut said = Vec::new();
        block_in_place(|| {
            while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
                if line.contains(wanted) {
                    return Some(line);
                }
                said.push(line);
            }
            None
        })
        .unwrap_or_else(|| unheard(wanted, &said))
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn forward(lines: impl BufRead, to: &mpsc::Sender<String>) {
    for line in lines.lines().map_while(Result::ok) {
        let _ = to.send(line);
    }
}

#[expect(clippy::panic, reason = "a test ends where its stage breaks")]
fn unheard(wanted: &str, said: &[String]) -> ! {
    panic!("it never said `{wanted}`, but:\n{}", said.join("\n"))
}

fn command(program: &Path, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .env("STAGE_SECRET", WEB_CLIENT_SECRET)
        .env_remove("TIEOUT_CONFIG")
        .env_remove("TIEOUT_LOG")
        .stdin(Stdio::null());
    command
}
