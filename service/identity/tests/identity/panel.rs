//! Panel tokens: one record, one user, a quarter of an hour, and nobody else's signature.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tieout_core::clock::Clock;
use tieout_core::document::HostId;
use tieout_core::host::{RecordKind, RecordRef};
use tieout_core::store::Store;
use tieout_core::vault::{KeyRing, Vault};
use tieout_identity::{PanelConfig, PanelGrant, PanelRefusal, PanelRight, PanelUser, Panels};

use crate::support::Desk;

const SHARED: &str = "0123456789abcdef0123456789abcdef";
const FORMER: &str = "fedcba9876543210fedcba9876543210";

async fn panels(desk: &Desk, vault: Option<&Vault>, config: PanelConfig) -> Panels {
    let clock = Arc::clone(&desk.clock) as Arc<dyn Clock>;
    Panels::open(vault, &config, clock).await.unwrap()
}

fn shared() -> PanelConfig {
    PanelConfig {
        secret: Some(SHARED.into()),
        former_secret: Some(FORMER.into()),
    }
}

fn deal(id: &str) -> RecordRef {
    RecordRef::new(RecordKind::Deal, id).unwrap()
}

fn grant(can: PanelRight) -> PanelGrant {
    PanelGrant {
        host: HostId::new("crm").unwrap(),
        connection: None,
        record: deal("7"),
        user: PanelUser {
            id: "17".to_owned(),
            name: "Ann".to_owned(),
        },
        can,
    }
}

/// The claims that a product's server signs.
fn claims(desk: &Desk) -> Value {
    let now = desk.now().timestamp();
    json!({
        "aud": "tieout-panel", "iat": now, "exp": now + 600, "host": "crm", "record": "deal/7",
        "user": { "id": "17", "name": "Ann" }, "can": "work",
    })
}

fn signed_as(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn signed(claims: &Value, secret: &str) -> String {
    signed_as(&json!({ "alg": "HS256", "typ": "JWT" }), claims, secret)
}

#[tokio::test]
async fn a_token_opens_what_it_was_given_for_and_dies_after_a_quarter_of_an_hour() {
    let desk = Desk::new();
    let panels = panels(&desk, None, PanelConfig::default()).await;
    let mut given = grant(PanelRight::View);
    given.connection = Some("acme-au".parse().unwrap());
    let (token, until) = panels.issue(&given);
    assert_eq!(until - desk.now(), TimeDelta::minutes(15));
    let (found, ends) = panels.check_until(token.expose_secret()).unwrap();
    assert_eq!((&found, ends.timestamp()), (&given, until.timestamp()));
    assert_eq!(panels.check(token.expose_secret()), Ok(given));
    assert_eq!(found.actor().to_string(), "Ann at crm");
    let crm = HostId::new("crm").unwrap();
    assert_eq!(found.demand(&crm, &deal("7"), PanelRight::View), Ok(()));
    let work = found.demand(&crm, &deal("7"), PanelRight::Work);
    assert_eq!(work, Err(PanelRefusal::ViewOnly));
    let other = Err(PanelRefusal::OtherRecord(deal("7")));
    assert_eq!(found.demand(&crm, &deal("8"), PanelRight::View), other);
    let elsewhere = HostId::new("other").unwrap();
    assert_eq!(
        found.demand(&elsewhere, &deal("7"), PanelRight::View),
        other
    );
    desk.clock.pass(TimeDelta::minutes(15));
    assert_eq!(
        panels.check(token.expose_secret()),
        Err(PanelRefusal::Expired)
    );
}

#[tokio::test]
async fn a_product_signs_its_own_tokens_with_the_shared_secret_or_the_former_one() {
    let desk = Desk::new();
    let panels = panels(&desk, None, shared()).await;
    for secret in [SHARED, FORMER] {
        let token = signed(&claims(&desk), secret);
        assert_eq!(panels.check(&token), Ok(grant(PanelRight::Work)));
    }
    let mut spare = claims(&desk);
    spare["aud"] = json!(["other", "tieout-panel"]);
    spare["user"] = json!({ "id": "17" });
    let found = panels.check(&signed(&spare, SHARED)).unwrap();
    assert_eq!(found.user.name, "17");
}

#[tokio::test]
async fn no_other_signature_opens_anything() {
    let desk = Desk::new();
    let with_secret = panels(&desk, None, shared()).await;
    let claims = claims(&desk);
    let check =
        |header: Value, secret: &str| with_secret.check(&signed_as(&header, &claims, secret));
    let right = json!({ "alg": "HS256" });
    assert_eq!(check(right, "another"), Err(PanelRefusal::Signature));
    let own = json!({ "alg": "HS256", "kid": "tieout" });
    assert_eq!(
        check(own, SHARED),
        Err(PanelRefusal::Signature),
        "ours is not shared"
    );
    for alg in ["none", "HS512", "RS256", "hs256", ""] {
        let refusal = check(json!({ "alg": alg }), SHARED);
        assert_eq!(refusal, Err(PanelRefusal::Algorithm), "{alg}");
    }
    let critical = json!({ "alg": "HS256", "crit": ["exp"] });
    assert_eq!(check(critical, SHARED), Err(PanelRefusal::Algorithm));
    let token = signed(&claims, SHARED);
    let (body, _) = token.rsplit_once('.').unwrap();
    assert_eq!(
        with_secret.check(&format!("{body}.")),
        Err(PanelRefusal::Signature)
    );
    for bad in [
        "",
        "a.b.c",
        body,
        &format!("{token}.x"),
        &"x.".repeat(40_000),
    ] {
        assert_eq!(with_secret.check(bad), Err(PanelRefusal::Malformed));
    }
    let without = panels(&desk, None, PanelConfig::default()).await;
    assert_eq!(without.check(&token), Err(PanelRefusal::NoSecret));
    let empty = signed(&claims, "");
    assert_eq!(without.check(&empty), Err(PanelRefusal::NoSecret));
}

#[tokio::test]
async fn a_token_that_lives_long_or_at_another_time_is_refused() {
    let desk = Desk::new();
    let panels = panels(&desk, None, shared()).await;
    let now = desk.now().timestamp();
    for (begins, ends, expected) in [
        (now, now + 900, None),
        (now, now + 901, Some(PanelRefusal::TooLong)),
        (now - 3_600, now + 60, Some(PanelRefusal::TooLong)),
        (i64::MIN, i64::MAX, Some(PanelRefusal::TooLong)),
        (now + 60, now + 600, None),
        (now + 61, now + 600, Some(PanelRefusal::NotYet)),
        (now - 600, now, Some(PanelRefusal::Expired)),
        (now + 60, now, Some(PanelRefusal::Expired)),
    ] {
        let mut claims = claims(&desk);
        claims["iat"] = json!(begins);
        claims["exp"] = json!(ends);
        let outcome = panels.check(&signed(&claims, SHARED));
        assert_eq!(outcome.err(), expected, "{begins} {ends}");
    }
    for (claim, value, expected) in [
        ("iat", Value::Null, PanelRefusal::Undated),
        ("exp", json!("soon"), PanelRefusal::Undated),
        ("nbf", json!(now + 61), PanelRefusal::NotYet),
        ("nbf", json!("soon"), PanelRefusal::NotYet),
        ("aud", json!("tieout"), PanelRefusal::Audience),
        ("aud", Value::Null, PanelRefusal::Audience),
    ] {
        let mut claims = claims(&desk);
        claims[claim] = value;
        assert_eq!(
            panels.check(&signed(&claims, SHARED)),
            Err(expected),
            "{claim}"
        );
    }
}

#[tokio::test]
async fn a_claim_that_is_missing_or_makes_no_sense_is_named() {
    let desk = Desk::new();
    let panels = panels(&desk, None, shared()).await;
    for (claim, value) in [
        ("host", json!("")),
        ("host", Value::Null),
        ("connection", json!(7)),
        ("record", json!("deal")),
        ("record", json!("deal/")),
        ("record", json!("spaceship/7")),
        ("user", json!("17")),
        ("user", json!({ "id": " " })),
        ("user", json!({ "id": "17", "name": "a\nb" })),
        ("user", json!({ "id": "x".repeat(201) })),
        ("can", json!("admin")),
        ("can", Value::Null),
    ] {
        let mut claims = claims(&desk);
        claims[claim] = value;
        let refusal = panels.check(&signed(&claims, SHARED));
        assert_eq!(refusal, Err(PanelRefusal::Claim(claim)));
    }
}

#[tokio::test]
async fn our_own_key_survives_a_restart_sealed() {
    let desk = Desk::new();
    let ring = || KeyRing::parse(&"0123456789abcdef".repeat(4)).unwrap();
    let vault = || Vault::new(Arc::clone(&desk.store) as Arc<dyn Store>, ring());
    let before = panels(&desk, Some(&vault()), PanelConfig::default()).await;
    let (token, _) = before.issue(&grant(PanelRight::Work));
    let after = panels(&desk, Some(&vault()), PanelConfig::default()).await;
    assert_eq!(
        after.check(token.expose_secret()),
        Ok(grant(PanelRight::Work))
    );
    let stranger = panels(&desk, None, PanelConfig::default()).await;
    let refusal = stranger.check(token.expose_secret());
    assert_eq!(refusal, Err(PanelRefusal::Signature));
    // What lies in the store signs nothing.
    let loot = desk.store.loot().await;
    let header = json!({ "alg": "HS256", "kid": "tieout" });
    for word in loot.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)) {
        let forged = signed_as(&header, &claims(&desk), word);
        assert_eq!(after.check(&forged), Err(PanelRefusal::Signature));
    }
}

#[test]
fn a_secret_that_can_be_guessed_is_a_mistake() {
    let config = PanelConfig {
        secret: Some("hunter2".into()),
        former_secret: Some(FORMER.into()),
    };
    let told: Vec<String> = config.mistakes().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("`secret` is too short") && !told[0].contains("hunter2"));
}
