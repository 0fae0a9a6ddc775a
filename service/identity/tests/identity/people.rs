//! People: who is one, what they may do, and that somebody can always decide about them.

use tieout_identity::{Email, NewPerson, PersonChange, Refusal, Role, RoleBy, Scope};

use crate::support::{Desk, address, operator, refused};

#[test]
fn an_address_is_one_whatever_its_case_and_nothing_else_passes_for_one() {
    assert_eq!(address(" Ann@Acme.Test "), address("ann@acme.test"));
    assert_eq!(address("a.b+c@x.test").domain(), "x.test");
    for bad in [
        "",
        "ann",
        "@acme.test",
        "ann@",
        "ann@a..b",
        "ann@acme.test.",
        "a b@acme.test",
        "ann@acme.test@evil.test",
        "\"ann@acme.test\"@evil.test",
        "ann@acme.test\u{0}",
        "ann@acme,test",
        "аnn@acme.test",
        &format!("{}@acme.test", "a".repeat(250)),
    ] {
        assert!(bad.parse::<Email>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn people_are_added_changed_and_listed_by_address() {
    let desk = Desk::new();
    let zoe = desk.person("zoe@acme.test", Role::Viewer).await;
    let ann = desk.person("Ann@acme.test", Role::Admin).await;
    assert_eq!(
        (zoe.name.as_str(), zoe.role_by),
        ("zoe@acme.test", RoleBy::Hand)
    );
    let change = PersonChange {
        email: Some(address("zoe.b@acme.test")),
        name: Some(" Zoë B. ".to_owned()),
        role: Some(Role::Operator),
    };
    let zoe = desk
        .identity
        .change_person(&operator(), zoe.id, change)
        .await
        .unwrap();
    assert_eq!(
        (zoe.name.as_str(), zoe.email.as_str(), zoe.role),
        ("Zoë B.", "zoe.b@acme.test", Role::Operator)
    );
    assert_eq!(desk.identity.people().await.unwrap(), [ann, zoe.clone()]);
    let found = async |email: &Email| desk.identity.person_with(email).await.unwrap();
    assert_eq!(found(&address("zoe@acme.test")).await, None);
    assert_eq!(found(&zoe.email).await.as_ref(), Some(&zoe));
}

#[tokio::test]
async fn one_address_is_one_person() {
    let desk = Desk::new();
    desk.person("ann@acme.test", Role::Admin).await;
    let bob = desk.person("bob@acme.test", Role::Viewer).await;
    let again = NewPerson {
        email: address("ANN@acme.test"),
        name: String::new(),
        role: Role::Admin,
    };
    let taken = Refusal::EmailTaken(address("ann@acme.test"));
    let added = desk.identity.add_person(&operator(), again).await;
    assert_eq!(refused(added.unwrap_err()), taken);
    let moved = PersonChange {
        email: Some(address("ann@acme.test")),
        ..PersonChange::default()
    };
    let moved = desk
        .identity
        .change_person(&operator(), bob.id, moved)
        .await;
    assert_eq!(refused(moved.unwrap_err()), taken);
}

#[tokio::test]
async fn names_that_no_page_can_show_are_refused() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Admin).await;
    for name in ["  ", "a\nb", "\u{1b}[31m", &"x".repeat(101)] {
        let change = PersonChange {
            name: Some(name.to_owned()),
            ..PersonChange::default()
        };
        let changed = desk
            .identity
            .change_person(&operator(), ann.id, change)
            .await;
        assert_eq!(refused(changed.unwrap_err()), Refusal::NameUnfit, "{name}");
    }
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Admin).await;
    let bob = desk.person("bob@acme.test", Role::Admin).await;
    let demote = || PersonChange {
        role: Some(Role::Operator),
        ..PersonChange::default()
    };
    desk.identity
        .disable_person(&operator(), bob.id)
        .await
        .unwrap();
    let last = Refusal::LastAdmin(ann.email.clone());
    let disabled = desk.identity.disable_person(&operator(), ann.id).await;
    assert_eq!(refused(disabled.unwrap_err()), last);
    let demoted = desk
        .identity
        .change_person(&operator(), ann.id, demote())
        .await;
    assert_eq!(refused(demoted.unwrap_err()), last);
    desk.identity
        .enable_person(&operator(), bob.id)
        .await
        .unwrap();
    desk.identity
        .change_person(&operator(), ann.id, demote())
        .await
        .unwrap();
}

#[test]
fn each_role_may_what_the_one_before_it_may_and_none_makes_panel_tokens() {
    let scopes = Role::ALL.map(Role::scopes);
    assert!(scopes[0].is_subset(&scopes[1]) && scopes[1].is_subset(&scopes[2]));
    assert!(
        Role::ALL
            .into_iter()
            .all(|role| !role.scopes().contains(&Scope::Panel))
    );
    assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
    for role in Role::ALL {
        assert_eq!(role.word().parse::<Role>(), Ok(role));
    }
    for scope in Scope::ALL {
        assert_eq!(scope.word().parse::<Scope>(), Ok(scope));
    }
}
