//! The way back from the consent: only the right answer ends the wait, and each way to end it says what to do.

use std::net::{SocketAddr, TcpStream};
use std::process::Child;

use tieout_core::store::{SledOptions, SledStore, Store};
use tieout_sandbox_xero::AUSTRALIA;
use url::Url;

use crate::stage::{Stage, decide, text};

/// The redirect URI in the address that a person must open.
fn redirect(page: &str) -> Url {
    let page = Url::parse(page).unwrap();
    let (_, redirect) = page
        .query_pairs()
        .find(|(name, _)| name == "redirect_uri")
        .unwrap();
    Url::parse(&redirect).unwrap()
}

fn state(page: &str) -> String {
    let page = Url::parse(page).unwrap();
    let (_, state) = page
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap();
    state.into_owned()
}

async fn ask(method: reqwest::Method, url: &str) -> (u16, String) {
    let reply = reqwest::Client::new()
        .request(method, url)
        .send()
        .await
        .unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

fn end(child: Child) -> (Option<i32>, String) {
    let output = tokio::task::block_in_place(|| child.wait_with_output().unwrap());
    (output.status.code(), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_the_right_state_is_told_so_and_the_wait_goes_on() {
    let stage = Stage::set().await;
    let (mut child, page) = stage.begin_connect(&["connect", "books"]);
    let (back, right) = (redirect(&page), state(&page));
    // A browser opens sockets ahead and says nothing on them.
    let address = SocketAddr::from(([127, 0, 0, 1], back.port().unwrap()));
    let silent: Vec<TcpStream> = (0..8)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let get = reqwest::Method::GET;
    for (method, url) in [
        (get.clone(), back.to_string()),
        (get.clone(), format!("{back}?code=stolen&state=")),
        (get.clone(), format!("{back}?code=stolen&state=wrong")),
        (get.clone(), format!("{back}?code=stolen&state={right}x")),
        (get.clone(), format!("{back}?error=access_denied")),
        (
            get.clone(),
            format!("{back}?error=access_denied&state=wrong"),
        ),
        (get.clone(), back.join("/favicon.ico").unwrap().to_string()),
        (
            get,
            format!("{}?code=x&state={right}", back.join("/elsewhere").unwrap()),
        ),
        (
            reqwest::Method::POST,
            format!("{back}?code=x&state={right}"),
        ),
    ] {
        let (status, told) = ask(method, &url).await;
        assert_eq!(status, 400, "{url}");
        assert!(
            told.contains("not the answer that tieout waits for"),
            "{url} {told}"
        );
        assert!(!told.contains("stolen"), "{told}");
        assert_eq!(child.try_wait().unwrap(), None, "{url}");
    }
    let told = decide(&page, AUSTRALIA, "allow").await;
    assert!(told.contains("Thank you"), "{told}");
    drop(silent);
    assert_eq!(end(child), (Some(0), String::new()));
    let known = stage.json(0, &["status"]);
    assert_eq!(
        known["connections"]["books"]["organisation"],
        "Wattle & Finch Pty Ltd"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_consent_ends_with_what_to_do_and_connects_nothing() {
    let stage = Stage::set().await;
    let (child, page) = stage.begin_connect(&["connect", "books"]);
    let told = decide(&page, AUSTRALIA, "cancel").await;
    assert!(told.contains("Access was not allowed"), "{told}");
    let (code, said) = end(child);
    assert_eq!(code, Some(1), "{said}");
    for wanted in [
        "error: the consent was refused",
        "Nothing was connected; begin again and choose Allow.",
    ] {
        assert!(said.contains(wanted), "wanted {wanted}\n{said}");
    }
    let store = SledStore::open(stage.path("store"), SledOptions::default()).unwrap();
    for kept in ["grant/", "connection/"] {
        assert_eq!(store.records(kept, 10).await.unwrap(), [], "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_failed_at_the_provider_does_not_thank_anybody() {
    let stage = Stage::set().await;
    for (answer, wanted) in [("error=server_error", "server_error"), ("code=", "code")] {
        let (child, page) = stage.begin_connect(&["connect", "books"]);
        let url = format!("{}?{answer}&state={}", redirect(&page), state(&page));
        let (status, told) = ask(reqwest::Method::GET, &url).await;
        assert_eq!(status, 200);
        assert!(told.contains("The sign-in did not succeed"), "{told}");
        let (code, said) = end(child);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_that_nobody_answers_ends_after_the_time_given() {
    let stage = Stage::set().await;
    let told = stage.must(1, &["connect", "books", "--wait-s", "1"]);
    assert!(
        told.contains("nobody answered the consent in 1 s"),
        "{told}"
    );
    assert!(told.contains("--wait-s gives more time"), "{told}");
}
