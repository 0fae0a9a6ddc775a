//! A receiver of webhooks for tests: verifies what it gets as any receiver would, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What arrived.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signatures: String,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    /// How many of its signatures are those of a secret. Source: Standard Webhooks 1.0.
    pub(crate) fn signed_by(&self, secret: &SecretString) -> usize {
        let key = secret.expose_secret().strip_prefix("whsec_").unwrap();
        let key = STANDARD.decode(key).unwrap();
        let text = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let mac = Hmac::<Sha256>::new_from_slice(&key)
            .unwrap()
            .chain_update(text)
            .finalize();
        let wanted = format!("v1,{}", STANDARD.encode(mac.into_bytes()));
        self.signatures
            .split(' ')
            .filter(|it| *it == wanted)
            .count()
    }
}

#[derive(Default)]
struct State {
    statuses: VecDeque<String>,
    always: Option<String>,
    refused: Option<String>,
    got: Vec<Got>,
}

/// The receiver.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(serving.clone(), stream));
            }
        });
        receiver
    }

    pub(crate) fn url(&self) -> url::Url {
        format!("http://127.0.0.1:{}/hook", self.port)
            .parse()
            .unwrap()
    }

    /// The status lines of the next answers, with headers behind them; then 204.
    pub(crate) fn next(&self, statuses: &[&str]) {
        let statuses = statuses.iter().map(|it| (*it).to_owned());
        self.state.lock().unwrap().statuses.extend(statuses);
    }

    /// The status line of every answer from now on.
    pub(crate) fn always(&self, status: &str) {
        self.state.lock().unwrap().always = Some(status.to_owned());
    }

    /// Whatever holds this text is answered 422 from now on.
    pub(crate) fn refuse(&self, text: &str) {
        self.state.lock().unwrap().refused = Some(text.to_owned());
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.state.lock().unwrap().got.clone()
    }

    pub(crate) fn take(&self) -> Vec<Got> {
        std::mem::take(&mut self.state.lock().unwrap().got)
    }
}

async fn answer(receiver: Receiver, mut stream: TcpStream) {
    let (reader, mut writer) = stream.split();
    let mut reader = BufReader::new(reader);
    loop {
        let (mut length, mut got) = (0, [String::new(), String::new(), String::new()]);
        let mut is_first = true;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if std::mem::take(&mut is_first) {
                assert!(line.starts_with("POST /hook HTTP/1.1"), "{line}");
                continue;
            }
            let (name, value) = line.split_once(": ").unwrap();
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "content-type" => assert_eq!(value, "application/json"),
                "webhook-id" => got[0] = value.to_owned(),
                "webhook-timestamp" => got[1] = value.to_owned(),
                "webhook-signature" => got[2] = value.to_owned(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).await.unwrap();
        let [id, timestamp, signatures] = got;
        let status = {
            let mut state = receiver.state.lock().unwrap();
            let body = String::from_utf8(body).unwrap();
            let refused = state.refused.as_ref().filter(|text| body.contains(*text));
            let refused = refused.map(|_| "422 Unprocessable Content".to_owned());
            state.got.push(Got {
                id,
                timestamp: timestamp.parse().unwrap(),
                signatures,
                body,
            });
            let next = refused.or_else(|| state.statuses.pop_front());
            next.or_else(|| state.always.clone())
        };
        let status = status.unwrap_or_else(|| "204 No Content".to_owned());
        if status == "hang up" {
            return;
        }
        let said = match status.starts_with("204") {
            true => String::new(),
            false => "so it is".to_owned(),
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{said}",
            said.len()
        );
        if writer.write_all(reply.as_bytes()).await.is_err() {
            return;
        }
    }
}
