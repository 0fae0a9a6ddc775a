//! Whether both sides agree, to the cent: the newest certificate, what differs and why, the chain, and a new one.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use tieout_core::document::ConnectionId;
use tieout_core::tieout::{Certificate, ControlRow, Depth, GatheredBy};

use super::filters::value;
use super::flash::{self, Went};
use super::integrations::file;
use super::rows::figure;
use super::tie_out_rows::{self, Differing};
use super::tie_out_run::{self, Standing};
use crate::exit::{Failure, sentence};
use crate::office::archive;
use crate::output::counted;
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment, moment_or, scroll, token};
use crate::web::trouble::Trouble;

type Pairs = Vec<(String, String)>;

/// Control totals that are shown.
const CONTROLS_SHOWN_MAX: usize = 300;
/// Certificates of the chain that are shown.
const CHAIN_SHOWN_MAX: usize = 60;

/// Shows the newest certificate.
pub(super) async fn newest(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Trouble> {
    let numbers = archive(front.shop.loaded()).numbers()?;
    match numbers.first() {
        Some(number) => shown(&front, &caller, (*number, &numbers), &pairs).await,
        None => {
            let content = html! {
                h1 { "Tie-out" }
                (flash::said(&caller, &pairs))
                (running(&caller))
                section class="card" { (empty("Both sides were not compared yet: nothing is proven. Compare them now; from then on it is done every day.")) }
            };
            Ok(page(&caller, "Tie-out", &content))
        }
    }
}

/// Shows one of the chain.
pub(super) async fn one(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Path(number): Path<u64>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Trouble> {
    let numbers = archive(front.shop.loaded()).numbers()?;
    shown(&front, &caller, (number, &numbers), &pairs).await
}

fn page(caller: &Caller, title: &str, content: &Markup) -> Response {
    let page = Page {
        title,
        place: Place::TieOut,
        caller,
        live: false,
    };
    let mut response = page.show(content).into_response();
    if tie_out_run::standing().is_some_and(|it| it.is_at_work()) {
        // A certificate is no change of the store, so the page looks by itself, without scripts too.
        let again = HeaderValue::from_static("2; url=/tie-out");
        response
            .headers_mut()
            .insert(HeaderName::from_static("refresh"), again);
    }
    response
}

async fn shown(
    front: &Front,
    caller: &Caller,
    (number, numbers): (u64, &[u64]),
    pairs: &[(String, String)],
) -> Result<Response, Trouble> {
    let known = archive(front.shop.loaded()).open(number)?;
    let (certificate, _, rows) =
        known.ok_or_else(|| Trouble::not_found("there is no such certificate"))?;
    let from: usize = value(pairs, "from").parse().unwrap_or_default();
    let differing = match certificate.counts.differ + certificate.counts.foreign.unwrap_or_default()
    {
        0 => Differing::default(),
        _ => {
            let file = (rows, certificate.rows.sha256.as_str());
            tie_out_rows::differing(file, from).await?
        }
    };
    let by = value(pairs, "by");
    let content = html! {
        h1 { (head(&certificate)) }
        (flash::said(caller, pairs))
        (running(caller))
        (about(&certificate, caller))
        @if certificate.counts.differ > 0 || !differing.rows.is_empty() {
            section class="card" {
                h2 { "What differs" }
                (causes(&certificate))
                (tie_out_rows::table(&differing))
                (further(number, &differing, from))
            }
        }
        (card("Control totals", &controls(&certificate, by)))
        (card("The chain", &chain(caller, number, numbers)))
    };
    Ok(page(caller, "Tie-out", &content))
}

fn head(certificate: &Certificate) -> String {
    let counts = &certificate.counts;
    if !certificate.unasked.is_empty() {
        return "Not everything could be compared".to_owned();
    }
    match counts.differ {
        0 => format!(
            "Both sides agree to the cent: {}",
            counted(counts.agree, "document", "documents")
        ),
        differ => format!(
            "{}, {} agree",
            counted(differ, "document differs", "documents differ"),
            counts.agree
        ),
    }
}

fn about(certificate: &Certificate, caller: &Caller) -> Markup {
    let counts = &certificate.counts;
    let path = format!("/tie-out/{}", certificate.number);
    html! {
        section class="card" {
            h2 { "Certificate " (certificate.number) }
            dl class="facts" {
                dt { "Made at" } dd { (moment(certificate.made_at)) }
                dt { "How" } dd {
                    @match certificate.depth {
                        Depth::Remembered => "By every change up to then; what was edited in the books was read again.",
                        Depth::Full => "Every document was read again.",
                    }
                }
                dt { "Agree" } dd { (counts.agree) }
                dt { "Differ" } dd { (counts.differ) }
                dt { "Nothing to compare" } dd { (counts.nothing_to_compare) }
                @if let Some(foreign) = counts.foreign { dt { "In the books, sent by nobody here" } dd { (foreign) } }
                @for (connection, at) in &certificate.complete_as_of {
                    dt { (connection) " complete as of" } dd { (moment_or(*at, "never read")) }
                }
                @for (connection, why) in &certificate.unasked {
                    dt { (connection) " could not be asked" } dd { (chip(Tone::Bad, "as remembered")) " " (why) }
                }
            }
            div class="actions" {
                a class="button" href={ (path) "/certificate.json" } download { "The certificate (JSON)" }
                a class="button" href={ (path) "/rows.csv" } download { "Its documents (CSV)" }
                form method="post" action="/exports" {
                    (token(caller))
                    input type="hidden" name="certificate" value=(certificate.number);
                    button name="form" value="xlsx" { "Its documents (Excel)" }
                }
            }
        }
    }
}

fn causes(certificate: &Certificate) -> Markup {
    html! {
        ul class="tiles" {
            @for (cause, count) in &certificate.causes { li { strong { (count) } span { (cause.words()) } } }
        }
    }
}

fn further(number: u64, differing: &Differing, from: usize) -> Markup {
    html! {
        nav class="actions" aria-label="Pages of differences" {
            @if from > 0 { a class="button" href={ "/tie-out/" (number) } { "First page" } }
            @if let Some(next) = differing.next { a class="button" rel="next" href={ "/tie-out/" (number) "?from=" (next) } { "Next page" } }
        }
    }
}

/// Control totals by what was chosen; those that do not agree come first.
fn controls(certificate: &Certificate, by: &str) -> Markup {
    let views = [
        ("all", "Everything", GatheredBy::All),
        ("contact", "By contact", GatheredBy::Contact),
        ("month", "By month", GatheredBy::Month),
        ("account", "By account", GatheredBy::Account),
    ];
    let chosen = views
        .into_iter()
        .find(|(name, _, _)| *name == by)
        .unwrap_or(views[0]);
    let mut rows: Vec<&ControlRow> = certificate
        .controls
        .iter()
        .filter(|row| row.of.by == chosen.2)
        .collect();
    rows.sort_by_key(|row| row.total.agrees());
    let left = rows.len().saturating_sub(CONTROLS_SHOWN_MAX);
    rows.truncate(CONTROLS_SHOWN_MAX);
    html! {
        nav class="actions" aria-label="Gathered by" {
            @for (name, word, _) in views {
                a class="button" href={ "/tie-out/" (certificate.number) "?by=" (name) } aria-current=[(name == chosen.0).then_some("true")] { (word) }
            }
        }
        @if rows.is_empty() {
            @if chosen.2 == GatheredBy::Account { (empty("Totals by account are known after a full comparison.")) }
            @else { (empty("There is nothing to sum up.")) }
        } @else {
            (scroll("Control totals", &html! {
                table {
                    thead { tr {
                        th { "Connection" } th { "Kind" } @if chosen.2 != GatheredBy::All { th { "Of" } }
                        th class="num" { "Documents" } th class="num" { "Product" } th class="num" { "Books" }
                        th class="num" { "Product: settled" } th class="num" { "Books: settled" } th { span class="hidden" { "Verdict" } }
                    } }
                    tbody { @for row in &rows { (control(row)) } }
                }
            }))
            @if left > 0 { p class="quiet" { "and " (left) " more, in the certificate" } }
        }
    }
}

fn control(row: &ControlRow) -> Markup {
    let (of, total) = (&row.of, &row.total);
    let money = |amount| figure(amount, of.currency);
    html! {
        tr {
            th scope="row" { (of.connection) }
            td { (of.kind.as_str().replace('_', " ")) " " small { (of.currency) } }
            @if of.by != GatheredBy::All { td { (of.name) } }
            td class="num" { (total.host_count) " / " (total.provider_count) }
            td class="num" { (money(total.host)) }
            td class="num" { (money(total.provider)) }
            td class="num" { (money(total.host_settled)) }
            td class="num" { (money(total.provider_settled)) }
            td { @if total.agrees() { (chip(Tone::Good, "agrees")) } @else { (chip(Tone::Bad, "differs")) } }
        }
    }
}

fn chain(caller: &Caller, number: u64, numbers: &[u64]) -> Markup {
    html! {
        p { "Each certificate names the fingerprint of the one before it: a later change of any of them shows." }
        p class="actions" {
            @for known in numbers.iter().take(CHAIN_SHOWN_MAX) {
                a class="button" href={ "/tie-out/" (known) } aria-current=[(*known == number).then_some("page")] { (known) }
            }
            @if numbers.len() > CHAIN_SHOWN_MAX { span class="quiet" { "and older ones" } }
        }
        form method="post" action="/tie-out/verify" { (token(caller)) button { "Verify the chain" } }
    }
}

/// The comparison that is at work, or the way to a new one.
fn running(caller: &Caller) -> Markup {
    let standing = tie_out_run::standing();
    html! {
        @match &standing {
            Some(run) if run.is_at_work() => section class="card" { p role="status" {
                (chip(Tone::Open, "comparing")) " for " (run.by) " since " (moment(run.began_at)) ": "
                (counted(run.rows(), "document", "documents")) " so far."
            } },
            Some(Standing { failed: Some(why), .. }) => div class="flash bad" { (sentence(why)) },
            Some(_) | None => {},
        }
        @if caller.may(Role::Operator) && !standing.is_some_and(|it| it.is_at_work()) {
            div class="actions" {
                form method="post" action="/tie-out/run" { (token(caller)) button class="primary" { "Compare now" } }
                a class="button" href="/tie-out/full" { "Read everything again …" }
            }
        }
    }
}

/// Shows what a full comparison would cost.
pub(super) async fn full(
    State(front): State<Arc<Front>>,
    caller: Caller,
) -> Result<Response, Trouble> {
    caller.must(Role::Operator)?;
    let costs = front.shop.staff().world.tie_out_cost().await?;
    let content = html! {
        h1 { "Read everything again" }
        section class="card" {
            p { "Every document is read in the books, and what nobody here sent is shown too. It takes at least:" }
            @if costs.is_empty() { (empty("No organisation is connected.")) }
            @else {
                (scroll("Cost", &html! {
                    table {
                        thead { tr { th { "Connection" } th class="num" { "Documents" } th class="num" { "Calls at least" } } }
                        tbody { @for cost in &costs { tr { th scope="row" { (cost.connection) } td class="num" { (cost.documents) } td class="num" { (cost.calls_min) } } } }
                    }
                }))
                p class="quiet" { "Documents of others in the organisation, and payments, come on top." }
            }
            form class="actions" method="post" action="/tie-out/run" {
                (token(&caller))
                input type="hidden" name="depth" value="full";
                button class="primary" { "Read everything again" }
                a class="button" href="/tie-out" { "Not now" }
            }
        }
    };
    Ok(page(&caller, "Read everything again", &content))
}

/// Begins a comparison, which keeps a certificate at its end.
pub(super) async fn run(
    State(front): State<Arc<Front>>,
    signed: Signed<Pairs>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    caller.must(Role::Operator)?;
    let depth = match value(&form, "depth") {
        "full" => Depth::Full,
        _ => Depth::Remembered,
    };
    let world = Arc::clone(&front.shop.staff().world);
    let begun = tie_out_run::begin(
        world,
        archive(front.shop.loaded()),
        (depth, &caller.name),
        front.renewal.end(),
    );
    let (went, words) = match begun {
        Ok(()) => (
            Went::Well,
            "Both sides are being compared; the certificate stands here when that is done."
                .to_owned(),
        ),
        Err(failure) => (Went::Badly, sentence(&failure.message)),
    };
    Ok(flash::back(&caller, "/tie-out", went, vec![words]))
}

/// Verifies the chain, with nothing but its files.
pub(super) async fn verify(
    State(front): State<Arc<Front>>,
    signed: Signed<Pairs>,
) -> Result<Redirect, Trouble> {
    let caller = signed.caller;
    let archive = archive(front.shop.loaded());
    let verified = tokio::task::spawn_blocking(move || archive.verify()).await;
    let verified = verified.map_err(|error| Failure::new(format!("it ended badly: {error}")))?;
    let (went, words) =
        match verified {
            Ok(Ok(chain)) => {
                let mut words = vec![match chain.certificates {
                    0 => "There is no certificate yet.".to_owned(),
                    1 => "One certificate stands, the first.".to_owned(),
                    many => format!("{many} certificates follow each other unchanged."),
                }];
                words.extend(chain.tip.map(|tip| {
                    format!("The fingerprint of the newest, to be kept elsewhere: {tip}")
                }));
                (Went::Well, words)
            }
            Ok(Err(broken)) => (
                Went::Badly,
                vec![sentence(&format!("the chain is broken: {broken}"))],
            ),
            Err(failure) => (Went::Badly, vec![sentence(&failure.message)]),
        };
    Ok(flash::back(&caller, "/tie-out", went, words))
}

/// Gives a file of a certificate as it lies on the disk.
pub(super) async fn download(
    State(front): State<Arc<Front>>,
    _caller: Caller,
    Path((number, name)): Path<(u64, String)>,
) -> Result<Response, Trouble> {
    let nowhere = || Trouble::not_found("there is no such file");
    let known = archive(front.shop.loaded()).open(number)?;
    let (_, certificate, rows) = known.ok_or_else(nowhere)?;
    let (path, media_type) = match name.as_str() {
        "certificate.json" => (certificate, "application/json"),
        "rows.csv" => (rows, "text/csv; charset=utf-8"),
        _ => return Err(nowhere()),
    };
    file(&path, media_type).await.ok_or_else(nowhere)
}

/// A connection as a row of a certificate names it.
pub(super) fn is_unrouted(name: &str) -> bool {
    name == ConnectionId::unrouted().as_str()
}
