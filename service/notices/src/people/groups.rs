//! How groups are kept: each a record, each change with who made it in the journal.

use chrono::{DateTime, Utc};
use tieout_core::engine::{Entry, Event};
use tieout_core::store::{ChangeSet, Store, StoreError};

use super::group::{Group, GroupDraft};
use super::name::GroupId;
use crate::error::DeskError;
use crate::keys;

/// Groups at most.
const GROUPS_MAX: usize = 100;

/// Every group, by name.
///
/// # Errors
/// The store fails, or holds what cannot be read.
pub async fn groups(store: &dyn Store) -> Result<Vec<Group>, StoreError> {
    let kept = store.records(keys::GROUPS, GROUPS_MAX).await?;
    kept.iter()
        .map(|(key, value)| keys::parse(key, value))
        .collect()
}

/// The group of a name.
///
/// # Errors
/// There is none, or the store fails.
pub async fn group(store: &dyn Store, id: &GroupId) -> Result<Group, DeskError> {
    let found = keys::read(store, &keys::group(id)).await?;
    found.ok_or_else(|| unknown(id))
}

/// Adds a group, durably. It is told what happens from then on.
///
/// # Errors
/// The name is taken, something given cannot be kept, there are too many, or the store fails; nothing is kept then.
pub async fn add_group(
    store: &dyn Store,
    draft: GroupDraft,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Group, DeskError> {
    let draft = draft.checked()?;
    let known = groups(store).await?;
    if known.iter().any(|group| group.id == draft.id) {
        return Err(DeskError::Taken {
            what: "group",
            name: draft.id.to_string(),
        });
    }
    if known.len() >= GROUPS_MAX {
        return Err(DeskError::bad(
            "group",
            format!("there are at most {GROUPS_MAX} groups"),
        ));
    }
    let group = Group {
        id: draft.id,
        name: draft.name,
        members: draft.members,
        wants: draft.wants,
        only: draft.only,
        added_by: by.to_owned(),
        added_at: at,
        changed_by: None,
        changed_at: None,
    };
    let done = format!(
        "{by} added the group {} with {}",
        group.id,
        people(group.members.len())
    );
    let record = keys::record(keys::group(&group.id), &group);
    store.commit(noted(vec![record], done, at)).await?;
    Ok(group)
}

/// Makes a group what the draft says, durably. What was gathered for it stays. A repeat changes only who and when.
///
/// # Errors
/// There is no group of that name, something given cannot be kept, or the store fails; nothing is changed then.
pub async fn change_group(
    store: &dyn Store,
    draft: GroupDraft,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Group, DeskError> {
    let draft = draft.checked()?;
    let old = group(store, &draft.id).await?;
    let group = Group {
        name: draft.name,
        members: draft.members,
        wants: draft.wants,
        only: draft.only,
        changed_by: Some(by.to_owned()),
        changed_at: Some(at),
        ..old
    };
    let done = format!(
        "{by} changed the group {}, which has {} now",
        group.id,
        people(group.members.len())
    );
    let record = keys::record(keys::group(&group.id), &group);
    store.commit(noted(vec![record], done, at)).await?;
    Ok(group)
}

/// Removes a group and what was gathered for it, durably. Mail that waits for its members still goes.
///
/// # Errors
/// There is no group of that name, or the store fails.
pub async fn remove_group(
    store: &dyn Store,
    id: &GroupId,
    by: &str,
    at: DateTime<Utc>,
) -> Result<Group, DeskError> {
    let group = group(store, id).await?;
    let records = vec![(keys::group(id), None), (keys::tally(id), None)];
    let done = format!("{by} removed the group {id}");
    store.commit(noted(records, done, at)).await?;
    Ok(group)
}

/// Records with a line of the journal that says what a person did. It names no address.
pub(super) fn noted(records: Vec<keys::Record>, action: String, at: DateTime<Utc>) -> ChangeSet {
    ChangeSet {
        records,
        journal: vec![Entry {
            at,
            binding: None,
            event: Event::Operator { action },
            state: None,
        }],
        ..ChangeSet::default()
    }
}

fn unknown(id: &GroupId) -> DeskError {
    DeskError::Unknown {
        what: "group",
        name: id.to_string(),
    }
}

fn people(count: usize) -> String {
    match count {
        1 => "1 member".to_owned(),
        many => format!("{many} members"),
    }
}
