//! Promises about Kornit X: what it pushes, and what it lost, stands in Xero as purchase orders and invoices.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tieout_sandbox_hosts::kornit_x::{Digest, Faults, KornitX, Settings, routes, samples};
use tieout_sandbox_xero::AUSTRALIA;
use tieout_sandbox_xero::books::organisation::Organisation;
use tieout_xero::http::{HttpConfig, ReqwestTransport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::stage::{Stage, text};
use crate::stopping::{Running, until};

/// A product, a stage whose program takes what it pushes, and both of their servers.
struct Shop {
    product: KornitX,
    stage: Stage,
    running: Running,
    /// Where the program listens.
    address: String,
    _served: tieout_sandbox_hosts::Running,
}

const CUSTOMER: &str = "Ridgeway University";

impl Shop {
    /// `settings` are lines of the connection's settings, `host` lines of the product's.
    async fn open(method: &str, digest: Digest, host: &str) -> Self {
        let transport = ReqwestTransport::new(&HttpConfig::default()).unwrap();
        let settings = Settings {
            digest,
            page_rows: 1,
            ..Settings::default()
        };
        let product = KornitX::new(settings, Arc::new(transport));
        let served = tieout_sandbox_hosts::serve(routes(&product), 0)
            .await
            .unwrap();
        let stage = Stage::set().await;
        configure(&stage, &served.url(), method, host);
        stage.connect().await;
        let (running, address) = served_at(&stage, &product);
        Self {
            product,
            stage,
            running,
            address,
            _served: served,
        }
    }

    /// The program, which has ended, serves again.
    fn serve(&mut self) {
        (self.running, self.address) = served_at(&self.stage, &self.product);
    }

    async fn until(&self, what: &str, wanted: &[&str]) {
        let begun = Instant::now();
        until(what, || {
            let seen = self.books();
            // What hinders it is told before the others lose their patience.
            if seen != wanted && begun.elapsed() > Duration::from_secs(15) {
                let found = self.stage.run(&["findings"]);
                assert_eq!(seen, wanted, "{what}: {}", text(&found.stdout));
            }
            seen == wanted
        })
        .await;
    }

    /// What stands in the books: `PO NUMBER STATUS TOTAL` and `INV …`, sorted.
    fn books(&self) -> Vec<String> {
        let read = |organisation: &Organisation| {
            let invoices = organisation.invoices.ledger.rows().iter();
            let ours = |number: &str| number.starts_with("PLT-") || number.starts_with("SUM-");
            let mut all: Vec<String> = invoices
                .filter(|row| ours(&row.number))
                .map(|row| format!("INV {} {:?} {}", row.number, row.status, row.total))
                .collect();
            let orders = organisation.purchase_orders.ledger.rows().iter();
            all.extend(
                orders
                    .filter(|row| ours(&row.number))
                    .map(|row| format!("PO {} {:?} {}", row.number, row.status, row.total)),
            );
            all.sort();
            all
        };
        self.stage.sandbox.sandbox.read(AUSTRALIA, read).unwrap()
    }

    async fn ends(mut self) -> Stage {
        self.running.signal("TERM");
        assert!(self.running.ends().await.success());
        self.stage
    }
}

/// Starts the program; the product pushes to where it listens.
fn served_at(stage: &Stage, product: &KornitX) -> (Running, String) {
    let mut running = Running::start(stage, &["serve"]);
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let hooks = format!("http://127.0.0.1:{port}/hooks/print");
    product.push_to(Url::parse(&hooks).unwrap());
    (running, format!("127.0.0.1:{port}"))
}

fn configure(stage: &Stage, product: &Url, method: &str, host: &str) {
    let folder = "[hosts.cm.folder]\npath = \"host\"\nstable_ms = 0\n";
    let kornit = format!(
        r#"[listen]
address = "127.0.0.1:0"
[hosts.print.kornit_x]
hmac_key = {{ file = "hmac.key" }}
currency = "AUD"
contact = "{CUSTOMER}"
supplier = "{CUSTOMER}"
cost_field = "unit_cost_price"
{host}
[hosts.print.kornit_x.export]
url = "{product}export/orders"
token_url = "{product}token"
client_id = "kornit-client"
client_secret = {{ file = "export.key" }}
"#
    );
    let configuration = stage.configuration();
    assert!(configuration.contains(folder));
    let configuration = configuration.replace(folder, &kornit).replace(
        "invoice_status = \"authorised\"\n",
        &format!(
            "invoice_status = \"authorised\"\nmethod = \"{method}\"\nreference = \"order\"\n\
             tax_rates = {{ \"0.1\" = \"OUTPUT\" }}\npurchase_tax_rates = {{ \"0.1\" = \"INPUT\" }}\n"
        ),
    );
    let configuration = configuration.replace(
        "sales = \"200\"\n",
        "sales = \"200\"\ncost_of_goods_sold = \"310\"\n[connections.books.settings.contacts]\ncreate_missing_suppliers = true\n",
    );
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    std::fs::write(stage.path("hmac.key"), "the next one,kornit-hmac-key\n").unwrap();
    std::fs::write(stage.path("export.key"), "kornit-secret\n").unwrap();
}

/// An order of the samples in Australian dollars, newly received.
fn order(id: u64, reference: &str) -> Value {
    let mut order = samples()
        .into_iter()
        .find(|it| it["id"] == 46_140_203)
        .unwrap();
    order["id"] = json!(id);
    order["external_ref"] = json!(reference);
    order["status"] = json!(1);
    order["shipments"] = json!([]);
    order["completion_datetime"] = json!("0000-00-00 00:00:00");
    order
}

fn shipped() -> Value {
    json!({"new_shipments": [{"dispatch_datetime": "2026-11-09 10:00:00", "items": []}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn pushed_orders_stand_in_the_books_as_purchase_orders_and_invoices() {
    let shop = Shop::open("tracked", Digest::Hexadecimal, "").await;
    let product = &shop.product;
    product.place(order(1, "PLT-1")).await.unwrap();
    product.place(order(2, "PLT-2")).await.unwrap();
    let parts = vec![order(3, "PLT-3"), order(4, "PLT-3")];
    product.place_split(parts).await.unwrap();
    let mut held = order(5, "PLT-5");
    held["status"] = json!(256);
    product.place(held).await.unwrap();
    shop.until(
        "purchase orders stand as soon as orders are received",
        &[
            "PO PLT-1 Draft 16.01",
            "PO PLT-2 Draft 16.01",
            "PO PLT-3 Draft 16.01",
            "PO PLT-3-2 Draft 16.01",
        ],
    )
    .await;
    product.move_on(1, 8, shipped()).await.unwrap();
    product.move_on(2, 128, Value::Null).await.unwrap();
    product.move_on(4, 64, shipped()).await.unwrap();
    shop.until(
        "what was dispatched is invoiced, what was cancelled is not",
        &[
            "INV PLT-1 Authorised 57.06",
            "INV PLT-3-2 Authorised 57.06",
            "PO PLT-1 Draft 16.01",
            "PO PLT-2 Deleted 16.01",
            "PO PLT-3 Draft 16.01",
            "PO PLT-3-2 Draft 16.01",
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn untracked_means_invoices_only_and_what_is_left_out_is_seen() {
    let shop = Shop::open("untracked", Digest::Base64, "").await;
    shop.product.place(order(1, "PLT-1")).await.unwrap();
    shop.product.move_on(1, 8, shipped()).await.unwrap();
    shop.until("the invoice stands alone", &["INV PLT-1 Authorised 57.06"])
        .await;
    let stage = shop.ends().await;
    let output = stage.run(&["status"]);
    let told = text(&output.stdout);
    assert!(told.contains("1 skipped"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_push_is_refused_and_a_lost_one_comes_by_the_export() {
    let shop = Shop::open("untracked", Digest::Hexadecimal, "").await;
    shop.product.fail(Faults {
        forge: 1,
        ..Faults::default()
    });
    shop.product.place(order(1, "PLT-1")).await.unwrap();
    assert_eq!(shop.product.sent()[0].answered, Some(401));
    shop.product.fail(Faults {
        lose: 1,
        end_tokens: true,
        ..Faults::default()
    });
    shop.product.place(order(2, "PLT-2")).await.unwrap();
    // Nothing but the callback tells that there is something to ask for.
    shop.product.move_on(2, 8, shipped()).await.unwrap();
    shop.until(
        "the order whose push was lost is invoiced",
        &["INV PLT-2 Authorised 57.06"],
    )
    .await;
    let stage = shop.ends().await;
    stage.must(0, &["status"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_one_order_share_an_invoice_once_all_are_done() {
    let shop = Shop::open(
        "untracked",
        Digest::Hexadecimal,
        "invoice_per = \"external_ref\"",
    )
    .await;
    let parts = vec![order(1, "PLT-1"), order(2, "PLT-1"), order(3, "PLT-1")];
    shop.product.place_split(parts).await.unwrap();
    shop.product.move_on(1, 8, shipped()).await.unwrap();
    shop.product.move_on(2, 128, Value::Null).await.unwrap();
    // A callback that nobody answers comes again.
    shop.product.fail(Faults {
        forge: 1,
        ..Faults::default()
    });
    shop.product.move_on(3, 8, shipped()).await.unwrap();
    assert_eq!(shop.product.waiting(), 1);
    shop.product.retry().await;
    assert_eq!(shop.product.waiting(), 0);
    shop.until("they share one invoice", &["INV PLT-1 Authorised 114.12"])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_has_one_invoice_a_day_and_a_purchase_order_for_each_order() {
    let mut shop = Shop::open("tracked", Digest::Hexadecimal, "").await;
    shop.running.signal("TERM");
    assert!(shop.running.ends().await.success());
    let path = shop.stage.path("tieout.toml");
    let plain = std::fs::read_to_string(&path).unwrap();
    let daily = |hours: u16| {
        let summary = format!(
            "reference = \"order\"\nsummary = {{ period = \"day\", hosts = [\"print\"], closes_after_hours = {hours} }}\n"
        );
        let text = plain.replace("reference = \"order\"\n", &summary);
        std::fs::write(&path, text).unwrap();
    };
    daily(744);
    shop.serve();
    // Dispatched yesterday, which is over.
    let yesterday = chrono::Utc::now() - chrono::TimeDelta::days(1);
    let dispatch = yesterday.format("%Y-%m-%d 10:00:00").to_string();
    let dispatched = json!({"new_shipments": [{"dispatch_datetime": dispatch, "items": []}]});
    for (id, reference) in [(1, "PLT-1"), (2, "PLT-2")] {
        shop.product.place(order(id, reference)).await.unwrap();
        shop.product
            .move_on(id, 8, dispatched.clone())
            .await
            .unwrap();
    }
    let orders = ["PO PLT-1 Draft 16.01", "PO PLT-2 Draft 16.01"];
    shop.until("each order is ordered at once", &orders).await;
    until("both invoices wait", || {
        let told = text(&shop.stage.run(&["status"]).stdout);
        told.contains("2 of them wait for their summaries")
    })
    .await;
    shop.running.signal("TERM");
    assert!(shop.running.ends().await.success());
    daily(0);
    shop.stage.must(0, &["sync", "--once"]);
    let books = shop.books();
    assert_eq!(books.len(), 3, "{books:?}");
    assert!(books[0].starts_with("INV SUM-"), "{books:?}");
    assert!(books[0].ends_with(" Authorised 114.12"), "{books:?}");
    shop.stage.must(0, &["report"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracked_connection_without_the_field_of_costs_is_refused_with_its_place() {
    let stage = Stage::set().await;
    let product = Url::parse("https://api.example.com/").unwrap();
    configure(&stage, &product, "tracked", "");
    let path = stage.path("tieout.toml");
    let configuration = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        configuration.replace("cost_field = \"unit_cost_price\"\n", ""),
    )
    .unwrap();
    let told = stage.must(2, &["status"]);
    assert!(told.contains("hosts.print.kornit_x.cost_field"), "{told}");
}

/// What is answered to raw bytes, once a line of a status came; `None` while nothing is said.
async fn status_line(socket: &mut TcpStream, patience: Duration) -> Option<String> {
    let mut bytes = [0; 512];
    let read = tokio::time::timeout(patience, socket.read(&mut bytes));
    let read = read.await.ok()?.unwrap();
    let text = String::from_utf8_lossy(&bytes[..read]).into_owned();
    Some(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_turned_away_before_the_body_and_many_at_once_are_put_off() {
    let shop = Shop::open("untracked", Digest::Hexadecimal, "").await;
    let address = shop.address.clone();
    let begun = |host: &str, length: usize| {
        format!("POST /hooks/{host} HTTP/1.1\r\nhost: here\r\ncontent-length: {length}\r\n\r\n{{")
    };
    // None of them sends the rest of its body.
    for (host, length, expected) in [("nobody", 100, "404"), ("print", 6 << 20, "413")] {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let request = begun(host, length);
        socket.write_all(request.as_bytes()).await.unwrap();
        let said = status_line(&mut socket, Duration::from_secs(10)).await;
        let said = said.expect("it is answered at once");
        assert!(said.starts_with(&format!("HTTP/1.1 {expected}")), "{said}");
    }
    let mut open = Vec::new();
    let mut put_off = None;
    while put_off.is_none() {
        assert!(open.len() <= 40, "so many are read at once");
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let request = begun("print", 100);
        socket.write_all(request.as_bytes()).await.unwrap();
        put_off = status_line(&mut socket, Duration::from_millis(100)).await;
        open.push(socket);
    }
    let said = put_off.unwrap().to_ascii_lowercase();
    assert!(said.starts_with("http/1.1 503"), "{said}");
    assert!(said.contains("retry-after: 30"), "{said}");
    // Who sends nothing more loses the place after a while, and others are heard again.
    let mut first = open.swap_remove(0);
    let said = status_line(&mut first, Duration::from_secs(30)).await;
    assert!(said.is_some_and(|said| said.starts_with("HTTP/1.1 503")));
    drop(open);
    shop.product.place(order(1, "PLT-1")).await.unwrap();
    assert_eq!(shop.product.sent()[0].answered, Some(200));
}
