//! How pushes and callbacks are signed and sent, and which are sent again: callbacks, five times, two hours apart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request};
use serde_json::Value;
use sha2::Sha256;

use super::product::{Digest, KornitX, Sent, Waiting};

const RETRIES_MAX: u32 = 5;

impl KornitX {
    /// Pushes a new order. Whether a push is repeated is not documented, so it is not.
    pub(super) async fn push(&self, id: u64, order: &Value) {
        self.send(Method::POST, id, order).await;
    }

    /// Tells of an order's status.
    pub(super) async fn call_back(&self, id: u64, body: Value, retries: u32) {
        let Some(answered) = self.send(Method::PUT, id, &body).await else {
            return;
        };
        // "200 expected", as its page on status notifications has it.
        let is_taken = answered == Some(200);
        if !is_taken && retries < RETRIES_MAX {
            self.state().waiting.push(Waiting {
                order: id,
                body,
                retries,
            });
        }
    }

    /// Sends one request. Gives what it was answered, if anything; `None` where nothing was sent.
    async fn send(&self, method: Method, order: u64, body: &Value) -> Option<Option<u16>> {
        let settings = self.settings();
        let url = settings.push_url.as_ref()?;
        let (is_lost, is_forged) = {
            let faults = &mut self.state().faults;
            (counted(&mut faults.lose), counted(&mut faults.forge))
        };
        if is_lost {
            return None;
        }
        let body = body.to_string();
        let key = match is_forged {
            true => "somebody else's key",
            false => &settings.hmac_key,
        };
        let request = Request::builder()
            .method(method.clone())
            .uri(url.as_str())
            .header("content-type", "application/json")
            .header(
                "X-CustomGateway-Hmac",
                signature(key, settings.digest, &body),
            )
            .body(Bytes::from(body))
            .expect("a URL, JSON and a digest make a request");
        let reply = self.transport.send(request).await.ok();
        let answered = reply.map(|reply| reply.status().as_u16());
        self.state().sent.push(Sent {
            method: method.to_string(),
            order,
            answered,
        });
        Some(answered)
    }
}

fn counted(left: &mut u32) -> bool {
    let is_one = *left > 0;
    *left = left.saturating_sub(1);
    is_one
}

fn signature(key: &str, digest: Digest, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    match digest {
        Digest::Hexadecimal => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        Digest::Base64 => STANDARD.encode(bytes),
    }
}
