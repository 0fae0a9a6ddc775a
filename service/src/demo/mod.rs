//! placeholder
use crate::{cli::{Cli, DemoArgs}, exit::{Exit, Failure}};
pub(crate) async fn run(_: &Cli, _: &DemoArgs) -> Result<Exit, Failure> { Ok(Exit::Done) }
