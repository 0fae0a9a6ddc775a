//! People, keys and notices from a browser: who may do what, what is shown once, and what a session may not do.

use tieout_sandbox_xero::{AUSTRALIA, WEB_CLIENT_ID, WEB_CLIENT_SECRET};
use url::Url;

use crate::browser::{Browser, serve};
use crate::stage::Stage;

/// Lets somebody in from the page of people, and signs them in at a browser of their own.
async fn let_in(browser: &mut Browser, email: &str, role: &str) -> Browser {
    let form = [("email", email), ("name", ""), ("role", role)];
    let shown = browser.submit("/people", &form).await;
    shown.says(&[&format!("A link for {email}")]);
    let (_, rest) = shown.html.split_once("/sign-in/link/").unwrap();
    let token = rest.split(['<', '"']).next().unwrap();
    Browser::sign_in(browser.base.clone(), &format!("/sign-in/link/{token}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_what_it_may_and_no_more() {
    let stage = Stage::connected().await;
    let (_running, mut admin) = serve(&stage).await;
    let mut viewer = let_in(&mut admin, "vera@example.com", "viewer").await;
    let mut operator = let_in(&mut admin, "otto@example.com", "operator").await;

    let shown = viewer.open("/connections/books").await;
    shown.says(&["Wattle &amp; Finch Pty Ltd", "demo@sandbox.example"]);
    assert!(
        !shown.html.contains("Switch off") && !shown.html.contains("Check the credentials"),
        "{}",
        shown.html
    );
    only_an_admin_arranges(&mut viewer, &mut operator).await;
    operator
        .submit("/connections/books/check", &[])
        .await
        .says(&["Everything is in order"]);
    let form = [("connection", "books"), ("action", "pause")];
    assert_eq!(viewer.send("/backfill", &form).await.status, 403);
    operator.submit("/backfill", &form).await.says(&[
        "rest now",
        "otto@example.com",
        "Let them go on",
    ]);
    let form = [("connection", "books"), ("action", "resume")];
    operator.submit("/backfill", &form).await.says(&["go on."]);

    // A form of one session does nothing in another, and nobody does anything without one.
    let form = [("form_token", "stolen"), ("to", "off")];
    assert_eq!(
        admin.post("/connections/books/switch", &form).await.status,
        403
    );
    let shown = admin.without_session().open("/connections").await;
    shown.says(&["Sign in"]);
    assert!(
        !std::fs::read_to_string(stage.path("tieout.toml"))
            .unwrap()
            .contains("[off]")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_consent_counts_in_the_session_that_began_it_alone() {
    let stage = Stage::set().await;
    let (_running, mut ann) = serve(&stage).await;
    let mut bob = let_in(&mut ann, "bob@example.com", "admin").await;
    let page = ann
        .send("/connections/books/consent", &[])
        .await
        .location
        .unwrap();
    let back = ann.decide(&page, &[AUSTRALIA], "allow").await;
    let shown = bob.open(&back).await;
    assert_eq!(shown.status, 422);
    shown.says(&[
        "The consent was begun by somebody else",
        "Nothing was connected",
    ]);
    let shown = ann.without_session().open(&back).await;
    shown.says(&["Nobody is signed in here"]);
    assert!(stage.json(3, &["status"])["connections"]["books"]["organisation"].is_null());
    ann.open(&back)
        .await
        .says(&["books is connected to Wattle &amp; Finch Pty Ltd"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_kept_out_is_out_at_once_and_what_was_done_is_written_down() {
    let stage = Stage::connected().await;
    let (_running, mut admin) = serve(&stage).await;
    let mut vera = let_in(&mut admin, "vera@example.com", "viewer").await;
    vera.open("/usage").await.says(&["calls left today"]);
    let page = admin.open("/people").await;
    let (before, _) = page.html.split_once(">vera@example.com</a>").unwrap();
    let path = before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .trim_end_matches('"')
        .to_owned();
    let form = [("name", "Vera"), ("role", "operator")];
    admin
        .submit(&format!("{path}/change"), &form)
        .await
        .says(&["Vera", "operator"]);
    vera.submit("/connections/books/check", &[])
        .await
        .says(&["Everything is in order"]);
    admin
        .submit(&format!("{path}/disable"), &[])
        .await
        .says(&["kept out", "Let in again"]);
    vera.open("/usage").await.says(&["Sign in"]);
    // The last admin stays.
    let page = admin.open("/people").await;
    let (before, _) = page.html.split_once(">ann@example.com</a>").unwrap();
    let own = before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .trim_end_matches('"')
        .to_owned();
    let shown = admin.submit(&format!("{own}/disable"), &[]).await;
    assert!(shown.status.is_client_error(), "{}", shown.html);
    page.says(&["What was done", "ann@example.com", "vera@example.com"]);

    let form = [
        ("name", "reports"),
        ("scope-read", "yes"),
        ("expires_on", "2099-01-31"),
    ];
    let shown = admin.submit("/people/keys", &form).await;
    shown.says(&["The key reports"]);
    let (_, rest) = shown.html.split_once("data-copy=\"tieout_").unwrap();
    let key = rest.split('"').next().unwrap().to_owned();
    let page = admin.open("/people").await;
    assert!(!page.html.contains(&key), "it is shown once");
    let (_, rest) = page.html.split_once("/people/keys/").unwrap();
    let (_, rest) = rest.split_once("/people/keys/").unwrap_or((rest, rest));
    let id = rest.split('/').next().unwrap().to_owned();
    admin
        .submit(&format!("/people/keys/{id}/revoke"), &[])
        .await
        .says(&["ended"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_webhooks_are_kept_from_a_browser() {
    let stage = Stage::connected().await;
    let (_running, mut admin) = serve(&stage).await;
    admin.open("/notifications").await.says(&[
        "Nobody gets mail yet",
        "No other system is told anything yet",
        "names no mail server",
    ]);
    let form = [
        ("id", "clerks"),
        ("name", "The clerks"),
        ("members", "Ann <ann@example.com>\nbob@example.com"),
        ("daily", "yes"),
        ("connection", "books"),
    ];
    admin.submit("/notifications/groups", &form).await.says(&[
        "The clerks",
        "Ann &lt;ann@example.com&gt;",
        "No mail was made for it yet",
    ]);
    let shown = admin.submit("/notifications/groups", &form).await;
    assert_eq!(shown.status, 422);
    shown.says(&["There is a group <code>clerks</code> already."]);
    let form = [("name", "The clerks"), ("members", "nobody at all")];
    assert_eq!(
        admin
            .submit("/notifications/groups/clerks", &form)
            .await
            .status,
        422
    );
    let shown = admin.submit("/notifications/groups/clerks/test", &[]).await;
    assert_eq!(shown.status, 422);
    shown.says(&["No mail can leave", "[notify.smtp]"]);
    let listed = stage.json(0, &["group", "list"]);
    assert_eq!(
        listed["groups"][0]["group"]["members"][1]["email"],
        "bob@example.com"
    );
    admin
        .submit("/notifications/groups/clerks/remove", &[])
        .await
        .says(&["Nobody gets mail yet"]);

    a_webhook_is_kept(&mut admin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_of_an_app_never_comes_back_to_a_page_or_into_the_log() {
    let stage = Stage::set().await;
    let (mut running, mut admin) = serve(&stage).await;
    let sandbox = Url::parse(&stage.sandbox.base_url.to_string())
        .unwrap()
        .to_string();
    let form = [
        ("client_id", WEB_CLIENT_ID),
        ("client_secret", WEB_CLIENT_SECRET),
        ("sandbox", sandbox.as_str()),
    ];
    let shown = admin.submit("/connections/new", &form).await;
    assert!(!shown.html.contains(WEB_CLIENT_SECRET), "{}", shown.html);
    for path in [
        "/connections/new",
        "/connections/new?change=yes",
        "/connections/books/consent",
    ] {
        let shown = admin.open(path).await;
        assert_eq!(shown.status, 200, "{path}");
        assert!(!shown.html.contains(WEB_CLIENT_SECRET), "{path}");
    }
    let text = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    assert!(
        !text.contains(WEB_CLIENT_SECRET) && text.contains("{ file = \"xero.secret\" }"),
        "{text}"
    );
    for (id, secret) in [("two words", ""), ("", "x"), (WEB_CLIENT_ID, WEB_CLIENT_ID)] {
        let form = [("client_id", id), ("client_secret", secret)];
        let shown = admin.submit("/connections/new", &form).await;
        assert_eq!(shown.status, 422, "{id}");
        shown.says(&["role=\"alert\""]);
    }
    running.signal("TERM");
    assert!(running.ends().await.success());
    for line in running.rest() {
        assert!(!line.contains(WEB_CLIENT_SECRET), "{line}");
    }
}

/// Neither of these two may arrange anything, and a viewer may not even look into it afresh.
async fn only_an_admin_arranges(viewer: &mut Browser, operator: &mut Browser) {
    for path in [
        "/connections/new",
        "/connections/books/settings",
        "/connections/books/consent",
        "/people",
        "/notifications",
    ] {
        assert_eq!(viewer.open(path).await.status, 403, "{path}");
        assert_eq!(operator.open(path).await.status, 403, "{path}");
    }
    let on = [("to", "off")];
    for path in ["/connections/books/switch", "/hosts/cm/switch"] {
        assert_eq!(viewer.send(path, &on).await.status, 403, "{path}");
        assert_eq!(operator.send(path, &on).await.status, 403, "{path}");
    }
    assert_eq!(
        viewer.send("/connections/books/check", &[]).await.status,
        403
    );
    assert_eq!(
        viewer.send("/connections/books/plan", &[]).await.status,
        403
    );
    assert_eq!(
        operator
            .send("/connections/books/disconnect", &[("sure", "yes")])
            .await
            .status,
        403
    );
}

/// Adds a webhook, looks at it, gives it a new secret, tells it again and takes it away.
async fn a_webhook_is_kept(admin: &mut Browser) {
    let form = [("id", "erp"), ("url", "http://127.0.0.1:9/hook")];
    let shown = admin.submit("/notifications/webhooks", &form).await;
    assert_eq!(shown.status, 422);
    let form = [
        ("id", "erp"),
        ("url", "https://erp.example/hook"),
        ("event", "document.posted"),
    ];
    let shown = admin.submit("/notifications/webhooks", &form).await;
    shown.says(&["Its secret", "whsec_", "Nothing was sent there yet"]);
    let shown = admin.open("/notifications/webhooks/erp").await;
    assert!(!shown.html.contains("whsec_"), "it is shown once");
    shown.says(&["value=\"document.posted\" checked"]);
    admin
        .submit("/notifications/webhooks/erp/rotate", &[])
        .await
        .says(&["whsec_"]);
    let form = [("since", "2026-01-01")];
    admin
        .submit("/notifications/webhooks/erp/replay", &form)
        .await
        .says(&["Nothing was told in that time."]);
    admin
        .submit("/notifications/webhooks/erp/remove", &[])
        .await
        .says(&["No other system is told anything yet"]);
}
