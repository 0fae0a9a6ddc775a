//! What an operator writes: settings of a connection, the app at the provider, a host's folder.

use serde::Deserialize;
use tieout_core::settings::Settings;
use tieout_host_contract::FolderConfig;
use tieout_xero::config::XeroConfig;

use super::{Target, Verdict, corpus};
use crate::mutate;
use crate::random::Random;

/// Tables of a configuration as the program reads them, for what the libraries make of them.
#[derive(Debug, Deserialize)]
struct Tables {
    #[serde(default)]
    settings: Option<Settings>,
    #[serde(default)]
    xero: Option<XeroConfig>,
    #[serde(default)]
    folder: Option<FolderConfig>,
}

/// Settings as people write them.
pub(super) struct SettingsFiles {
    samples: Vec<(String, Vec<u8>)>,
}

impl SettingsFiles {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            samples: corpus("tests/fuzz/corpus/settings")?,
        })
    }
}

impl Target for SettingsFiles {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let (_, sample) = random.pick(&self.samples);
        mutate::bytes(&sample, random)
    }

    fn feed(&mut self, input: &[u8], _: &mut Random) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Verdict::Refused;
        };
        let tables: Tables = match toml_edit::de::from_str(text) {
            Ok(tables) => tables,
            Err(error) if error.to_string().trim().is_empty() => {
                return Verdict::Broken("it is refused without a word".to_owned());
            }
            Err(_) => return Verdict::Refused,
        };
        if let Some(folder) = &tables.folder {
            // Whatever it says, it says without a panic.
            let _ = folder.check();
        }
        if tables.xero.is_none() && tables.settings.is_none() {
            return Verdict::Refused;
        }
        match &tables.settings {
            Some(settings) => match serde_json::to_vec(settings) {
                Ok(json) => super::stored::comes_back::<Settings>(&json),
                Err(error) => Verdict::Broken(format!("it cannot be written: {error}")),
            },
            None => Verdict::Taken,
        }
    }
}
