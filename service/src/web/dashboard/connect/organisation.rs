//! The fourth step: which of the organisations that the consent opens it is; passed over where there is only one.
//!
//! Looking at the page changes nothing: a foreign page can lead a browser here. What goes on by itself is the consent that
//! was just answered, whose state only the session knows that began it.

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

/// Goes on after a consent that was just given: with the only organisation that it opens, or with the choice.
pub(super) async fn go_on(
    front: &Front,
    caller: &Caller,
    name: ConnectionId,
) -> Result<Response, Trouble> {
    let mut office = front.office(&caller.name);
    if let Ok(Some(choice)) = choice(&mut office, &name).await
        && (choice.is_again || choice.organisations.len() == 1)
    {
        return Ok(keep(front, caller, name, None, choice.is_again));
    }
    // What stands in the way is told there.
    Ok(Redirect::to(&format!("/connections/{name}/organisation")).into_response())
}

/// Shows them, and changes nothing.
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
    let known = office
        .apps
        .connections
        .list()
        .await
        .map_err(Failure::from)?;
    let body = card(
        "Which organisation?",
        &html! {
            @if choice.is_again {
                p { "The access of " (name) " was allowed anew, and is not taken on yet." }
            } @else if choice.organisations.len() == 1 {
                p { "Access was allowed, and " (name) " does not keep its documents there yet." }
            } @else {
                p { "The consent opens several. " (name) " keeps its documents in one of them." }
            }
            form method="post" action={ "/connections/" (name) "/organisation" } {
                (token(&caller))
                @if choice.is_again {
                    // It stays with its own, which the program looks for in what was allowed.
                    input type="hidden" name="organisation" value=(choice.organisations[0].tenant_id);
                } @else { fieldset {
                    legend { "Organisation" }
                    @for one in &choice.organisations {
                        @let taken = taken(&known, one).filter(|other| other.connection != name);
                        @let is_only = choice.organisations.len() == 1;
                        p { label class="beside" {
                            input type="radio" name="organisation" value=(one.tenant_id) required checked[is_only] disabled[taken.is_some()];
                            " " (one.tenant_name.as_deref().unwrap_or("(without a name)"))
                            @if let Some(other) = taken { " " span class="quiet" { "connected already as " (other.connection) } }
                        } }
                    }
                } }
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
    // One that is connected stays with its organisation, whatever the form says.
    let office = front.office(&caller.name);
    let known = office.apps.connections.read(&name).await;
    let is_again = known.map_err(Failure::from)?.is_some();
    let organisation = (!is_again).then_some(form.organisation);
    Ok(keep(&front, &caller, name, organisation, is_again))
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
