//! What the tests of `new-host` and `new-adapter` share: a copy of the files that they read, and what a walk shows.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::scaffold::{Edit, Name, copied};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// A tree with what a command reads, removed with this.
pub(crate) struct Tree(pub(crate) PathBuf);

impl Tree {
    /// With the skeleton of a room and the files into which lines go.
    pub(crate) fn new(room: &str, called: &str, edits: &[Edit]) -> Self {
        let here =
            std::env::temp_dir().join(format!("tieout-{room}-{called}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&here);
        let tree = Self(here);
        for edit in edits {
            tree.take(Path::new(edit.file));
        }
        let skeleton = format!("{room}/skeleton");
        for file in copied(&root().join(&skeleton), &name("x")).unwrap() {
            tree.take(&Path::new(&skeleton).join(file.path));
        }
        tree
    }

    fn take(&self, file: &Path) {
        let to = self.0.join(file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(root().join(file), to).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap()
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The code that a walk shows, each with the file that it names before it.
pub(crate) fn shown(readme: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(readme)).unwrap();
    let mut shown = Vec::new();
    let mut named: Option<String> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == "```rust" {
            let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if let Some(name) = named.take() {
                shown.push((name, content.join("\n") + "\n"));
            }
        } else if !line.is_empty() {
            let of = line
                .strip_prefix('`')
                .and_then(|rest| rest.strip_suffix("`:"));
            named = of.filter(|of| of.ends_with(".rs")).map(str::to_owned);
        }
    }
    shown
}

/// The text without what the formatter decides, since names differ in length.
pub(crate) fn words(text: &str) -> String {
    text.replace(|c: char| c.is_whitespace() || c == ',', "")
}
