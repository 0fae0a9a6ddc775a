//! The program from outside: a real binary, a real folder, the local Xero.

mod commands;
mod configuration;
mod demo;
mod faults;
mod killed;
mod stage;
