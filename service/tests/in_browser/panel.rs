//! The panel in the page of a product at another origin: what it shows, what is done in it, and who may do nothing.

use tieout_browser::{Browser, Colours, Product, Screen, Vendor, What};

use crate::person::{program, until};

const DEAL: (&str, &str) = ("opportunity", "36100");
const COMPANY: (&str, &str) = ("company", "147000");
const OTHER: (&str, &str) = ("company", "147001");

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_made_of_an_opportunity_and_everything_beside_it_is_done_in_the_panel() {
    let vendor = Vendor::set(program(), Product::Insightly).await;
    let browser = Browser::open().await;
    vendor.shows(&browser, DEAL, "work").await;
    a_draft_is_made_once(&vendor, &browser).await;
    each_view_shows_what_it_says(&browser).await;
    a_document_is_pinned_and_unpinned(&browser).await;
    it_is_for_everybody(&vendor, &browser).await;

    vendor.shows(&browser, COMPANY, "work").await;
    a_contact_is_unlinked_found_and_linked(&browser).await;
    details_are_copied(&browser).await;
    vendor.shows(&browser, OTHER, "work").await;
    a_document_is_linked_and_unlinked(&browser).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

async fn a_draft_is_made_once(vendor: &Vendor, browser: &Browser) {
    browser.says("No document is in this view.").await;
    browser.press(What::Button("Draft an invoice")).await;
    browser.press(What::Button("Make the draft")).await;
    browser.says("The draft is on its way.").await;
    until("the draft is in the books", || {
        vendor.stage.booked("OPP-36100") == 1
    })
    .await;
    // The panel hears of it by itself.
    browser.press(What::Button("All")).await;
    browser.find(What::Button("Pin OPP-36100")).await;
    browser.press(What::Button("Draft an invoice")).await;
    browser.press(What::Button("Make the draft")).await;
    browser.says("The draft is on its way.").await;
    assert_eq!(vendor.stage.booked("OPP-"), 1, "it is made once");
}

async fn each_view_shows_what_it_says(browser: &Browser) {
    for (view, has_it) in [
        ("Open", false),
        ("Overdue", false),
        ("Paid", false),
        ("Pinned", false),
        ("All", true),
    ] {
        browser.press(What::Button(view)).await;
        let pressed = format!("[data-key=view-{}][aria-pressed=true]", view.to_lowercase());
        browser.find(What::Css(&pressed)).await;
        browser.find(What::Css("section:not([aria-busy])")).await;
        assert_eq!(
            browser.has(What::Button("Pin OPP-36100")).await,
            has_it,
            "{view}: {}",
            browser.text().await
        );
    }
    browser.press(What::Button("Search and dates")).await;
    browser
        .fill(What::Field("Number"), "nothing-like-it\t")
        .await;
    browser.says("No document is in this view.").await;
    browser.fill(What::Field("Number"), "36100\t").await;
    browser.find(What::Button("Pin OPP-36100")).await;
    browser.fill(What::Field("Number"), "\t").await;
}

async fn a_document_is_pinned_and_unpinned(browser: &Browser) {
    browser.press(What::Button("Pin OPP-36100")).await;
    browser.says("OPP-36100 is pinned.").await;
    browser.press(What::Button("Pinned")).await;
    browser.press(What::Button("Unpin OPP-36100")).await;
    browser.says("Nothing is pinned here.").await;
    browser.press(What::Button("All")).await;
    browser.find(What::Button("Pin OPP-36100")).await;
}

/// In the light and in the dark, on a desk and on a phone.
async fn it_is_for_everybody(vendor: &Vendor, browser: &Browser) {
    for (screen, colours) in [
        (Screen::Desk, Colours::Light),
        (Screen::Phone, Colours::Dark),
    ] {
        browser.wear(screen, colours).await;
        vendor.shows(browser, DEAL, "work").await;
        browser.press(What::Button("All")).await;
        browser.find(What::Button("Pin OPP-36100")).await;
        for opened in ["Draft an invoice", "Find and link"] {
            browser.press(What::Button(opened)).await;
            browser.find(What::Css("[part=task]")).await;
            browser.find(What::Css("section:not([aria-busy])")).await;
            assert_eq!(
                browser.care().await.wrong,
                Vec::<String>::new(),
                "{screen:?} {colours:?} {opened}"
            );
            browser.press(What::Button("Cancel")).await;
        }
    }
    browser.wear(Screen::Desk, Colours::Light).await;
}

async fn a_contact_is_unlinked_found_and_linked(browser: &Browser) {
    browser.says("Bellbird Architects Pty Ltd").await;
    browser.press(What::Button("Unlink the contact")).await;
    browser
        .says("was unlinked by hand, and is not matched by itself.")
        .await;
    browser
        .fill(What::Field("Name of the contact"), "Bellbird")
        .await;
    browser.press(What::Button("Search contacts")).await;
    browser
        .press(What::Button("Bellbird Architects Pty Ltd"))
        .await;
    browser.says("Linked to Bellbird Architects Pty Ltd.").await;
    browser.says("Lifetime value").await;
}

async fn details_are_copied(browser: &Browser) {
    browser.press(What::Button("Copy details")).await;
    browser
        .press(What::Button("To the contact in the books"))
        .await;
    browser.find(What::Button("Done")).await;
    let text = browser.text().await;
    assert!(
        text.contains("Copied: ") || text.contains("Nothing was missing there."),
        "{text}"
    );
    browser.press(What::Button("Done")).await;
    browser.find(What::Button("Copy details")).await;
}

async fn a_document_is_linked_and_unlinked(browser: &Browser) {
    browser.press(What::Button("Find and link")).await;
    browser
        .fill(What::Field("Number or reference, or a part"), "36100")
        .await;
    browser.press(What::Button("Find")).await;
    browser.press(What::Button("Link OPP-36100")).await;
    browser.says("OPP-36100 is linked.").await;
    browser.press(What::Button("All")).await;
    browser.press(What::Button("Unlink OPP-36100")).await;
    browser.says("OPP-36100 is unlinked.").await;
    browser.says_no_more("Unlink OPP-36100").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_is_offered_nothing_and_a_token_that_does_not_hold_is_replaced() {
    let vendor = Vendor::set(program(), Product::Insightly).await;
    let browser = Browser::open().await;
    vendor.shows(&browser, COMPANY, "view").await;
    browser
        .says("Bellbird Architects Pty Ltd is no customer in the books yet.")
        .await;
    for deed in [
        "Draft an invoice",
        "Find and link",
        "Search contacts",
        "Create the contact",
    ] {
        assert!(!browser.has(What::Button(deed)).await, "{deed}");
    }
    assert_eq!(browser.complaints().await, Vec::<String>::new());

    // A token that somebody bent is refused; the page is asked for another one, and the panel goes on.
    let good = vendor.token(DEAL, "work").await;
    let (body, _) = good.rsplit_once('.').unwrap();
    vendor.hands_out(&format!("{body}.AAAA"), &good);
    for order in ["/record", "/record?late"] {
        browser.go(&format!("{}{order}", vendor.base)).await;
        browser.find(What::Button("Draft an invoice")).await;
    }
    let complained = browser.complaints().await;
    assert!(
        complained.iter().all(|line| line.contains("401")),
        "{complained:?}"
    );

    // In a frame it shows itself inside the origins that are named, and in no other.
    vendor.hands_out(&good, "");
    browser.go(&format!("{}/framed", vendor.base)).await;
    browser.into_frame().await;
    browser.find(What::Button("Draft an invoice")).await;
    let foreign = vendor.base.replace("127.0.0.1", "localhost");
    browser.go(&format!("{foreign}/framed")).await;
    let complained = browser.complaints().await;
    assert!(
        complained
            .iter()
            .any(|line| line.contains("frame-ancestors")),
        "{complained:?}"
    );
    // Nor may its pages ask.
    browser.go(&format!("{foreign}/record")).await;
    browser.says("The server could not be reached.").await;
}
