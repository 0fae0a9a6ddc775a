//! What the configuration says of traces before it is read whole: the listener must stand before the first span.

use url::Url;

use super::wanted::{Wanted, wanted};
use crate::cli::Cli;
use crate::config;

/// What file and environment want, for this command line.
///
/// The file is read whole later, and whatever is wrong with it is told then: here it counts as silent.
pub(crate) fn asked(cli: &Cli, has_file: HasFile) -> Wanted {
    let file = match has_file {
        HasFile::Yes => config::peek(cli.config.as_deref(), super::wanted::KEY),
        HasFile::No => None,
    };
    let file = file.and_then(|text| Url::parse(&text).ok());
    wanted(file.as_ref(), |name| std::env::var(name).ok())
}

/// Whether a command works with the configuration that its line names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HasFile {
    /// It does.
    Yes,
    /// It makes its own.
    No,
}
