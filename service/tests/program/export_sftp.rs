//! Promises of `tieout export` to a server: as in a folder, whatever becomes of the connection.

use std::path::Path;

use tieout_test_sftp::{Fault, Op, PASSWORD, Server, USER};

use crate::stage::{Stage, files, invoice};

struct Far {
    stage: Stage,
    to: String,
}

/// A stage with three documents that are sent, and a server that it knows.
async fn staged(server: &Server) -> Far {
    let stage = Stage::connected().await;
    stage.drop_invoices("E", 3);
    stage.must(0, &["sync", "--once"]);
    know(
        &stage,
        server,
        &format!("host_key = \"{}\"", server.host_key),
    );
    let to = format!("sftp://{USER}@127.0.0.1:{}/books", server.port());
    Far { stage, to }
}

fn know(stage: &Stage, server: &Server, host_key: &str) {
    std::fs::write(stage.path("password"), PASSWORD).unwrap();
    let (configuration, port) = (stage.path("tieout.toml"), server.port());
    let text = std::fs::read_to_string(&configuration).unwrap();
    let text = format!(
        "{text}[servers.far.sftp]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"{USER}\"\n{host_key}\n\
         password = {{ file = \"password\" }}\n"
    );
    std::fs::write(configuration, text).unwrap();
}

async fn server() -> Server {
    let server = Server::start().await;
    std::fs::create_dir(server.root().join("books")).unwrap();
    server
}

impl Far {
    fn export<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        [&["export", "--host", "cm", "--to", self.to.as_str()], more].concat()
    }
}

/// The names of the files that whoever takes them away would see.
fn named(folder: &Path) -> Vec<String> {
    let mut names = files(folder);
    names.retain(|name| !name.ends_with(".tieout-tmp"));
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn each_document_is_on_the_server_once_and_again_when_it_changed() {
    let server = server().await;
    let far = staged(&server).await;
    let told = far.stage.must(0, &far.export(&["--format", "xml"]));
    assert!(told.contains("3 documents in 3 files in sftp://"), "{told}");
    let books = server.root().join("books");
    let names = files(&books);
    assert_eq!(names.len(), 3);
    assert!(
        names[0].starts_with("invoice-E-1-") && names[0].ends_with("-r1.xml"),
        "{names:?}"
    );
    let content = std::fs::read_to_string(books.join(&names[1])).unwrap();
    assert!(
        content.contains("<number>E-2</number>") && content.ends_with("</documents>\n"),
        "{content}"
    );
    // Whoever imports them takes them away.
    for name in &names {
        std::fs::remove_file(books.join(name)).unwrap();
    }
    let told = far.stage.must(0, &far.export(&["--format", "xml"]));
    assert!(told.contains("Nothing is new."), "{told}");
    let mut changed: serde_json::Value = serde_json::from_str(&invoice("E-2", 2)).unwrap();
    changed["revision"] = 2.into();
    changed["lines"][0]["description"] = "Mended".into();
    far.stage
        .drop_file("invoices-F-20261102T000000Z.jsonl", &format!("{changed}\n"));
    far.stage.must(0, &["sync", "--once"]);
    let told = far.stage.json(0, &far.export(&["--format", "xml"]));
    assert_eq!(told["documents"], 1);
    assert!(files(&books)[0].ends_with("-r2.xml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_now_and_then_changes_nothing_of_what_is_there() {
    let server = server().await;
    let far = staged(&server).await;
    server.faults.plan(Op::Write, 2, Fault::Cut);
    server.faults.plan(Op::Rename, 1, Fault::DoneAndCut);
    server.faults.plan(Op::Rename, 3, Fault::Cut);
    assert_eq!(far.stage.json(0, &far.export(&[]))["documents"], 3);
    assert!(server.faults.are_over());
    let books = server.root().join("books");
    assert_eq!(files(&books).len(), 3, "{:?}", files(&books));
    let told = far.stage.must(0, &far.export(&[]));
    assert!(told.contains("Nothing is new."), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_between_the_upload_and_the_name_the_next_command_names_and_writes_nothing_twice() {
    let server = server().await;
    let far = staged(&server).await;
    for nth in 2..=4 {
        server.faults.plan(Op::Rename, nth, Fault::Cut);
    }
    let told = far.stage.must(1, &far.export(&[]));
    assert!(
        told.contains("connection was lost") && told.contains("it goes on where it was"),
        "{told}"
    );
    let books = server.root().join("books");
    assert_eq!((named(&books).len(), files(&books).len()), (1, 3));
    // Another store's unnamed file is nobody's business, ours that nobody remembers goes.
    let mark = files(&books);
    let mark = mark
        .iter()
        .find_map(|name| name.strip_suffix(".tieout-tmp"))
        .unwrap();
    let (_, mark) = mark.rsplit_once('.').unwrap();
    let of_other = "invoice-E-1-E-1-r1.csv.0123456789abcdef.tieout-tmp";
    std::fs::write(books.join(of_other), "theirs").unwrap();
    std::fs::write(
        books.join(format!("invoice-E-9-r1.csv.{mark}.tieout-tmp")),
        "half a fi",
    )
    .unwrap();
    let told = far.stage.must(0, &far.export(&[]));
    assert!(told.contains("Nothing is new."), "{told}");
    assert_eq!((named(&books).len(), files(&books).len()), (3, 4));
    assert_eq!(
        std::fs::read_to_string(books.join(of_other)).unwrap(),
        "theirs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_nothing_half_and_nothing_is_lost_by_it() {
    let server = server().await;
    let far = staged(&server).await;
    server.faults.leave_room(Some(700));
    let told = far.stage.must(1, &far.export(&[]));
    assert!(
        told.contains("No space left") && told.contains("disk is full"),
        "{told}"
    );
    let books = server.root().join("books");
    assert_eq!(named(&books), Vec::<String>::new());
    server.faults.leave_room(None);
    assert_eq!(far.stage.json(0, &far.export(&[]))["documents"], 3);
    assert_eq!(files(&books).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_that_write_one_number_to_one_place_keep_both() {
    let server = server().await;
    let (one, other) = (staged(&server).await, staged(&server).await);
    // The other's file comes between the look for a free name and the naming.
    let comes =
        |root: &Path| std::fs::write(root.join("books/invoice-E-1-E-1-r1.csv"), "theirs").unwrap();
    server
        .faults
        .plan(Op::Rename, 1, Fault::First(Box::new(comes)));
    let told = one.stage.json(0, &one.export(&[]));
    let first = told["files"].as_array().unwrap();
    assert!(first.contains(&"invoice-E-1-E-1-r1-2.csv".into()), "{told}");
    assert_eq!(other.stage.json(0, &other.export(&[]))["documents"], 3);
    let books = server.root().join("books");
    assert_eq!(files(&books).len(), 7);
    let content = std::fs::read_to_string(books.join("invoice-E-1-E-1-r1.csv")).unwrap();
    assert_eq!(content, "theirs");
    for far in [&one, &other] {
        let told = far.stage.must(0, &far.export(&[]));
        assert!(told.contains("Nothing is new."), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_a_server_whose_key_nobody_compared() {
    let server = server().await;
    let stage = Stage::connected().await;
    let to = format!("sftp://{USER}@127.0.0.1:{}/books", server.port());
    let told = stage.must(2, &["export", "--host", "cm", "--to", &to]);
    assert!(
        told.contains("knows no such server") && told.contains("[servers.NAME.sftp]"),
        "{told}"
    );
    let before = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    know(&stage, &server, "");
    let told = stage.must(2, &["export", "--host", "cm", "--to", &to]);
    assert!(
        told.contains(&format!("host_key = \"{}\"", server.host_key)),
        "{told}"
    );
    let told = stage.must(1, &["check"]);
    assert!(
        told.contains("servers.far.sftp") && told.contains(&server.host_key),
        "{told}"
    );
    assert_eq!(server.faults.attempts(), 0);
    std::fs::write(stage.path("tieout.toml"), &before).unwrap();
    know(
        &stage,
        &server,
        &format!("host_key = \"{}\"", server.host_key),
    );
    let told = stage.must(0, &["check"]);
    assert!(told.contains("server far (sftp): sftp://"), "{told}");
    let told = stage.must(
        2,
        &[
            "export",
            "--host",
            "cm",
            "--to",
            &to.replace("books@", "@").replace("/books", "/none"),
        ],
    );
    assert!(
        told.contains("/none: there is no such file or folder"),
        "{told}"
    );
    let told = stage.must(
        2,
        &["export", "--host", "cm", "--to", "sftp://u:secret@h/x"],
    );
    assert!(told.contains("password does not belong"), "{told}");
    std::fs::write(stage.path("tieout.toml"), before).unwrap();
    know(&stage, &server, "host_key = \"SHA256:short\"");
    let told = stage.must(2, &["check"]);
    assert!(
        told.contains("servers.far.sftp.host_key") && told.contains("ssh-keygen -l"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_whose_folder_is_on_a_server_is_read_and_told() {
    let server = server().await;
    let shop = server.root().join("shop");
    std::fs::create_dir_all(shop.join("outbox")).unwrap();
    let stage = Stage::connected().await;
    let before = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let host = "[hosts.far.sftp]\nserver = \"far\"\npath = \"shop\"\nstable_ms = 0\n";
    std::fs::write(stage.path("tieout.toml"), format!("{before}{host}")).unwrap();
    let told = stage.must(2, &["check"]);
    assert!(
        told.contains("hosts.far.sftp.server: there is no server `far`"),
        "{told}"
    );
    know(
        &stage,
        &server,
        &format!("host_key = \"{}\"", server.host_key),
    );
    let told = stage.must(0, &["check"]);
    assert!(told.contains("host far (sftp)"), "{told}");
    let lines: String = (1..=3)
        .map(|index| invoice(&format!("S-{index}"), index))
        .collect();
    std::fs::write(shop.join("outbox/invoices-S-20261101T000000Z.jsonl"), lines).unwrap();
    // The connection is lost while the file is taken, and while the answer leaves.
    server.faults.plan(Op::Read, 1, Fault::Cut);
    server.faults.plan(Op::Rename, 2, Fault::DoneAndCut);
    stage.must(0, &["sync", "--once"]);
    assert!(server.faults.are_over());
    assert_eq!(stage.books("S-").len(), 3);
    assert!(files(&shop.join("outbox")).is_empty());
    assert_eq!(files(&shop.join("done")).len(), 2);
    assert_eq!(files(&shop.join("inbox")), ["postings-1.csv"]);
    stage.must(0, &["sync", "--once"]);
    assert_eq!(stage.books("S-").len(), 3);
    assert_eq!(files(&shop.join("inbox")), ["postings-1.csv"]);
}
