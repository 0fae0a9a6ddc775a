//! What a kind of finding means, from the table that the documentation is made of.

use serde_json::json;
use tieout_core::check::kinds::{self, Kind, Subject, named};
use tieout_core::check::nearest;

use crate::cli::{Cli, FindingsArgs};
use crate::exit::{Exit, Failure};
use crate::output::{self, say};

/// Explains a kind, or lists all of them; asks nothing of a store.
pub(in crate::command) fn kinds(cli: &Cli, args: &FindingsArgs) -> Result<Exit, Failure> {
    match &args.kind {
        Some(name) => one(cli, name),
        None => all(cli),
    }
}

/// Explains the kinds of a name.
fn one(cli: &Cli, name: &str) -> Result<Exit, Failure> {
    let found = named(name);
    if found.is_empty() {
        return Err(unknown(name));
    }
    if cli.json {
        output::json(&json!({ "kinds": found }));
    } else {
        found.iter().for_each(|kind| print(kind));
    }
    Ok(Exit::Done)
}

/// Lists every kind.
fn all(cli: &Cli) -> Result<Exit, Failure> {
    let all = kinds::kinds();
    if cli.json {
        output::json(&json!({ "kinds": all }));
        return Ok(Exit::Done);
    }
    for subject in [Subject::Document, Subject::Difference, Subject::Site] {
        say!("{}", heading(subject));
        let mut table = output::table(&["  kind", "what it is"]);
        for kind in all.iter().filter(|kind| kind.subject == subject) {
            table.add_row([format!("  {}", kind.name), kind.title.to_owned()]);
        }
        say!("{table}\n");
    }
    say!("`tieout findings KIND` explains one.");
    Ok(Exit::Done)
}

/// No kind has this name.
pub(in crate::command) fn unknown(name: &str) -> Failure {
    let near = nearest(name, kinds::kinds().iter().map(|kind| kind.name));
    let advice = if near.is_empty() {
        "`tieout findings --kinds` lists them.".to_owned()
    } else {
        format!("Did you mean {}?", near.join(" or "))
    };
    Failure::config(format!(
        "there is no kind of finding `{}`",
        output::short(name)
    ))
    .advise(advice)
}

fn heading(subject: Subject) -> &'static str {
    match subject {
        Subject::Document => "About documents:",
        Subject::Difference => "Why a report shows a difference:",
        Subject::Site => "About connections, hosts and files:",
    }
}

fn print(kind: &Kind) {
    let bold = output::bold();
    say!("{bold}{}{bold:#}  {}", kind.name, kind.title);
    say!("  {}", kind.meaning);
    say!("  severity   {}", kind.severity.words());
    let who: Vec<&str> = kind.who.iter().map(|who| who.words()).collect();
    if !who.is_empty() {
        say!("  who acts   {}", who.join(", or "));
    }
    say!("  because");
    for cause in kind.causes {
        say!("    {cause}");
    }
    if !kind.mends.is_empty() {
        say!("  what mends it");
    }
    for mend in kind.mends {
        say!("    {}: {}", mend.site.words(), mend.how);
        if !mend.settings.is_empty() {
            say!("      keys: {}", mend.settings.join(", "));
        }
        say!("      it goes {}", mend.then.words());
    }
    if !kind.acts.is_empty() {
        say!("  what can be decided, where the document allows it");
    }
    for act in kind.acts {
        let words = act.arguments().join(" ");
        let words = words.replace("{id}", "ID").replace("{}", about(kind));
        say!("    tieout {words}   {}", act.label());
    }
    say!("");
}

fn about(kind: &Kind) -> &'static str {
    match kind.subject {
        Subject::Document | Subject::Difference => "DOCUMENT",
        Subject::Site => "CONNECTION",
    }
}
