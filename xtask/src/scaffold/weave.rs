//! How lines are put into files that stand already: beside a line that is known to be there once.

use crate::workspace::Failure;

/// Where new lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the anchor.
    Before,
    /// After it.
    After,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Below the root of the workspace.
    pub file: &'static str,
    /// The beginning of a line, without its indentation, that stands there once.
    pub anchor: &'static str,
    /// Where the new lines go.
    pub place: Place,
    /// The new lines, without their end.
    pub lines: String,
}

/// The text of a file with the change made; each new line indented like the anchor.
///
/// # Errors
/// When the anchor does not stand there once: then the file was rewritten, and this is to be mended.
pub fn woven(text: &str, edit: &Edit) -> Result<String, Failure> {
    let is_anchor = |line: &&str| line.trim_start().starts_with(edit.anchor);
    let found = text.lines().filter(is_anchor).count();
    if found != 1 {
        return Err(Failure::new(format!(
            "{} has {found} lines that begin with `{}`, not one; add there by hand:\n{}",
            edit.file, edit.anchor, edit.lines
        )));
    }
    let mut out = String::with_capacity(text.len() + edit.lines.len());
    for line in text.lines() {
        let is_it = is_anchor(&line);
        if is_it && edit.place == Place::After {
            push(&mut out, line);
        }
        if is_it {
            let indent = &line[..line.len() - line.trim_start().len()];
            for new in edit.lines.lines() {
                push(&mut out, &format!("{indent}{new}"));
            }
        }
        if !(is_it && edit.place == Place::After) {
            push(&mut out, line);
        }
    }
    Ok(out)
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}
