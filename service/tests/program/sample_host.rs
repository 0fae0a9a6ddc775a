//! The sample host of the documentation, run as it is: it keeps every promise, and what it pushes is in the books soon.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::stage::Stage;
use crate::stopping::{Running, until};

const KEY: &str = "sample-key";
const SECRET: &str = "whsec_aG9zdC1jb250cmFjdC1kZW1vLXNlY3JldC0zMmJ5dGU=";

/// The sample host with its address. It ends with this.
struct Sample {
    child: Child,
    url: String,
}

impl Sample {
    fn start(stage: &Stage, push_url: Option<&str>) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/sample-host/host.py");
        let mut command = Command::new("python3");
        command
            .args([script, "0"])
            .env("HOST_KEY", KEY)
            .env("HOST_FILE", stage.path("state.json"))
            .stdout(Stdio::piped());
        if let Some(url) = push_url {
            command
                .env("HOST_PUSH_URL", url)
                .env("HOST_PUSH_SECRET", SECRET);
        }
        let mut child = command.spawn().unwrap();
        let mut url = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        Self { child, url }
    }

    /// Somebody works in the product.
    async fn person(&self, method: Method, id: &str) {
        let reply = reqwest::Client::new()
            .request(method, format!("{}/demo/invoices/{id}", self.url))
            .bearer_auth(KEY)
            .body(r#"{"quantity":"2.00"}"#)
            .send()
            .await
            .unwrap();
        assert!(reply.status().is_success());
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the product was told, as it keeps it.
fn told(stage: &Stage, id: &str, what: &str) -> Value {
    let state = std::fs::read(stage.path("state.json")).unwrap_or_default();
    let state: Value = serde_json::from_slice(&state).unwrap_or_default();
    state[2][id][what].clone()
}

fn configure(stage: &Stage, url: &str, more: &str) {
    let folder = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";
    let http = format!(
        "{more}[hosts.cm.http]\nurl = \"{url}\"\napi_key = {{ file = \"product.key\" }}\n\
         webhook_secret = {{ file = \"hook.key\" }}\n"
    );
    let configuration = stage.configuration();
    assert!(configuration.contains(folder));
    let configuration = configuration
        .replace(folder, &http)
        .replace("host_poll_s = 1", "host_poll_s = 86400");
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    std::fs::write(stage.path("product.key"), KEY).unwrap();
    std::fs::write(stage.path("hook.key"), SECRET).unwrap();
}

/// An address that nobody has: it is opened by whoever is tested.
fn free_address() -> String {
    let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    free.local_addr().unwrap().to_string()
}

/// The program while it tries the product, and listens for what it pushes.
fn trying(stage: &Stage, sample: &Sample, address: &str) -> Running {
    let line = [
        "--json",
        "conform",
        "host",
        &sample.url,
        "--api-key",
        KEY,
        "--invoice",
        "1001",
        "--listen",
        address,
        "--push-secret",
        SECRET,
    ];
    let mut running = Running::start(stage, &line);
    tokio::task::block_in_place(|| running.says("pushes are awaited"));
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_interrupted_ends_with_130_and_leaves_no_payment() {
    let stage = Stage::set().await;
    let sample = Sample::start(&stage, None);
    // Nobody pushes, so it waits at the end of everything else.
    let mut running = trying(&stage, &sample, "127.0.0.1:0");
    until("the invoice was told of", || {
        told(&stage, "1001", "posting")["state"] == "voided"
    })
    .await;
    running.signal("INT");
    assert_eq!(running.ends().await.code(), Some(130));
    let report: Value = serde_json::from_reader(running.child.stdout.take().unwrap()).unwrap();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["conforms"], false);
    assert_eq!(report["left_behind"], serde_json::json!([]));
    let state = std::fs::read(stage.path("state.json")).unwrap();
    let state: Value = serde_json::from_slice(&state).unwrap();
    let told = state[2]["1001"].as_object().unwrap();
    let payments = told
        .iter()
        .filter(|(what, _)| what.starts_with("payments/"));
    assert!(payments.clone().count() > 5);
    for (what, payment) in payments {
        assert_eq!(payment["deleted"], true, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_host_keeps_every_promise() {
    let stage = Stage::set().await;
    let address = free_address();
    let sample = Sample::start(&stage, Some(&format!("http://{address}/hooks/sample")));
    let mut running = trying(&stage, &sample, &address);
    sample.person(Method::POST, "1009").await;
    let code = running.ends().await.code();
    let report: Value = serde_json::from_reader(running.child.stdout.take().unwrap()).unwrap();
    assert_eq!(code, Some(0), "{report:#}");
    assert_eq!(
        (&report["conforms"], &report["broken"], &report["left_out"]),
        (&true.into(), &0.into(), &0.into()),
        "{report:#}"
    );
    // What is broken is told by its name, with what shows it, and ends with 1.
    let told = stage.must(
        1,
        &["conform", "host", &sample.url, "--api-key", "another-key"],
    );
    assert!(
        told.contains("✗ every list is served: a page was answered 401"),
        "{told}"
    );
    assert!(
        told.contains("Mend: ") && !told.contains("another-key"),
        "{told}"
    );
    stage.must(2, &["conform", "host", "http://api.example.com/"]);
    // Its configuration is right, and what it offers is shown.
    configure(&stage, &sample.url, "");
    stage.connect().await;
    let told = stage.must(0, &["check"]);
    assert!(
        told.contains("serves invoices; takes payments, settlements, postings"),
        "{told}"
    );
    let file = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let file = file.replace("webhook_secret", "documents = [\"bills\"]\nwebhook_secret");
    std::fs::write(stage.path("tieout.toml"), file).unwrap();
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("`documents` names `bills`, which it does not serve"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_product_pushes_is_in_the_books_although_nobody_looks() {
    let stage = Stage::set().await;
    let address = free_address();
    let hook = format!("http://{address}/hooks/cm");
    let sample = Sample::start(&stage, Some(&hook));
    configure(
        &stage,
        &sample.url,
        &format!("[listen]\naddress = \"{address}\"\n"),
    );
    stage.connect().await;
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("listening"));
    until("the first look is done", || {
        stage.books("SAMPLE-").len() == 3
    })
    .await;
    // CloudEvents are sent nowhere without this.
    let asked = reqwest::Client::new()
        .request(Method::OPTIONS, &hook)
        .header("webhook-request-origin", "sample.example")
        .send()
        .await
        .unwrap();
    assert_eq!(asked.status(), 200);
    assert_eq!(asked.headers()["webhook-allowed-origin"], "sample.example");
    sample.person(Method::POST, "1009").await;
    until("the pushed invoice is there", || {
        stage.books("SAMPLE-1009").len() == 1
    })
    .await;
    until("the product knows", || {
        told(&stage, "1009", "posting")["state"] == "posted"
    })
    .await;
    sample.person(Method::DELETE, "1009").await;
    until("it leaves the books", || {
        stage.books("SAMPLE-1009").iter().all(|it| !it.live)
    })
    .await;
    // A stranger changes nothing and is told nothing.
    let stranger = reqwest::Client::new()
        .post(&hook)
        .body("{}")
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 401);
}
