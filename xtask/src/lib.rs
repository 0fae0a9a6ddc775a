//! The house tools behind `cargo xtask`: run the tests, check the house rules, write what is generated.

pub mod cli;
pub mod commands;
pub mod elf;
pub mod needs;
pub mod scaffold;
pub mod steps;
pub mod tidy;
pub mod workspace;
