//! Promises about consent and tokens: the whole life from the consent page to the revocation.

mod support;

use base64::Engine;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::{read, start};
use tieout_sandbox_xero::switches::GraceAnswer;
use tieout_sandbox_xero::{
    AUSTRALIA, CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET, NEW_ZEALAND, Options, PKCE_CLIENT_ID,
    Sandbox, Switches, WEB_CLIENT_ID, WEB_CLIENT_SECRET,
};
use url::Url;
use url::form_urlencoded::Serializer;

/// Basic header, form, and the word of the answer.
type Case<'a> = (Option<String>, &'a [(&'a str, &'a str)], &'a str);

const BACK: &str = "http://localhost:4000/callback";

fn form(fields: &[(&str, &str)]) -> Bytes {
    Bytes::from(Serializer::new(String::new()).extend_pairs(fields).finish())
}

fn basic(id: &str, secret: &str) -> String {
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))
    )
}

fn token(
    sandbox: &Sandbox,
    auth: Option<&str>,
    fields: &[(&str, &str)],
    now: DateTime<Utc>,
) -> (u16, Value) {
    let mut request =
        Request::post("/connect/token").header("content-type", "application/x-www-form-urlencoded");
    if let Some(auth) = auth {
        request = request.header("authorization", auth);
    }
    let reply = sandbox.handle(request.body(form(fields)).expect("a valid request"), now);
    read(&reply.response)
}

fn decide(sandbox: &Sandbox, fields: &[(&str, &str)], now: DateTime<Utc>) -> Response<Bytes> {
    let mut all = vec![
        ("client_id", WEB_CLIENT_ID),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", "openid offline_access accounting.invoices"),
        ("state", "s t&"),
    ];
    all.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
    all.extend(fields);
    let request = Request::post("/identity/connect/authorize")
        .body(form(&all))
        .expect("a valid request");
    sandbox.handle(request, now).response
}

fn back(response: &Response<Bytes>) -> Vec<(String, String)> {
    assert_eq!(response.status(), 303);
    let location = response.headers()["location"].to_str().expect("text");
    assert!(location.starts_with(BACK), "{location}");
    Url::parse(location)
        .expect("an address")
        .query_pairs()
        .into_owned()
        .collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

fn consent(sandbox: &Sandbox, tenant: &str, now: DateTime<Utc>) -> String {
    let fields = back(&decide(
        sandbox,
        &[("decision", "allow"), ("tenant", tenant)],
        now,
    ));
    assert_eq!(field(&fields, "state"), "s t&");
    field(&fields, "code")
}

fn tokens(sandbox: &Sandbox, now: DateTime<Utc>) -> Value {
    let code = consent(sandbox, &NEW_ZEALAND.to_string(), now);
    let auth = basic(WEB_CLIENT_ID, WEB_CLIENT_SECRET);
    let (status, reply) = token(
        sandbox,
        Some(&auth),
        &[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", BACK),
        ],
        now,
    );
    assert_eq!(status, 200, "{reply}");
    reply
}

fn refresh(sandbox: &Sandbox, refresh_token: &Value, now: DateTime<Utc>) -> (u16, Value) {
    let auth = basic(WEB_CLIENT_ID, WEB_CLIENT_SECRET);
    token(
        sandbox,
        Some(&auth),
        &[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str().unwrap_or_default()),
        ],
        now,
    )
}

#[test]
fn the_consent_page_asks_and_leads_back_with_a_code_or_a_denial() {
    let sandbox = Sandbox::new(Options::default());
    let query = Serializer::new(String::new())
        .extend_pairs([
            ("client_id", WEB_CLIENT_ID),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", "openid accounting.contacts"),
            ("state", "<&>"),
        ])
        .finish();
    let ask = |query: &str| {
        sandbox
            .handle(
                Request::get(format!("/identity/connect/authorize?{query}"))
                    .body(Bytes::new())
                    .expect("a valid request"),
                start(),
            )
            .response
    };
    let page = ask(&query);
    let text = String::from_utf8_lossy(page.body()).into_owned();
    assert_eq!(page.status(), 200);
    assert!(
        text.contains("Kowhai Trading")
            && text.contains("Allow access")
            && text.contains("&lt;&amp;&gt;"),
        "{text}"
    );
    for wrong in [
        query.replace(WEB_CLIENT_ID, "unknown"),
        query.replace("accounting.contacts", "accounting.transactions"),
        query.replace("localhost", "127.0.0.1"),
        query.replace("response_type=code", "response_type=token"),
        query.replace(WEB_CLIENT_ID, PKCE_CLIENT_ID),
        query.replace(WEB_CLIENT_ID, CUSTOM_CLIENT_ID),
    ] {
        assert_eq!(ask(&wrong).status(), 400, "{wrong}");
    }
    let denied = back(&decide(
        &sandbox,
        &[("decision", "cancel"), ("tenant", &NEW_ZEALAND.to_string())],
        start(),
    ));
    assert_eq!(field(&denied, "error"), "access_denied");
    assert_eq!(
        field(&denied, "error_description"),
        "TenantConsent status DENIED"
    );
    assert_eq!(field(&denied, "state"), "s t&");
}

#[test]
fn a_code_works_once_for_five_minutes_and_only_as_it_was_asked_for() {
    let sandbox = Sandbox::new(Options::default());
    let auth = basic(WEB_CLIENT_ID, WEB_CLIENT_SECRET);
    let spend = |code: &str, address: &str, now| {
        token(
            &sandbox,
            Some(&auth),
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", address),
            ],
            now,
        )
    };
    let tenant = NEW_ZEALAND.to_string();
    let code = consent(&sandbox, &tenant, start());
    let (status, reply) = spend(&code, BACK, start() + TimeDelta::seconds(299));
    assert_eq!(status, 200);
    let mut keys: Vec<&String> = reply
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .collect();
    keys.sort();
    assert_eq!(
        keys,
        [
            "access_token",
            "expires_in",
            "id_token",
            "refresh_token",
            "scope",
            "token_type"
        ]
    );
    assert_eq!(
        spend(&code, BACK, start()),
        (400, json!({"error": "invalid_grant"})),
        "used"
    );
    let late = consent(&sandbox, &tenant, start());
    assert_eq!(
        spend(&late, BACK, start() + TimeDelta::seconds(300)).0,
        400,
        "late"
    );
    let other = consent(&sandbox, &tenant, start());
    assert_eq!(
        spend(&other, "http://localhost:4000/callback/", start()).0,
        400,
        "other address"
    );
}

#[test]
fn pkce_needs_the_verifier() {
    let sandbox = Sandbox::new(Options::default());
    let verifier = "v".repeat(43);
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(Sha256::digest(verifier.as_bytes()));
    let exchange = |verifier: &str| {
        let asked = [
            ("client_id", PKCE_CLIENT_ID),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("decision", "allow"),
            ("tenant", "c9136e8d-07f4-4b29-a3d8-5e60b1f72c03"),
        ];
        let code = field(&back(&decide(&sandbox, &asked, start())), "code");
        token(
            &sandbox,
            None,
            &[
                ("grant_type", "authorization_code"),
                ("client_id", PKCE_CLIENT_ID),
                ("code", &code),
                ("redirect_uri", BACK),
                ("code_verifier", verifier),
            ],
            start(),
        )
    };
    assert_eq!(exchange(&verifier).0, 200);
    assert_eq!(exchange(&"w".repeat(43)).1["error"], "invalid_grant");
}

#[test]
fn each_mistake_at_the_token_endpoint_has_its_word() {
    let sandbox = Sandbox::new(Options::default());
    let right = basic(WEB_CLIENT_ID, WEB_CLIENT_SECRET);
    let custom = basic(CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET);
    #[rustfmt::skip]
    let cases: [Case<'_>; 9] = [
        (None, &[("grant_type", "refresh_token")], "invalid_request"),
        (Some(basic("", "x")), &[("grant_type", "refresh_token")], "invalid_request"),
        (Some(basic(WEB_CLIENT_ID, "wrong")), &[("grant_type", "refresh_token")], "invalid_client"),
        (Some("Basic !!!".to_owned()), &[("grant_type", "refresh_token")], "invalid_client"),
        (Some(right.clone()), &[("grant_type", "password")], "unsupported_grant_type"),
        (Some(right.clone()), &[], "unsupported_grant_type"),
        (Some(right.clone()), &[("grant_type", "refresh_token"), ("refresh_token", "none")], "invalid_grant"),
        (Some(right), &[("grant_type", "client_credentials"), ("scope", "accounting.invoices")], "invalid_scope"),
        (Some(custom), &[("grant_type", "authorization_code"), ("code", "x")], "unauthorized_client"),
    ];
    for (auth, fields, word) in cases {
        assert_eq!(
            token(&sandbox, auth.as_deref(), fields, start()),
            (400, json!({"error": word})),
            "{fields:?}"
        );
    }
    let json_body = Request::post("/connect/token")
        .header("content-type", "application/json")
        .body(Bytes::from_static(b"{}"))
        .expect("a valid request");
    assert_eq!(
        read(&sandbox.handle(json_body, start()).response).1["error"],
        "invalid_request"
    );
}

#[test]
fn refreshing_rotates_and_the_previous_token_works_for_thirty_minutes_more() {
    let sandbox = Sandbox::new(Options::default());
    let first = tokens(&sandbox, start());
    let at = |minutes: i64| start() + TimeDelta::minutes(minutes);
    let (_, second) = refresh(&sandbox, &first["refresh_token"], at(10));
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let (status, retried) = refresh(&sandbox, &first["refresh_token"], at(40));
    assert_eq!(status, 200, "inside the grace");
    assert_ne!(retried["refresh_token"], second["refresh_token"]);
    assert_eq!(
        refresh(&sandbox, &first["refresh_token"], at(41)).1["error"],
        "invalid_grant"
    );
    assert_eq!(
        refresh(&sandbox, &second["refresh_token"], at(41)).1["error"],
        "invalid_grant",
        "superseded by the retry"
    );
    assert_eq!(refresh(&sandbox, &retried["refresh_token"], at(41)).0, 200);
}

#[test]
fn the_grace_can_answer_with_the_same_token() {
    let sandbox = Sandbox::new(Options::default());
    sandbox.set_switches(Switches {
        grace_answer: GraceAnswer::SameToken,
        ..Switches::default()
    });
    let first = tokens(&sandbox, start());
    let (_, second) = refresh(&sandbox, &first["refresh_token"], start());
    let (_, retried) = refresh(&sandbox, &first["refresh_token"], start());
    assert_eq!(second["refresh_token"], retried["refresh_token"]);
}

#[test]
fn a_refresh_token_dies_after_sixty_days_without_use() {
    let sandbox = Sandbox::new(Options::default());
    let first = tokens(&sandbox, start());
    let late = start() + TimeDelta::days(60);
    assert_eq!(
        refresh(&sandbox, &first["refresh_token"], late).1["error"],
        "invalid_grant"
    );
}

#[test]
fn connections_are_listed_filtered_and_removed() {
    let sandbox = Sandbox::new(Options::default());
    let first = tokens(&sandbox, start());
    consent(
        &sandbox,
        &AUSTRALIA.to_string(),
        start() + TimeDelta::minutes(1),
    );
    let bearer = format!(
        "Bearer {}",
        first["access_token"].as_str().unwrap_or_default()
    );
    let call = |method: &str, path: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", &bearer)
            .body(Bytes::from_static(b"{}"))
            .expect("a valid request");
        read(&sandbox.handle(request, start()).response)
    };
    let (_, list) = call("GET", "/Connections");
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    assert_eq!(list[0]["tenantName"], "Kowhai Trading");
    assert_eq!(list[0]["tenantType"], "ORGANISATION");
    assert_eq!(list[0]["createdDateUtc"], "2026-11-21T01:00:00.0000000");
    let event = list[0]["authEventId"].as_str().unwrap_or_default();
    let (_, filtered) = call("GET", &format!("/connections?authEventId={event}"));
    assert_eq!(filtered.as_array().map(Vec::len), Some(1));
    let payload = first["access_token"]
        .as_str()
        .and_then(|token| token.split('.').nth(1))
        .unwrap_or_default();
    let claims: Value = serde_json::from_slice(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(payload)
            .expect("base64"),
    )
    .expect("JSON");
    assert_eq!(claims["authentication_event_id"], event);
    let id = list[0]["id"].as_str().unwrap_or_default();
    assert_eq!(call("DELETE", &format!("/connections/{id}")).0, 204);
    assert_eq!(call("DELETE", &format!("/connections/{id}")).0, 404);
}

#[test]
fn revocation_ends_tokens_and_every_connection() {
    let sandbox = Sandbox::new(Options::default());
    let first = tokens(&sandbox, start());
    let request = Request::post("/connect/revocation")
        .header("authorization", basic(WEB_CLIENT_ID, WEB_CLIENT_SECRET))
        .body(form(&[(
            "token",
            first["refresh_token"].as_str().unwrap_or_default(),
        )]))
        .expect("a valid request");
    let reply = sandbox.handle(request, start()).response;
    assert_eq!((reply.status().as_u16(), reply.body().len()), (200, 0));
    assert_eq!(
        refresh(&sandbox, &first["refresh_token"], start()).1["error"],
        "invalid_grant"
    );
    let request = Request::get("/connections")
        .header(
            "authorization",
            format!(
                "Bearer {}",
                first["access_token"].as_str().unwrap_or_default()
            ),
        )
        .body(Bytes::new())
        .expect("a valid request");
    assert_eq!(sandbox.handle(request, start()).response.status(), 401);
}

#[test]
fn a_custom_connection_gets_a_token_for_its_organisation_and_no_refresh_token() {
    let sandbox = Sandbox::new(Options::default());
    let auth = basic(CUSTOM_CLIENT_ID, CUSTOM_CLIENT_SECRET);
    for name in ["scope", "scopes"] {
        let (status, reply) = token(
            &sandbox,
            Some(&auth),
            &[
                ("grant_type", "client_credentials"),
                (name, "accounting.invoices accounting.settings.read"),
            ],
            start(),
        );
        assert_eq!(status, 200, "{reply}");
        assert!(reply.get("refresh_token").is_none());
        let request = Request::get("/api.xro/2.0/Organisation")
            .header(
                "authorization",
                format!(
                    "Bearer {}",
                    reply["access_token"].as_str().unwrap_or_default()
                ),
            )
            .header("Xero-Tenant-Id", NEW_ZEALAND.to_string())
            .header("accept", "application/json")
            .body(Bytes::new())
            .expect("a valid request");
        let (status, reply) = read(&sandbox.handle(request, start()).response);
        assert_eq!(
            (status, &reply["Organisations"][0]["ShortCode"]),
            (200, &json!("!Kw-hN")),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn a_browser_opens_the_consent_page_allows_and_follows_the_way_back() {
    use tieout_sandbox_xero::browser::{NotAllowed, allow};
    use tieout_sandbox_xero::{ServeOptions, serve};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let running = serve(ServeOptions::default()).await.expect("a free port");
    let app = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let port = app.local_addr().expect("bound").port();
    let page = url::Url::parse_with_params(
        &format!("{}/identity/connect/authorize", running.base_url),
        [
            ("response_type", "code"),
            ("client_id", tieout_sandbox_xero::WEB_CLIENT_ID),
            ("redirect_uri", &format!("http://localhost:{port}/callback")),
            ("scope", "accounting.invoices offline_access"),
            ("state", "a&b\"<c>"),
        ],
    )
    .expect("an address");
    let waiting = tokio::spawn(async move {
        let (mut stream, _) = app.accept().await.expect("the way back");
        let mut part = [0; 4_096];
        let read = stream.read(&mut part).await.expect("it can be read");
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            .await
            .expect("it can be answered");
        String::from_utf8_lossy(&part[..read]).into_owned()
    });
    allow(&page, NEW_ZEALAND).await.expect("the person agrees");
    let asked = waiting.await.expect("the app was asked");
    assert!(asked.starts_with("GET /callback?code="), "{asked}");
    assert!(asked.contains("state=a%26b%22%3Cc%3E"), "{asked}");
    let mut unknown = page.clone();
    unknown.set_query(Some("client_id=nobody"));
    assert!(matches!(
        allow(&unknown, NEW_ZEALAND).await,
        Err(NotAllowed::Status { .. })
    ));
    running.shutdown().await;
}
