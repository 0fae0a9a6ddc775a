//! The program from outside: a real binary, a real folder, the local Xero.

#![allow(clippy::unwrap_used, reason = "a test ends where its stage breaks")]

mod adoption;
mod api;
mod api_hostile;
mod api_lists;
mod api_records;
mod beside;
mod browser;
mod budget;
mod case_manager;
mod commands;
mod companions;
mod configuration;
mod consent;
mod dashboard;
mod demo;
mod explain;
mod export;
mod faults;
mod findings;
mod grants;
mod http_host;
mod iinsight;
mod killed;
mod kinds;
mod kornit_x;
mod modes;
mod people_pages;
mod plans;
mod records;
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
mod undo;
mod webhooks;
