//! The panel in the page of a product at another origin: what it shows, what is done in it, and who may do nothing.

use chrono::{TimeDelta, Utc};
use serde_json::json;
use tieout_browser::{Browser, Colours, ORGANISATION, Product, Screen, Vendor, What};

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

/// An account of Freshsales that the books know by its name, a person of it whom they do not know, and its deal.
const ACCOUNT: (&str, &str) = ("company", "70000123001");
const PERSON: (&str, &str) = ("contact", "70000124001");
const SOLD: (&str, &str) = ("deal", "70000125001");

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_owes_is_found_by_view_box_number_and_date_and_its_deal_shows_it_too() {
    let vendor = Vendor::set(program(), Product::Freshsales).await;
    people_write_invoices(&vendor);
    let browser = Browser::open().await;
    vendor.shows(&browser, ACCOUNT, "work").await;
    browser.says("Quarry Lane Brewing Co").await;
    // What is open, the newest first, and the way into the books.
    shows_just(&browser, &["INV-7003", "INV-7002"]).await;
    let address = shown(&browser, "tbody th a", "href").await.remove(0);
    assert!(address.starts_with("https://go.xero.com/"), "{address}");
    for (view, numbers) in [
        ("Overdue", ["INV-7001"].as_slice()),
        ("Unpaid", &["INV-7003", "INV-7002", "INV-7001"]),
        ("Paid", &["INV-7000"]),
        ("All", &["INV-7003", "INV-7002", "INV-7001", "INV-7000"]),
    ] {
        browser.press(What::Button(view)).await;
        shows_just(&browser, numbers).await;
    }
    it_is_paid_in_instalments(&browser).await;
    // A box is the way to what it sums.
    browser.says("330.00").await;
    browser.press(What::Css("[data-key^=box-paid]")).await;
    shows_just(&browser, &["INV-7000"]).await;
    browser.press(What::Css("[data-key^=box-unpaid]")).await;
    shows_just(&browser, &["INV-7003", "INV-7002", "INV-7001"]).await;

    browser.press(What::Button("Search and dates")).await;
    browser.fill(What::Field("Number"), "7002\t").await;
    shows_just(&browser, &["INV-7002"]).await;
    browser.press(What::Button("Pin INV-7002")).await;
    browser.says("INV-7002 is pinned.").await;
    browser.fill(What::Field("Number"), "\t").await;
    dated_from(&browser, 2).await;
    shows_just(&browser, &["INV-7003"]).await;

    // The pin belongs to the account; the deal shows the same documents.
    vendor.shows(&browser, SOLD, "work").await;
    shows_just(&browser, &["INV-7003", "INV-7002"]).await;
    browser.press(What::Button("Pinned")).await;
    browser.says("Nothing is pinned here.").await;
    vendor.shows(&browser, PERSON, "work").await;
    browser
        .says("Tobin Hart is no customer in the books yet.")
        .await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// One that is paid in two instalments, one that is overdue, and two that are open; each is of 110.00.
fn people_write_invoices(vendor: &Vendor) {
    let now = Utc::now();
    let day = |days: i64| (now + TimeDelta::days(days)).date_naive();
    let people = vendor.stage.sandbox.sandbox.people(now);
    for (number, date, due) in [
        ("INV-7000", -60, -40),
        ("INV-7001", -30, -10),
        ("INV-7002", -5, 9),
        ("INV-7003", -1, 13),
    ] {
        let invoice = json!({
            "Type": "ACCREC", "InvoiceNumber": number, "Contact": { "Name": "Quarry Lane Brewing Co" },
            "Date": day(date), "DueDate": day(due), "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
            "LineItems": [{ "Description": "Barrels", "Quantity": 1, "UnitAmount": "100.00", "AccountCode": "200", "TaxType": "OUTPUT" }]
        });
        let invoice = serde_json::from_value(invoice).unwrap();
        people.write_invoice(ORGANISATION, &invoice).unwrap();
    }
    for (amount, date) in [(Some(40.into()), -50), (None, -45)] {
        people
            .pay(ORGANISATION, "INV-7000", amount, Some(day(date)))
            .unwrap();
    }
}

async fn it_is_paid_in_instalments(browser: &Browser) {
    browser.press(What::Css("[data-key^=parts-head]")).await;
    browser.says("40.00").await;
    browser.says("70.00").await;
    let parts = shown(browser, "tbody details li", "textContent").await;
    assert_eq!(parts.len(), 2, "{parts:?}");
}

/// Waits until the panel shows these documents, in this order.
async fn shows_just(browser: &Browser, numbers: &[&str]) {
    browser.find(What::Css("section:not([aria-busy])")).await;
    assert_eq!(shown(browser, "tbody th", "innerText").await, numbers);
}

/// Asks for what is dated so many days ago or later.
async fn dated_from(browser: &Browser, days: i64) {
    let day = (Utc::now() - TimeDelta::days(days)).date_naive();
    let script = "const field = document.querySelector('tieout-panel').shadowRoot.querySelector('[data-key=from]');\
                  field.value = arguments[0]; field.dispatchEvent(new Event('change'));";
    browser.run(script, json!([day])).await;
}

/// What a property says of everything in the panel that a selector fits.
async fn shown(browser: &Browser, selector: &str, property: &str) -> Vec<String> {
    let script = "return [...document.querySelector('tieout-panel').shadowRoot.querySelectorAll(arguments[0])].map((it) => it[arguments[1]]);";
    let told = browser.run(script, json!([selector, property])).await;
    serde_json::from_value(told).unwrap()
}
