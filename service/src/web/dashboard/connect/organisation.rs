//! The fourth step: which of the organisations that the consent opens it is; passed over where there is only one.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::html;
use serde::Deserialize;
use tieout_core::document::ConnectionId;
use tieout_xero::auth::{ConnectionRecord, XeroConnection};
use uuid::Uuid;

use super::consent::{not_connected, page};
use crate::exit::Failure;
use crate::setup::consent::{Mended, NotConnected, choice};
use crate::setup::{Deed, Wish};
use crate::web::dashboard::kit::{self, Step};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{card, token};
use crate::web::trouble::Trouble;

/// Which one somebody chose.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    organisation: Uuid,
}

/// Shows them, or goes on with the only one.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    caller: Caller,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    let mut office = front.office(&caller.name);
    let choice = match choice(&mut office, &name).await {
        Ok(Some(choice)) => choice,
        // Chosen already, or never allowed: its page says which.
        Ok(None) => return Ok(Redirect::to(&format!("/connections/{name}")).into_response()),
        Err(failure) => {
            let refused = NotConnected {
                connection: Some(name),
                failure,
                mended: Mended::ByConsent,
            };
            return Ok(not_connected(&caller, &refused));
        }
    };
    if choice.is_again || choice.organisations.len() == 1 {
        return Ok(keep(&front, &caller, name, None, choice.is_again));
    }
    let known = office
        .apps
        .connections
        .list()
        .await
        .map_err(Failure::from)?;
    let body = card(
        "Which organisation?",
        &html! {
            p { "The consent opens several. " (name) " keeps its documents in one of them." }
            form method="post" action={ "/connections/" (name) "/organisation" } {
                (token(&caller))
                fieldset {
                    legend { "Organisation" }
                    @for one in &choice.organisations {
                        @let taken = taken(&known, one);
                        p { label class="beside" {
                            input type="radio" name="organisation" value=(one.tenant_id) required disabled[taken.is_some()];
                            " " (one.tenant_name.as_deref().unwrap_or("(without a name)"))
                            @if let Some(other) = taken { " " span class="quiet" { "connected already as " (other.connection) } }
                        } }
                    }
                }
                button class="primary" { "Connect it" }
            }
        },
    );
    Ok(page(&caller, &name, Step::Organisation, &body).into_response())
}

/// Takes the choice.
pub(super) async fn choose(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed { caller, form }: Signed<Chosen>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let name = kit::connection(&front, &name)?;
    Ok(keep(&front, &caller, name, Some(form.organisation), false))
}

/// Has the connection written down while nobody sends.
fn keep(
    front: &Front,
    caller: &Caller,
    name: ConnectionId,
    organisation: Option<Uuid>,
    is_again: bool,
) -> Response {
    let is_off = front.shop.loaded().config.off.connections.contains(&name);
    let then = match is_off && !is_again {
        true => format!("/connections/{name}/ready"),
        false => format!("/connections/{name}"),
    };
    let deed = Deed::Keep {
        connection: name,
        organisation,
    };
    kit::wished(front, Wish::new(deed, &caller.name, then))
}

/// The connection that has an organisation already: two to one would send everything twice.
fn taken<'a>(known: &'a [ConnectionRecord], one: &XeroConnection) -> Option<&'a ConnectionRecord> {
    known
        .iter()
        .find(|record| record.tenant_id == one.tenant_id)
}
