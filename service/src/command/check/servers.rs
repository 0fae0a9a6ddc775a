//! Whether the servers of the configuration let us in.

use tieout_sftp::Sftp;

use super::Report;
use crate::config::ServerConfig;
use crate::office::Office;

/// Signs in at each server, once, and looks at the folder where it comes in.
pub(super) async fn check(office: &Office, report: &mut Report) {
    for (name, server) in &office.loaded.config.servers {
        let ServerConfig::Sftp(server) = server;
        match Sftp::open(server.as_ref().clone(), ".").await {
            Ok(sftp) => report.fine.push(format!(
                "server {name} (sftp): {} lets us in",
                sftp.shown("")
            )),
            Err(error) => {
                let place = format!("servers.{name}.sftp");
                let mistake = office.loaded.mistake(&place, error.to_string());
                report.problem(mistake, error.remedy().to_owned());
            }
        }
    }
}
