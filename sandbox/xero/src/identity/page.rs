//! The consent page: who asks, for what, for which organisations; Allow and Cancel.

use maud::{Markup, html};
use uuid::Uuid;

use crate::options::App;
use crate::page::layout;

use super::authorize::Ask;
use super::scopes;

/// The page that asks a person.
#[must_use]
pub fn consent(ask: &Ask, app: &App, organisations: &[(Uuid, &'static str)]) -> String {
    let one_only = ask.acr_values.contains("bulk_connect:false");
    let kind = if one_only { "radio" } else { "checkbox" };
    let scopes = scopes::split(&ask.scope);
    layout::page(
        "Allow access",
        &html! {
            main.narrow {
                section.card aria-labelledby="title" {
                    p.eyebrow { "Local Xero, invented books" }
                    h1 #title { (app.name) " wants access to" }
                    form method="post" action="/identity/connect/authorize" {
                        (hidden(ask))
                        fieldset {
                            legend { @if one_only { "Choose an organisation" } @else { "Choose organisations" } }
                            @for (at, (id, name)) in organisations.iter().enumerate() {
                                label.choice {
                                    input type=(kind) name="tenant" value=(id) checked[at == 0];
                                    span { (name) }
                                }
                            }
                        }
                        details {
                            summary { "What it may do (" (scopes.len()) " scopes)" }
                            ul.scopes { @for scope in &scopes { li { code { (scope) } } } }
                        }
                        div.actions {
                            button.primary type="submit" name="decision" value="allow" { "Allow access" }
                            button type="submit" name="decision" value="cancel" { "Cancel" }
                        }
                    }
                }
            }
        },
    )
}

/// The page for a request that is wrong: it leads nowhere, as Xero's.
#[must_use]
pub fn refused(why: &str) -> String {
    layout::page(
        "Sorry, something went wrong",
        &html! {
            main.narrow {
                section.card {
                    h1 { "Sorry, something went wrong" }
                    p { "The app asked in a way that cannot be answered." }
                    p { code { (why) } }
                }
            }
        },
    )
}

fn hidden(ask: &Ask) -> Markup {
    let fields = [
        ("client_id", &ask.client_id),
        ("redirect_uri", &ask.redirect_uri),
        ("scope", &ask.scope),
        ("state", &ask.state),
        ("code_challenge", &ask.code_challenge),
        ("code_challenge_method", &ask.code_challenge_method),
        ("response_type", &ask.response_type),
        ("acr_values", &ask.acr_values),
    ];
    html! {
        @for (name, value) in fields {
            @if !value.is_empty() { input type="hidden" name=(name) value=(value); }
        }
    }
}
