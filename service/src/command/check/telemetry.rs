//! Whether traces go anywhere, who says so, and whether somebody takes them there.

use super::Report;
use crate::cli::CheckArgs;
use crate::office::Office;
use crate::telemetry::{KEY, Wanted, reach, wanted};

/// Tells where traces go, and tries the collector.
pub(super) async fn check(args: &CheckArgs, office: &Office, report: &mut Report) {
    let file = office.loaded.config.telemetry.otlp.as_ref();
    match wanted(file, |name| std::env::var(name).ok()) {
        Wanted::Nothing => {}
        Wanted::Off(variable) => report.fine.push(format!("no traces: {variable} says so")),
        Wanted::Impossible { why, remedy } => {
            let mistake = office.loaded.mistake(KEY, format!("no traces: {why}"));
            report.problem(mistake, remedy.to_owned());
        }
        Wanted::To(collector) => {
            let reached = match args.offline {
                true => Ok(()),
                false => reach(&collector).await,
            };
            match reached {
                Ok(()) => report.fine.push(format!(
                    "traces go to {} ({})",
                    collector.address, collector.said_by
                )),
                Err(why) => {
                    let message = format!(
                        "{} ({}) takes no spans: {why}",
                        collector.address, collector.said_by
                    );
                    let mistake = office.loaded.mistake(KEY, message);
                    let remedy = "Everything but the traces works without it; start the collector, or mend what the message names.";
                    report.problem(mistake, remedy.to_owned());
                }
            }
        }
    }
}
