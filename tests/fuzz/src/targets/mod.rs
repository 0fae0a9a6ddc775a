//! What is fed with bent input: everything that reads what others wrote.

mod backup;
mod folder;
mod http_host;
mod products;
mod replies;
mod settings;
mod stored;
mod webhooks;

use crate::random::Random;

/// What became of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was taken, at least in part, and what was taken is sound.
    Taken,
    /// It was refused, with a reason.
    Refused,
    /// A promise was broken.
    Broken(String),
}

/// Something that reads input from outside.
pub trait Target {
    /// An input, bent.
    fn draw(&mut self, random: &mut Random) -> Vec<u8>;

    /// Reads the input, and says what became of it.
    fn feed(&mut self, input: &[u8], random: &mut Random) -> Verdict;
}

/// Makes a target.
pub type Make = fn() -> Result<Box<dyn Target>, Box<dyn std::error::Error>>;

/// Every target by its name.
pub const TARGETS: &[(&str, Make)] = &[
    ("backup", || Ok(Box::new(backup::Backups::new()?))),
    ("folder", || Ok(Box::new(folder::Folders::new()?))),
    ("http", || Ok(Box::new(http_host::Products::new()?))),
    ("products", || Ok(Box::new(products::Products::new()?))),
    ("replies", || Ok(Box::new(replies::Replies::new()?))),
    ("settings", || Ok(Box::new(settings::SettingsFiles::new()?))),
    ("stored", || Ok(Box::new(stored::StoredForms::new()?))),
    ("webhooks", || Ok(Box::new(webhooks::Webhooks::new()?))),
];

/// Texts of a folder of this repository, those in its folders too, in the order of their names.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn corpus(folder: &str) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder)? {
            let path = item?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                texts.push((name.into_owned(), std::fs::read(&path)?));
            }
        }
    }
    texts.sort();
    Ok(texts)
}
