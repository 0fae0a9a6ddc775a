//! Sessions: whom they know, how long they live, what ends them, and what they cost.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tieout_identity::{PersonChange, Refusal, Role, Scope, SessionId, Visitor};

use crate::support::{Desk, operator, refused};

#[tokio::test]
async fn a_cookie_leads_to_its_person_and_no_other_text_does() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Operator).await;
    let signed_in = desk.signed_in(&ann).await;
    let cookie = signed_in.cookie.expose_secret();
    let session = desk.identity.session(cookie).await.unwrap();
    assert_eq!(session.person.id, ann.id);
    assert_eq!(session.csrf_token(), signed_in.session.csrf_token());
    let caller = session.caller();
    assert_eq!(caller.who, ann.actor());
    assert!(caller.may(Scope::Read) && caller.may(Scope::Operate));
    let refusal = caller.demand(Scope::Admin).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::NotAllowed {
            needs: Scope::Admin
        }
    );
    let mut bent = cookie.to_owned();
    bent.replace_range(..1, if cookie.starts_with('A') { "B" } else { "A" });
    for other in ["", "x", &bent, session.id.as_str(), session.csrf_token()] {
        let outcome = desk.identity.session(other).await;
        assert_eq!(refused(outcome.unwrap_err()), Refusal::SessionUnknown);
    }
    assert!(!format!("{signed_in:?} {session:?}").contains(cookie));
}

#[tokio::test]
async fn a_role_that_changes_holds_in_open_sessions_at_once() {
    let desk = Desk::new();
    desk.person("root@acme.test", Role::Admin).await;
    let ann = desk.person("ann@acme.test", Role::Admin).await;
    let signed_in = desk.signed_in(&ann).await;
    let cookie = signed_in.cookie.expose_secret();
    let demote = PersonChange {
        role: Some(Role::Viewer),
        ..PersonChange::default()
    };
    desk.identity
        .change_person(&operator(), ann.id, demote)
        .await
        .unwrap();
    let session = desk.identity.session(cookie).await.unwrap();
    assert!(!session.caller().may(Scope::Operate) && session.caller().may(Scope::Read));
}

#[tokio::test]
async fn who_is_disabled_is_out_at_once_and_stays_out_when_let_in_again() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let signed_in = desk.signed_in(&ann).await;
    desk.identity
        .disable_person(&operator(), ann.id)
        .await
        .unwrap();
    assert_eq!(
        desk.refusal_of(&signed_in).await,
        Some(Refusal::SessionUnknown)
    );
    desk.identity
        .enable_person(&operator(), ann.id)
        .await
        .unwrap();
    assert_eq!(
        desk.refusal_of(&signed_in).await,
        Some(Refusal::SessionUnknown)
    );
}

#[tokio::test]
async fn a_session_that_is_not_used_for_twelve_hours_ends() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let signed_in = desk.signed_in(&ann).await;
    desk.clock.pass(TimeDelta::hours(11));
    assert_eq!(desk.refusal_of(&signed_in).await, None);
    desk.clock.pass(TimeDelta::hours(11));
    assert_eq!(desk.refusal_of(&signed_in).await, None, "it was used");
    desk.clock.pass(TimeDelta::hours(12));
    assert_eq!(
        desk.refusal_of(&signed_in).await,
        Some(Refusal::SessionExpired)
    );
}

#[tokio::test]
async fn a_session_ends_after_seven_days_however_much_it_is_used() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let signed_in = desk.signed_in(&ann).await;
    for _ in 0..27 {
        desk.clock.pass(TimeDelta::hours(6));
        assert_eq!(desk.refusal_of(&signed_in).await, None);
    }
    desk.clock.pass(TimeDelta::hours(6));
    assert_eq!(
        desk.refusal_of(&signed_in).await,
        Some(Refusal::SessionExpired)
    );
}

#[tokio::test]
async fn looking_at_pages_writes_once_in_five_minutes() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let signed_in = desk.signed_in(&ann).await;
    let before = desk.store.commits();
    for _ in 0..290 {
        desk.clock.pass(TimeDelta::seconds(1));
        assert_eq!(desk.refusal_of(&signed_in).await, None);
    }
    assert_eq!(desk.store.commits(), before);
    for _ in 0..300 {
        desk.clock.pass(TimeDelta::seconds(1));
        assert_eq!(desk.refusal_of(&signed_in).await, None);
    }
    assert_eq!(desk.store.commits(), before + 1);
}

#[tokio::test]
async fn a_full_disk_turns_no_reader_away() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let signed_in = desk.signed_in(&ann).await;
    desk.store.fill();
    desk.clock.pass(TimeDelta::hours(1));
    assert_eq!(desk.refusal_of(&signed_in).await, None);
}

#[tokio::test]
async fn a_sign_in_has_a_new_secret_and_ends_the_former_session_of_its_browser() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let bob = desk.person("bob@acme.test", Role::Viewer).await;
    let former = desk.signed_in(&bob).await;
    let link = desk.identity.make_link(&operator(), ann.id).await.unwrap();
    let visitor = Visitor {
        former: Some(former.cookie.expose_secret().to_owned()),
        agent: Some(format!("Mozilla\u{7}/5.0 {}", "x".repeat(500))),
    };
    let token = link.token.expose_secret();
    let signed_in = desk.identity.follow_link(token, &visitor).await.unwrap();
    assert_ne!(
        signed_in.cookie.expose_secret(),
        former.cookie.expose_secret()
    );
    assert_eq!(
        desk.refusal_of(&former).await,
        Some(Refusal::SessionUnknown)
    );
    let lines = desk.identity.sessions(ann.id).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].agent.starts_with("Mozilla/5.0 x") && lines[0].agent.len() == 200);
}

#[tokio::test]
async fn sessions_end_alone_by_signing_out_one_by_one_or_all_at_once() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let bob = desk.person("bob@acme.test", Role::Viewer).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(desk.signed_in(&ann).await);
        desk.clock.pass(TimeDelta::seconds(1));
    }
    let bobs = desk.signed_in(&bob).await;
    let ended = Some(Refusal::SessionUnknown);
    let cookie = open[0].cookie.expose_secret();
    desk.identity.sign_out(cookie).await.unwrap();
    desk.identity.sign_out(cookie).await.unwrap();
    assert_eq!(desk.refusal_of(&open[0]).await, ended);
    let end = async |person, id: &SessionId| {
        desk.identity
            .end_session(&operator(), person, id)
            .await
            .unwrap();
    };
    end(bob.id, &open[1].session.id).await;
    assert_eq!(desk.refusal_of(&open[1]).await, None, "not one of bob's");
    end(ann.id, &open[1].session.id).await;
    assert_eq!(desk.refusal_of(&open[1]).await, ended);
    let count = desk
        .identity
        .end_sessions(&operator(), ann.id)
        .await
        .unwrap();
    assert_eq!(count, 2);
    assert_eq!(desk.refusal_of(&open[2]).await, ended);
    assert_eq!(desk.refusal_of(&open[3]).await, ended);
    assert_eq!(desk.refusal_of(&bobs).await, None);
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_ends_and_expired_ones_leave_the_store() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let mut open = Vec::new();
    for _ in 0..21 {
        open.push(desk.signed_in(&ann).await);
        desk.clock.pass(TimeDelta::seconds(1));
    }
    assert_eq!(
        desk.refusal_of(&open[0]).await,
        Some(Refusal::SessionUnknown)
    );
    assert_eq!(desk.refusal_of(&open[1]).await, None);
    desk.clock.pass(TimeDelta::days(8));
    desk.signed_in(&ann).await;
    let loot = desk.store.loot().await;
    assert_eq!(loot.matches("identity/session/").count(), 1);
}

#[tokio::test]
async fn a_form_belongs_to_its_session_only() {
    let desk = Desk::new();
    let ann = desk.person("ann@acme.test", Role::Viewer).await;
    let (one, other) = (desk.signed_in(&ann).await, desk.signed_in(&ann).await);
    let token = one.session.csrf_token();
    assert_eq!(one.session.check_form(token), Ok(()));
    assert_eq!(other.session.check_form(token), Err(Refusal::FormForeign));
    for bad in [
        "",
        &token[1..],
        &format!("{token}x"),
        one.cookie.expose_secret(),
    ] {
        assert_eq!(one.session.check_form(bad), Err(Refusal::FormForeign));
    }
}
