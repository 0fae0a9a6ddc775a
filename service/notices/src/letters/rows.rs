//! How gathered rows become lines: with what holds for each document now, in the words of the table of findings.

use std::collections::BTreeSet;

use tieout_core::advice::{Advice, advise};
use tieout_core::check::Rule;
use tieout_core::check::kinds::{self, Kind};
use tieout_core::engine::{Binding, BindingKey};
use tieout_core::store::{Store, StoreError};
use url::Url;

use super::letter::{Line, Section};
use crate::journal::link;
use crate::tally::{Row, Tallied, note};

/// Commands that are offered for one finding at most.
const ACTIONS_MAX: usize = 3;

/// A section that lists what was gathered; `None` when nothing was.
pub(super) async fn section(
    store: &dyn Store,
    title: &str,
    tallied: &Tallied,
    base: Option<&Url>,
) -> Result<Option<Section>, StoreError> {
    if tallied.count == 0 {
        return Ok(None);
    }
    let lines = lines(store, &tallied.rows, base).await?;
    let listed = u64::try_from(lines.len()).unwrap_or(u64::MAX);
    let sums: Vec<String> = tallied.sums.iter().map(ToString::to_string).collect();
    Ok(Some(Section {
        title: format!("{title}: {}", tallied.count),
        about: match sums.is_empty() {
            true => Vec::new(),
            false => vec![sums.join(", ")],
        },
        more: tallied.count.saturating_sub(listed),
        lines,
    }))
}

/// Each row as a line.
pub(super) async fn lines(
    store: &dyn Store,
    rows: &[Row],
    base: Option<&Url>,
) -> Result<Vec<Line>, StoreError> {
    let keys: BTreeSet<BindingKey> = rows.iter().filter_map(|row| row.key.clone()).collect();
    let keys: Vec<BindingKey> = keys.into_iter().collect();
    let bindings = store.bindings(&keys).await?;
    let binding_of = |row: &Row| {
        let index = keys.binary_search(row.key.as_ref()?).ok()?;
        bindings[index].as_ref()
    };
    let line = |row: &Row| line(row, binding_of(row), base);
    Ok(rows.iter().map(line).collect())
}

fn line(row: &Row, binding: Option<&Binding>, base: Option<&Url>) -> Line {
    let mut told = Vec::new();
    if !row.note.is_empty() {
        told.push(match &row.rule {
            Some(rule) => format!("{rule}: {}", row.note),
            None => row.note.clone(),
        });
    }
    told.extend(help(row, binding));
    match &row.key {
        Some(key) => Line {
            name: match row.number.is_empty() {
                true => key.document.to_string(),
                false => note(&row.number),
            },
            href: link(base, &key.document),
            of: format!(
                "{} of {} to {}",
                key.document.kind.as_str().replace('_', " "),
                key.document.host,
                key.connection
            ),
            told,
            command: binding
                .filter(|_| row.rule.is_some())
                .map(|binding| format!("tieout explain {}", binding.named_for_a_command())),
        },
        None => Line {
            name: row.connection.as_ref().map_or_else(
                || {
                    kind_of(row.rule.as_ref())
                        .map_or("tieout", |kind| kind.title)
                        .to_owned()
                },
                |connection| format!("connection {connection}"),
            ),
            told,
            ..Line::default()
        },
    }
}

/// What to do about a row's finding as it stands now, or that it is over.
fn help(row: &Row, binding: Option<&Binding>) -> Vec<String> {
    let Some(rule) = &row.rule else {
        return Vec::new();
    };
    let remedy = || match row.remedy.is_empty() {
        true => Vec::new(),
        false => vec![row.remedy.clone()],
    };
    let Some(binding) = binding else {
        return remedy();
    };
    let is_it = |it: &Advice| it.finding.rule == *rule && it.finding.field == row.field;
    match advise(binding).into_iter().find(is_it) {
        None => vec!["It was mended since.".to_owned()],
        Some(advice) => {
            let mut told = vec![note(&advice.finding.remedy)];
            let actions = advice.actions.iter().take(ACTIONS_MAX);
            told.extend(actions.map(|it| format!("{}: {}", it.label, it.command)));
            told
        }
    }
}

/// What is told of the kind of a rule, also of a connection's troubles.
pub(super) fn kind_of(rule: Option<&Rule>) -> Option<&'static Kind> {
    let rule = rule?;
    let of_site = || kinds::named(rule.as_str()).into_iter().next();
    rule.kind().or_else(of_site)
}
