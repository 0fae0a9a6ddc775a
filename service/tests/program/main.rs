//! The program from outside: a real binary, a real folder, the local Xero.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends where its stage breaks"
)]

mod adoption;
mod api;
mod api_docs;
mod api_hostile;
mod api_lists;
mod api_notices;
mod api_records;
mod api_refusals;
mod beside;
mod books_in_files;
mod browser;
mod budget;
mod case_manager;
mod check_recent;
#[cfg(feature = "otel")]
mod collector;
mod commands;
mod companions;
mod configuration;
mod consent;
mod dashboard;
mod dashboard_more;
mod demo;
mod erase;
mod explain;
mod export;
mod export_sftp;
mod faults;
mod findings;
mod grants;
mod http_host;
mod iinsight;
mod killed;
mod kinds;
mod kornit_x;
mod modes;
mod notices;
mod panel_news;
mod people;
mod people_pages;
mod plans;
mod records;
mod records_mirror;
mod refusals;
mod renewal;
mod replay;
mod report;
mod sample_host;
mod setup;
mod shell;
mod sql_host;
mod stage;
mod stopping;
mod store;
#[cfg(feature = "otel")]
mod telemetry;
mod undo;
mod visitor;
mod webhooks;
