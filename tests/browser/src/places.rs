//! Where the browser, its driver and the checker of barriers are on this machine, and what is said where one is missing.

use std::env;
use std::path::{Path, PathBuf};

const CHROMIUM: &str = "Chromium is missing, which the tests of the pages need: `cargo xtask test` installs it on Debian as root; \
     elsewhere install `chromium` and have it in the path";
const DRIVER: &str = "chromedriver is missing, by which the tests drive Chromium: `cargo xtask test` installs it on Debian as root \
     (chromium-driver); elsewhere install the one of Chromium's version and have it in the path";
const AXE: &str = "axe-core is missing, which looks for barriers in the pages: `cargo xtask test` installs it; by hand, \
     `npm ci --prefix tests/browser/axe`";

/// Chromium.
pub(crate) fn chromium() -> PathBuf {
    let found = in_path(&["chromium", "chromium-browser", "google-chrome"]);
    found.expect(CHROMIUM)
}

/// What drives it.
pub(crate) fn driver() -> PathBuf {
    in_path(&["chromedriver"]).expect(DRIVER)
}

/// The script that looks for barriers.
pub(crate) fn axe() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("axe/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(path).expect(AXE)
}

fn in_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut all =
        env::split_paths(&path).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    all.find(|program| program.is_file())
}
