//! The table of findings as a page of the documentation, and as data.

use std::fmt::Write;

use tieout_core::check::kinds::{Kind, Mend, Subject, kinds};

const INTRODUCTION: &str = "\
# Findings

Everything that tieout cannot decide by itself is a finding: it names the document, the field, the value, what is wrong and \
what to do. `tieout findings` lists what is open with the commands that decide it, `tieout findings KIND` says what stands \
here, and `tieout --json findings` gives programs both. The same is in [findings.json](../schemas/findings.json).

This page is written from the program's own table by `cargo xtask codegen`. What it says mends a finding is played against \
the local Xero by `tests/findings`.

`tieout retry --rule KIND` and `tieout skip --rule KIND` decide every document with a finding of a kind: they show which \
first, and go ahead with `--yes`. Keys stand below `[connections.NAME.settings]` unless they are written in brackets.
";

/// The page.
pub(in crate::command) fn page() -> String {
    let all = kinds();
    let mut page = INTRODUCTION.to_owned();
    for (subject, heading) in [
        (Subject::Document, "About documents"),
        (Subject::Difference, "Why a report shows a difference"),
        (Subject::Site, "About connections, hosts and files"),
    ] {
        let _ = write!(page, "\n## {heading}\n");
        for kind in all.iter().filter(|kind| kind.subject == subject) {
            section(&mut page, kind);
        }
    }
    page
}

/// The table as JSON.
pub(in crate::command) fn data() -> String {
    let table = serde_json::json!({ "kinds": kinds() });
    let mut text = serde_json::to_string_pretty(&table).expect("a table of texts is plain JSON");
    text.push('\n');
    text
}

fn section(page: &mut String, kind: &Kind) {
    // Writing into a text cannot fail.
    let _ = write!(page, "\n### {}\n\n", kind.name);
    let _ = writeln!(page, "{}. {}\n", capital(kind.title), kind.meaning);
    let who: Vec<&str> = kind.who.iter().map(|who| who.words()).collect();
    let _ = write!(page, "{}.", capital(kind.severity.words()));
    if who.is_empty() {
        page.push('\n');
    } else {
        let _ = writeln!(page, " Who acts: {}.", who.join(", or "));
    }
    page.push_str("\nUsual causes:\n\n");
    for cause in kind.causes {
        let _ = writeln!(page, "- {cause}");
    }
    if !kind.mends.is_empty() {
        page.push_str("\n| where | what mends it | keys | it then goes |\n|---|---|---|---|\n");
        for mend in kind.mends {
            row(page, mend);
        }
    }
    if kind.acts.is_empty() {
        return;
    }
    let about = match kind.subject {
        Subject::Document | Subject::Difference => "DOCUMENT",
        Subject::Site => "CONNECTION",
    };
    page.push_str("\nCommands, where the state of it allows them:\n\n");
    for act in kind.acts {
        let words = act.arguments().join(" ");
        let words = words.replace("{id}", "ID").replace("{}", about);
        let _ = writeln!(page, "- `tieout {words}`: {}", act.label());
    }
}

fn row(page: &mut String, mend: &Mend) {
    let keys: Vec<String> = mend.settings.iter().map(|key| format!("`{key}`")).collect();
    let _ = writeln!(
        page,
        "| {} | {} | {} | {} |",
        mend.site.words(),
        mend.how,
        keys.join(", "),
        mend.then.words()
    );
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}
