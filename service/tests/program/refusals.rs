//! What makes the program refuse to work: each refusal names the place and what to do, and nothing is lost by it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tieout_core::store::{SledOptions, SledStore};
use tieout_sandbox_xero::WEB_CLIENT_SECRET;

use crate::stage::{KEY, Stage, files, text};

const NOBODY: u32 = 65_534;

/// Invoices in the store of each stage here.
const INVOICES: usize = 20;

/// Bytes of each file that are bent, one at a time, from its first to its last that says something.
const PLACES: usize = 7;

/// Something that is wrong, and what the program says of it.
struct Refusal {
    what: &'static str,
    /// Makes it so.
    breaks: fn(&Stage),
    command: &'static [&'static str],
    code: i32,
    /// Parts of what is told; `@` is the folder of the stage.
    told: &'static [&'static str],
    /// Makes it right again.
    mends: fn(&Stage),
}

const REFUSALS: &[Refusal] = &[
    Refusal {
        what: "the store may not be written",
        breaks: |stage| {
            set_mode(stage, "store", 0o555);
            set_mode(stage, "store/lock", 0o444);
        },
        command: &["status"],
        code: 1,
        told: &[
            "the store in @/store cannot be opened: opening its lock failed: Permission denied",
            "Let the user that runs this read and write that directory",
            "Its place is `path` under [store] in tieout.toml.",
        ],
        mends: |stage| {
            set_mode(stage, "store", 0o755);
            set_mode(stage, "store/lock", 0o644);
        },
    },
    Refusal {
        what: "the data of the store may not be read",
        breaks: |stage| set_mode(stage, "store/db", 0o000),
        command: &["status"],
        code: 1,
        told: &[
            "the store in @/store cannot be opened: ",
            "Permission denied",
        ],
        mends: |stage| set_mode(stage, "store/db", 0o644),
    },
    Refusal {
        what: "the store lies in a folder that is closed",
        breaks: |stage| {
            fs::create_dir(stage.path("closed")).unwrap();
            set_mode(stage, "closed", 0o555);
            configure(stage, "path = \"store\"", "path = \"closed/store\"");
        },
        command: &["status"],
        code: 1,
        told: &[
            "the store in @/closed/store cannot be opened: creating the directory failed: Permission denied",
            "Let the user that runs this",
        ],
        mends: |stage| fs::remove_dir(stage.path("closed")).unwrap(),
    },
    Refusal {
        what: "a file lies where the store should",
        breaks: |stage| configure(stage, "path = \"store\"", "path = \"tieout.key\""),
        command: &["status"],
        code: 1,
        told: &[
            "the store in @/tieout.key cannot be opened: creating the directory failed: File exists",
            "Something else lies there under that name",
        ],
        mends: nothing,
    },
    Refusal {
        what: "a file lies on the way to the store",
        breaks: |stage| configure(stage, "path = \"store\"", "path = \"tieout.key/store\""),
        command: &["status"],
        code: 1,
        told: &[
            "the store in @/tieout.key/store cannot be opened: creating the directory failed: Not a directory",
            "Something else lies there under that name",
        ],
        mends: nothing,
    },
    Refusal {
        what: "the store was written by a newer version",
        breaks: |stage| write_format(stage, br#"{"format":3,"index_rules":9}"#),
        command: &["sync", "--once"],
        code: 1,
        told: &[
            "the store in @/store has format 3, and this program knows up to 2",
            "Use the version that wrote it, or a newer one",
        ],
        mends: |stage| write_format(stage, br#"{"format":2,"index_rules":3}"#),
    },
    Refusal {
        what: "files of another program lie in the store",
        breaks: |stage| {
            fs::create_dir_all(stage.path("store/blobs")).unwrap();
            fs::write(stage.path("store/blobs/17"), "theirs").unwrap();
        },
        command: &["status"],
        code: 1,
        told: &[
            "the store is damaged at @/store/blobs/17",
            "restore its newest copy",
        ],
        mends: |stage| fs::remove_file(stage.path("store/blobs/17")).unwrap(),
    },
    Refusal {
        what: "the data of the store is gone",
        breaks: |stage| fs::rename(stage.path("store/db"), stage.path("aside")).unwrap(),
        command: &["sync", "--once"],
        code: 1,
        told: &["the store is damaged at @/store", "restore its newest copy"],
        mends: |stage| fs::rename(stage.path("aside"), stage.path("store/db")).unwrap(),
    },
    Refusal {
        what: "there is no key",
        breaks: |stage| fs::remove_file(stage.path("tieout.key")).unwrap(),
        command: &["sync", "--once"],
        code: 2,
        told: &[
            "tieout.toml:4: secrets.key: the file tieout.key cannot be read: No such file",
            "nothing else opens the tokens",
        ],
        mends: nothing,
    },
    Refusal {
        what: "the key may not be read",
        breaks: |stage| set_mode(stage, "tieout.key", 0o000),
        command: &["sync", "--once"],
        code: 2,
        told: &[
            "secrets.key: the file tieout.key cannot be read: Permission denied",
            "readable for the user that runs this",
        ],
        mends: |stage| set_mode(stage, "tieout.key", 0o644),
    },
    Refusal {
        what: "the key is empty",
        breaks: |stage| fs::write(stage.path("tieout.key"), "\n").unwrap(),
        command: &["sync", "--once"],
        code: 2,
        told: &["the file tieout.key is empty", "as it was"],
        mends: nothing,
    },
    Refusal {
        what: "the key is none",
        breaks: |stage| fs::write(stage.path("tieout.key"), "hunter2").unwrap(),
        command: &["sync", "--once"],
        code: 2,
        told: &[
            "tieout.toml:4: secrets.key: key 1 is not 32 bytes in hexadecimal",
            "nothing else opens the tokens",
        ],
        mends: nothing,
    },
    Refusal {
        what: "the key is another one",
        breaks: |stage| {
            let other = KEY.replace('7', "5");
            fs::write(stage.path("tieout.key"), other).unwrap();
        },
        command: &["sync", "--once"],
        code: 1,
        told: &["connection books", "check the key ring"],
        mends: nothing,
    },
    Refusal {
        what: "there is no secret of the app",
        breaks: |stage| configure(stage, "{ env = \"STAGE_SECRET\" }", "{ file = \"none\" }"),
        command: &["sync", "--once"],
        code: 2,
        told: &[
            "tieout.toml:10: xero.client_secret: the file none cannot be read",
            "Put the secret there",
        ],
        mends: nothing,
    },
    Refusal {
        what: "the host's folder may not be read",
        breaks: |stage| set_mode(stage, "host/outbox", 0o000),
        command: &["sync", "--once"],
        code: 2,
        told: &["host/outbox", "Permission denied"],
        mends: |stage| set_mode(stage, "host/outbox", 0o755),
    },
    Refusal {
        what: "the configuration is not there",
        breaks: |stage| fs::rename(stage.path("tieout.toml"), stage.path("aside")).unwrap(),
        command: &["status"],
        code: 2,
        told: &["tieout.toml", "Write one with `tieout init`"],
        mends: |stage| fs::rename(stage.path("aside"), stage.path("tieout.toml")).unwrap(),
    },
];

/// A stage that has sent some invoices.
async fn posted() -> Stage {
    let stage = Stage::connected().await;
    stage.drop_invoices("R", INVOICES);
    stage.must(0, &["sync", "--once"]);
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_names_its_place_and_what_to_do_and_nothing_is_lost_by_it() {
    let stage = posted().await;
    let folder = stage.folder.path().canonicalize().unwrap();
    let configuration = fs::read(stage.path("tieout.toml")).unwrap();
    for refusal in REFUSALS {
        let what = refusal.what;
        (refusal.breaks)(&stage);
        let (code, told) = run_bound(&stage, refusal.command);
        assert_eq!(code, Some(refusal.code), "{what}\n{told}");
        for part in refusal.told {
            let part = part.replace('@', &folder.display().to_string());
            assert!(told.contains(&part), "{what}: wanted {part}\n{told}");
        }
        assert!(!told.contains("panicked"), "{what}\n{told}");
        (refusal.mends)(&stage);
        fs::write(stage.path("tieout.key"), KEY).unwrap();
        fs::write(stage.path("tieout.toml"), &configuration).unwrap();
        assert_whole(&stage, what);
    }
    stage.json(0, &["sync", "--once"]);
    assert_eq!(stage.books("R-").len(), INVOICES);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_process_has_names_that_process_and_stays_as_it_is() {
    let stage = posted().await;
    let held = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    for command in [&["sync", "--once"][..], &["verify-store"]] {
        let told = stage.must(1, command);
        let place = stage.folder.path().canonicalize().unwrap().join("store");
        let own = std::process::id();
        let wanted = format!(
            "the store in {} is in use by another process (pid {own})",
            place.display()
        );
        assert!(
            told.contains(&wanted),
            "{command:?}: wanted {wanted}\n{told}"
        );
        assert!(told.contains("Wait until it ends, or stop it"), "{told}");
    }
    drop(held);
    assert_whole(&stage, "another process had it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bent_byte_anywhere_in_the_store_is_told_or_harmless_and_never_costs_a_document_unnoticed()
 {
    let stage = posted().await;
    let whole = contents(&stage.path("store"));
    let place = stage.folder.path().canonicalize().unwrap().join("store");
    let mut told_of = Vec::new();
    for (name, bytes) in &whole {
        let Some(last) = bytes.iter().rposition(|byte| *byte != 0) else {
            continue;
        };
        for step in 0..PLACES {
            let at = last * step / (PLACES - 1);
            let mut bent = bytes.clone();
            bent[at] ^= 0x10;
            lay(&stage.path("store"), &whole);
            fs::write(stage.path("store").join(name), &bent).unwrap();
            let output = stage.run(&["verify-store"]);
            let told = text(&output.stdout) + &text(&output.stderr);
            assert!(!told.contains("panicked"), "{name} at {at}\n{told}");
            if output.status.code() == Some(0) {
                // The byte was one that nobody needs: then nothing may be missing.
                assert!(
                    told.contains(&format!("{INVOICES} bindings")),
                    "{name} at {at}\n{told}"
                );
            } else {
                assert_eq!(output.status.code(), Some(1), "{name} at {at}\n{told}");
                assert!(
                    told.contains(&place.display().to_string()),
                    "{name} at {at}\n{told}"
                );
                assert!(told.contains("restore"), "{name} at {at}\n{told}");
                // And told again: nothing that is missing is made anew in silence.
                stage.must(1, &["status"]);
                told_of.push(name.as_str());
            }
        }
    }
    assert!(
        told_of.contains(&"db") && told_of.contains(&"conf"),
        "{told_of:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_can_grow_no_more_stops_the_program_and_loses_nothing() {
    let stage = Stage::connected().await;
    stage.drop_invoices("F", 600);
    // The mask of the signal is inherited, so that the write fails as it does on a full disk.
    let command = stage.command(&[]);
    let program = command.get_program().to_str().unwrap().to_owned();
    let limited = format!("trap '' XFSZ; ulimit -f 3072; exec '{program}' sync --once");
    let (code, told) = shell(&stage, &limited);
    assert_eq!(code, Some(1), "{told}");
    let place = stage.folder.path().canonicalize().unwrap().join("store");
    let place = place.to_str().unwrap();
    for part in ["File too large", "`ulimit -f` shows the limit", place] {
        assert!(told.contains(part), "wanted {part}\n{told}");
    }
    assert!(!told.contains("panicked"), "{told}");
    stage.json(0, &["sync", "--once"]);
    assert_eq!(stage.books("F-").len(), 600);
    stage.must(0, &["verify-store"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_program_and_loses_nothing() {
    let stage = Stage::set().await;
    fs::create_dir(stage.path("small")).unwrap();
    let Some(_mounted) = Mounted::small(&stage.path("small")) else {
        return println!("skipped: a full disk needs the right to mount one");
    };
    configure(&stage, "path = \"store\"", "path = \"small/store\"");
    stage.connect().await;
    stage.drop_invoices("D", 900);
    let told = stage.must(1, &["sync", "--once"]);
    for part in [
        "failed on disk",
        "No space left on device",
        "Make room on that disk",
        "small/store",
    ] {
        assert!(told.contains(part), "wanted {part}\n{told}");
    }
    assert!(!told.contains("panicked"), "{told}");
    let larger = Command::new("mount")
        .args(["-o", "remount,size=64m"])
        .arg(stage.path("small"))
        .status();
    assert!(larger.unwrap().success());
    stage.json(0, &["sync", "--once"]);
    let books = stage.books("D-");
    assert_eq!(books.iter().filter(|booked| booked.live).count(), 900);
    assert_eq!(books.len(), 900);
    stage.must(0, &["verify-store"]);
}

/// Every document is there, and the store says itself that it is sound.
fn assert_whole(stage: &Stage, after: &str) {
    let sound = stage.json(0, &["verify-store"]);
    let bindings = &sound["counts"]["bindings"];
    assert_eq!(
        (&sound["sound"], bindings),
        (&true.into(), &INVOICES.into()),
        "{after}: {sound}"
    );
}

fn nothing(_: &Stage) {}

fn configure(stage: &Stage, from: &str, to: &str) {
    let path = stage.path("tieout.toml");
    let right = fs::read_to_string(&path).unwrap();
    assert!(right.contains(from), "{from}");
    fs::write(path, right.replace(from, to)).unwrap();
}

fn set_mode(stage: &Stage, below: &str, mode: u32) {
    fs::set_permissions(stage.path(below), Permissions::from_mode(mode)).unwrap();
}

/// Runs a command as a user whom modes bind: root may do anything, so root lends everything to nobody for a while.
fn run_bound(stage: &Stage, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = stage.command(arguments);
    let is_root = fs::metadata(stage.folder.path()).unwrap().uid() == 0;
    if is_root {
        // The program may lie where nobody else may look.
        let program = stage.path("tieout");
        if !program.exists() {
            fs::copy(command.get_program(), &program).unwrap();
        }
        let mut bound = Command::new(program);
        bound
            .args(arguments)
            .current_dir(stage.folder.path())
            .env("STAGE_SECRET", WEB_CLIENT_SECRET)
            .stdin(Stdio::null())
            .uid(NOBODY)
            .gid(NOBODY);
        command = bound;
        lend(stage.folder.path(), NOBODY);
    }
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    if is_root {
        lend(stage.folder.path(), 0);
    }
    let told = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), told)
}

/// Gives a folder and everything in it to a user.
fn lend(place: &Path, to: u32) {
    chown(place, Some(to), Some(to)).unwrap();
    if place.is_dir() {
        for item in fs::read_dir(place).unwrap() {
            lend(&item.unwrap().path(), to);
        }
    }
}

fn shell(stage: &Stage, line: &str) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(stage.folder.path())
        .env("STAGE_SECRET", WEB_CLIENT_SECRET);
    let output = tokio::task::block_in_place(|| command.output().unwrap());
    let told = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), told)
}

/// The files of a store with what is in them.
fn contents(store: &Path) -> Vec<(String, Vec<u8>)> {
    let names = files(store).into_iter();
    let names = names.filter(|name| store.join(name).is_file());
    names
        .map(|name| {
            let bytes = fs::read(store.join(&name)).unwrap();
            (name, bytes)
        })
        .collect()
}

fn lay(store: &Path, whole: &[(String, Vec<u8>)]) {
    fs::remove_dir_all(store).unwrap();
    fs::create_dir(store).unwrap();
    for (name, bytes) in whole {
        fs::write(store.join(name), bytes).unwrap();
    }
}

/// Writes the record of the store's format as the store lays its entries out: format, shape, checksum of key, shape and
/// payload.
fn write_format(stage: &Stage, json: &[u8]) {
    let base = sled::open(stage.path("store")).unwrap();
    let mut checksum = crc32fast::Hasher::new();
    for part in [b"meta/schema", [0].as_slice(), json] {
        checksum.update(part);
    }
    let entry = [&[1, 0], checksum.finalize().to_le_bytes().as_slice(), json].concat();
    base.insert("meta/schema", entry).unwrap();
    base.flush().unwrap();
}

/// A small disk, which goes with this.
struct Mounted(PathBuf);

impl Mounted {
    fn small(place: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"])
            .arg(place);
        let output = mount.output().ok()?;
        output.status.success().then(|| Self(place.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
