//! Whether every feature of the product has a story, or the table of stories says why it has none yet.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::script::Story;
use crate::suite::stories;

/// How many features there are of each group.
const GROUPS: &[(&str, usize)] = &[
    ("II", 20),
    ("FS", 9),
    ("KX", 10),
    ("CM", 11),
    ("IN", 11),
    ("XX", 18),
];

/// A row of the table.
struct Row {
    line: usize,
    /// The stories that it links.
    stories: BTreeSet<String>,
    /// Whether its last cell says anything.
    is_said: bool,
}

/// Compares the table in `README.md` with the stories.
///
/// # Errors
/// Everything that does not fit, one a line.
pub(crate) fn check(home: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(home.join("README.md")).map_err(|e| e.to_string())?;
    let mut wrong = Vec::new();
    let rows = table(&text, &mut wrong);
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in stories() {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match Story::read(&file) {
            Ok(story) => {
                for id in story.features {
                    told.entry(id).or_default().insert(name.clone());
                }
            }
            Err(trouble) => wrong.push(format!("{name}:{}: {}", trouble.line, trouble.why)),
        }
    }
    for (group, count) in GROUPS {
        for number in 1..=*count {
            let id = format!("{group}-{number:02}");
            let stories = told.remove(&id).unwrap_or_default();
            match rows.get(&id) {
                None => wrong.push(format!("README.md: {id} is missing")),
                Some(row) if row.stories != stories => wrong.push(format!(
                    "README.md:{}: {id} links {:?}, and the stories that name it are {stories:?}",
                    row.line, row.stories
                )),
                Some(row) if !row.is_said => wrong.push(format!(
                    "README.md:{}: {id} has no story, and nothing says why",
                    row.line
                )),
                Some(_) => {}
            }
        }
    }
    wrong.extend(
        told.keys()
            .map(|id| format!("{id}: there is no such feature")),
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// The rows `| II-01 | … | … |` by id.
fn table(text: &str, wrong: &mut Vec<String>) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, id, _, last, _] = cells.as_slice() else {
            continue;
        };
        if !GROUPS.iter().any(|(group, _)| id.starts_with(group)) {
            continue;
        }
        let links = last.split("](stories/").skip(1);
        let row = Row {
            line: at + 1,
            stories: links
                .filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()))
                .collect(),
            is_said: !last.is_empty(),
        };
        if rows.insert((*id).to_owned(), row).is_some() {
            wrong.push(format!("README.md:{}: {id} stands there twice", at + 1));
        }
    }
    rows
}
