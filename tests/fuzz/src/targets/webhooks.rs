//! Webhooks: a body and its signature, as anybody on the internet may send them.

use secrecy::SecretString;
use serde_json::Value;
use tieout_sandbox_xero::webhooks::signature;
use tieout_xero::webhook::{Refusal, WebhookKeys, coalesced, receive};

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

const KEY: &str = "a key that signs nothing but these";

/// Deliveries of the provider.
pub(super) struct Webhooks {
    samples: Vec<(String, Vec<u8>)>,
    keys: WebhookKeys,
}

impl Webhooks {
    pub(super) fn new() -> Result<Self, Box<dyn std::error::Error>> {
        Ok(Self {
            samples: corpus("tests/fuzz/corpus/webhooks")?,
            keys: WebhookKeys::new(&[SecretString::from(KEY)])?,
        })
    }
}

impl Target for Webhooks {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let (_, sample) = random.pick(&self.samples);
        mutate::json(&sample, random)
    }

    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict {
        let right = signature(KEY, input);
        if random.one_in(4) {
            let wrong = mutate::bytes(right.as_bytes(), random);
            let same = wrong.trim_ascii() == right.as_bytes();
            return match receive(&self.keys, Some(&wrong), input) {
                Ok(_) if !same => Verdict::Broken(format!("{wrong:?} was taken for a signature")),
                Ok(_) => Verdict::Taken,
                Err(Refusal::WronglySigned | Refusal::Unsigned | Refusal::TooLarge) => {
                    Verdict::Refused
                }
            };
        }
        match receive(&self.keys, Some(right.as_bytes()), input) {
            Ok(received) => {
                let (known, unread) = (received.events.len(), received.unread);
                let sent = events(input);
                if sent.is_some_and(|sent| known + unread != sent) {
                    return Verdict::Broken(format!(
                        "{known} read and {unread} unread of {sent:?}"
                    ));
                }
                if let Some(event) = received.events.iter().find(|it| it.resource.is_empty()) {
                    return Verdict::Broken(format!("an event about nothing: {:?}", event.kinds()));
                }
                let merged = coalesced(received.events).len();
                match merged <= known {
                    true => Verdict::Taken,
                    false => Verdict::Broken(format!("{merged} made of {known}")),
                }
            }
            Err(refusal) => Verdict::Broken(format!("what is signed is refused: {refusal}")),
        }
    }
}

/// How many events a delivery has, where it is one.
fn events(body: &[u8]) -> Option<usize> {
    let tree: Value = serde_json::from_slice(body).ok()?;
    tree.get("events")?.as_array().map(Vec::len)
}
