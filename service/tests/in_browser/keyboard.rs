//! With the keyboard alone: everything can be reached in the order in which it stands, is seen when it is, and does what it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tieout_browser::{Browser, ENTER, Program, SPACE, Stage, TAB, What, invoice};

use crate::person::program;

/// Everything on a page that the Tab key should reach, in its order, by what it is.
const REACHABLE: &str = r"
const closed = (it) => { for (let at = it.parentElement; at; at = at.parentElement) if (at.matches('details:not([open])') && !it.matches('summary')) return true; return false; };
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')];
return all.filter((it) => it.tabIndex >= 0 && !it.disabled && it.checkVisibility() && !closed(it))
  // Of radio buttons one is reached, and the arrows lead on.
  .filter((it) => it.type !== 'radio' || it.checked)
  .map((it, at) => { it.dataset.order = at; return `${it.tagName} ${it.ariaLabel ?? it.textContent.trim() ?? ''}`; });
";

/// Where the focus is: which of the above, whether its mark can be seen, and whether it is on the screen.
const FOCUSED: &str = r"
const it = document.activeElement;
if (!it || it === document.body) return null;
const { outlineStyle, outlineWidth } = getComputedStyle(it);
const box = it.getBoundingClientRect();
const isOn = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, innerHeight / 2));
const isCovered = at !== null && !it.contains(at) && !at.contains(it) && box.height < innerHeight && at.closest('.stuck') !== null && !it.closest('.stuck');
return { order: Number(it.dataset.order ?? -1), name: `${it.tagName} ${it.type} ${it.name} ${it.textContent.trim().slice(0, 40)}`,
  isMarked: outlineStyle !== 'none' && outlineWidth !== '0px', isOn, isCovered };
";

#[tokio::test(flavor = "multi_thread")]
async fn everything_on_a_page_is_reached_in_its_order_and_seen_when_it_is() {
    let (_stage, serving, browser) = at_the_door().await;
    signs_in(&browser, &serving).await;
    // What comes later would be drawn in between.
    browser.go(&serving.at("/findings")).await;
    browser.says("2 documents").await;
    for path in [
        "/",
        "/findings",
        "/documents",
        "/connections/books/settings",
        "/people",
    ] {
        browser.go(&serving.at(path)).await;
        let reachable = browser.run(REACHABLE, json!([])).await;
        let reachable = reachable.as_array().unwrap();
        assert!(reachable.len() > 10, "{path}: {reachable:?}");
        let mut reached = BTreeSet::new();
        let mut before = -1;
        // One more for the browser's own.
        for _ in 0..=reachable.len() * 4 {
            browser.keys(TAB).await;
            let mut at = browser.run(FOCUSED, json!([])).await;
            if at["order"] == -1 {
                // The page was drawn anew meanwhile: the same things, without their numbers.
                browser.run(REACHABLE, json!([])).await;
                at = browser.run(FOCUSED, json!([])).await;
            }
            if at == Value::Null {
                break;
            }
            let order = at["order"].as_i64().unwrap();
            assert!(
                order >= before,
                "{path}: {at} comes after {}",
                reachable[usize::try_from(before).unwrap()]
            );
            assert_eq!(
                (&at["isMarked"], &at["isOn"], &at["isCovered"]),
                (&json!(true), &json!(true), &json!(false)),
                "{path}: {at}"
            );
            before = order;
            reached.insert(order);
        }
        let missed: Vec<&Value> = (0..)
            .zip(reachable)
            .filter(|(at, _)| !reached.contains(at))
            .map(|(_, it)| it)
            .collect();
        assert!(missed.is_empty(), "{path}: {missed:?} cannot be reached");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_decided_and_mended_without_a_mouse() {
    let (stage, serving, browser) = at_the_door().await;
    signs_in(&browser, &serving).await;
    // Past the menu.
    browser.keys(TAB).await;
    assert_eq!(focused(&browser).await, "Skip to the content");
    browser.keys(ENTER).await;
    assert_eq!(
        browser
            .run("return document.activeElement.id", json!([]))
            .await,
        "main"
    );

    goes_to(&browser, "Findings").await;
    browser.keys(ENTER).await;
    browser.says("2 documents").await;
    goes_to(&browser, "Never send it …").await;
    browser.keys(ENTER).await;
    browser.keys(TAB).await;
    browser.keys("paid in cash").await;
    browser.keys(ENTER).await;
    browser.says("not to be sent").await;

    goes_to(&browser, "Set tax_codes.\"SALE\"").await;
    browser.keys(ENTER).await;
    browser.find(What::Css("select#value")).await;
    goes_to_field(&browser, "value").await;
    browser.keys("OUTPUT").await;
    goes_to(&browser, "Show what that changes").await;
    browser.keys(SPACE).await;
    browser.says("What that lets go").await;
    goes_to(&browser, "Save it").await;
    browser.keys(ENTER).await;
    browser
        .says("is saved, and what waits for it is planned anew")
        .await;
    assert!(stage.read("tieout.toml").contains("\"SALE\" = \"OUTPUT\""));
}

async fn at_the_door() -> (Stage, Program, Browser) {
    let stage = Stage::connected(program()).await;
    stage.hand_over(
        "K",
        &["K-1", "K-2"].map(|id| invoice(id, 1, "SALE", "Banksia")),
    );
    let serving = stage.serve();
    (stage, serving, Browser::open().await)
}

/// The button of the link has the focus: Enter is enough.
async fn signs_in(browser: &Browser, serving: &Program) {
    browser
        .go(&serving.invite("ann@example.com", "admin"))
        .await;
    browser.find(What::Button("Sign in")).await;
    browser.keys(ENTER).await;
    browser.find(What::Button("Sign out")).await;
}

async fn focused(browser: &Browser) -> String {
    let text = browser
        .run(
            "return document.activeElement?.textContent.trim() ?? ''",
            json!([]),
        )
        .await;
    text.as_str().unwrap().to_owned()
}

/// Presses Tab until what has this text has the focus.
async fn goes_to(browser: &Browser, text: &str) {
    for _ in 0..200 {
        browser.keys(TAB).await;
        if focused(browser).await == text {
            return;
        }
    }
    panic!("`{text}` is never reached: {}", browser.text().await);
}

async fn goes_to_field(browser: &Browser, id: &str) {
    for _ in 0..200 {
        browser.keys(TAB).await;
        if browser
            .run("return document.activeElement?.id ?? ''", json!([]))
            .await
            == id
        {
            return;
        }
    }
    panic!("`{id}` is never reached: {}", browser.text().await);
}
