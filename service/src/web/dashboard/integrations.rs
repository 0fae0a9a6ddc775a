//! The financial integrations of a time: all, failed or successful, and files of them that are kept for download.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::BytesMut;
use futures_util::stream;
use maud::{Markup, html};
use tokio::io::AsyncReadExt;

use super::documents::{head, here, next, places};
use super::filters::{Listed, field, pager, value};
use super::flash::{self, Went};
use super::rows;
use crate::browse::{self, Column, ExportOf, Exports, Form, Job, KeptExport, Wanted, Which};
use crate::exit::{Failure, sentence};
use crate::office::archive;
use crate::output::{bytes as in_bytes, counted};
use crate::web::entry::{Caller, Role, Signed};
use crate::web::front::Front;
use crate::web::page::{Page, Place, Tone, card, chip, empty, moment, scroll, token};
use crate::web::trouble::Trouble;

/// The list.
const LISTED: Listed<'static> = Listed {
    path: "/integrations",
    name: "integrations",
    columns: &[
        Column::Kind,
        Column::Contact,
        Column::Date,
        Column::Total,
        Column::Connection,
        Column::State,
        Column::Changed,
        Column::Provider,
    ],
    states: &[],
};

/// Bytes of a file that are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// The three views, with their words.
const STATUSES: [(&str, &str, Which); 3] = [
    ("all", "All", Which::All),
    ("failed", "Failed", Which::InNeed),
    ("successful", "Successful", Which::Successful),
];

fn status(name: &str) -> (&'static str, &'static str, Which) {
    let found = STATUSES.into_iter().find(|(known, _, _)| *known == name);
    found.unwrap_or(STATUSES[0])
}

/// Shows them.
pub(super) async fn show(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Html<String>, Trouble> {
    let wanted = Wanted::read(&pairs)?.on(LISTED.columns);
    let (name, _, which) = status(value(&pairs, "status"));
    let store = front.store();
    let found = browse::page(store.as_ref(), &wanted, which).await?;
    let count = match (&wanted.text, which) {
        (None, Which::All | Which::InNeed) => {
            store.tallies().await?.documents(&wanted.filter(which))
        }
        (Some(_), _) | (None, Which::Successful) => None,
    };
    let query = format!("status={name}&{}", wanted.query());
    let back = format!("{}&status={name}", here(LISTED.path, &wanted));
    let content = html! {
        div class="head" { h1 { "Financial integrations" } (places()) }
        (flash::said(&caller, &pairs))
        (form(&wanted, name, &front))
        (head(&found, count))
        (export(&caller, &wanted, name))
        @if found.rows.is_empty() { (empty("Nothing of that in this time. Choose another status, or a longer time.")) }
        @else { (rows::table(&caller, (LISTED, &wanted), &found.rows, (None, &back))) }
        (pager(LISTED.path, &query, (wanted.after.is_none(), next(&found))))
    };
    let page = Page {
        title: "Financial integrations",
        place: Place::Documents,
        caller: &caller,
        live: wanted.after.is_none(),
    };
    Ok(page.show(&content))
}

fn form(wanted: &Wanted, status: &str, front: &Front) -> Markup {
    let config = &front.shop.loaded().config;
    let connections: Vec<&str> = config.connections.keys().map(|it| it.as_str()).collect();
    let hosts: Vec<&str> = config.hosts.keys().map(|it| it.as_str()).collect();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    html! {
        form class="filters" method="get" action="/integrations" role="search" {
            (field("from", "From", "date", &day(wanted.from)))
            (field("to", "To", "date", &day(wanted.to)))
            fieldset {
                legend { "Status" }
                @for (name, word, _) in STATUSES {
                    label class="beside" { input type="radio" name="status" value=(name) checked[name == status]; " " (word) " " }
                }
            }
            (super::filters::choice("connection", "Connection", &connections, wanted.connection.as_ref().map(|it| it.as_str())))
            (super::filters::choice("host", "Product", &hosts, wanted.host.as_ref().map(|it| it.as_str())))
            div class="actions" {
                button class="primary" { "Show" }
                @if wanted.is_filtered() || status != "all" { a class="button" href="/integrations" { "All of them" } }
            }
        }
    }
}

fn export(caller: &Caller, wanted: &Wanted, status: &str) -> Markup {
    html! {
        form class="actions" method="post" action="/exports" {
            (token(caller))
            input type="hidden" name="status" value=(status);
            input type="hidden" name="query" value=(wanted.query());
            button name="form" value="xlsx" { "Export to Excel" }
            button name="form" value="csv" { "Export as CSV" }
        }
    }
}

/// Begins an export: of a list, or of the rows of a certificate.
pub(super) async fn begin(
    State(front): State<Arc<Front>>,
    signed: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let (caller, form) = (signed.caller, signed.form);
    let kind = Form::of(value(&form, "form"))
        .ok_or_else(|| Trouble::not_found("there is no such form of file"))?;
    let (of, expected) = match value(&form, "certificate") {
        "" => {
            let query: Vec<(String, String)> =
                url::form_urlencoded::parse(value(&form, "query").as_bytes())
                    .into_owned()
                    .collect();
            let wanted = Wanted::read(&query)?;
            let (_, _, which) = status(value(&form, "status"));
            let expected = match (&wanted.text, which) {
                (None, Which::All | Which::InNeed) => front
                    .store()
                    .tallies()
                    .await?
                    .documents(&wanted.filter(which)),
                (Some(_), _) | (None, Which::Successful) => None,
            };
            let wanted = Box::new(wanted);
            (ExportOf::Documents { which, wanted }, expected)
        }
        number => {
            let nowhere = || Trouble::not_found("there is no such certificate");
            let number: u64 = number.parse().map_err(|_| nowhere())?;
            let known = archive(front.shop.loaded()).open(number)?;
            let (certificate, _, rows) = known.ok_or_else(nowhere)?;
            (
                ExportOf::Certificate { number, rows },
                Some(certificate.rows.rows),
            )
        }
    };
    let work = (front.store(), Arc::clone(&front.shop.staff().world.clock));
    let begun = Exports::of(front.shop.loaded()).begin(
        work,
        (of, kind),
        (&caller.name, expected),
        front.renewal.end(),
    );
    let (went, words) = match begun {
        Ok(()) => (
            Went::Well,
            "It is being made, and stays here for you when it is whole.".to_owned(),
        ),
        Err(failure) => (Went::Badly, said(&failure)),
    };
    Ok(flash::back(&caller, "/exports", went, vec![words]))
}

fn said(failure: &Failure) -> String {
    let advice = failure.advice.as_deref().unwrap_or_default();
    format!("{} {advice}", sentence(&failure.message))
}

/// Shows the files that are kept, and those that are being made.
pub(super) async fn exports(
    State(front): State<Arc<Front>>,
    caller: Caller,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let exports = Exports::of(front.shop.loaded());
    let jobs = exports.jobs();
    let kept = exports.list(front.shop.staff().world.clock.now())?;
    let is_at_work = jobs.iter().any(|job| job.is_at_work());
    let content = html! {
        div class="head" { h1 { "Exports" } (places()) }
        (flash::said(&caller, &pairs))
        @if !jobs.is_empty() {
            (card("On their way", &html! {
                @for job in &jobs { (on_its_way(job)) }
                @if is_at_work { p { a class="button" href="/exports" { "Look again" } } }
            }))
        }
        section class="card" {
            h2 { "Kept for download" }
            @if kept.is_empty() { (empty("No file is kept. Make one on the page of the financial integrations, or of a certificate.")) }
            @else { (table(&caller, &kept)) }
            p class="quiet" { "The newest 50 files are kept, for 90 days." }
        }
    };
    let page = Page {
        title: "Exports",
        place: Place::Documents,
        caller: &caller,
        live: false,
    };
    let mut response = page.show(&content).into_response();
    if is_at_work {
        // Nothing is written into the store when a file is whole, so the page looks by itself, without scripts too.
        let again = HeaderValue::from_static("1; url=/exports");
        response
            .headers_mut()
            .insert(HeaderName::from_static("refresh"), again);
    }
    Ok(response)
}

fn on_its_way(job: &Job) -> Markup {
    html! {
        article class="row" {
            h3 { (job.title) " " small { "for " (job.by) ", since " (moment(job.began_at)) } }
            @match job.failure() {
                Some(why) => p { (chip(Tone::Bad, "not made")) " " (sentence(&why)) },
                None => {
                    @if let Some(expected) = job.expected.filter(|it| *it > 0) {
                        progress max=(expected) value=(job.rows().min(expected)) aria-label=(job.title) {}
                    }
                    p class="quiet" { (counted(job.rows(), "row", "rows")) " so far" }
                },
            }
        }
    }
}

fn table(caller: &Caller, kept: &[KeptExport]) -> Markup {
    scroll(
        "Files",
        &html! {
            table class="named" {
                thead { tr { th { "File" } th { "What" } th { "Made by" } th { "Made at" } th class="num" { "Rows" } th class="num" { "Size" } th { span class="hidden" { "Delete" } } } }
                tbody {
                    @for file in kept {
                        tr {
                            th scope="row" { a href={ "/exports/" (file.name) } download { (file.name) } }
                            td { (file.title) }
                            td { (file.made_by) }
                            td class="date" { (moment(file.made_at)) }
                            td class="num" { (file.rows) }
                            td class="num" { (in_bytes(file.bytes)) }
                            td {
                                @if may_delete(caller, file) {
                                    form method="post" action={ "/exports/" (file.name) "/delete" } data-sure={ "Delete " (file.name) "?" } {
                                        (token(caller))
                                        button aria-label={ "Delete " (file.name) } { "Delete" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn may_delete(caller: &Caller, file: &KeptExport) -> bool {
    file.made_by == caller.name || caller.may(Role::Operator)
}

/// Gives a file.
pub(super) async fn download(
    State(front): State<Arc<Front>>,
    _caller: Caller,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    let nowhere = || Trouble::not_found("there is no such file any more");
    let known = Exports::of(front.shop.loaded()).find(&name)?;
    let (_, path) = known.ok_or_else(nowhere)?;
    let form = name.rsplit('.').next().and_then(Form::of);
    let form = form.ok_or_else(nowhere)?;
    file(&path, form.media_type()).await.ok_or_else(nowhere)
}

/// A file as a browser keeps it, piece by piece; `None` where it cannot be read.
pub(super) async fn file(path: &std::path::Path, media_type: &'static str) -> Option<Response> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let file = tokio::fs::File::open(path).await.ok()?;
    let size = file.metadata().await.ok()?.len();
    let pieces = stream::try_unfold(file, async |mut file| {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (piece.freeze(), file)))
    });
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Some((headers, Body::from_stream(pieces)).into_response())
}

/// Deletes a file: one's own, or any where one is an operator.
pub(super) async fn delete(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    signed: Signed<Vec<(String, String)>>,
) -> Result<Redirect, Trouble> {
    let caller = signed.caller;
    let exports = Exports::of(front.shop.loaded());
    if let Some((about, _)) = exports.find(&name)? {
        if about.made_by != caller.name {
            caller.must(Role::Operator)?;
        }
        exports.remove(&name)?;
    }
    Ok(flash::back(
        &caller,
        "/exports",
        Went::Well,
        vec![format!("{name} is deleted.")],
    ))
}
