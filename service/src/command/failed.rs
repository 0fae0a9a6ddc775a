//! Which files of hosts could not be taken and wait for somebody, and how they are told.

use serde::Serialize;
use tieout_core::document::HostId;
use tieout_host_contract::{Failed, FailedFile, FailedRow, failed, failed_about};

use crate::config::{HostConfig, Loaded, resolve};
use crate::exit::Failure;
use crate::office::sftp_folder;
use crate::output::{self, counted, say};

/// Files shown one by one.
const SHOWN_MAX: usize = 20;

/// Files that could not be taken, of every host.
#[derive(Debug, Default, Serialize)]
pub(crate) struct FailedFiles {
    /// How many there are.
    pub(crate) count: usize,
    /// Whether there are more than are shown here.
    pub(crate) truncated: bool,
    /// The newest of them, newest first.
    pub(crate) files: Vec<FailedHere>,
    /// Hosts whose folder cannot be read.
    pub(crate) unread: Vec<String>,
    /// The same, each with its host.
    #[serde(skip)]
    pub(crate) unread_by_host: Vec<(HostId, String)>,
}

/// A file that could not be taken.
#[derive(Debug, Serialize)]
pub(crate) struct FailedHere {
    /// The host.
    pub(crate) host: HostId,
    /// The file.
    #[serde(flatten)]
    pub(crate) file: FailedFile,
}

/// Looks into the folders of all hosts. One that cannot be read does not hide the others.
pub(super) async fn look(loaded: &Loaded) -> Result<FailedFiles, Failure> {
    let mut all = FailedFiles::default();
    for (host, found) in in_folders(loaded, |folder| failed(folder, SHOWN_MAX)).await? {
        match found {
            Ok(Failed { count, newest }) => {
                all.count += count;
                let here = newest.into_iter().map(|file| FailedHere {
                    host: host.clone(),
                    file,
                });
                all.files.extend(here);
            }
            Err(error) => {
                all.unread.push(format!("host {host}: {error}"));
                all.unread_by_host.push((host, error.to_string()));
            }
        }
    }
    all.files
        .sort_by_key(|here| std::cmp::Reverse(here.file.since));
    all.files.truncate(SHOWN_MAX);
    all.truncated = all.count > all.files.len();
    Ok(all)
}

/// The files of a name, or with rows of a number or an identifier that nobody could read.
pub(super) async fn about(loaded: &Loaded, wanted: &str) -> Result<Vec<FailedHere>, Failure> {
    let wanted = wanted.to_owned();
    let found = in_folders(loaded, move |folder| failed_about(folder, &wanted)).await?;
    let here = found.into_iter().flat_map(|(host, found)| {
        let files = found.unwrap_or_default().into_iter();
        files.map(move |file| FailedHere {
            host: host.clone(),
            file,
        })
    });
    Ok(here.collect())
}

/// Does something with the folder of every host that has one, away from the async threads.
async fn in_folders<T: Send + 'static>(
    loaded: &Loaded,
    work: impl Fn(&std::path::Path) -> T + Send + 'static,
) -> Result<Vec<(HostId, T)>, Failure> {
    let folders = folders(loaded);
    let work = move || {
        let done = folders
            .into_iter()
            .map(|(host, folder)| (host, work(&folder)));
        done.collect()
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::new(format!("the folders could not be read: {error}")))
}

/// The folders of hosts in which files lie.
pub(super) fn folders(loaded: &Loaded) -> Vec<(HostId, std::path::PathBuf)> {
    let file = &loaded.file;
    let hosts = loaded.config.hosts.iter();
    hosts
        .filter_map(|(name, host)| match host {
            HostConfig::Folder(folder) => Some((name.clone(), resolve(file, &folder.path))),
            // What lies in `failed/` there lies here too, until it is mended.
            HostConfig::Sftp(sftp) => Some((name.clone(), sftp_folder(loaded, name, sftp))),
            HostConfig::Http(_)
            | HostConfig::Iinsight(_)
            | HostConfig::KornitX(_)
            | HostConfig::Sql(_)
            | HostConfig::Freshsales(_)
            | HostConfig::Insightly(_) => None,
        })
        .collect()
}

impl FailedFiles {
    /// Tells them, newest first, with what to do.
    pub(super) fn print(&self) {
        for unread in &self.unread {
            say!("{} {unread}", output::bad());
        }
        if self.count == 0 {
            return;
        }
        say!(
            "\n{} in failed/ could not be taken:",
            counted(self.count, "file", "files")
        );
        for it in &self.files {
            it.print("  ");
        }
        if self.truncated {
            say!("  and {} more", self.count - self.files.len());
        }
        say!("  Mend each and put it into outbox/ again, or take it out of failed/.");
    }
}

impl FailedHere {
    pub(super) fn print(&self, indent: &str) {
        let file = &self.file;
        say!("{indent}{} {}", output::bad(), file.path.display());
        say!("{indent}    {}", file.message);
        for row in &file.rows {
            say!("{indent}    {}", in_words(row));
        }
        if file.rows_more > 0 {
            let more = counted(file.rows_more, "more row", "more rows");
            let all = file.result.as_deref().unwrap_or(&file.path);
            say!("{indent}    and {more}: {}", all.display());
        }
    }
}

fn in_words(row: &FailedRow) -> String {
    let named = row.number.as_ref().or(row.id.as_ref());
    let named = named.map_or_else(String::new, |named| format!(" ({})", output::short(named)));
    let field = if row.field.is_empty() {
        String::new()
    } else {
        format!("{}: ", row.field)
    };
    format!("line {}{named}: {field}{}", row.line, row.message)
}
