//! How a crate is begun: copied from the skeleton of its room and named in the files that name crates; all of it or nothing.

use std::path::Path;

use super::{Copied, Edit, Name, copied, woven};
use crate::workspace::{Failure, Outcome};

/// Makes a crate in a folder of the workspace, such as `hosts`, of the skeleton that lies there; gives what was changed
/// besides, in the order of the edits.
///
/// # Errors
/// When there is such a crate, or a file into which lines go was rewritten. Then nothing is changed.
pub fn begun(
    root: &Path,
    room: &str,
    name: &Name,
    edits: &[Edit],
) -> Result<Vec<&'static str>, Failure> {
    let folder = root.join(room).join(name.kebab());
    if folder.exists() {
        return Err(Failure::new(format!(
            "{room}/{} is there already",
            name.kebab()
        )));
    }
    let files = copied(&root.join(room).join("skeleton"), name)?;
    // All or nothing: every change is made in memory first.
    let mut changed: Vec<(&'static str, String)> = Vec::new();
    for edit in edits {
        let text = match changed.iter().find(|(file, _)| *file == edit.file) {
            Some((_, text)) => text.clone(),
            None => read(&root.join(edit.file))?,
        };
        let text = woven(&text, edit)?;
        changed.retain(|(file, _)| *file != edit.file);
        changed.push((edit.file, text));
    }
    for Copied { path, content } in files {
        write(&folder.join(path), &content)?;
    }
    for (file, text) in &changed {
        write(&root.join(file), text)?;
    }
    Ok(changed.into_iter().map(|(file, _)| file).collect())
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read, with its path.
pub fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn write(path: &Path, content: &str) -> Outcome {
    let cannot = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    std::fs::write(path, content).map_err(cannot)
}
