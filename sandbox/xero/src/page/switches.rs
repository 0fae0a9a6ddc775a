//! The page at `/sandbox/switches`: every behaviour that no source confirms, what is known of it, and how it is set.

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::sandbox::Sandbox;
use crate::switches::{Explained, Switches};

use super::layout;

/// Where the page is.
pub(super) const PATH: &str = "/sandbox/switches";

/// The whole page.
pub(super) fn page(sandbox: &Sandbox) -> String {
    let rows = sandbox.switches().explained();
    layout::page(
        "Switches",
        &html! {
            header.top {
                div.brand { span.mark aria-hidden="true" { "X" } div { strong { "Local Xero" } small { "What nobody has confirmed" } } }
                nav.tabs { a href="/" { "Books" } }
            }
            main.switches {
                h1 { "Switches" }
                p.quiet {
                    "Xero does not publish how it behaves here. The default is what was recorded, else what is harder for a client. "
                    "Change one here, or by " code { "POST /_control/switches" } "."
                }
                section.card {
                    div.scroll tabindex="0" role="region" aria-label="Switches" {
                        table {
                            thead { tr {
                                th scope="col" { "Switch" } th scope="col" { "What is known" } th scope="col" { "Now" }
                                th scope="col" { span.hidden { "What you can do" } }
                            } }
                            tbody { @for row in &rows { (switch(row)) } }
                        }
                    }
                }
            }
        },
    )
}

fn switch(row: &Explained) -> Markup {
    let class = if row.value == row.default {
        "chip"
    } else {
        "chip open"
    };
    let other = match row.value.as_str() {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    };
    html! {
        tr {
            th scope="row" { code { (row.name) } }
            td { (row.evidence) }
            td { span class=(class) { (row.value) } @if row.value != row.default { small { "default " (row.default) } } }
            td { @if let Some(other) = other {
                form method="post" action=(PATH) {
                    input type="hidden" name="name" value=(row.name);
                    input type="hidden" name="value" value=(other);
                    button.plain type="submit" { "Set " (other) span.hidden { " " (row.name) } }
                }
            } }
        }
    }
}

/// Sets a switch that has two sides; anything else changes nothing.
pub(super) fn set(sandbox: &Sandbox, form: &[(String, String)]) {
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let mut all = json!(sandbox.switches());
    let sides = [("true", true), ("false", false)];
    let wanted = sides.into_iter().find(|(text, _)| *text == field("value"));
    let known = all
        .get_mut(field("name"))
        .filter(|value| value.is_boolean());
    if let (Some(known), Some((_, wanted))) = (known, wanted) {
        *known = Value::Bool(wanted);
    }
    if let Ok(switches) = serde_json::from_value::<Switches>(all) {
        sandbox.set_switches(switches);
    }
}
