//! Promises of `tieout export`: each document is in one file once, whatever happens between.

use std::path::Path;

use crate::stage::{Stage, invoice};

async fn staged() -> Stage {
    let stage = Stage::connected().await;
    stage.drop_invoices("E", 3);
    stage.must(0, &["sync", "--once"]);
    std::fs::create_dir(stage.path("books")).unwrap();
    stage
}

fn files(folder: &Path) -> Vec<String> {
    let items = std::fs::read_dir(folder).unwrap();
    let names = items.map(|item| item.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

const EXPORT: [&str; 5] = ["export", "--host", "cm", "--to", "books"];

#[tokio::test(flavor = "multi_thread")]
async fn each_document_is_written_once_and_again_when_it_changed() {
    let stage = staged().await;
    let told = stage.must(0, &EXPORT);
    assert!(told.contains("3 documents in 3 files in books:"), "{told}");
    let names = files(&stage.path("books"));
    assert_eq!(names.len(), 3);
    assert!(
        names[0].starts_with("invoice-E-1-") && names[0].ends_with("-r1.csv"),
        "{names:?}"
    );
    let content = std::fs::read_to_string(stage.path("books").join(&names[1])).unwrap();
    let rows: Vec<&str> = content.lines().collect();
    assert!(
        rows[0].starts_with("kind,id,revision,number,status,issue_date"),
        "{content}"
    );
    assert!(rows[1].contains(",E-2,final,"), "{content}");
    // Whoever imports them takes them away.
    for name in &names {
        std::fs::remove_file(stage.path("books").join(name)).unwrap();
    }
    assert!(stage.must(0, &EXPORT).contains("Nothing is new."));
    let mut changed: serde_json::Value = serde_json::from_str(&invoice("E-2", 2)).unwrap();
    changed["revision"] = 2.into();
    changed["lines"][0]["description"] = "Mended".into();
    stage.drop_file("invoices-F-20261102T000000Z.jsonl", &format!("{changed}\n"));
    stage.must(0, &["sync", "--once"]);
    let told = stage.json(0, &EXPORT);
    assert_eq!(
        (&told["documents"], told["files"].as_array().unwrap().len()),
        (&1.into(), 1)
    );
    // One that is voided after it was written is told too.
    changed["revision"] = 3.into();
    changed["status"] = "voided".into();
    stage.drop_file("invoices-G-20261103T000000Z.jsonl", &format!("{changed}\n"));
    stage.must(0, &["sync", "--once"]);
    stage.must(0, &EXPORT);
    let names = files(&stage.path("books"));
    let last = names.iter().find(|name| name.ends_with("-r3.csv")).unwrap();
    let content = std::fs::read_to_string(stage.path("books").join(last)).unwrap();
    assert!(content.contains(",E-2,voided,"), "{content}");
    assert_eq!(names.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_a_file_had_its_name_the_next_one_names_it_and_writes_nothing_twice() {
    let stage = staged().await;
    stage.must(0, &EXPORT);
    let books = stage.path("books");
    let names = files(&books);
    // As a process leaves it that was killed after it remembered the file,
    std::fs::rename(
        books.join(&names[0]),
        books.join(format!("{}.tieout-tmp", names[0])),
    )
    .unwrap();
    // and as one does that was killed before.
    std::fs::write(books.join("invoice-E-9-r1.csv.tieout-tmp"), "half a fi").unwrap();
    std::fs::write(books.join("of-somebody-else.tmp"), "stays").unwrap();
    assert!(stage.must(0, &EXPORT).contains("Nothing is new."));
    let mut expected = names.clone();
    expected.push("of-somebody-else.tmp".to_owned());
    assert_eq!(files(&books), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_shares_a_file_and_each_form_has_a_memory_of_its_own() {
    let stage = staged().await;
    let by_day = [&EXPORT[..], &["--format", "xml", "--per", "day"]].concat();
    let told = stage.json(0, &by_day);
    let names = told["files"].as_array().unwrap();
    assert_eq!((&told["documents"], names.len()), (&3.into(), 1));
    let name = names[0].as_str().unwrap();
    assert!(
        name.starts_with("documents-") && name.ends_with(".xml"),
        "{name}"
    );
    let content = std::fs::read_to_string(stage.path("books").join(name)).unwrap();
    assert_eq!(content.matches("<document>").count(), 3);
    assert!(content.contains("<number>E-1</number>"), "{content}");
    assert_eq!(stage.json(0, &EXPORT)["documents"], 3);
    let orders = [&EXPORT[..], &["--kind", "purchase_order"]].concat();
    assert_eq!(stage.json(0, &orders)["documents"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_with_what_is() {
    let stage = staged().await;
    let told = stage.must(2, &["export", "--host", "other", "--to", "books"]);
    assert!(
        told.contains("no host `other`") && told.contains("cm"),
        "{told}"
    );
    let told = stage.must(2, &["export", "--host", "cm", "--to", "nowhere"]);
    assert!(told.contains("nowhere"), "{told}");
    let told = stage.must(2, &[&EXPORT[..], &["--kind", "letter"]].concat());
    assert!(told.contains("purchase_order"), "{told}");
}
