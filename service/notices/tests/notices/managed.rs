//! Groups and endpoints as an operator manages them: checked, kept with who did it, and secrets never in clear.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use tieout_core::engine::Event;
use tieout_notices::{
    DeskError, EmailAddress, EndpointDraft, EndpointId, EventType, Filter, GroupDraft, GroupId,
    Member, ThisMachine, Wants, add_endpoint, add_group, change_endpoint, change_group, endpoints,
    group, groups, remove_group,
};

use crate::receiver::Receiver;
use crate::stage::{ALL, Stage};

fn draft(id: &str, members: &[&str]) -> GroupDraft {
    GroupDraft {
        id: GroupId::new(id).unwrap(),
        name: "Accounts & friends".to_owned(),
        members: members
            .iter()
            .map(|email| Member {
                name: "Ann".to_owned(),
                email: EmailAddress::new(*email).unwrap(),
            })
            .collect(),
        wants: Wants::default(),
        only: Filter::default(),
    }
}

#[tokio::test]
async fn a_group_is_added_changed_and_removed_and_the_journal_says_by_whom() {
    let stage = Stage::empty().await;
    let store = stage.store.as_ref();
    let now = stage.now();
    let added = add_group(store, draft("a", &["ann@x.example"]), "ann", now)
        .await
        .unwrap();
    assert_eq!(
        (added.name.as_str(), added.added_by.as_str()),
        ("Accounts & friends", "ann")
    );
    let taken = add_group(store, draft("a", &["bob@x.example"]), "bob", now).await;
    assert!(matches!(taken, Err(DeskError::Taken { .. })));
    let later = now + TimeDelta::hours(1);
    let changed = change_group(
        store,
        draft("a", &["ann@x.example", "bob@x.example"]),
        "bob",
        later,
    )
    .await
    .unwrap();
    assert_eq!((changed.added_at, changed.changed_at), (now, Some(later)));
    assert_eq!(changed.changed_by.as_deref(), Some("bob"));
    assert_eq!(groups(store).await.unwrap(), [changed]);
    remove_group(store, &added.id, "cy", later).await.unwrap();
    assert!(matches!(
        group(store, &added.id).await,
        Err(DeskError::Unknown { .. })
    ));
    assert!(matches!(
        change_group(store, draft("a", &["ann@x.example"]), "bob", later).await,
        Err(DeskError::Unknown { .. })
    ));
    let pages = store.journal_before(None, 10).await.unwrap();
    let mut acts: Vec<String> = pages
        .iter()
        .rev()
        .flat_map(|page| &page.entries)
        .map(|entry| match &entry.event {
            Event::Operator { action } => action.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        acts,
        [
            "ann added the group a with 1 member",
            "bob changed the group a, which has 2 members now",
            "cy removed the group a",
        ]
    );
    acts.retain(|act| act.contains('@'));
    assert!(acts.is_empty());
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_with_its_field() {
    let stage = Stage::empty().await;
    let store = stage.store.as_ref();
    let refused = async |draft: GroupDraft| match add_group(store, draft, "ann", stage.now()).await
    {
        Err(DeskError::Bad { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(draft("a", &[])).await, "members");
    assert_eq!(
        refused(draft("a", &["A@x.example", "a@x.example"])).await,
        "members"
    );
    let many: Vec<String> = (0..51).map(|id| format!("a{id}@x.example")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(draft("a", &many)).await, "members");
    let named = |name: &str| GroupDraft {
        name: name.to_owned(),
        ..draft("a", &["a@x.example"])
    };
    assert_eq!(
        refused(named("Accounts\r\nBcc: eve@x.example")).await,
        "name"
    );
    assert_eq!(refused(named(&"a".repeat(101))).await, "name");
    let divided = GroupDraft {
        only: Filter {
            divisions: vec!["N\0rth".to_owned()],
            ..Filter::default()
        },
        ..draft("a", &["a@x.example"])
    };
    assert_eq!(refused(divided).await, "divisions");
    assert!(groups(store).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_group_that_is_added_again_knows_nothing_of_the_old_one() {
    let stage = Stage::empty().await;
    let store = stage.store.as_ref();
    stage
        .group("a", &["old@x.example"], ALL, Filter::default())
        .await;
    stage.step().await;
    stage.posts("1").await;
    stage.step().await;
    remove_group(store, &GroupId::new("a").unwrap(), "ann", stage.now())
        .await
        .unwrap();
    stage.pass(TimeDelta::minutes(1));
    stage
        .group("a", &["new@x.example"], ALL, Filter::default())
        .await;
    stage.live(TimeDelta::hours(2)).await;
    assert!(stage.sink.take().is_empty());
}

#[tokio::test]
async fn a_secret_is_shown_once_and_rests_sealed() {
    let (stage, receiver) = (Stage::empty().await, Receiver::start().await);
    let secret = stage.endpoint("erp", &receiver).await;
    let bare = secret
        .expose_secret()
        .strip_prefix("whsec_")
        .unwrap()
        .to_owned();
    assert_eq!(bare.len(), 44);
    for (key, value) in stage.store.records("", 1_000).await.unwrap() {
        let text = String::from_utf8_lossy(&value).into_owned();
        assert!(!text.contains(&bare), "{key}");
    }
}

#[tokio::test]
async fn an_endpoint_that_could_harm_is_refused_with_its_field() {
    let stage = Stage::empty().await;
    let store = stage.store.as_ref();
    let vault = stage.vault();
    let draft = |url: &str| EndpointDraft {
        id: EndpointId::new("erp").unwrap(),
        url: url.parse().unwrap(),
        events: Vec::new(),
        only: Filter::default(),
        groups: Vec::new(),
        disabled: false,
    };
    let refused = async |draft| {
        let machine = ThisMachine::Refused;
        match add_endpoint(store, Some(&vault), draft, machine, "ann", stage.now()).await {
            Err(DeskError::Bad { field, .. }) => field,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("it was added"),
        }
    };
    for url in [
        "http://hooks.example/",
        "https://10.0.0.1/",
        "https://localhost/x",
    ] {
        assert_eq!(refused(draft(url)).await, "url");
    }
    let unknown = EndpointDraft {
        events: vec![EventType::from("document.dropped")],
        ..draft("https://hooks.example/")
    };
    assert_eq!(refused(unknown).await, "events");
    let (machine, now) = (ThisMachine::Refused, stage.now());
    let good = draft("https://hooks.example/");
    assert!(matches!(
        add_endpoint(store, None, good.clone(), machine, "ann", now).await,
        Err(DeskError::NoKey)
    ));
    add_endpoint(store, Some(&vault), good.clone(), machine, "ann", now)
        .await
        .unwrap();
    assert!(matches!(
        add_endpoint(store, Some(&vault), good.clone(), machine, "ann", now).await,
        Err(DeskError::Taken { .. })
    ));
    let off = EndpointDraft {
        disabled: true,
        ..good
    };
    change_endpoint(store, off, machine, "bob", now)
        .await
        .unwrap();
    let known = endpoints(store).await.unwrap();
    assert!(known[0].0.disabled);
    assert_eq!(known[0].0.changed_by.as_deref(), Some("bob"));
}
