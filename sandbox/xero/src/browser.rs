//! A person who opens the consent page, chooses one organisation and allows access, for demos, tests and benches.

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use crate::http_out;
pub use crate::http_out::NoReply;

/// How often a way back is followed, as browsers limit it.
const REDIRECTS_MAX: usize = 3;

/// Why nobody allowed access.
#[derive(Debug, thiserror::Error)]
pub enum NotAllowed {
    /// A page could not be had.
    #[error("{url} gave no reply")]
    NoReply {
        /// Which one.
        url: Url,
        /// Why.
        #[source]
        source: NoReply,
    },
    /// A page answered something else than success.
    #[error("{url} answered {status}")]
    Status {
        /// Which one.
        url: Url,
        /// What it answered.
        status: StatusCode,
    },
    /// The way back leads round and round, or nowhere.
    #[error("the way back from {0} cannot be followed")]
    Lost(Url),
}

/// Opens the consent page at this address, allows access to one organisation and follows the way back to the app, whose
/// answer must be a success too. Plain HTTP only, which is what a sandbox and an app beside it speak.
///
/// # Errors
/// When a page gives no reply or refuses.
pub async fn allow(page: &Url, organisation: Uuid) -> Result<(), NotAllowed> {
    let shown = get(page.clone()).await?;
    let html = String::from_utf8_lossy(shown.body()).into_owned();
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(hidden_fields(&html))
        .append_pair("tenant", &organisation.to_string())
        .append_pair("decision", "allow")
        .finish();
    let mut action = page.clone();
    action.set_query(None);
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let reply = http_out::send(Method::POST, &action, &headers, form.into())
        .await
        .map_err(|source| NotAllowed::NoReply {
            url: bare(&action),
            source,
        })?;
    follow(action, reply).await.map(|_| ())
}

async fn get(url: Url) -> Result<Response<Bytes>, NotAllowed> {
    let reply = request(&url).await?;
    follow(url, reply).await
}

async fn request(url: &Url) -> Result<Response<Bytes>, NotAllowed> {
    http_out::send(Method::GET, url, &[("accept", "text/html")], Bytes::new())
        .await
        .map_err(|source| NotAllowed::NoReply {
            url: bare(url),
            source,
        })
}

/// Follows redirects until a page answers with success.
async fn follow(mut url: Url, mut reply: Response<Bytes>) -> Result<Response<Bytes>, NotAllowed> {
    for _ in 0..=REDIRECTS_MAX {
        let status = reply.status();
        if status.is_success() {
            return Ok(reply);
        }
        if !status.is_redirection() {
            let url = bare(&url);
            return Err(NotAllowed::Status { url, status });
        }
        let next = reply
            .headers()
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|location| url.join(location).ok());
        let Some(next) = next else {
            return Err(NotAllowed::Lost(bare(&url)));
        };
        reply = request(&next).await?;
        url = next;
    }
    Err(NotAllowed::Lost(bare(&url)))
}

/// The address without what stands behind the question mark: codes do not belong into messages.
fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_query(None);
    url
}

/// The hidden fields of the page's form.
fn hidden_fields(html: &str) -> Vec<(String, String)> {
    html.split("<input type=\"hidden\"")
        .skip(1)
        .filter_map(|field| {
            let field = field.split('>').next()?;
            Some((attribute(field, "name")?, attribute(field, "value")?))
        })
        .collect()
}

fn attribute(field: &str, name: &str) -> Option<String> {
    let (_, rest) = field.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}
