//! People and keys on the command line: alone, and beside a process that serves.

use std::fs;

use serde_json::Value;

use crate::stage::{Stage, text};
use crate::stopping::Running;

const LISTEN: &str =
    "\n[listen]\naddress = \"127.0.0.1:0\"\npublic_url = \"https://books.acme.test\"\n";

async fn stage(more: &str) -> Stage {
    let stage = Stage::set().await;
    configure(&stage, more);
    stage
}

fn configure(stage: &Stage, more: &str) {
    let path = stage.path("tieout.toml");
    fs::write(path, format!("{}{more}", stage.configuration())).unwrap();
}

/// Every line of JSON that a command prints, which must end well.
fn lines(stage: &Stage, arguments: &[&str]) -> Vec<Value> {
    let told = stage.must(0, &[&["--json"], arguments].concat());
    told.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What a command says that must end with `code`, on both streams.
fn refused(stage: &Stage, code: i32, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    text(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_added_listed_and_changed() {
    let stage = stage(LISTEN).await;
    let told = stage.must(0, &["person", "list"]);
    assert!(told.contains("Nobody may sign in yet"), "{told}");
    let told = stage.must(0, &["person", "add", "Ann@acme.test", "--role", "admin"]);
    assert!(
        told.contains("ann@acme.test may sign in as admin."),
        "{told}"
    );
    assert!(
        told.contains("\n  https://books.acme.test/sign-in/link/"),
        "{told}"
    );
    assert!(
        told.contains("`tieout serve` answers there, and is not at work now"),
        "{told}"
    );
    let bob = stage.json(
        0,
        &["person", "add", "bob@acme.test", "--name", "Bob Black"],
    );
    assert_eq!(
        (&bob["role"], &bob["name"]),
        (&"viewer".into(), &"Bob Black".into())
    );
    let again = refused(&stage, 1, &["person", "add", "BOB@acme.test"]);
    assert!(
        again.contains("bob@acme.test is a person here already"),
        "{again}"
    );
    stage.must(0, &["person", "role", "bob@acme.test", "operator"]);
    stage.must(
        0,
        &[
            "person",
            "change",
            "bob@acme.test",
            "--email",
            "bob.b@acme.test",
        ],
    );
    let people = lines(&stage, &["person", "list"]);
    let bob = &people[1];
    assert_eq!(
        (&bob["email"], &bob["role"]),
        (&"bob.b@acme.test".into(), &"operator".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_gets_no_link_and_what_was_done_is_told() {
    let stage = stage(LISTEN).await;
    stage.must(0, &["person", "add", "ann@acme.test", "--role", "admin"]);
    stage.must(0, &["person", "add", "bob@acme.test"]);
    stage.must(
        0,
        &[
            "person",
            "change",
            "bob@acme.test",
            "--email",
            "bob.b@acme.test",
        ],
    );
    let told = stage.must(0, &["person", "disable", "bob.b@acme.test"]);
    assert!(told.contains("may not sign in any more"), "{told}");
    let people = lines(&stage, &["person", "list"]);
    assert_eq!(people.len(), 2);
    assert!(people[1]["disabled_at"].is_string() && people[0]["disabled_at"].is_null());
    let table = stage.must(0, &["person", "list"]);
    assert!(
        table.contains("disabled since") && table.contains("never"),
        "{table}"
    );
    let denied = refused(&stage, 1, &["person", "link", "bob.b@acme.test"]);
    assert!(denied.contains("may not sign in any more"), "{denied}");
    let last = refused(&stage, 1, &["person", "disable", "ann@acme.test"]);
    assert!(
        last.contains("is the only admin") && last.contains("Make somebody else an admin"),
        "{last}"
    );
    let id = people[1]["id"].as_str().unwrap();
    stage.must(0, &["person", "enable", id]);
    let log: Vec<String> = lines(&stage, &["person", "log", "--limit", "3"])
        .iter()
        .map(|line| line["what"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        log,
        [
            "let bob.b@acme.test in again",
            "disabled bob.b@acme.test",
            "changed the address bob@acme.test to bob.b@acme.test",
        ]
    );
    let told = stage.must(0, &["person", "log"]);
    assert!(
        told.contains(" on the command line: added ann@acme.test as admin"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_nobody_or_leads_nowhere_is_told() {
    let stage = stage("").await;
    let told = stage.must(0, &["person", "add", "ann@acme.test"]);
    assert!(
        told.contains("There is no page to sign in at yet"),
        "{told}"
    );
    let added = stage.json(0, &["person", "add", "bob@acme.test"]);
    assert!(added["link"].is_null());
    let told = refused(&stage, 2, &["person", "link", "ann@acme.test"]);
    assert!(
        told.contains("no [listen]") && told.contains("run `tieout serve`"),
        "{told}"
    );
    let told = refused(&stage, 2, &["person", "role", "eve@acme.test", "admin"]);
    assert!(
        told.contains("there is no person `eve@acme.test`"),
        "{told}"
    );
    let told = refused(&stage, 2, &["person", "add", "acme.test"]);
    assert!(told.contains("write name@domain"), "{told}");
    configure(&stage, "\n[listen]\naddress = \"0.0.0.0:0\"\n");
    let told = refused(&stage, 2, &["person", "link", "ann@acme.test"]);
    assert!(
        told.contains("leaves the port") && told.contains("public_url"),
        "{told}"
    );
    configure(&stage, "\n[listen]\naddress = \"0.0.0.0:8481\"\n");
    let link = stage.json(0, &["person", "link", "ann@acme.test"]);
    let address = link["link"].as_str().unwrap();
    assert!(
        address.starts_with("http://localhost:8481/sign-in/link/"),
        "{address}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_printed_once_listed_and_revoked() {
    let stage = stage("").await;
    let told = stage.must(0, &["key", "add", "reporting", "--scope", "read"]);
    let key = told
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("tieout_"));
    let key = key.unwrap().to_owned();
    assert_eq!(key.len(), 79);
    let robot = [
        "key", "add", "robot", "--scope", "operate", "--scope", "panel", "--days", "90",
    ];
    let robot = stage.json(0, &robot);
    assert!(robot["key"].as_str().unwrap().starts_with("tieout_"));
    assert_eq!(robot["scopes"], serde_json::json!(["operate", "panel"]));
    let told = stage.must(0, &["key", "list"]);
    assert!(
        told.contains("reporting") && told.contains("robot") && !told.contains(&key),
        "{told}"
    );
    let taken = refused(&stage, 1, &["key", "add", "robot", "--scope", "read"]);
    assert!(taken.contains("a key named robot is in use"), "{taken}");
    stage.must(0, &["key", "revoke", "robot"]);
    let named = |arguments: &[&str]| -> Vec<String> {
        let keys = lines(&stage, arguments);
        let names = keys
            .iter()
            .map(|key| key["name"].as_str().unwrap().to_owned());
        names.collect()
    };
    assert_eq!(named(&["key", "list"]), ["reporting"]);
    assert_eq!(named(&["key", "list", "--all"]), ["robot", "reporting"]);
    let told = refused(&stage, 2, &["key", "revoke", "nobody"]);
    assert!(told.contains("there is no key `nobody`"), "{told}");
    let log = stage.must(0, &["person", "log"]);
    assert!(log.contains("revoked the key robot"), "{log}");
    // Nothing in the folder of the store tells the key.
    for file in walk(&stage.path("store")) {
        let bytes = fs::read(&file).unwrap();
        let found = bytes
            .windows(64)
            .any(|window| window == &key.as_bytes()[7..71]);
        assert!(!found, "{}", file.display());
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    assert!(!files.is_empty() || folder.ends_with("control") || folder.ends_with("blobs"));
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn people_and_keys_are_decided_beside_serve() {
    let stage = stage(LISTEN).await;
    let mut running = Running::start(&stage, &["serve"]);
    tokio::task::block_in_place(|| running.says("keeping both sides in agreement"));
    let told = stage.must(0, &["person", "add", "ann@acme.test", "--role", "admin"]);
    assert!(
        told.contains("https://books.acme.test/sign-in/link/"),
        "{told}"
    );
    assert!(!told.contains("is not at work"), "{told}");
    stage.must(0, &["person", "link", "ann@acme.test"]);
    stage.must(0, &["key", "add", "robot", "--scope", "read"]);
    stage.must(0, &["key", "revoke", "robot"]);
    assert_eq!(lines(&stage, &["person", "list"]).len(), 1);
    running.signal("TERM");
    assert_eq!(running.ends().await.code(), Some(0));
    let told = stage.must(0, &["person", "log"]);
    assert!(told.contains("revoked the key robot"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_signing_in_that_cannot_work_are_told_with_their_line() {
    let stage = stage("").await;
    for (more, words) in [
        (
            "[sign_in]\nidle_h = 0\n",
            "sign_in.idle_h: must be from 1 to 720 hours",
        ),
        (
            "[listen]\naddress = \"127.0.0.1:8481\"\n[sign_in.oidc]\nissuer = \"http://id.acme.test\"\nclient_id = \"x\"\n",
            "sign_in.oidc.issuer: must begin with https://",
        ),
        (
            "[sign_in.oidc]\nissuer = \"https://id.acme.test\"\nclient_id = \"x\"\nclient_secret = \"hunter2\"\n",
            "sign_in.oidc.client_secret: a secret does not belong into the configuration",
        ),
        (
            "[sign_in.oidc]\nissuer = \"https://id.acme.test\"\nclient_id = \"x\"\n",
            "sign_in.oidc: there is no [listen], so nobody can sign in",
        ),
        (
            "[panel]\nsecret = { env = \"TIEOUT__SECRETS__SHORT\" }\n",
            "panel.secret: the environment variable TIEOUT__SECRETS__SHORT is not set",
        ),
        (
            "[listen]\naddress = \"127.0.0.1:8481\"\npublic_url = \"https://ann:hunter2@acme.test\"\n",
            "listen.public_url: must be the address that browsers open",
        ),
    ] {
        configure(&stage, &format!("\n{more}"));
        let told = refused(&stage, 2, &["check", "--offline"]);
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

/// An identity provider of which there is no more than what it says about itself.
async fn provider(jwks: &'static str) -> String {
    use axum::routing::get;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let about = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
    });
    let router = axum::Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(move || async move { about.to_string() }),
        )
        .route("/keys", get(move || async move { jwks }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    issuer
}

#[tokio::test(flavor = "multi_thread")]
async fn check_asks_the_identity_provider_about_itself() {
    let stage = stage("").await;
    let key = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let with = |issuer: &str| {
        format!(
            "{LISTEN}[sign_in.oidc]\nname = \"Acme\"\nissuer = \"{issuer}\"\nclient_id = \"x\"\n"
        )
    };
    configure(&stage, &with(&provider(key).await));
    let told = stage.must(1, &["check"]);
    let fine = "identity provider Acme with 1 key; it must know the address https://books.acme.test/sign-in/oidc/callback";
    assert!(told.contains(fine), "{told}");
    let told = stage.must(1, &["check", "--offline"]);
    assert!(!told.contains("identity provider"), "{told}");
    for (issuer, words) in [
        (provider("{}").await, "holds no keys"),
        (format!("{}/", provider(key).await), "calls itself"),
        ("http://127.0.0.1:1".to_owned(), "did not answer"),
    ] {
        configure(&stage, &with(&issuer));
        let told = stage.must(1, &["check"]);
        assert!(
            told.contains(words) && told.contains("sign_in.oidc.issuer"),
            "{told}"
        );
    }
}
