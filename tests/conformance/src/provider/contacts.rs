//! What resolving contacts promises: found before made, made once, and never guessed.

use tieout_core::document::ProviderContactId;
use tieout_core::provider::{ContactAnswer, ContactWanted, MatchedBy};

use super::acts::{backstage, goes_wrong, resolve};
use super::stage::{Act, At, Stage, Trouble};

/// By its number, whatever it is called now; by its name, when the number is another.
pub async fn a_contact_is_found_before_it_is_made(stage: &dyn Stage) {
    let wanted = numbered(stage, "Found", "n-1");
    let id = made(&resolve(stage, &wanted).await);
    let renamed = ContactWanted {
        name: stage.number("Called otherwise"),
        ..wanted.clone()
    };
    assert_eq!(
        resolve(stage, &renamed).await,
        found(&id, MatchedBy::Number)
    );
    let spelled = ContactWanted {
        name: wanted.name.to_uppercase(),
        ..self::wanted(stage, "Found")
    };
    assert_eq!(resolve(stage, &spelled).await, found(&id, MatchedBy::Name));
}

/// However often it is asked for.
pub async fn a_contact_is_made_once_under_repetition(stage: &dyn Stage) {
    let wanted = numbered(stage, "Once", "n-2");
    let id = made(&resolve(stage, &wanted).await);
    for _ in 0..3 {
        let ContactAnswer::Found { id: again, .. } = resolve(stage, &wanted).await else {
            panic!("a contact that was made is found");
        };
        assert_eq!(again, id);
    }
}

/// Two parties of one name in one question share the contact that is made.
pub async fn two_of_one_name_become_one_contact(stage: &dyn Stage) {
    let first = wanted(stage, "Twins");
    let second = ContactWanted {
        name: first.name.to_uppercase(),
        ..first.clone()
    };
    let answers = stage.provider().resolve_contacts(&[first, second]).await;
    let answers = answers.expect("contacts are resolved");
    let ids: Vec<ProviderContactId> = answers.iter().map(id_of).collect();
    assert_eq!(ids[0], ids[1]);
}

/// Few or many, known or not.
pub async fn answers_come_in_the_order_of_the_questions(stage: &dyn Stage) {
    let one = wanted(stage, "Order one");
    let two = wanted(stage, "Order two");
    let (first, second) = (
        made(&resolve(stage, &one).await),
        made(&resolve(stage, &two).await),
    );
    let nobody = ContactWanted {
        create_missing: false,
        ..wanted(stage, "Zzyzx")
    };
    let mut asked = vec![two.clone(), nobody, one.clone(), two];
    for _ in 0..2 {
        let answers = stage.provider().resolve_contacts(&asked).await;
        let answers = answers.expect("contacts are resolved");
        assert_eq!(answers.len(), asked.len());
        assert_eq!(answers[0], found(&second, MatchedBy::Name));
        assert!(matches!(answers[1], ContactAnswer::Missing { .. }));
        assert_eq!(answers[2], found(&first, MatchedBy::Name));
        assert_eq!(answers[3], answers[0]);
        // Many are looked for in another way than few.
        asked.extend((0..20).map(|_| one.clone()));
    }
    let none = stage.provider().resolve_contacts(&[]).await;
    assert_eq!(none.expect("nothing is asked"), []);
}

/// And is missing the next time as well.
pub async fn nobody_is_made_who_was_not_to_be_made(stage: &dyn Stage) {
    let wanted = ContactWanted {
        create_missing: false,
        ..wanted(stage, "Missing")
    };
    for _ in 0..2 {
        let answer = resolve(stage, &wanted).await;
        assert!(
            matches!(answer, ContactAnswer::Missing { .. }),
            "{answer:?}"
        );
    }
}

/// An address that two have names nobody.
pub async fn an_email_counts_when_one_contact_alone_has_it(stage: &dyn Stage) {
    let email = format!("{}@example.org", stage.number("mail").to_lowercase());
    let of = |name: &str| ContactWanted {
        email: Some(email.clone()),
        ..wanted(stage, name)
    };
    let id = made(&resolve(stage, &of("Mail owner")).await);
    let stranger = ContactWanted {
        create_missing: false,
        ..of("Quite unlike it")
    };
    assert_eq!(
        resolve(stage, &stranger).await,
        found(&id, MatchedBy::Email)
    );
}

/// A contact that was put away is told with its name, and none is made in its place.
pub async fn an_archived_contact_is_told_as_archived(stage: &dyn Stage) {
    let wanted = numbered(stage, "Archived", "n-3");
    let id = made(&resolve(stage, &wanted).await);
    backstage(stage).person(Act::ArchiveContact(&id));
    for _ in 0..2 {
        match resolve(stage, &wanted).await {
            ContactAnswer::Archived { contact } => {
                assert_eq!(
                    (contact.id, contact.name),
                    (id.clone(), wanted.name.clone())
                );
            }
            answer => panic!("{answer:?}"),
        }
    }
}

/// To the one that remains.
pub async fn a_merged_contact_is_followed(stage: &dyn Stage) {
    let (gone, kept) = (
        numbered(stage, "Merged", "n-4"),
        numbered(stage, "Kept", "n-5"),
    );
    let id = made(&resolve(stage, &kept).await);
    let merged = made(&resolve(stage, &gone).await);
    backstage(stage).person(Act::MergeContacts(&merged, &id));
    assert_eq!(id_of(&resolve(stage, &gone).await), id);
}

/// The repeat finds it, or makes it; there is one contact of the name in the end.
pub async fn a_lost_reply_makes_no_contact_twice(stage: &dyn Stage) {
    let troubles = [
        Trouble::LostBefore,
        Trouble::LostAfter,
        Trouble::FailedAfter,
        Trouble::CutShort,
        Trouble::Garbled,
    ];
    for trouble in troubles {
        let wanted = wanted(stage, &format!("{trouble:?}"));
        if !goes_wrong(stage, trouble, At::MakeContacts) {
            continue;
        }
        let lost = stage
            .provider()
            .resolve_contacts(std::slice::from_ref(&wanted))
            .await;
        lost.expect_err("the reply is lost");
        let id = id_of(&resolve(stage, &wanted).await);
        assert_eq!(resolve(stage, &wanted).await, found(&id, MatchedBy::Name));
    }
}

fn wanted(stage: &dyn Stage, name: &str) -> ContactWanted {
    ContactWanted {
        number: None,
        name: stage.number(name),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: None,
        create_missing: true,
    }
}

fn numbered(stage: &dyn Stage, name: &str, number: &str) -> ContactWanted {
    ContactWanted {
        number: Some(stage.number(number)),
        ..wanted(stage, name)
    }
}

fn made(answer: &ContactAnswer) -> ProviderContactId {
    match answer {
        ContactAnswer::Found {
            id,
            by: MatchedBy::Created,
        } => id.clone(),
        answer => panic!("nobody had the name: {answer:?}"),
    }
}

fn id_of(answer: &ContactAnswer) -> ProviderContactId {
    match answer {
        ContactAnswer::Found { id, .. } => id.clone(),
        answer => panic!("{answer:?}"),
    }
}

fn found(id: &ProviderContactId, by: MatchedBy) -> ContactAnswer {
    ContactAnswer::Found { id: id.clone(), by }
}
