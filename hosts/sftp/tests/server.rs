//! Promises of files at a server: nothing to a stranger, nothing half, nothing twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use secrecy::SecretString;
use tieout_sftp::{Renamed, Sftp, SftpErrorKind, SftpServer, Source};
use tieout_test_sftp::{Fault, Op, PASSWORD, Server, USER, WayIn, private_key};

fn settings(server: &Server) -> SftpServer {
    SftpServer {
        host_key: Some(server.host_key.clone()),
        password: Some(SecretString::from(PASSWORD)),
        ..SftpServer::at("127.0.0.1", server.port(), USER)
    }
}

async fn open(server: &Server) -> Sftp {
    Sftp::open(settings(server), "/").await.unwrap()
}

async fn refusal(settings: SftpServer) -> (SftpErrorKind, String) {
    let error = Sftp::open(settings, "/").await.err().unwrap();
    (error.kind(), error.to_string())
}

/// More than fits into one piece, and no piece like another.
fn content() -> Vec<u8> {
    (0..300_000_u32).flat_map(u32::to_be_bytes).collect()
}

fn names(server: &Server) -> Vec<String> {
    let items = std::fs::read_dir(server.root()).unwrap();
    let mut names: Vec<String> = items
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn without_a_pinned_key_the_one_that_was_seen_is_told_and_nobody_signs_in() {
    let server = Server::start().await;
    let unpinned = SftpServer {
        host_key: None,
        ..settings(&server)
    };
    let (kind, told) = refusal(unpinned).await;
    assert_eq!(kind, SftpErrorKind::Misconfigured);
    assert!(
        told.contains(&format!("host_key = \"{}\"", server.host_key)),
        "{told}"
    );
    let other = SftpServer {
        host_key: Some(Server::start().await.host_key.clone()),
        ..settings(&server)
    };
    let (kind, told) = refusal(other).await;
    assert_eq!(kind, SftpErrorKind::HostKey);
    assert!(
        told.contains(&server.host_key) && told.contains("nothing was sent"),
        "{told}"
    );
    assert_eq!(server.faults.attempts(), 0);
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_who_and_where_and_is_not_shown() {
    let server = Server::start().await;
    let wrong = SftpServer {
        password: Some(SecretString::from("wrong horse")),
        ..settings(&server)
    };
    let (kind, told) = refusal(wrong).await;
    assert_eq!(kind, SftpErrorKind::SignIn);
    let place = format!("sftp://{USER}@127.0.0.1:{}", server.port());
    assert!(
        told.contains(&place) && told.contains("the password"),
        "{told}"
    );
    assert!(!told.contains("horse"), "{told}");
    let none = SftpServer {
        password: None,
        ..settings(&server)
    };
    let (kind, told) = refusal(none).await;
    assert_eq!(kind, SftpErrorKind::Misconfigured);
    assert!(told.contains("`private_key` nor `password`"), "{told}");
}

#[tokio::test]
async fn each_way_in_that_servers_know_works() {
    let (key, fingerprint) = private_key(None);
    let (locked, of_locked) = private_key(Some("open sesame"));
    let by_key = |text: &str| Some(SecretString::from(text.trim_end()));
    let server = Server::letting_in(WayIn::Question).await;
    open(&server).await;
    let server = Server::letting_in(WayIn::Key(fingerprint.clone())).await;
    let with_key = SftpServer {
        private_key: by_key(&key),
        password: None,
        ..settings(&server)
    };
    Sftp::open(with_key.clone(), "/").await.unwrap();
    let server = Server::letting_in(WayIn::KeyAndPassword(fingerprint)).await;
    let with_both = SftpServer {
        private_key: by_key(&key),
        ..settings(&server)
    };
    Sftp::open(with_both.clone(), "/").await.unwrap();
    let with_key = SftpServer {
        password: None,
        ..with_both
    };
    let (kind, told) = refusal(with_key).await;
    assert_eq!(kind, SftpErrorKind::SignIn);
    assert!(
        told.contains("which is not enough; it takes password"),
        "{told}"
    );
    let server = Server::letting_in(WayIn::Key(of_locked)).await;
    let with_locked = SftpServer {
        private_key: by_key(&locked),
        password: None,
        ..settings(&server)
    };
    let (kind, told) = refusal(with_locked.clone()).await;
    assert_eq!(kind, SftpErrorKind::Misconfigured);
    assert!(told.contains("set `passphrase`"), "{told}");
    let wrong = SftpServer {
        passphrase: Some(SecretString::from("open barley")),
        ..with_locked.clone()
    };
    assert_eq!(refusal(wrong).await.0, SftpErrorKind::Misconfigured);
    let right = SftpServer {
        passphrase: Some(SecretString::from("open sesame")),
        ..with_locked
    };
    Sftp::open(right, "/").await.unwrap();
}

#[tokio::test]
async fn a_file_crosses_whole_there_and_back() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    sftp.make_folder("in").await.unwrap();
    sftp.make_folder("in").await.unwrap();
    sftp.write("in/a.tmp", Source::Bytes(&content()))
        .await
        .unwrap();
    assert_eq!(
        sftp.rename("in/a.tmp", "in/a.csv").await.unwrap(),
        Renamed::Done
    );
    assert_eq!(
        std::fs::read(server.root().join("in/a.csv")).unwrap(),
        content()
    );
    let listed = sftp.list("in").await.unwrap();
    assert_eq!(listed.files.len(), 1);
    let here = tempfile::tempdir().unwrap();
    let copy = here.path().join("copy");
    sftp.fetch("in/a.csv", &listed.files[0], &copy)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), content());
    sftp.write("in/b", Source::File(&copy)).await.unwrap();
    assert_eq!(
        std::fs::read(server.root().join("in/b")).unwrap(),
        content()
    );
    sftp.write("in/empty", Source::Bytes(b"")).await.unwrap();
    let empty = sftp.look("in/empty").await.unwrap().unwrap();
    sftp.fetch("in/empty", &empty, &copy).await.unwrap();
    assert_eq!(std::fs::read(&copy).unwrap(), b"");
    sftp.remove("in/empty").await.unwrap();
    sftp.remove("in/empty").await.unwrap();
    assert_eq!(sftp.look("in/empty").await.unwrap(), None);
    assert_eq!(server.faults.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_is_lost_amid_a_file_leaves_no_half_of_it() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    for op in [Op::Open, Op::Write, Op::Sync, Op::Close] {
        for fault in [Fault::Cut, Fault::DoneAndCut] {
            let nth = if op == Op::Write { 7 } else { 1 };
            server.faults.plan(op, nth, fault);
            sftp.write("a.tmp", Source::Bytes(&content()))
                .await
                .unwrap();
            assert!(server.faults.are_over(), "{op:?}");
            assert_eq!(
                std::fs::read(server.root().join("a.tmp")).unwrap(),
                content()
            );
        }
    }
    let file = sftp.look("a.tmp").await.unwrap().unwrap();
    let here = tempfile::tempdir().unwrap();
    server.faults.plan(Op::Read, 9, Fault::Cut);
    sftp.fetch("a.tmp", &file, &here.path().join("copy"))
        .await
        .unwrap();
    assert_eq!(std::fs::read(here.path().join("copy")).unwrap(), content());
}

#[tokio::test]
async fn a_server_that_is_lost_again_and_again_is_an_error_and_no_endless_loop() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    for nth in 1..=3 {
        server.faults.plan(Op::Open, nth, Fault::Cut);
    }
    let error = sftp.write("a.tmp", Source::Bytes(b"x")).await.unwrap_err();
    assert_eq!(error.kind(), SftpErrorKind::Lost);
    assert!(
        error
            .to_string()
            .contains("/a.tmp: the connection was lost"),
        "{error}"
    );
    sftp.write("a.tmp", Source::Bytes(b"x")).await.unwrap();
}

#[tokio::test]
async fn a_renaming_whose_answer_is_lost_is_looked_at_and_not_repeated() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    for fault in [Fault::DoneAndCut, Fault::Cut] {
        sftp.write("a.tmp", Source::Bytes(b"one")).await.unwrap();
        server.faults.plan(Op::Rename, 1, fault);
        assert_eq!(sftp.rename("a.tmp", "a.csv").await.unwrap(), Renamed::Done);
        assert!(server.faults.are_over());
        assert_eq!(names(&server), ["a.csv"]);
        std::fs::remove_file(server.root().join("a.csv")).unwrap();
    }
    // Whoever waits for it may be quicker than we.
    sftp.write("a.tmp", Source::Bytes(b"one")).await.unwrap();
    server.faults.plan(Op::Rename, 1, Fault::DoneAndCut);
    let taken = |root: &std::path::Path| std::fs::remove_file(root.join("a.csv")).unwrap();
    server
        .faults
        .plan(Op::Look, 3, Fault::First(Box::new(taken)));
    assert_eq!(sftp.rename("a.tmp", "a.csv").await.unwrap(), Renamed::Done);
    assert!(server.faults.are_over() && names(&server).is_empty());
}

#[tokio::test]
async fn a_renaming_takes_nobodys_place_and_knows_what_is_gone() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    sftp.write("a.tmp", Source::Bytes(b"ours")).await.unwrap();
    std::fs::write(server.root().join("a.csv"), "theirs").unwrap();
    assert_eq!(sftp.rename("a.tmp", "a.csv").await.unwrap(), Renamed::Taken);
    // It came between the look and the renaming.
    std::fs::remove_file(server.root().join("a.csv")).unwrap();
    let comes = |root: &std::path::Path| std::fs::write(root.join("a.csv"), "theirs").unwrap();
    server
        .faults
        .plan(Op::Rename, 1, Fault::First(Box::new(comes)));
    assert_eq!(sftp.rename("a.tmp", "a.csv").await.unwrap(), Renamed::Taken);
    assert_eq!(
        std::fs::read(server.root().join("a.csv")).unwrap(),
        b"theirs"
    );
    assert_eq!(sftp.rename("b.tmp", "b.csv").await.unwrap(), Renamed::Gone);
}

#[tokio::test]
async fn a_full_disk_is_an_error_that_says_so_and_not_a_file() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    server.faults.leave_room(Some(100_000));
    let error = sftp
        .write("a.tmp", Source::Bytes(&content()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), SftpErrorKind::Refused);
    assert!(
        error
            .to_string()
            .contains("a.tmp: the server refused it: No space left"),
        "{error}"
    );
    server.faults.leave_room(None);
    // A disk that forgets is seen by the length.
    let shorter = |root: &std::path::Path| {
        let file = std::fs::File::options()
            .write(true)
            .open(root.join("a.tmp"))
            .unwrap();
        file.set_len(10).unwrap();
    };
    server
        .faults
        .plan(Op::Close, 1, Fault::First(Box::new(shorter)));
    let error = sftp
        .write("a.tmp", Source::Bytes(&content()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("10 are there"), "{error}");
    sftp.write("a.tmp", Source::Bytes(&content()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_that_somebody_still_writes_is_not_taken() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    let path = server.root().join("a.csv");
    std::fs::write(&path, content()).unwrap();
    let here = tempfile::tempdir().unwrap();
    let grows = |root: &std::path::Path| {
        let mut more = std::fs::read(root.join("a.csv")).unwrap();
        more.push(b'x');
        std::fs::write(root.join("a.csv"), more).unwrap();
    };
    let shrinks = |root: &std::path::Path| std::fs::write(root.join("a.csv"), "x").unwrap();
    for (nth, happens) in [
        (
            1,
            Box::new(grows) as Box<dyn FnOnce(&std::path::Path) + Send>,
        ),
        (20, Box::new(shrinks)),
    ] {
        let file = sftp.look("a.csv").await.unwrap().unwrap();
        server.faults.plan(Op::Read, nth, Fault::First(happens));
        let error = sftp
            .fetch("a.csv", &file, &here.path().join("copy"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), SftpErrorKind::Changed, "{error}");
        let error = sftp
            .fetch("a.csv", &file, &here.path().join("copy"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), SftpErrorKind::Changed, "{error}");
    }
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_not_believed() {
    let server = Server::start().await;
    let sftp = open(&server).await;
    std::fs::write(server.root().join("plain.csv"), "x").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", server.root().join("link.csv")).unwrap();
    server.faults.lie(&[
        "../../etc/cron.d/x",
        "/etc/passwd",
        "..",
        "a\nb",
        "back\\slash",
    ]);
    let listing = sftp.list("").await.unwrap();
    let files: Vec<&str> = listing
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(files, ["plain.csv"]);
    assert_eq!(
        listing.refused,
        ["../../etc/cron.d/x", "/etc/passwd", "a b", "back\\slash"]
    );
    let error = sftp.look("link.csv").await.unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
}

#[tokio::test]
async fn what_is_not_there_is_told_with_its_place() {
    let server = Server::start().await;
    let error = Sftp::open(settings(&server), "/books").await.err().unwrap();
    assert_eq!(error.kind(), SftpErrorKind::NotFound);
    assert!(
        error.to_string().contains("/books: there is no such"),
        "{error}"
    );
    std::fs::write(server.root().join("books"), "x").unwrap();
    let error = Sftp::open(settings(&server), "/books").await.err().unwrap();
    assert!(error.to_string().contains("no folder"), "{error}");
    // One that takes the call and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_settings = SftpServer {
        port: silent.local_addr().unwrap().port(),
        connect_timeout_s: 1,
        ..settings(&server)
    };
    let (kind, told) = refusal(silent_settings).await;
    assert_eq!(kind, SftpErrorKind::Unreachable);
    assert!(told.contains("1 seconds"), "{told}");
    let nobody = SftpServer {
        port: 1,
        ..settings(&server)
    };
    assert_eq!(refusal(nobody).await.0, SftpErrorKind::Unreachable);
}
