//! What is done with a connection or a product as a whole: switched on and off, disconnected, the file taken on.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use toml_edit::{Array, Value};

use crate::config::edit::Place;
use crate::exit::Failure;
use crate::setup::{Deed, Wish};
use crate::web::dashboard::kit;
use crate::web::entry::{AdminClick, Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::trouble::Trouble;

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
pub(in crate::web::dashboard) struct Nothing {}

/// Which way something is switched.
#[derive(Debug, Deserialize)]
pub(in crate::web::dashboard) struct Switched {
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    On,
    Off,
}

/// Switches an organisation on or off.
pub(in crate::web::dashboard) async fn switch_connection(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed { caller, form }: Signed<Switched>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    kit::connection(&front, &name)?;
    let off = &front.shop.loaded().config.off.connections;
    let off = off.iter().map(|name| name.as_str().to_owned()).collect();
    switch(&front, &caller, "connections", &name, off, form.to)
}

/// Switches a product on or off.
pub(in crate::web::dashboard) async fn switch_host(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed { caller, form }: Signed<Switched>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let config = &front.shop.loaded().config;
    if !config.hosts.keys().any(|known| known.as_str() == name) {
        return Err(Trouble::not_found(format!("there is no product `{name}`")));
    }
    let off = config.off.hosts.iter();
    let off = off.map(|name| name.as_str().to_owned()).collect();
    switch(&front, &caller, "hosts", &name, off, form.to)
}

fn switch(
    front: &Front,
    caller: &Caller,
    what: &str,
    name: &str,
    mut off: BTreeSet<String>,
    to: To,
) -> Result<Response, Trouble> {
    let words = match to {
        To::On => {
            off.remove(name);
            format!("{name} is switched on.")
        }
        To::Off => {
            off.insert(name.to_owned());
            format!(
                "{name} is switched off: nothing leaves or enters it, and nothing is lost meanwhile."
            )
        }
    };
    let mut draft = kit::draft(front)?;
    let place = Place::of(["off", what]);
    match off.is_empty() {
        true => {
            draft.remove(&place)?;
        }
        false => draft.set(&place, Value::Array(Array::from_iter(off)))?,
    }
    let edit = draft.finish()?;
    let then = match what {
        "connections" => format!("/connections/{name}"),
        _ => "/connections".to_owned(),
    };
    Ok(kit::saved(front, &edit, &caller.name, words, &then)?)
}

/// Ends a connection at Xero and forgets it here.
pub(in crate::web::dashboard) async fn disconnect(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Signed { caller, form }: Signed<Confirmed>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let connection = kit::connection(&front, &name)?;
    if form.sure.as_deref() != Some("yes") {
        let asked = Failure::config(format!("nobody said that {name} is to be disconnected"));
        return Err(asked
            .advise("Tick the box beside the button, and send it again.")
            .into());
    }
    let then = format!("/connections/{name}");
    let wish = Wish::new(Deed::Disconnect { connection }, &caller.name, then);
    Ok(kit::wished(&front, wish))
}

/// Something that is asked before it is done, with or without scripts.
#[derive(Debug, Deserialize)]
pub(in crate::web::dashboard) struct Confirmed {
    sure: Option<String>,
}

/// Takes the configuration on as it is in its file now.
pub(in crate::web::dashboard) async fn take_on(
    State(front): State<Arc<Front>>,
    AdminClick(caller): AdminClick,
) -> Result<Response, Trouble> {
    let words = "The configuration is taken on as it is now.".to_owned();
    let wish = Wish::new(Deed::TakeOn { words }, &caller.name, "/connections");
    Ok(kit::wished(&front, wish))
}
