//! What is open: counted by kind, then one by one.

use serde_json::json;
use tieout_core::store::ListOrder;

use super::super::chosen::Chosen;
use super::open::Open;
use super::sites::{self, SiteInNeed};
use crate::cli::{Cli, FindingsArgs};
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{self, counted, say};

/// Lists what is open, and ends with 3 if anything is.
pub(in crate::command) async fn run(
    cli: &Cli,
    args: &FindingsArgs,
    office: &mut Office,
) -> Result<Exit, Failure> {
    let chosen = Chosen::of(office, &args.chosen)?;
    let order = if args.oldest {
        ListOrder::OldestFirst
    } else {
        ListOrder::NewestFirst
    };
    let shown_max = usize::from(args.limit);
    let open = Open::read(office.store.as_ref(), &chosen, order, shown_max).await?;
    let sites = sites::look(office, &chosen).await?;
    if cli.json {
        output::json(&json!({
            "documents": open.documents,
            "findings": open.findings,
            "by_rule": open.by_rule,
            "shown": open.shown,
            "truncated": open.is_truncated(),
            "sites": sites,
        }));
    } else {
        print(&open, &sites);
    }
    Ok(if open.documents == 0 && sites.is_empty() {
        Exit::Done
    } else {
        Exit::NeedsSomebody
    })
}

fn print(open: &Open, sites: &[SiteInNeed]) {
    if open.documents == 0 && sites.is_empty() {
        say!("Nothing needs anybody.");
        return;
    }
    for site in sites {
        site.print();
    }
    if open.documents == 0 {
        return;
    }
    say!(
        "{} about {}:",
        counted(open.findings, "finding", "findings"),
        counted(open.documents, "document", "documents")
    );
    let mut table = output::table(&["findings", "kind", ""]);
    for (rule, of) in &open.by_rule {
        table.add_row([of.findings.to_string(), rule.clone(), of.title.to_owned()]);
    }
    say!("{table}\n");
    for it in &open.shown {
        it.print();
    }
    if open.is_truncated() {
        say!(
            "  and {} more: --limit shows more of them, --rule those of one kind",
            open.documents - open.shown.len()
        );
    }
    say!("`tieout findings KIND` says what a kind means.");
}
