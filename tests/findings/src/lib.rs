//! A small world for every kind of finding: in it the finding arises, and what the table says makes it go.

mod act;
mod ground;
mod host;
mod narrow;
mod paper;
mod people;
mod play;
mod scenario;
mod scenarios;
mod wire;

pub use play::{Before, Played, play_acts, play_mend};
pub use scenario::{Cure, Scenario};
pub use scenarios::all;
