//! What the benches share: invented invoices, real processes, the bare loop, and a run in virtual time.

pub mod bare;
pub mod bodies;
pub mod control;
pub mod host;
pub mod invoices;
pub mod machine;
pub mod month;
pub mod paced;
pub mod pages;
pub mod process;
pub mod push;
pub mod report;
pub mod scene;
pub mod tie_out;
pub mod told;
pub mod transport;
pub mod watch;

pub use tieout_kills::failure;
