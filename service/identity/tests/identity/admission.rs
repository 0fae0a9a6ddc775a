//! Who comes in by an identity provider: whom an account belongs to, and what the rules make of it.

use serde_json::{Value, json};
use tieout_identity::{
    OidcConfig, OidcRefusal, PersonChange, Refusal, Role, RoleBy, RoleRules, SignInConfig,
};

use crate::sign_in::{Scene, account};
use crate::support::{address, operator};

fn grouped(subject: &str, email: &str, groups: Value) -> Value {
    let mut account = account(subject, email);
    account["groups"] = groups;
    account
}

fn rules(config: &mut OidcConfig) {
    config.roles = RoleRules {
        admin: vec!["tieout-admins".to_owned()],
        operator: vec!["billing".to_owned(), "support".to_owned()],
        ..RoleRules::default()
    };
    config.domains = [("acme.test".to_owned(), Role::Viewer)].into();
}

#[tokio::test]
async fn who_is_not_invited_does_not_come_in() {
    let scene = Scene::new();
    let refusal = scene.refusal(&account("1", "eve@acme.test")).await;
    assert_eq!(refusal, OidcRefusal::NotInvited(address("eve@acme.test")));
    assert!(scene.desk.identity.people().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_that_is_not_verified_opens_nothing_unless_the_provider_is_taken_at_its_word() {
    let scene = Scene::new();
    scene.desk.person("ann@acme.test", Role::Admin).await;
    let ann = address("ann@acme.test");
    for verified in [
        json!(false),
        json!("false"),
        json!(1),
        json!("TRUE"),
        Value::Null,
    ] {
        let claims = json!({ "sub": "1", "email": "ann@acme.test", "email_verified": verified });
        assert_eq!(
            scene.refusal(&claims).await,
            OidcRefusal::Unverified(ann.clone())
        );
    }
    let silent = json!({ "sub": "1", "email": "ann@acme.test" });
    assert_eq!(scene.refusal(&silent).await, OidcRefusal::Unverified(ann));
    for email in ["", "ann", "аnn@acme.test"] {
        let claims = json!({ "sub": "1", "email": email, "email_verified": true });
        assert_eq!(scene.refusal(&claims).await, OidcRefusal::NoEmail);
    }
    let written = json!({ "sub": "1", "email": "Ann@ACME.test", "email_verified": "true" });
    scene.sign_in(&written).await.unwrap();
    let scene = Scene::with(|config| config.unverified_email = true);
    scene.desk.person("ann@acme.test", Role::Admin).await;
    scene.sign_in(&silent).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_given_to_somebody_else_does_not_give_them_the_account() {
    let scene = Scene::new();
    let ann = scene.desk.person("ann@acme.test", Role::Admin).await;
    scene
        .sign_in(&account("old", "ann@acme.test"))
        .await
        .unwrap();
    let refusal = scene.refusal(&account("new", "ann@acme.test")).await;
    assert_eq!(refusal, OidcRefusal::OtherAccount(address("ann@acme.test")));
    // The account stays hers under whatever address the provider gives it.
    let moved = scene
        .sign_in(&account("old", "ann.married@acme.test"))
        .await;
    assert_eq!(moved.unwrap().signed_in.session.person.id, ann.id);
    let unverified = json!({ "sub": "old" });
    let still = scene.sign_in(&unverified).await.unwrap();
    assert_eq!(still.signed_in.session.person.id, ann.id);
    scene
        .desk
        .identity
        .unlink_person(&operator(), ann.id)
        .await
        .unwrap();
    assert_eq!(scene.loot_sessions().await, 0);
    scene
        .sign_in(&account("new", "ann@acme.test"))
        .await
        .unwrap();
    let refusal = scene.refusal(&account("old", "ann@acme.test")).await;
    assert_eq!(refusal, OidcRefusal::OtherAccount(address("ann@acme.test")));
}

#[tokio::test]
async fn who_is_disabled_stays_out_and_is_not_linked() {
    let scene = Scene::with(rules);
    scene.desk.person("root@acme.test", Role::Admin).await;
    let ann = scene.desk.person("ann@acme.test", Role::Admin).await;
    scene
        .desk
        .identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    let claims = grouped("1", "ann@acme.test", json!(["tieout-admins"]));
    let refusal = scene.refusal(&claims).await;
    assert_eq!(refusal, OidcRefusal::Person(Refusal::PersonDisabled));
    let known = scene.desk.identity.person(ann.id).await.unwrap().unwrap();
    assert!(known.subjects.is_empty() && known.disabled());
}

#[tokio::test]
async fn groups_and_domains_let_in_with_the_highest_role_that_they_come_to() {
    for (claims, role) in [
        (account("1", "a@acme.test"), Some(Role::Viewer)),
        (
            grouped("1", "a@acme.test", json!(["x", "support"])),
            Some(Role::Operator),
        ),
        (
            grouped("1", "a@acme.test", json!("tieout-admins")),
            Some(Role::Admin),
        ),
        (
            grouped("1", "a@other.test", json!(["billing", "tieout-admins"])),
            Some(Role::Admin),
        ),
        (
            grouped("1", "a@other.test", json!(["Billing", "bill", 7])),
            None,
        ),
        (grouped("1", "a@sub.acme.test", json!({})), None),
        (account("1", "acme.test@evil.test"), None),
    ] {
        let scene = Scene::with(rules);
        match (scene.sign_in(&claims).await, role) {
            (Ok(finished), Some(role)) => {
                let person = finished.signed_in.session.person;
                assert_eq!(
                    (person.role, person.role_by),
                    (role, RoleBy::Rules),
                    "{claims}"
                );
                assert_eq!(person.name, "Ann Example");
            }
            (Err(_), None) => {}
            (outcome, _) => panic!("{claims}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_domain_counts_for_verified_addresses_only() {
    let scene = Scene::with(rules);
    let claims = json!({ "sub": "1", "email": "a@acme.test" });
    let refusal = scene.refusal(&claims).await;
    assert_eq!(refusal, OidcRefusal::Unverified(address("a@acme.test")));
}

#[tokio::test]
async fn groups_are_found_under_names_with_dots_and_inside_others() {
    for (claim, value) in [
        (
            "https://acme.test/groups",
            json!({ "https://acme.test/groups": ["billing"] }),
        ),
        (
            "realm_access.roles",
            json!({ "realm_access": { "roles": ["billing"] } }),
        ),
    ] {
        let scene = Scene::with(|config| {
            rules(config);
            config.roles.claim = claim.to_owned();
        });
        let mut claims = account("1", "a@other.test");
        claims
            .as_object_mut()
            .unwrap()
            .extend(value.as_object().unwrap().clone());
        let finished = scene.sign_in(&claims).await.unwrap();
        assert_eq!(
            finished.signed_in.session.person.role,
            Role::Operator,
            "{claim}"
        );
    }
}

#[tokio::test]
async fn the_rules_decide_anew_at_each_sign_in_and_end_what_they_no_longer_grant() {
    let scene = Scene::with(|config| {
        rules(config);
        config.domains.clear();
    });
    let claims = |groups| grouped("1", "ann@acme.test", groups);
    let first = scene
        .sign_in(&claims(json!(["tieout-admins"])))
        .await
        .unwrap();
    let second = scene.sign_in(&claims(json!(["support"]))).await.unwrap();
    assert_eq!(second.signed_in.session.person.role, Role::Operator);
    let refusal = scene.refusal(&claims(json!(["nothing"]))).await;
    assert_eq!(refusal, OidcRefusal::NoRole(address("ann@acme.test")));
    for ended in [&first.signed_in, &second.signed_in] {
        assert_eq!(
            scene.desk.refusal_of(ended).await,
            Some(Refusal::SessionUnknown)
        );
    }
    let told: Vec<String> = scene
        .desk
        .identity
        .audit(None, 10)
        .await
        .unwrap()
        .iter()
        .map(|line| format!("{}: {}", line.by, line.act))
        .collect();
    let provider = "the sign-in at https://id.acme.test";
    assert_eq!(
        told,
        [
            format!("{provider}: ended 2 sessions"),
            "ann@acme.test: ann@acme.test signed in by identity provider".to_owned(),
            format!("{provider}: made ann@acme.test operator, who was admin"),
            "ann@acme.test: ann@acme.test signed in by identity provider".to_owned(),
            format!("{provider}: linked ann@acme.test to an account at https://id.acme.test"),
            format!("{provider}: added ann@acme.test as admin"),
        ]
    );
}

#[tokio::test]
async fn a_role_that_somebody_chose_is_not_changed_by_rules() {
    let scene = Scene::with(rules);
    let by_hand = scene.desk.person("ann@acme.test", Role::Operator).await;
    let claims = grouped("1", "ann@acme.test", json!(["tieout-admins"]));
    let finished = scene.sign_in(&claims).await.unwrap();
    assert_eq!(finished.signed_in.session.person.id, by_hand.id);
    assert_eq!(finished.signed_in.session.person.role, Role::Operator);
    let by_rule = scene
        .sign_in(&grouped("2", "bob@acme.test", json!([])))
        .await
        .unwrap();
    let bob = by_rule.signed_in.session.person;
    let chosen = PersonChange {
        role: Some(Role::Admin),
        ..PersonChange::default()
    };
    scene
        .desk
        .identity
        .change_person(&operator(), bob.id, chosen)
        .await
        .unwrap();
    let again = scene
        .sign_in(&grouped("2", "bob@acme.test", json!([])))
        .await
        .unwrap();
    assert_eq!(again.signed_in.session.person.role, Role::Admin);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let told = |oidc: Value| {
        let config: SignInConfig = serde_json::from_value(json!({ "oidc": oidc })).unwrap();
        let told = config.mistakes().into_iter().map(|it| it.key);
        told.collect::<Vec<_>>()
    };
    let with = |key: &str, value: Value| {
        let mut oidc = json!({ "issuer": "https://id.acme.test", "client_id": "x" });
        oidc[key] = value;
        told(oidc)
    };
    assert!(with("name", json!("Acme")).is_empty());
    assert!(with("issuer", json!("http://127.0.0.1:9000/realms/acme")).is_empty());
    for issuer in [
        "http://id.acme.test",
        "id.acme.test",
        "https://a:b@id.test",
        "https://id.test?x",
    ] {
        assert_eq!(with("issuer", json!(issuer)), ["oidc.issuer"], "{issuer}");
    }
    assert_eq!(with("client_id", json!(" ")), ["oidc.client_id"]);
    assert_eq!(with("scopes", json!(["email"])), ["oidc.scopes"]);
    assert_eq!(
        with("domains", json!({ "@acme.test": "viewer" })),
        ["oidc.domains"]
    );
    assert_eq!(with("roles", json!({ "claim": "" })), ["oidc.roles.claim"]);
    let hours = json!({ "idle_h": 0, "session_h": 5_000 });
    let config: SignInConfig = serde_json::from_value(hours).unwrap();
    assert_eq!(config.mistakes().len(), 2);
    let unknown = json!({ "oidc": { "issuer": "x", "client_id": "x", "secret": "x" } });
    assert!(serde_json::from_value::<SignInConfig>(unknown).is_err());
}
