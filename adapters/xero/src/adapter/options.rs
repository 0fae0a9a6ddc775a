//! How a tracking option gets into a category, once: looked up, made, and looked up again when Xero refuses.

use http::Method;
use tieout_core::provider::{ErrorKind, ProviderError, Rejection, RejectionKind, TrackingOption};

use crate::client::{Call, Client};
use crate::error;
use crate::limit::Purpose;
use crate::map;
use crate::wire::problem::{Problem, Remarks};
use crate::wire::tracking::{NewTrackingOption, TrackingCategory, TrackingOption as Wire};
use crate::wire::{Listed, Page};

const READ: &str = "read a tracking category";
const MAKE: &str = "add a tracking option";
/// Characters of an option's name.
const NAME_CHARS_MAX: usize = 100;

/// The option of this name in the category, made if it is not there.
pub(super) async fn make(
    client: &Client,
    category: &str,
    name: &str,
) -> Result<Result<TrackingOption, Rejection>, ProviderError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARS_MAX {
        let message = format!("a name has one to {NAME_CHARS_MAX} characters, this one {length}");
        return Ok(Err(rejection(RejectionKind::Validation, message)));
    }
    match held(client, category, name).await? {
        Held::Usable(option) => return Ok(Ok(option)),
        Held::NoCategory => {
            let message = "the tracking category does not exist".to_owned();
            return Ok(Err(rejection(RejectionKind::TrackingInvalid, message)));
        }
        Held::Not => {}
    }
    let body = NewTrackingOption {
        name: name.to_owned(),
    };
    let route = "PUT /TrackingCategories/{id}/Options";
    let call = Call::write(MAKE, Method::PUT, "TrackingCategories", route, &body)?
        .in_one()
        .of(category)
        .of("Options");
    let key = client.idempotency_key(&call.fingerprint(&format!("option:{category}")));
    let call = call.idempotent(key);
    let reply = client.send(&call).await?;
    if reply.is_success() {
        let page = Page::<Wire>::open(reply.body(), Wire::LIST)
            .map_err(|error| call.misunderstood(error))?;
        let made = named(page.items, name);
        return made.map(Ok).ok_or_else(|| call.misunderstood(NotTheOption));
    }
    let refused = client.refused(&call, &reply);
    let problem = Problem::read(reply.body());
    let words = problem.elements.iter().map(Remarks::of);
    let words: Vec<String> = words.flat_map(|remarks| remarks.errors).collect();
    match refused.kind {
        ErrorKind::Forbidden => Ok(Err(Rejection {
            advice: Some(
                "Add `accounting.settings` to the scopes of the app and connect again.".to_owned(),
            ),
            ..rejection(RejectionKind::Permission, refused.message)
        })),
        // One element alone was sent, so its errors say that it was not kept; but somebody may have made it since.
        ErrorKind::Refused | ErrorKind::Unsure if !words.is_empty() => {
            match held(client, category, name).await? {
                Held::Usable(option) => Ok(Ok(option)),
                Held::Not | Held::NoCategory => Ok(Err(error::rejection(words))),
            }
        }
        ErrorKind::Refused => Ok(Err(rejection(RejectionKind::Validation, refused.message))),
        ErrorKind::NotProcessed
        | ErrorKind::Throttled
        | ErrorKind::Unauthorised
        | ErrorKind::Unsure
        | ErrorKind::BadReply => Err(refused),
    }
}

enum Held {
    Usable(TrackingOption),
    Not,
    NoCategory,
}

async fn held(client: &Client, category: &str, name: &str) -> Result<Held, ProviderError> {
    let route = "GET /TrackingCategories/{id}";
    let call = Call::read(READ, Purpose::Documents, "TrackingCategories", route).of(category);
    let found = client
        .one::<TrackingCategory>(&call, TrackingCategory::LIST)
        .await?;
    Ok(match found {
        None => Held::NoCategory,
        Some(found) => named(found.options, name).map_or(Held::Not, Held::Usable),
    })
}

/// The option of this name that new lines may use.
fn named(options: Vec<Wire>, name: &str) -> Option<TrackingOption> {
    let wanted = name.to_lowercase();
    options
        .into_iter()
        .filter_map(map::tracking_option)
        .find(|option| option.active && option.name.trim().to_lowercase() == wanted)
}

fn rejection(kind: RejectionKind, message: String) -> Rejection {
    Rejection {
        kind,
        messages: vec![message],
        advice: None,
    }
}

/// The reply is about another option than the one that was sent.
#[derive(Debug, thiserror::Error)]
#[error("the tracking option that came back is not the one that was sent")]
struct NotTheOption;
