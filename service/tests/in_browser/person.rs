//! Somebody at a browser in front of the program.

use std::path::Path;

use tieout_browser::{Browser, What};

/// The program that is tested.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_tieout"))
}

/// Comes in by a link, as somebody who was sent one does.
pub(crate) async fn comes_in(browser: &Browser, link: &str) {
    browser.go(link).await;
    browser.press(What::Button("Sign in")).await;
    browser.find(What::Button("Sign out")).await;
}

/// Waits for something beside the browser, of which nobody can tell us.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = tokio::time::Instant::now();
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(10));
    while !is_so() {
        assert!(begun.elapsed().as_secs() < 60, "{what}");
        looks.tick().await;
    }
}
