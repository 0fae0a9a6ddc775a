//! The description of the API as a page for people: from here alone, without anything of anybody else.

use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use crate::web::assets;

/// The page of a description.
pub(super) fn page(description: &Value) -> Markup {
    let nothing = Map::new();
    let paths = description["paths"].as_object().unwrap_or(&nothing);
    let schemas = &description["components"]["schemas"];
    let all: Vec<(&str, &str, &Value)> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "API of tieout" }
                link rel="stylesheet" href=(assets::address("tieout.css"));
                link rel="icon" href=(assets::address("tieout.svg"));
            }
            body {
                main id="main" {
                    h1 { "API of tieout" }
                    p { (words(&description["info"]["description"])) }
                    p { "For programs: " a href="/v1/openapi.json" { "openapi.json" } " (OpenAPI 3.1)." }
                    nav aria-label="Endpoints" {
                        ul class="plain" {
                            @for (path, method, operation) in &all {
                                li {
                                    a href={ "#" (name(operation)) } { code { (method.to_uppercase()) " " (path) } }
                                    " " (words(&operation["summary"]))
                                }
                            }
                        }
                    }
                    @for (path, method, operation) in &all { (endpoint(path, method, operation, schemas)) }
                    (refusals(description))
                    section id="schemas" {
                        h2 { "Forms" }
                        @for (name, schema) in schemas.as_object().into_iter().flatten() {
                            details id={ "form-" (name) } {
                                summary { code { (name) } }
                                pre { (pretty(schema)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn endpoint(path: &str, method: &str, operation: &Value, schemas: &Value) -> Markup {
    let parameters = operation["parameters"].as_array();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    html! {
        section id=(name(operation)) {
            h2 { code { (method.to_uppercase()) " " (path) } }
            p { (words(&operation["summary"])) }
            p class="quiet" { "Scope " code { (operation["x-scope"].as_str().unwrap_or_default()) } }
            @if let Some(parameters) = parameters.filter(|all| !all.is_empty()) {
                div class="scroll" tabindex="0" role="region" aria-label={ "Parameters of " (name(operation)) } {
                    table {
                        thead { tr { th { "Parameter" } th { "In" } th { "Form" } th { "What it is" } } }
                        tbody {
                            @for it in parameters {
                                tr {
                                    th scope="row" {
                                        code { (it["name"].as_str().unwrap_or_default()) }
                                        @if it["required"] == true { " (needed)" }
                                    }
                                    td { (it["in"].as_str().unwrap_or_default()) }
                                    td { code { (it["schema"]) } }
                                    td { (words(&it["description"])) }
                                }
                            }
                        }
                    }
                }
            }
            @if !body.is_null() { (form("It takes", body, schemas)) }
            @for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                @let schema = &response["content"]["application/json"]["schema"];
                @if !schema.is_null() { (form(&format!("It gives {status}"), schema, schemas)) }
            }
        }
    }
}

/// A form: where it has a name, a link to that.
fn form(words: &str, schema: &Value, schemas: &Value) -> Markup {
    let named = schema["$ref"].as_str().and_then(|at| at.rsplit('/').next());
    html! {
        @match named.filter(|name| schemas.get(*name).is_some()) {
            Some(name) => p { (words) " " a href={ "#form-" (name) } { code { (name) } } },
            None => details { summary { (words) } pre { (pretty(schema)) } },
        }
    }
}

fn refusals(description: &Value) -> Markup {
    let all = description["components"]["responses"].as_object();
    html! {
        section id="refusals" {
            h2 { "Refusals" }
            ul {
                @for (_, refusal) in all.into_iter().flatten() {
                    li { (words(&refusal["description"])) }
                }
            }
        }
    }
}

/// A text in which what stands between two marks is code.
fn words(text: &Value) -> Markup {
    let text = text.as_str().unwrap_or_default();
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn name(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
