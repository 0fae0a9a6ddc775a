//! Consent, custom connections and every refusal that Xero is known for.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use http::StatusCode;
use rstest::rstest;
use support::identity::{Answer, Process};
use tieout_core::provider::ErrorKind;
use tieout_xero::auth::{AuthError, Consent, GrantStatus, api_refusal};
use tieout_xero::config::GrantKind;
use url::Url;

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

/// Runs a consent whose callback is `answer`, with `{state}` put in.
async fn finish(process: &Process, answer: &str) -> Result<(), AuthError> {
    let (_, consent) = Consent::begin(&process.oauth);
    let query = answer.replace("{state}", consent.state());
    consent.finish(&process.oauth, &query).await.map(|_| ())
}

#[tokio::test(start_paused = true)]
async fn a_consent_asks_with_state_and_pkce_and_proves_both() {
    let process = Process::new(GrantKind::AuthorizationCode);
    process.idp.will(&[Answer::Tokens("1")]);
    let (url, consent) = Consent::begin(&process.oauth);
    assert_eq!(url.path(), "/identity/connect/authorize");
    assert_eq!(parameter(&url, "response_type").unwrap(), "code");
    assert_eq!(parameter(&url, "client_id").unwrap(), "app");
    assert_eq!(
        parameter(&url, "scope").unwrap(),
        "offline_access accounting.invoices"
    );
    assert_eq!(
        parameter(&url, "redirect_uri").unwrap(),
        "http://localhost:8480/callback"
    );
    assert_eq!(parameter(&url, "code_challenge_method").unwrap(), "S256");
    assert_eq!(parameter(&url, "state").unwrap(), consent.state());

    let query = format!("?code=one%2Btwo&state={}&scope=x", consent.state());
    let tokens = consent.finish(&process.oauth, &query).await.unwrap();
    assert_eq!(tokens.scopes(), ["offline_access", "accounting.invoices"]);
    let came = &process.idp.came()[0];
    assert_eq!(came.path, "http://idp.test/connect/token");
    assert_eq!(came.authorization.as_deref(), Some("Basic YXBwOmh1c2g="));
    assert_eq!(came.field("code"), Some("one+two"));
    assert_eq!(
        came.field("redirect_uri"),
        Some("http://localhost:8480/callback")
    );
    let verifier = came.field("code_verifier").unwrap();
    let challenge = oauth2::PkceCodeChallenge::from_code_verifier_sha256(
        &oauth2::PkceCodeVerifier::new(verifier.to_owned()),
    );
    assert_eq!(
        parameter(&url, "code_challenge").unwrap(),
        challenge.as_str()
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_consent_is_never_believed() {
    let process = Process::new(GrantKind::AuthorizationCode);
    for answer in [
        "code=c&state=other",
        "code=c",
        "error=access_denied",
        "error=access_denied&state=",
    ] {
        let error = finish(&process, answer).await.unwrap_err();
        assert!(
            matches!(error, AuthError::StateMismatch),
            "{answer}: {error}"
        );
    }
    assert!(process.idp.came().is_empty());
}

#[rstest]
#[case::cancelled(
    "error=access_denied&error_description=TenantConsent status DENIED&state={state}",
    "the consent was refused"
)]
#[case::wrong_app(
    "error=unauthorized_client&state={state}",
    "xero ended the consent with unauthorized_client"
)]
#[case::strange_words(
    "error=%1b[31m%0aboo&state={state}",
    "xero ended the consent with [31mboo"
)]
#[case::no_code("state={state}", "the answer of the consent has no code")]
#[case::empty_code("code=&state={state}", "the answer of the consent has no code")]
#[tokio::test(start_paused = true)]
async fn a_redirect_that_brings_no_code_says_why(#[case] answer: &str, #[case] said: &str) {
    let process = Process::new(GrantKind::AuthorizationCode);
    assert_eq!(
        finish(&process, answer).await.unwrap_err().to_string(),
        said
    );
    assert!(process.idp.came().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_consent_answered_the_next_day_is_not_used() {
    let process = Process::new(GrantKind::AuthorizationCode);
    let (_, consent) = Consent::begin(&process.oauth);
    let query = format!("code=c&state={}", consent.state());
    tokio::time::advance(std::time::Duration::from_secs(24 * 3_600)).await;
    let error = consent.finish(&process.oauth, &query).await.unwrap_err();
    assert!(matches!(error, AuthError::ConsentExpired));
    assert!(process.idp.came().is_empty());
}

#[rstest]
#[case::malformed(
    "invalid_request",
    "xero did not understand the token request",
    "client_id",
    ErrorKind::Unauthorised
)]
#[case::secret(
    "invalid_client",
    "xero does not know this client id with this secret",
    "client_secret",
    ErrorKind::Unauthorised
)]
#[case::code(
    "invalid_grant",
    "xero did not accept the consent's code",
    "five minutes",
    ErrorKind::Unauthorised
)]
#[case::grant_type(
    "unsupported_grant_type",
    "xero does not support this way of granting access",
    "client_credentials",
    ErrorKind::Unauthorised
)]
#[case::scope(
    "invalid_scope",
    "the app may not ask for one of the scopes",
    "granular",
    ErrorKind::Forbidden
)]
#[case::app_type(
    "unauthorized_client",
    "this kind of app may not be granted access in this way",
    "grant",
    ErrorKind::Unauthorised
)]
#[case::new_word(
    "slow_down",
    "xero refused the token request: slow_down",
    "documentation",
    ErrorKind::Unauthorised
)]
#[tokio::test(start_paused = true)]
async fn each_refusal_of_the_token_endpoint_says_what_to_do(
    #[case] word: &str,
    #[case] said: &str,
    #[case] advice: &str,
    #[case] kind: ErrorKind,
) {
    let process = Process::new(GrantKind::AuthorizationCode);
    let body: &'static str = Box::leak(format!(r#"{{"error":"{word}"}}"#).into_boxed_str());
    process.idp.will(&[Answer::Status(400, body)]);
    let error = finish(&process, "code=c&state={state}").await.unwrap_err();
    assert_eq!(error.to_string(), said);
    assert!(error.advice().contains(advice), "{}", error.advice());
    assert_eq!(error.provider_error("connect").kind, kind);
}

#[rstest]
#[case::network(Answer::Refused)]
#[case::reset(Answer::Lost)]
#[case::late(Answer::Silence)]
#[case::down(Answer::Status(503, "The Xero API is currently offline for maintenance"))]
#[case::redirect(Answer::Status(302, ""))]
#[case::throttled(Answer::Status(429, ""))]
#[case::proxy(Answer::Status(200, "<html>sign in to the hotel</html>"))]
#[case::nothing(Answer::Status(400, ""))]
#[case::not_ours(Answer::Status(400, "<html>"))]
#[tokio::test(start_paused = true)]
async fn a_sign_in_service_that_cannot_be_asked_is_tried_later(#[case] answer: Answer) {
    let process = Process::new(GrantKind::AuthorizationCode);
    process.idp.will(&[answer]);
    let error = finish(&process, "code=c&state={state}").await.unwrap_err();
    let AuthError::Unavailable { retry_at, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(*retry_at > support::start());
    assert!(
        !format!("{error:?}").contains("hotel"),
        "a body reached an error"
    );
}

#[rstest]
#[case::expired(401, r#"{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 04/09/2023 05:16:59"}"#, "xero did not accept the access token")]
#[case::no_body(401, "", "xero did not accept the access token")]
#[case::tenant(
    403,
    r#"{"title":"Forbidden","status":403,"detail":"AuthenticationUnsuccessful"}"#,
    "the organisation is not open to this grant"
)]
#[case::tenant_upper(
    403,
    r#"{"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful"}"#,
    "the organisation is not open to this grant"
)]
#[case::scope_as_401(401, r#"{"Detail":"InsufficientScope"}"#, "the grant lacks a scope")]
#[case::scope_as_403(
    403,
    r#"{"detail":"missing scope accounting.payments"}"#,
    "the grant lacks a scope"
)]
fn each_refusal_of_the_api_is_told_apart(
    #[case] status: u16,
    #[case] body: &str,
    #[case] said: &str,
) {
    let error = api_refusal(StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap();
    assert_eq!(error.to_string(), said);
    assert!(!error.advice().is_empty());
    assert!(api_refusal(StatusCode::NOT_FOUND, body.as_bytes()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_custom_connection_asks_for_its_scopes_and_again_when_the_token_ages() {
    let process = Process::new(GrantKind::ClientCredentials);
    let bare = r#"{"access_token":"a1","expires_in":1800,"token_type":"Bearer"}"#;
    let next = r#"{"access_token":"a2","expires_in":1800,"token_type":"Bearer"}"#;
    process
        .idp
        .will(&[Answer::Status(200, bare), Answer::Status(200, next)]);
    let grant = process
        .keeper
        .adopt(process.oauth.client_credentials().await.unwrap())
        .await
        .unwrap();
    assert_eq!(
        process.idp.came()[0].field("scope"),
        Some("accounting.invoices")
    );
    let first = process.keeper.access(&grant).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(1_700)).await;
    let second = process.keeper.access(&grant).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(
        process.idp.came()[1].field("grant_type"),
        Some("client_credentials")
    );
}

#[tokio::test(start_paused = true)]
async fn a_custom_connection_that_is_refused_works_again_when_xero_lets_it() {
    let process = Process::new(GrantKind::ClientCredentials);
    let token = r#"{"access_token":"a1","expires_in":1800,"token_type":"Bearer"}"#;
    let next = r#"{"access_token":"a2","expires_in":1800,"token_type":"Bearer"}"#;
    process.idp.will(&[
        Answer::Status(200, token),
        Answer::Status(400, r#"{"error":"invalid_grant"}"#),
        Answer::Status(400, r#"{"error":"unauthorized_client"}"#),
        Answer::Status(200, next),
    ]);
    let tokens = process.oauth.client_credentials().await.unwrap();
    let grant = process.keeper.adopt(tokens).await.unwrap();
    let GrantStatus::Live { dies_unused_at, .. } = process.keeper.status(&grant).await.unwrap()
    else {
        panic!("it works")
    };
    assert_eq!(dies_unused_at, None);
    tokio::time::advance(std::time::Duration::from_secs(1_900)).await;
    for _ in 0..2 {
        let error = process.keeper.access(&grant).await.unwrap_err();
        assert!(!matches!(error, AuthError::GrantBroken { .. }), "{error}");
        assert!(!error.advice().is_empty());
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
    }
    process.keeper.access(&grant).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_that_can_be_printed_shows_a_secret() {
    let process = Process::new(GrantKind::AuthorizationCode);
    process.idp.will(&[
        Answer::Tokens("very-secret"),
        Answer::Status(
            200,
            r#"{"access_token":"access-very-secret","token_type":7}"#,
        ),
    ]);
    let (_, consent) = Consent::begin(&process.oauth);
    let state = consent.state().to_owned();
    let shown = format!("{consent:?} {:?}", process.oauth);
    assert!(
        !shown.contains(&state) && !shown.contains("hush"),
        "{shown}"
    );
    let query = format!("code=c&state={state}");
    let tokens = consent.finish(&process.oauth, &query).await.unwrap();
    let shown = format!("{tokens:?} {:?}", tokens.access());
    assert!(!shown.contains("very-secret"), "{shown}");
    assert!(tokens.access().header().unwrap().is_sensitive());
    let error = finish(&process, "code=c&state={state}").await.unwrap_err();
    let mut shown = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(one) = cause {
        shown.push_str(&one.to_string());
        cause = one.source();
    }
    assert!(!shown.contains("very-secret"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn revoking_ends_the_grant_here_and_there() {
    let process = Process::new(GrantKind::AuthorizationCode);
    process
        .idp
        .will(&[Answer::Tokens("1"), Answer::Status(200, "")]);
    let (_, consent) = Consent::begin(&process.oauth);
    let query = format!("code=c&state={}", consent.state());
    let tokens = consent.finish(&process.oauth, &query).await.unwrap();
    let grant = process.keeper.adopt(tokens).await.unwrap();
    process.keeper.revoke(&grant).await.unwrap();
    let came = &process.idp.came()[1];
    assert_eq!(came.path, "http://idp.test/connect/revocation");
    assert_eq!(came.field("token"), Some("refresh-1"));
    let error = process.keeper.access(&grant).await.unwrap_err();
    assert!(matches!(error, AuthError::GrantBroken { .. }));
    assert_eq!(error.advice(), "connect again");
    process.keeper.forget(&grant).await.unwrap();
    assert!(matches!(
        process.keeper.access(&grant).await,
        Err(AuthError::UnknownGrant(_))
    ));
}
