//! What the person in the browser reads after the consent, or after something that is no answer to it.

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// Access was allowed.
    Thanks,
    /// Access was not allowed.
    Refused,
    /// The provider reported a problem, or its answer is not whole.
    Failed,
    /// The request does not carry the state of the consent that is waited for.
    NotTheAnswer,
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>tieout</title>\
<style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1rem;text-align:center;\
color-scheme:light dark}</style>";

impl Page {
    fn status(self) -> &'static str {
        match self {
            Self::Thanks | Self::Refused | Self::Failed => "200 OK",
            Self::NotTheAnswer => "400 Bad Request",
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Thanks => (
                "Thank you",
                "You can close this window and go back to tieout.",
            ),
            Self::Refused => (
                "Nothing was connected",
                "Access was not allowed. You can close this window and go back to tieout.",
            ),
            Self::Failed => (
                "Nothing was connected",
                "The sign-in did not succeed. Go back to tieout: it says why and what to do.",
            ),
            Self::NotTheAnswer => (
                "This is not the answer that tieout waits for",
                "Nothing was connected, and tieout goes on waiting. Open the address that it shows now, and finish in the same window.",
            ),
        }
    }
}

/// The whole HTTP reply with a page. Nothing of the request is in it.
pub(super) fn reply(page: Page) -> String {
    let (title, text) = page.words();
    let body = format!("{HEAD}<h1>{title}</h1><p>{text}</p></html>");
    // The address holds a code: no page to which one goes from here is told of it, and no cache keeps it.
    format!(
        "HTTP/1.1 {}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
         referrer-policy: no-referrer\r\nconnection: close\r\n\r\n{body}",
        page.status(),
        body.len()
    )
}
