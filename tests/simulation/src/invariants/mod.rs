//! What must hold: at each commit, at each request, and once nothing is left to do.

pub(crate) mod commits;
pub(crate) mod ending;
pub(crate) mod excuses;
pub(crate) mod requests;
mod summaries;
