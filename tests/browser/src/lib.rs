//! A real browser for the tests of the pages: Chromium, driven over WebDriver, and gone with its test.

mod browser;
mod care;
mod driver;
mod element;
mod places;
mod stage;
mod vendor;
mod wire;

pub use browser::{Browser, Colours, ENTER, SPACE, Screen, TAB};
pub use care::Seen;
pub use element::{Element, What};
pub use stage::{ORGANISATION, Program, Stage, invoice};
pub use vendor::{Product, Vendor};
