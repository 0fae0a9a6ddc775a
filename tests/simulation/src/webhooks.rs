//! How webhooks come to the node: signed by the provider, in whatever order and number the world lets through.

use tieout_core::document::{DocumentKind, ProviderDocumentId};
use tieout_core::driver::World;
use tieout_core::provider::Hint;
use tieout_sandbox_xero::{Registration, WEB_CLIENT_ID, WebhookDelivery, WebhookFault};
use tieout_xero::webhook::{Category, Event, Received, WebhookKeys, coalesced, receive};

use secrecy::SecretString;

use crate::books::ORGANISATIONS;
use crate::coverage::Case;
use crate::faults::Chance;
use crate::ground::Ground;
use crate::node::connection;

/// The signing key of the app's webhook.
const KEY: &str = "c2ltdWxhdGVkLXdlYmhvb2sta2V5";

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It reaches whoever listens.
    Arrives,
    /// Nobody ever sees it.
    Lost,
}

/// Registers the webhook of the app.
pub(crate) fn register(ground: &Ground) {
    let registration = Registration {
        client_id: WEB_CLIENT_ID.to_owned(),
        url: "http://localhost/webhooks/xero".to_owned(),
        key: KEY.to_owned(),
        categories: Vec::new(),
    };
    if ground
        .sandbox
        .register_webhook(registration, ground.time.now())
        .is_ok()
    {
        ground.tell("operator", "registers the webhook");
    }
}

/// Draws what goes wrong with the next webhooks.
pub(crate) fn disturb(ground: &Ground) {
    let webhooks = ground.sandbox.webhooks();
    if ground.strikes(Chance::HintTwice) {
        webhooks.push_fault(WebhookFault::Duplicate);
    }
    if ground.strikes(Chance::HintReordered) {
        webhooks.push_fault(WebhookFault::Reorder);
    }
    if ground.strikes(Chance::HintGap) {
        webhooks.push_fault(WebhookFault::Gap { events: 1 });
        ground.met(Case::HintGap);
    }
    if ground.strikes(Chance::HintForged) {
        webhooks.push_fault(WebhookFault::WrongSignature);
    }
}

/// The deliveries that the provider makes now.
pub(crate) fn due(ground: &Ground) -> Vec<(WebhookDelivery, Way)> {
    let due = ground.sandbox.due_deliveries(ground.time.now());
    let with_way = due.into_iter().map(|delivery| {
        let way = if ground.strikes(Chance::HintLost) {
            Way::Lost
        } else {
            Way::Arrives
        };
        (delivery, way)
    });
    with_way.collect()
}

/// Answers a delivery as the program does: checked, its hints stored, then 200.
pub(crate) async fn answer(ground: &Ground, world: &World, delivery: &WebhookDelivery) -> u16 {
    let Ok(keys) = WebhookKeys::new(&[SecretString::from(KEY)]) else {
        return 500;
    };
    match receive(&keys, Some(delivery.signature.as_bytes()), &delivery.body) {
        Err(refusal) => {
            ground.met(Case::HintForged);
            refusal.status()
        }
        Ok(received) => {
            let followed = !received.events.is_empty();
            if let Some((first, _)) = received.sequence {
                note_order(ground, &delivery.body, first);
            }
            if keep(world, received).await {
                if followed {
                    ground.met(Case::HintFollowed);
                }
                200
            } else {
                503
            }
        }
    }
}

fn note_order(ground: &Ground, body: &[u8], first: u64) {
    let mut seen = ground.webhooks_seen();
    if !seen.bodies.insert(body.to_vec()) {
        ground.met(Case::HintTwice);
    } else if first < seen.newest {
        ground.met(Case::HintReordered);
    }
    seen.newest = seen.newest.max(first);
}

async fn keep(world: &World, received: Received) -> bool {
    let now = world.clock.now();
    for event in coalesced(received.events) {
        let place = ORGANISATIONS
            .iter()
            .find(|(_, id)| id.to_string() == event.tenant);
        let Some((name, _)) = place else { continue };
        let at = connection(name);
        if !matches!(
            event.category,
            Category::Invoice | Category::Contact | Category::Subscription
        ) {
            world.look_soon(&at);
        }
        let hints: Vec<Hint> = hint(&event, now).into_iter().collect();
        if world.keep_hints(&at, &hints).await.is_err() {
            return false;
        }
    }
    if received.unread > 0 {
        ORGANISATIONS
            .iter()
            .for_each(|(name, _)| world.look_soon(&connection(name)));
    }
    true
}

fn hint(event: &Event, now: chrono::DateTime<chrono::Utc>) -> Option<Hint> {
    let kind = match &event.category {
        Category::Invoice => None,
        Category::CreditNote => Some(DocumentKind::CreditNote),
        Category::Contact
        | Category::Prepayment
        | Category::Overpayment
        | Category::Subscription
        | Category::Other(_) => return None,
    };
    Some(Hint {
        kind,
        id: ProviderDocumentId::new(&event.resource).ok()?,
        at: event.at.unwrap_or(now),
    })
}
