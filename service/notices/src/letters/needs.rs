//! The message of what needs somebody: by kind, with what it means, who acts and what mends it.

use chrono::{DateTime, Utc};
use tieout_core::check::Rule;
use tieout_core::check::kinds::{Kind, Then, Who};
use tieout_core::document::ConnectionId;
use tieout_core::store::{Store, StoreError};
use url::Url;

use super::letter::{Letter, Line, Section, counted};
use super::rows::{kind_of, lines};
use crate::people::Group;
use crate::tally::{Needs, Row};

/// What a group is told of findings that were gathered.
pub(super) async fn needs_somebody(
    store: &dyn Store,
    group: &Group,
    needs: &Needs,
    base: Option<&Url>,
) -> Result<Letter, StoreError> {
    let mut kinds: Vec<(&String, &u64)> = needs.kinds.iter().collect();
    kinds.sort_by(|one, other| other.1.cmp(one.1).then_with(|| one.0.cmp(other.0)));
    let mut sections = Vec::new();
    for (name, count) in kinds {
        let is_of = |row: &&Row| row.rule.as_ref().map_or("other", Rule::as_str) == name;
        let rows: Vec<Row> = needs.rows.iter().filter(is_of).cloned().collect();
        let rule = Rule::from(name.as_str());
        let kind = kind_of(Some(&rule));
        let lines = lines(store, &rows, base).await?;
        let listed = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        sections.push(Section {
            title: match kind {
                Some(kind) => format!("{count} x {name}: {}", kind.title),
                None => format!("{count} x {name}"),
            },
            about: kind.map_or_else(Vec::new, about),
            more: count.saturating_sub(listed),
            lines,
        });
    }
    let all = counted(
        needs.count(),
        "thing needs somebody",
        "things need somebody",
    );
    Ok(Letter {
        subject: format!("tieout: {all} ({})", group.name),
        opening: format!("{all}. `tieout findings` lists everything that is open."),
        sections,
        page: base.map(Url::to_string),
    })
}

/// What a kind means, who acts, and what mends it.
fn about(kind: &Kind) -> Vec<String> {
    let mut told = vec![kind.meaning.to_owned()];
    let who: Vec<&str> = kind.who.iter().copied().map(Who::words).collect();
    if !who.is_empty() {
        told.push(format!("Who acts: {}.", who.join("; or ")));
    }
    for mend in kind.mends {
        told.push(format!(
            "What mends it, {}: {} It then goes {}.",
            mend.site.words(),
            mend.how,
            Then::words(mend.then)
        ));
    }
    told
}

/// What a group is told of accesses that lapse soon.
pub(crate) fn expiring(
    group: &Group,
    lapsing: &[(ConnectionId, DateTime<Utc>)],
    base: Option<&Url>,
    now: DateTime<Utc>,
) -> Letter {
    let line = |(connection, at): &(ConnectionId, DateTime<Utc>)| Line {
        name: format!("connection {connection}"),
        told: vec![
            format!(
                "It lapses on {} UTC, in {}, unless it is used before.",
                at.format("%Y-%m-%d %H:%M"),
                counted(
                    u64::try_from((*at - now).num_days()).unwrap_or_default(),
                    "day",
                    "days"
                )
            ),
            format!("If it lapsed: tieout connect {connection} --again"),
        ],
        ..Line::default()
    };
    let many = u64::try_from(lapsing.len()).unwrap_or(u64::MAX);
    let all = counted(many, "access lapses soon", "accesses lapse soon");
    Letter {
        subject: format!("tieout: {all} ({})", group.name),
        opening: format!(
            "{all}. An access that is not used lapses, and somebody must then allow it anew. `tieout serve` uses it as long \
             as it runs and reaches the accounting system."
        ),
        sections: vec![Section {
            title: "Lapsing".to_owned(),
            lines: lapsing.iter().map(line).collect(),
            ..Section::default()
        }],
        page: base.map(Url::to_string),
    }
}
