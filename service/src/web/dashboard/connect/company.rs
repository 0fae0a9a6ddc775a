//! The second step: the company's name, which documents are its own, and how they are sent.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use tieout_core::settings::Settings;

use crate::exit::Failure;
use crate::setup::EnteredCompany;
use crate::setup::fields::{Entered, FIELDS, Wrong};
use crate::web::dashboard::kit::{self, Step, Told};
use crate::web::dashboard::settings::{Inputs, filled, of_fields};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, card, token};
use crate::web::trouble::Trouble;

/// The settings that are asked for before anything is known of the organisation.
const ASKED: [&str; 9] = [
    "method",
    "credit_notes",
    "bills",
    "sync_from",
    "reference",
    "contacts.population",
    "contacts.always",
    "tracking",
    "invoice_status",
];

/// Shows it.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    Query(told): Query<Told>,
    caller: Caller,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let flash = kit::flash(&front.office(&caller.name), &told).await?;
    let form = filled(&Settings::default());
    Ok(page(&front, &caller, &form, &[], &flash))
}

/// Writes it down, switched off: nothing is sent before its plan was seen.
pub(super) async fn save(
    State(front): State<Arc<Front>>,
    Signed { caller, form }: Signed<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    caller.must(Role::Admin)?;
    let form = Entered(form);
    let refused = |wrong: &[Wrong], above: &Markup| {
        let page = page(&front, &caller, &form, wrong, above);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    match write(&front, &caller, &form).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(wrong)) => refused(&wrong, &html! {}),
        Err(failure) => refused(&[], &kit::refusal(&failure)),
    }
}

async fn write(
    front: &Front,
    caller: &Caller,
    form: &Entered,
) -> Result<Result<Response, Vec<Wrong>>, Failure> {
    let config = &front.shop.loaded().config;
    let company = match EnteredCompany::read(form, config) {
        Ok(company) => company,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let name = &company.name;
    let office = front.office(&caller.name);
    if office.apps.connections.read(name).await?.is_some() {
        let words =
            format!("`{name}` is connected already: choose another name, or change its settings.");
        let key = "name".to_owned();
        return Ok(Err(vec![Wrong { key, words }]));
    }
    let mut draft = kit::draft(front)?;
    let wrong = company.write(&mut draft, form, config)?;
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    let edit = match draft.finish() {
        Ok(edit) => edit,
        Err(failure) => return of_fields(failure, name).map(Err),
    };
    let words = format!("{name} is written down, and switched off until its plan was seen.");
    let then = format!("/connections/{name}/consent");
    kit::saved(front, &edit, &caller.name, words, &then).map(Ok)
}

fn page(
    front: &Arc<Front>,
    caller: &Caller,
    form: &Entered,
    wrong: &[Wrong],
    above: &Markup,
) -> Html<String> {
    let inputs = Inputs {
        form,
        wrong,
        chart: None,
    };
    let page = Page {
        title: "Connect a company",
        place: Place::Connections,
        caller,
        live: false,
    };
    let content = html! {
        p { a href="/connections/new" { "Back to the app" } }
        h1 { "Connect a company" }
        (kit::steps(Step::Company))
        (above)
        @if !wrong.is_empty() {
            div class="flash bad" role="alert" {
                p { "Nothing was written: " (crate::output::counted(wrong.len(), "field", "fields")) " cannot stay so." }
            }
        }
        form method="post" action="/connections/new/company" {
            (token(caller))
            (card("The company", &company(front, form, &inputs)))
            (card("How its documents are sent", &html! {
                p class="quiet" { "Accounts, tax types and the rest are chosen from the organisation's own, once it is connected." }
                div class="fields" {
                    @for field in FIELDS.iter().filter(|field| ASKED.contains(&field.key)) { (inputs.field(field)) }
                }
            }))
            p { button class="primary" { "Go on to the consent" } }
        }
    };
    page.show(&content)
}

fn company(front: &Front, form: &Entered, inputs: &Inputs<'_>) -> Markup {
    let hosts = &front.shop.loaded().config.hosts;
    let others = front.shop.loaded().config.connections.len();
    let wrong = |key| inputs.wrong(key).join(" ");
    let (name, host, divisions) = (wrong("name"), wrong("host"), wrong("divisions"));
    let hosts = html! {
        select id="host" name="host" aria-invalid=[(!host.is_empty()).then_some("true")] {
            option value="" { "Every product" }
            @for (id, _) in hosts { option value=(id) selected[form.get("host") == id.as_str()] { (id) } }
        }
    };
    let area = html! {
        textarea id="divisions" name="divisions" rows="3" aria-describedby="divisions-help"
            aria-invalid=[(!divisions.is_empty()).then_some("true")] { (form.get("divisions")) }
    };
    let help = match others {
        0 => {
            "Its business divisions, one a line, as the product spells them. Empty: every document, while it is the only company."
        }
        _ => {
            "Its business divisions, one a line, as the product spells them. Documents of a division that nobody claims are held."
        }
    };
    html! {
        (kit::field("name", "Name", "As pages, the journal and the configuration call it: small letters, figures and hyphens, such as acme-au.",
            &name, &kit::line("name", form.get("name"), &name)))
        (kit::field("host", "Documents of", "", &host, &hosts))
        (kit::field("divisions", "Divisions", help, &divisions, &area))
    }
}
