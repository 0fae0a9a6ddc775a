//! Webhooks of the program through real sockets: added once with a secret, told while it serves, tried, shown and sent again.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::Stage;
use crate::stopping::{Running, until};

/// Bodies that were posted, each answered with 200.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<Vec<serde_json::Value>>>);

impl Receiver {
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/in", listener.local_addr().unwrap());
        let receiver = Self::default();
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().answer(stream));
            }
        });
        (receiver, url)
    }

    async fn answer(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut length, mut line, mut is_signed) = (0, String::new(), false);
            loop {
                line.clear();
                if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                    return;
                }
                let header = line.trim_end().to_lowercase();
                if let Some(value) = header.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
                is_signed |= header.starts_with("webhook-signature: v1,");
                if header.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).await.unwrap();
            assert!(is_signed);
            let event = serde_json::from_slice(&body).unwrap();
            self.0.lock().unwrap().push(event);
            let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(reply).await.unwrap();
        }
    }

    fn types(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let kind = |event: &serde_json::Value| event["type"].as_str().unwrap().to_owned();
        events.iter().map(kind).collect()
    }
}

async fn stage() -> Stage {
    let stage = Stage::connected().await;
    let configuration = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let configuration = configuration.replace(
        "[xero]\n",
        "[notify]\nwebhooks_to_this_machine = true\n[xero]\n",
    );
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_to_a_webhook_that_was_added_beside_the_program_that_serves() {
    let stage = stage().await;
    let (receiver, url) = Receiver::start().await;
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides"));
    let added = stage.json(0, &["webhook", "add", "erp", &url]);
    let secret = added["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_"), "{secret}");
    let tried = stage.json(0, &["webhook", "test", "erp"]);
    assert_eq!(tried["attempt"]["status"], 200);
    assert_eq!(receiver.types(), ["tieout.test"]);

    // It is told what happens once the program knows it, which its next step does.
    until("the webhook is known", || {
        stage.json(0, &["webhook", "list"])["webhooks"][0]["webhook"]["id"] == "erp"
    })
    .await;
    stage.drop_invoices("N", 2);
    until("both are told", || receiver.types().len() == 3).await;
    assert_eq!(
        receiver.types()[1..],
        ["document.posted", "document.posted"]
    );

    let log = stage.json(0, &["webhook", "log", "erp"]);
    assert_eq!(log["standing"]["delivered"], 2);
    let event = log["attempts"][0]["event"].as_str().unwrap();
    stage.json(0, &["webhook", "replay", "erp", event]);
    until("one is told again", || receiver.types().len() == 4).await;
    let ids: Vec<_> = receiver
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert!(ids[1..3].contains(&ids[3]), "{ids:?}");

    let told = stage.must(0, &["webhook", "list"]);
    assert!(told.contains("3 taken") && !told.contains(secret), "{told}");
    stage.must(0, &["webhook", "remove", "erp"]);
    stage.must(2, &["webhook", "log", "erp"]);
    running.signal("TERM");
    assert!(running.ends().await.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_leads_into_this_network_or_wants_what_is_not_there_is_refused() {
    let stage = Stage::set().await;
    for (arguments, why) in [
        (&["http://127.0.0.1:1/"][..], "must begin with https://"),
        (&["https://192.168.0.1/"][..], "into this network"),
        (
            &["https://erp.example/", "--event", "invoice.lost"][..],
            "there is no event `invoice.lost`",
        ),
        (
            &["https://erp.example/", "--host", "nobody"][..],
            "no host `nobody`",
        ),
    ] {
        let told = stage.must(2, &[&["webhook", "add", "erp"][..], arguments].concat());
        assert!(told.contains(why), "{told}");
    }
    let told = stage.must(0, &["webhook", "list"]);
    assert!(told.contains("There are no webhooks"), "{told}");
}
