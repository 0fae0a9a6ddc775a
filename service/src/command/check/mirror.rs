//! Whether the custom fields exist that the configuration names of a product's records.

use tieout_core::driver::{HostSite, mirror_problems};

use super::Report;
use crate::cli::CheckArgs;
use crate::office::Office;

/// Asks the product for its fields, unless nobody may be asked, and tells those that cannot be written. Nothing is changed.
pub(super) async fn check(args: &CheckArgs, office: &Office, site: &HostSite, report: &mut Report) {
    let host = site.host.records().and_then(|records| records.mirror());
    let Some(host) = host.filter(|_| !args.offline) else {
        return;
    };
    let place = format!("hosts.{}.{}", site.id, site.host.capability().kind);
    match mirror_problems(host).await {
        Ok((_, problems)) => {
            for problem in problems {
                let key = format!("{place}.{}", problem.key);
                let mistake = office.loaded.mistake(&key, problem.message);
                report.problem(mistake, problem.remedy);
            }
        }
        Err(error) => {
            let key = format!("{place}.mirror");
            let mistake = office.loaded.mistake(&key, crate::exit::chain(&error));
            report.problem(
                mistake,
                "Mend what the message names, at the product or here.".to_owned(),
            );
        }
    }
}
