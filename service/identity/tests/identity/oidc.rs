//! OpenID Connect: what is believed of an identity provider's answer, and everything that is not.

use chrono::TimeDelta;
use http::StatusCode;
use serde_json::{Map, Value, json};
use tieout_identity::{OidcError, OidcRefusal, Role, SignInBy, TokenFlaw};

use crate::idp::{ISSUER, Signer};
use crate::sign_in::{Scene, account, refused};

fn ann() -> Value {
    account("248289761001", "ann@acme.test")
}

async fn scene() -> Scene {
    let scene = Scene::new();
    scene.desk.person("ann@acme.test", Role::Operator).await;
    scene
}

async fn flaw(scene: &Scene) -> TokenFlaw {
    match scene.refusal(&ann()).await {
        OidcRefusal::Token(flaw) => flaw,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn somebody_signs_in_and_comes_back_to_where_they_were() {
    let scene = scene().await;
    let finished = scene.sign_in(&ann()).await.unwrap();
    assert_eq!(finished.return_to, "/documents?page=2");
    let session = &finished.signed_in.session;
    assert_eq!(
        (session.person.email.as_str(), session.how),
        ("ann@acme.test", SignInBy::Oidc)
    );
    assert_eq!(scene.desk.refusal_of(&finished.signed_in).await, None);
    let redirect = scene.oidc.redirect().as_str();
    assert_eq!(
        redirect,
        "https://books.acme.test/tieout/sign-in/oidc/callback"
    );
    scene.sign_in(&ann()).await.unwrap();
    assert_eq!(scene.idp.asked("/.well-known/openid-configuration"), 1);
    assert_eq!(scene.idp.asked("/keys"), 1);
}

#[tokio::test]
async fn every_kind_of_signature_that_is_taken_is_checked() {
    for signer in [
        Signer::es256(),
        Signer::rs256(),
        Signer::ps256(),
        Signer::ed(),
    ] {
        let scene = scene().await;
        scene.idp.state().jwks = json!({ "keys": [] });
        scene.idp.rotate(signer, "k1", true);
        scene.sign_in(&ann()).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_that_somebody_else_signed_is_refused() {
    for (published, other) in [
        (Signer::es256(), Signer::es256()),
        (Signer::rs256(), Signer::rs256()),
        (Signer::ed(), Signer::ed()),
    ] {
        let scene = scene().await;
        scene.idp.rotate(published, "k2", true);
        scene.idp.rotate(other, "k2", false);
        assert_eq!(flaw(&scene).await, TokenFlaw::Signature);
        assert_eq!(scene.loot_sessions().await, 0);
    }
}

#[tokio::test]
async fn a_token_without_a_signature_or_with_a_shared_secret_is_refused() {
    let scene = scene().await;
    scene.idp.rotate(Signer::None, "k1", false);
    assert_eq!(flaw(&scene).await, TokenFlaw::Algorithm("none".to_owned()));
    // The public key is public: whoever took it for the secret of an HMAC would believe anybody.
    let key = scene.idp.state().jwks["keys"][0].clone();
    let public = [key["x"].as_str().unwrap(), key["y"].as_str().unwrap()].concat();
    for secret in [
        public.into_bytes(),
        key.to_string().into_bytes(),
        Vec::new(),
    ] {
        scene.idp.rotate(Signer::Hs256(secret), "k1", false);
        assert_eq!(flaw(&scene).await, TokenFlaw::Algorithm("HS256".to_owned()));
    }
    // Nor is a secret believed that the provider publishes by mistake.
    let oct = json!({ "kty": "oct", "kid": "k1", "alg": "HS256", "k": "c2VjcmV0" });
    scene.idp.state().jwks = json!({ "keys": [oct] });
    let scene = scene.restarted(|_| {});
    scene
        .idp
        .rotate(Signer::Hs256(b"secret".to_vec()), "k1", false);
    assert_eq!(flaw(&scene).await, TokenFlaw::Algorithm("HS256".to_owned()));
}

#[tokio::test]
async fn a_key_is_used_for_what_it_was_published_for_only() {
    let scene = scene().await;
    let rsa = Signer::rs256();
    let mut jwk = rsa.jwk("k2");
    jwk["alg"] = json!("PS256");
    scene.idp.state().jwks["keys"] = json!([jwk]);
    scene.idp.rotate(rsa, "k2", false);
    assert_eq!(flaw(&scene).await, TokenFlaw::UnknownKey);
    let scene = scene.restarted(|_| {});
    scene.idp.state().jwks["keys"][0]["alg"] = json!("RS256");
    scene.idp.state().jwks["keys"][0]["use"] = json!("enc");
    assert_eq!(flaw(&scene).await, TokenFlaw::UnknownKey);
    let scene = scene.restarted(|_| {});
    scene.idp.state().jwks["keys"][0]["use"] = json!("sig");
    scene.sign_in(&ann()).await.unwrap();
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_found_and_an_unknown_one_is_looked_for_once_a_minute() {
    let scene = scene().await;
    scene.sign_in(&ann()).await.unwrap();
    scene.desk.clock.pass(TimeDelta::minutes(2));
    scene.idp.rotate(Signer::rs256(), "k2", true);
    scene.sign_in(&ann()).await.unwrap();
    assert_eq!(scene.idp.asked("/keys"), 2);
    scene.idp.rotate(Signer::es256(), "k3", false);
    for _ in 0..5 {
        assert_eq!(flaw(&scene).await, TokenFlaw::UnknownKey);
    }
    assert_eq!(scene.idp.asked("/keys"), 2);
    scene.desk.clock.pass(TimeDelta::minutes(1));
    for _ in 0..5 {
        assert_eq!(flaw(&scene).await, TokenFlaw::UnknownKey);
    }
    assert_eq!(scene.idp.asked("/keys"), 3);
}

#[tokio::test]
async fn a_key_that_the_provider_withdraws_opens_nothing_after_an_hour() {
    let scene = scene().await;
    scene.sign_in(&ann()).await.unwrap();
    let other = Signer::es256().jwk("k9");
    scene.idp.state().jwks = json!({ "keys": [other] });
    scene.desk.clock.pass(TimeDelta::minutes(61));
    assert_eq!(flaw(&scene).await, TokenFlaw::UnknownKey);
}

#[tokio::test]
async fn keys_without_names_are_all_tried_and_strange_ones_are_passed_over() {
    let scene = scene().await;
    let mut signing = scene.idp.state().signer.jwk("");
    signing.as_object_mut().unwrap().remove("kid");
    let strange = json!({ "kty": "EC", "crv": "P-521", "x": "AA", "y": "AA" });
    let broken = json!({ "kty": "RSA", "n": "!!", "e": "AQAB" });
    let other = Signer::es256().jwk("x");
    scene.idp.state().jwks = json!({ "keys": [strange, broken, 7, other, signing] });
    scene.idp.state().kid = None;
    scene.sign_in(&ann()).await.unwrap();
}

#[tokio::test]
async fn every_claim_that_is_wrong_or_missing_is_refused() {
    let cases: [(&str, Value, TokenFlaw); 19] = [
        ("iss", json!("https://id.evil.test"), TokenFlaw::Issuer),
        ("iss", json!("https://id.acme.test/"), TokenFlaw::Issuer),
        ("iss", Value::Null, TokenFlaw::Issuer),
        ("aud", json!("another client"), TokenFlaw::Audience),
        ("aud", json!([]), TokenFlaw::Audience),
        ("aud", Value::Null, TokenFlaw::Audience),
        (
            "aud",
            json!(["tieout client", "other"]),
            TokenFlaw::AuthorizedParty,
        ),
        ("azp", json!("another client"), TokenFlaw::AuthorizedParty),
        ("azp", json!(7), TokenFlaw::AuthorizedParty),
        ("nonce", json!("of another sign-in"), TokenFlaw::Nonce),
        ("nonce", Value::Null, TokenFlaw::Nonce),
        ("exp", Value::Null, TokenFlaw::Expired),
        ("exp", json!("2999"), TokenFlaw::Expired),
        ("exp", json!(1e300), TokenFlaw::Expired),
        ("iat", json!("soon"), TokenFlaw::NotYet),
        ("nbf", json!(4_000_000_000_u64), TokenFlaw::NotYet),
        ("iat", json!(4_000_000_000_u64), TokenFlaw::NotYet),
        ("sub", json!(""), TokenFlaw::Subject),
        ("sub", json!("x".repeat(256)), TokenFlaw::Subject),
    ];
    let scene = scene().await;
    for (claim, value, expected) in cases {
        let told = value.to_string();
        scene.idp.bend(move |_, claims| {
            match &value {
                Value::Null => claims.remove(claim),
                value => claims.insert(claim.to_owned(), value.clone()),
            };
        });
        assert_eq!(flaw(&scene).await, expected, "{claim} {told}");
    }
    assert_eq!(scene.loot_sessions().await, 0);
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute_and_no_more() {
    let scene = scene().await;
    let now = scene.desk.now().timestamp();
    for (claim, offset, expected) in [
        ("exp", -59, None),
        ("exp", -60, Some(TokenFlaw::Expired)),
        ("iat", 60, None),
        ("iat", 61, Some(TokenFlaw::NotYet)),
        ("nbf", 60, None),
        ("nbf", 61, Some(TokenFlaw::NotYet)),
    ] {
        scene.idp.bend(move |_, claims| {
            claims.insert(claim.to_owned(), json!(now + offset));
        });
        let outcome = scene.sign_in(&ann()).await;
        match expected {
            None => assert!(outcome.is_ok(), "{claim} {offset}"),
            Some(flaw) => assert_eq!(refused(outcome), OidcRefusal::Token(flaw)),
        }
    }
}

#[tokio::test]
async fn several_audiences_are_taken_when_the_token_was_given_to_us() {
    let scene = scene().await;
    scene.idp.bend(|_, claims| {
        claims.insert("aud".to_owned(), json!(["other", "tieout client"]));
        claims.insert("azp".to_owned(), json!("tieout client"));
    });
    scene.sign_in(&ann()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_token_or_wants_an_unknown_extension_is_refused() {
    let scene = scene().await;
    scene.idp.bend(|header, _| {
        header["crit"] = json!(["exp"]);
    });
    assert_eq!(flaw(&scene).await, TokenFlaw::Critical);
    scene.idp.bend(|header, _| *header = json!("none"));
    assert_eq!(flaw(&scene).await, TokenFlaw::Malformed);
}

#[tokio::test]
async fn an_answer_counts_once_in_the_browser_that_began_and_for_ten_minutes() {
    let scene = scene().await;
    let begun = scene.begin().await;
    let query = scene.idp.visit(&begun.address, &ann());
    scene.finish(&begun, &query).await.unwrap();
    assert_eq!(
        refused(scene.finish(&begun, &query).await),
        OidcRefusal::Replayed
    );
    assert_eq!(scene.idp.asked("/token"), 1);

    let (mine, theirs) = (scene.begin().await, scene.begin().await);
    let query = scene.idp.visit(&theirs.address, &ann());
    assert_eq!(
        refused(scene.finish(&mine, &query).await),
        OidcRefusal::StateForeign
    );
    assert_eq!(
        refused(scene.finish(&mine, "code=x").await),
        OidcRefusal::StateForeign
    );
    assert_eq!(
        refused(scene.finish(&mine, "").await),
        OidcRefusal::StateForeign
    );

    let late = scene.begin().await;
    let query = scene.idp.visit(&late.address, &ann());
    scene.desk.clock.pass(TimeDelta::minutes(10));
    assert_eq!(
        refused(scene.finish(&late, &query).await),
        OidcRefusal::TooLate
    );
}

#[tokio::test]
async fn a_code_of_another_sign_in_is_refused_by_its_challenge() {
    let scene = scene().await;
    let (mine, theirs) = (scene.begin().await, scene.begin().await);
    let stolen = scene.idp.visit(&theirs.address, &ann());
    let code = stolen.split('&').next().unwrap();
    let own = scene.idp.visit(&mine.address, &ann());
    let rest = own.split_once('&').unwrap().1;
    let outcome = scene.finish(&mine, &format!("{code}&{rest}")).await;
    assert_eq!(refused(outcome), OidcRefusal::CodeRefused);
}

#[tokio::test]
async fn the_cookie_of_a_sign_in_is_sealed() {
    use secrecy::ExposeSecret;
    let scene = scene().await;
    let begun = scene.begin().await;
    let cookie = begun.cookie.expose_secret();
    let state = begun.address.query_pairs().find(|(key, _)| key == "state");
    let state = state.unwrap().1.into_owned();
    assert!(!cookie.contains(&state) && !format!("{begun:?}").contains(cookie));
    assert!(cookie.len() < 2_000);
    let query = scene.idp.visit(&begun.address, &ann());
    let finish = async |cookie: &str| {
        let visitor = tieout_identity::Visitor::default();
        scene.oidc.finish(cookie, &query, &visitor).await
    };
    for at in 0..cookie.len() {
        let mut bent = cookie.as_bytes().to_vec();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        assert_eq!(refused(finish(&bent).await), OidcRefusal::NotBegun);
    }
    assert_eq!(refused(finish("").await), OidcRefusal::NotBegun);
    finish(cookie).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_under_way_ends_with_the_process() {
    let scene = scene().await;
    let begun = scene.begin().await;
    let query = scene.idp.visit(&begun.address, &ann());
    let scene = scene.restarted(|_| {});
    assert_eq!(
        refused(scene.finish(&begun, &query).await),
        OidcRefusal::NotBegun
    );
}

#[tokio::test]
async fn only_paths_of_ours_are_come_back_to() {
    let scene = scene().await;
    for (wanted, got) in [
        ("/documents", "/documents"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("", "/"),
        (&format!("/{}", "x".repeat(2_000)), "/"),
    ] {
        let begun = scene.oidc.begin(wanted).await.unwrap();
        let query = scene.idp.visit(&begun.address, &ann());
        let finished = scene.finish(&begun, &query).await.unwrap();
        assert_eq!(finished.return_to, got);
    }
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_told_without_what_bends_a_page() {
    let scene = scene().await;
    let begun = scene.begin().await;
    let own = scene.idp.visit(&begun.address, &ann());
    let state = own
        .split('&')
        .find(|part| part.starts_with("state="))
        .unwrap();
    let query = format!("error=access_denied%0D%0A%1B&{state}");
    let refusal = refused(scene.finish(&begun, &query).await);
    assert_eq!(refusal, OidcRefusal::Denied("access_denied".to_owned()));
}

#[tokio::test]
async fn an_answer_of_another_issuer_or_of_none_is_refused_where_the_provider_names_itself() {
    let scene = scene().await;
    for other in ["iss=https%3A%2F%2Fid.evil.test", "x=1"] {
        let begun = scene.begin().await;
        let query = scene.idp.visit(&begun.address, &ann());
        let own = format!("iss={}", ISSUER.replace(':', "%3A").replace('/', "%2F"));
        let query = query.replace(&own, other);
        assert_eq!(
            refused(scene.finish(&begun, &query).await),
            OidcRefusal::IssuerForeign
        );
    }
    assert_eq!(scene.idp.asked("/token"), 0);
}

#[tokio::test]
async fn a_provider_that_fails_or_calls_itself_otherwise_is_told_as_such() {
    let told = async |change: &dyn Fn(&Scene)| {
        let scene = scene().await;
        change(&scene);
        match scene.oidc.begin("/").await {
            Err(OidcError::Provider(message)) => message,
            other => panic!("{other:?}"),
        }
    };
    let message = told(&|scene| scene.idp.state().broken = Some(StatusCode::BAD_GATEWAY)).await;
    assert!(message.contains("answered with status 502"), "{message}");
    let redirected = told(&|scene| scene.idp.state().broken = Some(StatusCode::FOUND)).await;
    assert!(redirected.contains("status 302"), "{redirected}");
    let other = told(&|scene| scene.idp.state().metadata["issuer"] = json!("https://x.test")).await;
    assert!(other.contains("calls itself https://x.test"), "{other}");
    for endpoint in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        for address in [
            "http://id.acme.test/x",
            "http://127.0.0.1/x",
            "file:///etc/passwd",
        ] {
            let message =
                told(&|scene| scene.idp.state().metadata[endpoint] = json!(address)).await;
            assert!(message.contains("not reached over https"), "{message}");
        }
    }
    let malformed = told(&|scene| scene.idp.state().metadata = json!([])).await;
    assert!(malformed.contains("is no configuration"), "{malformed}");
}

#[tokio::test]
async fn a_provider_that_fails_is_left_alone_for_a_moment_and_then_asked_again() {
    let scene = scene().await;
    scene.idp.state().broken = Some(StatusCode::SERVICE_UNAVAILABLE);
    for _ in 0..20 {
        assert!(scene.oidc.begin("/").await.is_err());
    }
    assert_eq!(scene.idp.asked("/.well-known/openid-configuration"), 1);
    scene.idp.state().broken = None;
    scene.desk.clock.pass(TimeDelta::seconds(5));
    scene.sign_in(&ann()).await.unwrap();
}

#[tokio::test]
async fn the_secret_goes_the_way_that_the_provider_takes_it_and_a_wrong_one_is_told() {
    let scene = scene().await;
    scene.idp.state().metadata["token_endpoint_auth_methods_supported"] =
        json!(["client_secret_post"]);
    scene.sign_in(&ann()).await.unwrap();
    let scene = scene.restarted(|config| config.client_secret = Some("wrong".into()));
    match scene.sign_in(&ann()).await {
        Err(OidcError::Provider(message)) => {
            assert!(message.contains("client_secret"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_token_leaves_out_is_asked_for_and_counts_for_the_same_person_only() {
    let scene = scene().await;
    scene.idp.state().metadata["userinfo_endpoint"] = json!(format!("{ISSUER}/userinfo"));
    let told = |subject: Option<&str>| -> Map<String, Value> {
        let mut told = json!({ "email": "ann@acme.test", "email_verified": true });
        if let Some(subject) = subject {
            told["sub"] = json!(subject);
        }
        told.as_object().unwrap().clone()
    };
    let bare = json!({ "sub": "248289761001" });
    scene.idp.state().userinfo = Some(told(Some("another")));
    assert_eq!(scene.refusal(&bare).await, OidcRefusal::NoEmail);
    scene.idp.state().userinfo = Some(told(None));
    let finished = scene.sign_in(&bare).await.unwrap();
    assert_eq!(
        finished.signed_in.session.person.email.as_str(),
        "ann@acme.test"
    );
    let before = scene.idp.asked("/userinfo");
    scene.sign_in(&ann()).await.unwrap();
    assert_eq!(scene.idp.asked("/userinfo"), before, "nothing is missing");
}

#[tokio::test]
async fn a_verified_address_here_does_not_vouch_for_another_one_there() {
    let scene = scene().await;
    scene.idp.state().metadata["userinfo_endpoint"] = json!(format!("{ISSUER}/userinfo"));
    let told = json!({ "email": "ann@acme.test" });
    scene.idp.state().userinfo = Some(told.as_object().unwrap().clone());
    let bent = json!({ "sub": "666", "email_verified": true });
    let refusal = scene.refusal(&bent).await;
    assert_eq!(
        refusal,
        OidcRefusal::Unverified("ann@acme.test".parse().unwrap())
    );
}

#[tokio::test]
async fn a_sign_in_may_travel_between_threads() {
    fn travels<T: Send>(work: T) -> T {
        work
    }
    let scene = scene().await;
    let begun = travels(scene.oidc.begin("/")).await.unwrap();
    let query = scene.idp.visit(&begun.address, &ann());
    travels(scene.finish(&begun, &query)).await.unwrap();
}

#[tokio::test]
async fn a_provider_can_be_tried_before_anybody_signs_in() {
    let scene = scene().await;
    scene.idp.rotate(Signer::ed(), "k2", true);
    assert_eq!(scene.oidc.reach().await.unwrap(), 2);
    let told = async || match scene.oidc.reach().await {
        Err(OidcError::Provider(message)) => message,
        other => panic!("{other:?}"),
    };
    scene.idp.state().jwks = json!({ "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] });
    let message = told().await;
    assert!(message.contains("publishes no key of RS256"), "{message}");
    scene.idp.state().jwks = json!({});
    let message = told().await;
    assert!(message.contains("holds no keys"), "{message}");
}
