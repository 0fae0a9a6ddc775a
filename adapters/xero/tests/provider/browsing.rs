//! What a person is shown: contacts by a part of what they say, invoices and bills of some contacts, and where they open.

use tieout_core::document::{DocumentKind, ProviderContactId, ProviderDocumentId};
use tieout_core::provider::{
    AccountingProvider, Browse, ContactsMeant, DocumentsMeant, ErrorKind, Opened,
};
use tieout_core::settings::CreateStatus;

use crate::postings::{creates, day, posting};
use crate::sandboxed::Books;

fn of(contact: &ProviderContactId) -> DocumentsMeant {
    DocumentsMeant {
        contacts: vec![contact.clone()],
        documents_max: 100,
        ..DocumentsMeant::default()
    }
}

async fn numbers(books: &Books, meant: &DocumentsMeant) -> Vec<String> {
    let found = books.provider.documents(meant).await.unwrap();
    let numbers = found.documents.iter();
    numbers.map(|held| held.number.clone()).collect()
}

#[tokio::test]
async fn contacts_are_found_by_a_part_of_their_name_and_a_merged_one_by_the_one_that_remains() {
    let books = Books::open();
    let tui = books.contact("TM-002");
    let like = |text: &str| ContactsMeant::Like(text.to_owned());
    let found = books.provider.contacts(&like("tui med")).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.clone(), found[0].name.as_str()),
        (tui.clone(), "Tui Medical")
    );
    assert_eq!(
        found[0].email.as_deref(),
        Some("invoices@tuimedical.example")
    );
    assert!(!found[0].archived && !found[0].addresses.is_empty());
    let archived = ContactsMeant::Ids(vec![books.contact("CL-006")]);
    assert!(books.provider.contacts(&archived).await.unwrap()[0].archived);
    assert!(
        books
            .provider
            .contacts(&like("  "))
            .await
            .unwrap()
            .is_empty()
    );
    let nobody = ContactsMeant::Ids(vec![ProviderContactId::new("x").unwrap()]);
    assert!(books.provider.contacts(&nobody).await.unwrap().is_empty());

    let people = books.people();
    people
        .merge_contact(tieout_sandbox_xero::NEW_ZEALAND, "TM-002", "RB-003")
        .unwrap();
    let remains = books.contact("RB-003");
    for asked in [vec![tui.clone()], vec![tui, remains.clone()]] {
        let found = books.provider.contacts(&ContactsMeant::Ids(asked)).await;
        let found: Vec<_> = found.unwrap().into_iter().map(|card| card.id).collect();
        assert_eq!(found, std::slice::from_ref(&remains));
    }
    let gone = books.provider.contacts(&like("tui med")).await.unwrap();
    assert!(gone.is_empty());
}

#[tokio::test]
async fn documents_of_a_contact_come_newest_first_and_a_part_of_a_number_finds_them_between_two_days()
 {
    let books = Books::open();
    let tui = books.contact("TM-002");
    let before = numbers(&books, &of(&tui)).await;
    for (number, at) in [
        ("BR-1", "2026-10-01"),
        ("BR-2", "2026-11-03"),
        ("BR-3", "2026-11-02"),
    ] {
        let mut made = posting(number, &tui, CreateStatus::Authorised);
        made.date = day(at);
        made.due_date = Some(day("2026-12-01"));
        let request = creates(number, &[made]);
        books.provider.send(&request).await.unwrap()[0]
            .as_ref()
            .unwrap();
    }
    let mut shown = numbers(&books, &of(&tui)).await;
    shown.retain(|number| !before.contains(number));
    assert_eq!(shown, ["BR-2", "BR-3", "BR-1"]);

    let like = DocumentsMeant {
        like: Some("br-".to_owned()),
        from: Some(day("2026-11-01")),
        to: Some(day("2026-11-02")),
        documents_max: 10,
        ..DocumentsMeant::default()
    };
    assert_eq!(numbers(&books, &like).await, ["BR-3"]);

    let few = DocumentsMeant {
        documents_max: 2,
        ..of(&tui)
    };
    let found = books.provider.documents(&few).await.unwrap();
    assert!(found.more && found.documents.len() == 2);
    assert!(found.documents[0].lines.is_empty());
    let all = DocumentsMeant::default();
    let refused = books.provider.documents(&all).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Refused);
}

#[tokio::test]
async fn a_link_leads_into_the_organisation_or_there_is_none() {
    let books = Books::open();
    let mut organisation = books.provider.chart().await.unwrap().organisation;
    let id = ProviderDocumentId::new("d-1").unwrap();
    organisation.short_code = Some("!mB&L".to_owned());
    let invoice = Opened::Document(DocumentKind::Invoice, &id);
    let url = books.provider.address(&organisation, &invoice).unwrap();
    assert_eq!(url, "https://go.xero.com/app/%21mB%26L/invoicing/view/d-1");
    organisation.short_code = None;
    assert_eq!(books.provider.address(&organisation, &invoice), None);
}
