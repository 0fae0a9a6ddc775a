//! Promises about the notes of a host: durable, its own, whatever their names look like.

use std::sync::Arc;

use tieout_core::document::HostId;
use tieout_core::host::{Note, Notebook};
use tieout_core::store::{MemoryStore, Store};

fn note(chapter: &'static str, name: &str, content: Option<&str>) -> Note {
    Note {
        chapter,
        name: name.to_owned(),
        content: content.map(|it| it.as_bytes().to_vec()),
    }
}

#[tokio::test]
async fn notes_are_kept_by_host_chapter_and_name_whatever_the_name() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let of = |name: &str| Notebook::new(Arc::clone(&store), HostId::new(name).unwrap());
    let (shop, clinic) = (of("shop"), of("clinic"));
    let long = "x".repeat(10_000);
    let longer = format!("{long}y");
    let names = [
        "1001",
        "",
        "../1001",
        "a/b",
        "a%2Fb",
        "\u{0}\u{1F4A9}",
        &long,
        &longer,
    ];
    let notes = names.iter().map(|name| note("order", name, Some(name)));
    shop.write(notes.collect()).await.unwrap();
    for name in names {
        let read = shop.read("order", name).await.unwrap();
        assert_eq!(read.as_deref(), Some(name.as_bytes()), "{name:.20}");
        assert_eq!(clinic.read("order", name).await.unwrap(), None);
        assert_eq!(shop.read("seen", name).await.unwrap(), None);
    }
    assert_eq!(shop.chapter("order", 100).await.unwrap().len(), names.len());
    assert_eq!(shop.chapter("ord", 100).await.unwrap().len(), 0);
    assert_eq!(shop.chapter("order", 3).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_note_is_replaced_and_taken_out() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let notes = Notebook::new(store, HostId::new("shop").unwrap());
    for content in [Some("first"), Some("second"), None, None] {
        notes
            .write(vec![note("order", "1", content)])
            .await
            .unwrap();
        let read = notes.read("order", "1").await.unwrap();
        assert_eq!(read.as_deref(), content.map(str::as_bytes));
    }
}
