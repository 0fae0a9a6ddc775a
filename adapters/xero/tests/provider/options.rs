//! Tracking options that are added to a category: once, and never against Xero's word.

use tieout_core::provider::{
    AccountingProvider, Clerk, ErrorKind, RejectionKind, TrackingCategory, TrackingOption,
};
use tieout_sandbox_xero::{Fault, FaultRule};

use crate::fake::Fake;
use crate::sandboxed::Books;

async fn region(books: &Books) -> TrackingCategory {
    let chart = books.provider.chart().await.unwrap();
    let mut categories = chart.tracking.into_iter();
    categories.find(|it| it.name == "Region").unwrap()
}

async fn make(books: &Books, name: &str) -> TrackingOption {
    let category = region(books).await.id;
    let made = books.provider.make_tracking_option(&category, name).await;
    made.unwrap().unwrap()
}

fn writes(books: &Books) -> usize {
    let asked = books.asked();
    asked.iter().filter(|line| line.starts_with("PUT")).count()
}

#[tokio::test]
async fn an_option_that_is_there_is_found_whatever_its_capitals() {
    let books = Books::open();
    assert_eq!(make(&books, " north ").await.name, "North");
    assert_eq!(writes(&books), 0);
}

#[tokio::test]
async fn an_option_is_made_once_whatever_becomes_of_the_reply() {
    for fault in [
        Fault::LostAfterCommit,
        Fault::LostBeforeCommit,
        Fault::Truncated,
    ] {
        let books = Books::open();
        let category = region(&books).await.id;
        books.fault(FaultRule::once("PUT", "/TrackingCategories", fault));
        let lost = books
            .provider
            .make_tracking_option(&category, "Lunar")
            .await;
        assert_eq!(lost.unwrap_err().kind, ErrorKind::Unsure);
        books.pass(600);
        let made = make(&books, "Lunar").await;
        let shown = region(&books).await.options;
        let lunar: Vec<_> = shown.iter().filter(|it| it.name == "Lunar").collect();
        assert_eq!(lunar, [&made]);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_is_refused_without_a_call() {
    let books = Books::open();
    let category = region(&books).await.id;
    for name in [" ".to_owned(), "x".repeat(101)] {
        let refused = books.provider.make_tracking_option(&category, &name).await;
        assert_eq!(
            refused.unwrap().unwrap_err().kind,
            RejectionKind::Validation
        );
    }
    assert_eq!(make(&books, &"é".repeat(100)).await.name, "é".repeat(100));
    assert_eq!(writes(&books), 1);
}

#[tokio::test]
async fn a_category_that_is_full_or_unknown_is_told_and_never_made() {
    let books = Books::open();
    let category = region(&books).await;
    let active = category.options.iter().filter(|it| it.active).count();
    for number in active..100 {
        make(&books, &format!("Option {number}")).await;
    }
    let full = books
        .provider
        .make_tracking_option(&category.id, "One more");
    let words = full.await.unwrap().unwrap_err().messages;
    assert!(words[0].contains("as many options"), "{words:?}");
    let nowhere = "11111111-2222-4333-8444-555555555555";
    let unknown = books.provider.make_tracking_option(nowhere, "Lunar").await;
    assert_eq!(
        unknown.unwrap().unwrap_err().kind,
        RejectionKind::TrackingInvalid
    );
}

#[tokio::test]
async fn a_scope_that_only_reads_is_told_with_the_one_that_is_needed() {
    let fake = Fake::new();
    fake.answer(200, r#"{"Status":"OK","TrackingCategories":[{"TrackingCategoryID":"c","Name":"Region","Options":[]}]}"#);
    fake.answer(
        403,
        r#"{"Type":null,"Title":"Forbidden","Status":403,"Detail":"AuthorizationUnsuccessful"}"#,
    );
    let refused = fake.provider().make_tracking_option("c", "Lunar").await;
    let refused = refused.unwrap().unwrap_err();
    assert_eq!(refused.kind, RejectionKind::Permission);
    assert!(refused.advice.unwrap().contains("accounting.settings"));
}
