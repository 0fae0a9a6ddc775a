//! The setting that mends a finding, set from its row: chosen from what the organisation has, tried on what waits, shown, and saved.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::check::Finding;
use tieout_core::driver::remembered_chart;
use tieout_core::engine::Binding;
use tieout_core::mapping::check_settings;
use tieout_core::provider::Chart;
use toml_edit::Value;

use super::decide::{binding, named};
use super::edit_parts::difference;
use super::filters::value;
use super::flash::{self, Went};
use crate::browse::{Choices, Freed, choices, freed, spelled};
use crate::command::ask_anew;
use crate::config::edit::{Draft, Edit, Place as Key};
use crate::exit::{Failure, sentence};
use crate::output::counted;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, card, finding as show_finding, moment, token};
use crate::web::trouble::Trouble;

type Pairs = Vec<(String, String)>;

/// A finding that a setting mends, with everything that is needed to mend it.
struct Case {
    binding: Binding,
    index: usize,
    finding: Finding,
    key: Key,
    chart: Option<Chart>,
    choices: Option<Choices>,
}

impl Case {
    /// The finding that an address or a form names.
    async fn of(front: &Front, pairs: &[(String, String)]) -> Result<Self, Trouble> {
        let binding = binding(front.store().as_ref(), &named(pairs)?).await?;
        let index: usize = value(pairs, "finding").parse().unwrap_or_default();
        let finding = binding.findings().nth(index).cloned();
        let gone = || {
            Trouble::not_found("this finding is gone: somebody mended it, or the document changed")
        };
        let finding = finding.ok_or_else(gone)?;
        // A form is about the setting that it was made for, whatever the document has now.
        let asked = value(pairs, "setting");
        if !asked.is_empty() && asked != finding.setting {
            return Err(gone());
        }
        let connection = &binding.key.connection;
        let key = Key::of_setting(connection.as_str(), &finding.setting).ok_or_else(|| {
            let failure = Failure::config("what mends this cannot be set from here");
            Trouble::not_usable(failure.advise(finding.remedy.clone()))
        })?;
        let settings = front.shop.loaded().config.connections.get(connection);
        let settings = settings
            .ok_or_else(|| Trouble::not_found("the connection has left the configuration"))?;
        let chart = remembered_chart(front.store().as_ref(), connection).await?;
        let choices = chart
            .as_ref()
            .and_then(|chart| choices(&finding.setting, &settings.settings, chart));
        Ok(Self {
            index,
            finding,
            key,
            choices,
            chart,
            binding,
        })
    }

    /// What the chosen text is in the file.
    fn value_of(&self, text: &str) -> Value {
        match (self.choices.as_ref().is_some_and(|it| it.is_switch), text) {
            (true, "true") => Value::from(true),
            (true, "false") => Value::from(false),
            (true | false, text) => Value::from(text),
        }
    }

    fn fields(&self, caller: &Caller, back: &str) -> Markup {
        html! {
            (token(caller))
            input type="hidden" name="key" value=(spelled(&self.binding.key));
            input type="hidden" name="finding" value=(self.index);
            input type="hidden" name="setting" value=(self.finding.setting);
            input type="hidden" name="back" value=(back);
        }
    }
}

/// The form.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
) -> Result<Html<String>, Trouble> {
    caller.must(Role::Admin)?;
    let case = Case::of(&front, &pairs).await?;
    let draft = Draft::begin(front.shop.loaded())?;
    let now = draft
        .look(&case.key)
        .map(|item| item.to_string().trim().to_owned());
    let back = value(&pairs, "back");
    let advice = tieout_core::advice::advise(&case.binding);
    let content = html! {
        h1 { "Set " code { (case.finding.setting) } }
        section class="card" {
            p { "For " strong { (case.binding.key.connection) } ", because of " (case.binding.number) ":" }
            @if let Some(advice) = advice.get(case.index) { (show_finding(advice)) }
        }
        (card("What it is to be", &html! {
            form method="post" action="/findings/mend" {
                (case.fields(&caller, back))
                input type="hidden" name="mark" value=(draft.mark());
                div class="field" {
                    label for="value" { code { (case.key) } }
                    (entry(&case))
                    @if let Some(now) = &now { small { "Now: " code { (now) } } } @else { small { "It is not set now." } }
                    @if let Some(chart) = &case.chart { small { "As " (chart.organisation.name) " was read at " (moment(chart.as_of)) "." } }
                }
                div class="actions" { button class="primary" { "Show what that changes" } a class="button" href=(over(back)) { "Back" } }
            }
        }))
    };
    Ok(page(&caller, &content))
}

fn page(caller: &Caller, content: &Markup) -> Html<String> {
    Page {
        title: "Mend a finding",
        place: Place::Findings,
        caller,
        live: false,
    }
    .show(content)
}

fn over(back: &str) -> &str {
    if back.starts_with("/findings") || back.starts_with("/documents") {
        back
    } else {
        "/findings"
    }
}

fn entry(case: &Case) -> Markup {
    let Some(choices) = case.choices.as_ref().filter(|it| !it.all.is_empty()) else {
        return html! { input id="value" name="value" required maxlength="500"; };
    };
    let mut groups: Vec<&str> = Vec::new();
    for choice in &choices.all {
        if !groups.contains(&choice.group.as_str()) {
            groups.push(&choice.group);
        }
    }
    html! {
        select id="value" name="value" required {
            option value="" { "Choose " (choices.what) }
            @for group in groups {
                @let of_group = choices.all.iter().filter(|it| it.group == group);
                @if group.is_empty() {
                    @for choice in of_group { option value=(choice.value) { (choice.label) } }
                } @else {
                    optgroup label=(group) { @for choice in of_group { option value=(choice.value) { (choice.label) } } }
                }
            }
        }
    }
}

/// Shows what a value would change; with the go-ahead, saves it and begins anew.
pub(super) async fn set(
    State(front): State<Arc<Front>>,
    signed: Signed<Pairs>,
) -> Result<Response, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    caller.must(Role::Admin)?;
    let case = Case::of(&front, &form).await?;
    let chosen = value(&form, "value");
    if chosen.is_empty() {
        return Err(Trouble::not_usable(
            Failure::config("nothing was chosen").advise("Go back, and choose something."),
        ));
    }
    let edit = edited(&front, &case, chosen, value(&form, "mark"))?;
    if value(&form, "go") == "yes" {
        return Ok(saved(&front, (&caller, &form), &case, &edit)
            .await?
            .into_response());
    }
    let settings = edit
        .after
        .config
        .connections
        .get(&case.binding.key.connection);
    let freed = match (settings, &case.chart) {
        (Some(connection), Some(chart)) => {
            let about = (&case.finding.rule, case.finding.setting.as_str());
            let able = connection.provider.capability();
            let with = (&connection.settings, chart, able);
            Some(
                freed(
                    front.store().as_ref(),
                    &case.binding.key.connection,
                    about,
                    with,
                )
                .await?,
            )
        }
        (Some(_) | None, _) => None,
    };
    let back = value(&form, "back");
    let content = html! {
        h1 { "Set " code { (case.finding.setting) } " to " code { (chosen) } }
        (card("What that lets go", &lets_go(freed)))
        (card("What changes in the file", &html! {
            (difference(&edit))
            form method="post" action="/findings/mend" {
                (case.fields(&caller, back))
                input type="hidden" name="mark" value=(edit.mark);
                input type="hidden" name="value" value=(chosen);
                input type="hidden" name="go" value="yes";
                p class="quiet" { "The old file is kept beside it. What is on its way is finished, and the process goes on with the new one." }
                div class="actions" { button class="primary" { "Save it" } a class="button" href=(over(back)) { "Not now" } }
            }
        }))
    };
    Ok(page(&caller, &content).into_response())
}

fn lets_go(freed: Option<Freed>) -> Markup {
    html! {
        @match freed {
            None => p { "The organisation was never read, so that cannot be told." },
            Some(freed) => {
                p {
                    strong { (counted(freed.freed, "document", "documents")) } " of "
                    (counted(freed.waiting, "document that waits", "documents that wait")) " for this setting "
                    "can then be sent, as far as is known here."
                }
                @if freed.freed < freed.waiting {
                    p { "The others are planned anew all the same, and then show what else holds them:" }
                    ul { @for (title, count) in &freed.held_by { li { (title) ": " (counted(*count, "document", "documents")) } } }
                }
                @if freed.is_cut { p class="quiet" { "More documents of this kind wait than were looked at." } }
            },
        }
    }
}

/// The file as it would be. What the organisation does not take is refused here, and not when documents fail.
fn edited(front: &Front, case: &Case, chosen: &str, mark: &str) -> Result<Edit, Trouble> {
    let mut draft = Draft::begin(front.shop.loaded())?;
    draft.expect(mark)?;
    draft.set(&case.key, case.value_of(chosen))?;
    let edit = draft.finish()?;
    let connection = &case.binding.key.connection;
    let (before, after) = (
        &front.shop.loaded().config.connections,
        &edit.after.config.connections,
    );
    if let (Some(chart), Some(before), Some(after)) =
        (&case.chart, before.get(connection), after.get(connection))
    {
        let known = check_settings(&before.settings, chart);
        let added = check_settings(&after.settings, chart);
        if let Some(finding) = added.into_iter().find(|it| !known.contains(it)) {
            let failure =
                Failure::config(format!("`{chosen}` cannot be used: {}", finding.message));
            return Err(Trouble::not_usable(failure.advise(finding.remedy)));
        }
    }
    Ok(edit)
}

async fn saved(
    front: &Front,
    (caller, form): (&Caller, &[(String, String)]),
    case: &Case,
    edit: &Edit,
) -> Result<Redirect, Trouble> {
    let world = &front.shop.staff().world;
    let copy = edit.save(world.clock.now())?;
    tracing::info!(by = caller.name, key = %case.key, copy = %copy.display(), "the configuration was changed");
    front.renewal.ask();
    // What waits is planned anew by whoever comes next; with this it also reads the organisation again where that is due.
    let asked = ask_anew(&front.office(&caller.name), &case.binding.key.connection).await;
    if let Err(failure) = asked {
        tracing::warn!(
            error = failure.message,
            "what waits may be planned later only"
        );
    }
    let words = vec![
        format!(
            "{} is saved, and what waits for it is planned anew.",
            case.key
        ),
        sentence(&format!("the old file is {}", copy.display())),
    ];
    Ok(flash::back(
        caller,
        over(value(form, "back")),
        Went::Well,
        words,
    ))
}
