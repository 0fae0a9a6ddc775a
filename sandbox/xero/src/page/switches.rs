//! The page at `/sandbox/switches`: every behaviour that no source confirms, what is known of it, and how it is set.

use maud::{Markup, html};

use crate::sandbox::Sandbox;
use crate::switches::Explained;

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
                                th scope="col" { "Switch" } th scope="col" { "What it decides, and what is known" } th scope="col" { "Now" }
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
    let others = row.values.iter().filter(|value| **value != row.value);
    html! {
        tr {
            th scope="row" { code { (row.name) } }
            td { (row.decides) small { (row.evidence) } }
            td { span class=(class) { (row.value) } @if row.value != row.default { small { "default " (row.default) } } }
            td { @for other in others {
                form method="post" action=(PATH) {
                    input type="hidden" name="name" value=(row.name);
                    input type="hidden" name="value" value=(other);
                    button.plain type="submit" { "Set " (other) span.hidden { " " (row.name) } }
                }
            } }
        }
    }
}

/// Sets a switch to one of its values; anything else changes nothing.
pub(super) fn set(sandbox: &Sandbox, form: &[(String, String)]) {
    let field = |name: &str| {
        form.iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if let Some(switches) = sandbox.switches().with(field("name"), field("value")) {
        sandbox.set_switches(switches);
    }
}
