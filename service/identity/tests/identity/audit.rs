//! The audit: everything that is done about people and keys, the newest first, however much there is.

use chrono::TimeDelta;
use tieout_identity::{Act, NewKey, PersonChange, Role, Scope};

use crate::support::{Desk, operator};

async fn told(desk: &Desk) -> Vec<String> {
    let lines = desk.identity.audit(None, 100).await.unwrap();
    lines
        .iter()
        .map(|line| format!("{}: {}", line.by, line.act))
        .collect()
}

#[tokio::test]
async fn every_act_has_a_line_with_who_did_it_the_newest_first() {
    let desk = Desk::new();
    desk.person("root@acme.test", Role::Admin).await;
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    desk.signed_in(&ann).await;
    let change = PersonChange {
        role: Some(Role::Operator),
        name: Some("Ann".to_owned()),
        email: Some("ann.b@acme.test".parse().unwrap()),
    };
    desk.identity
        .change_person(&operator(), ann.id, change.clone())
        .await
        .unwrap();
    desk.identity
        .change_person(&operator(), ann.id, change)
        .await
        .unwrap();
    let key = NewKey {
        name: "billing".to_owned(),
        scopes: [Scope::Operate, Scope::Read].into(),
        expires_at: None,
    };
    let by = desk.identity.person(ann.id).await.unwrap().unwrap().actor();
    let key = desk.identity.add_key(&by, key).await.unwrap().key;
    desk.identity.revoke_key(&by, key.id).await.unwrap();
    desk.identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    desk.identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    let root = "root on the command line";
    let expected = [
        format!("{root}: disabled ann.b@acme.test"),
        "ann.b@acme.test: revoked the key billing".to_owned(),
        "ann.b@acme.test: made the key billing with read, operate".to_owned(),
        format!("{root}: made ann.b@acme.test operator, who was viewer"),
        format!("{root}: changed the name of ann.b@acme.test"),
        format!("{root}: changed the address ann@acme.test to ann.b@acme.test"),
        "ann@acme.test: ann@acme.test signed in by link".to_owned(),
        format!("{root}: made a sign-in link for ann@acme.test"),
        format!("{root}: added ann@acme.test as viewer"),
        format!("{root}: added root@acme.test as admin"),
    ];
    assert_eq!(told(&desk).await, expected);
}

#[tokio::test]
async fn the_whole_audit_can_be_walked_page_by_page() {
    let desk = Desk::new();
    for number in 0..57 {
        desk.person(&format!("p{number}@acme.test"), Role::Viewer)
            .await;
        if number % 3 == 0 {
            desk.clock.pass(TimeDelta::hours(number));
        }
    }
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = desk.identity.audit(before.as_ref(), 10).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id.clone());
        seen.extend(page.into_iter().map(|line| match line.act {
            Act::PersonAdded { email, .. } => email.to_string(),
            other => panic!("{other:?}"),
        }));
    }
    let expected: Vec<String> = (0..57)
        .rev()
        .map(|number| format!("p{number}@acme.test"))
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn lines_keep_their_order_when_the_clock_is_set_back() {
    let desk = Desk::new();
    desk.person("first@acme.test", Role::Viewer).await;
    desk.clock.pass(TimeDelta::hours(-2));
    desk.person("second@acme.test", Role::Viewer).await;
    let told = told(&desk).await;
    assert!(
        told[0].contains("second") && told[1].contains("first"),
        "{told:?}"
    );
}
