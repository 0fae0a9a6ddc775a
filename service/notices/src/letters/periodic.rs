//! The message of what happened: sent, paid and failed, counted, and listed up to a limit.

use chrono::{DateTime, Utc};
use tieout_core::store::{Store, StoreError};
use url::Url;

use super::letter::{Letter, Section, counted};
use super::rows::section;
use crate::people::Group;
use crate::tally::Digest;

/// What a group is told of what was gathered.
pub(super) async fn periodic(
    store: &dyn Store,
    group: &Group,
    digest: &Digest,
    base: Option<&Url>,
    now: DateTime<Utc>,
) -> Result<Letter, StoreError> {
    let mut sections = Vec::new();
    for (title, tallied) in [
        ("Failed", &digest.failed),
        ("Sent to the accounting system", &digest.sent),
        ("Changed there", &digest.updated),
        ("Taken out of the books", &digest.voided),
        ("Payments imported", &digest.payments),
        ("Payments taken back", &digest.reversed),
    ] {
        sections.extend(section(store, title, tallied, base).await?);
    }
    if digest.mended > 0 {
        sections.push(Section {
            title: format!("Mended: {}", digest.mended),
            ..Section::default()
        });
    }
    let counts = [
        (digest.sent.count, "sent"),
        (digest.updated.count, "changed"),
        (digest.voided.count, "voided"),
        (digest.payments.count, "paid"),
        (digest.reversed.count, "taken back"),
        (digest.failed.count, "failed"),
        (digest.mended, "mended"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let all: u64 = counts.iter().map(|(count, _)| count).sum();
    let since = digest.first_at.unwrap_or(now);
    Ok(Letter {
        subject: format!("tieout: {} ({})", told.join(", "), group.name),
        opening: format!(
            "{} from {} to {} UTC.",
            counted(all, "thing happened", "things happened"),
            since.format("%Y-%m-%d %H:%M"),
            now.format("%H:%M"),
        ),
        sections,
        page: base.map(Url::to_string),
    })
}
