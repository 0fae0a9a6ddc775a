//! How a change of the configuration file is shown before it is saved.

use maud::{Markup, html};

use crate::config::edit::{Edit, Fate};
use crate::web::page::scroll;

/// The lines that change, with some around them, and what the environment decides all the same.
pub(in crate::web) fn difference(edit: &Edit) -> Markup {
    let mut last = None;
    html! {
        @for it in &edit.overridden {
            p class="flash bad" { code { (it.key) } " is decided by the environment variable " code { (it.variable) } ", whatever the file says." }
        }
        @if !edit.is_change() { p class="quiet" { "Nothing changes: the file says so already." } }
        @else {
            (scroll("Changed lines", &html! {
                table class="diff" {
                    tbody {
                        @for line in &edit.lines {
                            @if line.fate != Fate::Added {
                                @if last.is_some_and(|last| line.number > last + 1) { tr { td {} td {} td class="quiet" { "…" } } }
                                @let _ = last.insert(line.number);
                            }
                            tr class=(word(line.fate)) {
                                td class="num quiet" { (line.number) }
                                td { (sign(line.fate)) }
                                td { code { (line.text) } }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Kept => "kept",
        Fate::Removed => "removed",
        Fate::Added => "added",
    }
}

fn sign(fate: Fate) -> Markup {
    html! {
        @match fate {
            Fate::Kept => {},
            Fate::Removed => { span class="hidden" { "removed" } span aria-hidden="true" { "−" } },
            Fate::Added => { span class="hidden" { "added" } span aria-hidden="true" { "+" } },
        }
    }
}
