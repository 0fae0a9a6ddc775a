//! Who the caller is, as this server knows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::endpoint::{Call, Endpoint, Reply};
use super::problem::Problem;

/// Who asks.
#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    /// As the journal names this one.
    name: String,
    /// What this one may do: `read`, `operate`, `admin`, `panel`.
    scopes: Vec<&'static str>,
    /// The version of the program.
    version: &'static str,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/v1/me",
        "who_am_i",
        "Who the caller is, and what it may do.",
        show,
    )]
}

async fn show(call: Call) -> Result<Reply<Me>, Problem> {
    Ok(Reply::of(Me {
        name: call.by.name,
        scopes: call.by.scopes.iter().map(|scope| scope.word()).collect(),
        version: env!("CARGO_PKG_VERSION"),
    }))
}
