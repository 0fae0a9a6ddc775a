//! Lists as people like to see them: filters and columns under a name, for whoever saved them or for everybody.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tieout_core::engine::ContentHash;
use tieout_core::store::{ChangeSet, RecordKey, Store};

use crate::exit::Failure;

/// A saved list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layout {
    /// What it is called.
    pub(crate) name: String,
    /// Who saved it.
    pub(crate) owner: String,
    /// Who sees it.
    pub(crate) scope: Scope,
    /// What it asks for, as the query of an address.
    pub(crate) query: String,
    /// When it was saved.
    pub(crate) saved_at: DateTime<Utc>,
}

/// Who sees a saved list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Scope {
    /// Whoever saved it.
    Own,
    /// Everybody.
    Everybody,
}

/// The first part of the names of their records.
const RECORDS: &str = "layout";
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 60;
/// Longest query, in bytes.
const QUERY_BYTES_MAX: usize = 2_000;
/// Saved lists of one person, and of everybody, on one page.
const LAYOUTS_MAX: usize = 50;

/// What a person sees on a page: what everybody sees first, then by name.
pub(crate) async fn layouts(
    store: &dyn Store,
    page: &str,
    person: &str,
) -> Result<Vec<Layout>, Failure> {
    let mut found = Vec::new();
    for scope in [Scope::Everybody, Scope::Own] {
        let prefix = format!(
            "{}/",
            RecordKey::new(&[RECORDS, page, &shelf(scope, person)])
        );
        for (key, value) in store.records(&prefix, LAYOUTS_MAX).await? {
            match serde_json::from_slice::<Layout>(&value) {
                Ok(layout) => found.push(layout),
                Err(error) => tracing::warn!(%key, %error, "a saved list cannot be read"),
            }
        }
    }
    found.sort_by_key(|it| (it.scope == Scope::Own, it.name.to_lowercase()));
    Ok(found)
}

/// Saves one; another one of the same name on the same shelf is replaced.
pub(crate) async fn save(store: &dyn Store, page: &str, layout: &Layout) -> Result<(), Failure> {
    let name = layout.name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Failure::config(format!(
            "the name of a list has 1 to {NAME_CHARS_MAX} characters"
        )));
    }
    if layout.query.len() > QUERY_BYTES_MAX {
        return Err(Failure::config(
            "there is too much in this filter to keep it",
        ));
    }
    let shelf = shelf(layout.scope, &layout.owner);
    let prefix = format!("{}/", RecordKey::new(&[RECORDS, page, &shelf]));
    let key = key(page, &shelf, name);
    let known = store.records(&prefix, LAYOUTS_MAX).await?;
    if known.len() >= LAYOUTS_MAX && known.iter().all(|(it, _)| *it != key) {
        return Err(
            Failure::config(format!("{LAYOUTS_MAX} lists are saved already"))
                .advise("Delete one that nobody uses any more."),
        );
    }
    let kept = Layout {
        name: name.to_owned(),
        ..layout.clone()
    };
    let value = serde_json::to_vec(&kept).expect("texts and a date are plain JSON");
    write(store, key, Some(value)).await
}

/// Deletes one. One that is not there changes nothing.
pub(crate) async fn delete(
    store: &dyn Store,
    page: &str,
    (scope, owner, name): (Scope, &str, &str),
) -> Result<(), Failure> {
    write(store, key(page, &shelf(scope, owner), name.trim()), None).await
}

async fn write(store: &dyn Store, key: RecordKey, value: Option<Vec<u8>>) -> Result<(), Failure> {
    let changes = ChangeSet {
        records: vec![(key, value)],
        ..ChangeSet::default()
    };
    Ok(store.commit(changes).await?)
}

/// Where the lists of a person lie; those for everybody lie together. Names of people may be longer than names of records.
fn shelf(scope: Scope, person: &str) -> String {
    match scope {
        Scope::Everybody => "everybody".to_owned(),
        Scope::Own => format!("own-{}", ContentHash::of_bytes(person.as_bytes())),
    }
}

fn key(page: &str, shelf: &str, name: &str) -> RecordKey {
    let name = ContentHash::of_bytes(name.as_bytes());
    RecordKey::new(&[RECORDS, page, shelf, name.as_str()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tieout_core::store::MemoryStore;

    fn layout(name: &str, owner: &str, scope: Scope) -> Layout {
        Layout {
            name: name.to_owned(),
            owner: owner.to_owned(),
            scope,
            query: format!("text={name}"),
            saved_at: DateTime::UNIX_EPOCH,
        }
    }

    async fn names(store: &MemoryStore, person: &str) -> Vec<String> {
        let found = layouts(store, "findings", person).await.unwrap();
        found.into_iter().map(|it| it.name).collect()
    }

    #[tokio::test]
    async fn a_list_is_its_owners_unless_it_is_for_everybody() {
        let store = MemoryStore::default();
        for one in [
            layout("Zinc/%", "ann", Scope::Own),
            layout("Tax", "ann", Scope::Own),
            layout("Tax", "bob", Scope::Everybody),
            layout("Tax", "eve", Scope::Own),
        ] {
            save(&store, "findings", &one).await.unwrap();
        }
        assert_eq!(names(&store, "ann").await, ["Tax", "Tax", "Zinc/%"]);
        assert_eq!(names(&store, "dan").await, ["Tax"]);
        assert!(
            layouts(&store, "documents", "ann")
                .await
                .unwrap()
                .is_empty()
        );
        delete(&store, "findings", (Scope::Own, "ann", "Tax"))
            .await
            .unwrap();
        assert_eq!(names(&store, "ann").await, ["Tax", "Zinc/%"]);
        assert_eq!(names(&store, "eve").await, ["Tax", "Tax"]);
    }

    #[tokio::test]
    async fn nobody_fills_the_store_with_lists() {
        let store = MemoryStore::default();
        for index in 0..LAYOUTS_MAX {
            save(
                &store,
                "findings",
                &layout(&index.to_string(), "ann", Scope::Own),
            )
            .await
            .unwrap();
        }
        assert!(
            save(&store, "findings", &layout("more", "ann", Scope::Own))
                .await
                .is_err()
        );
        save(&store, "findings", &layout("7", "ann", Scope::Own))
            .await
            .unwrap();
        save(&store, "findings", &layout("more", "bob", Scope::Own))
            .await
            .unwrap();
        for name in ["", "  ", &"x".repeat(61)] {
            assert!(
                save(&store, "findings", &layout(name, "eve", Scope::Own))
                    .await
                    .is_err()
            );
        }
    }
}
