//! How a person consents: what the browser would do, done at once.

use bytes::Bytes;
use http::{Method, Request, header};
use tieout_xero::auth::{Consent, OAuth, TokenSet};
use url::{Url, form_urlencoded};

use crate::books::ORGANISATIONS;
use crate::ground::Ground;

/// Opens the page, ticks both organisations, presses Allow, and comes back with tokens.
pub(super) async fn given(ground: &Ground, oauth: &OAuth) -> Result<TokenSet, String> {
    let (url, consent) = Consent::begin(oauth);
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(url.query_pairs());
    for (_, organisation) in ORGANISATIONS {
        form.append_pair("tenant", &organisation.to_string());
    }
    form.append_pair("decision", "allow");
    let request = Request::builder()
        .method(Method::POST)
        .uri(oauth.endpoints().authorize.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Bytes::from(form.finish()))
        .map_err(|error| error.to_string())?;
    let (response, _, _) = ground
        .sandbox
        .handle(request, ground.time.now())
        .into_parts();
    let location = response.headers().get(header::LOCATION);
    let location = location
        .and_then(|location| location.to_str().ok())
        .unwrap_or_default();
    let location = Url::parse(location).map_err(|_| "the consent was not taken".to_owned())?;
    let query = location.query().unwrap_or_default();
    consent
        .finish(oauth, query)
        .await
        .map_err(|error| error.to_string())
}
