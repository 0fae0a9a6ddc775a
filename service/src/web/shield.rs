//! What stands before every page: which names this server answers to, where a change may come from, and what a browser may do.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::front::Front;

/// Nothing but our own files, forms that lead here, and no frame round a page.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Refuses what comes under a foreign name or from a foreign page, and locks down what goes out.
///
/// A page that names its own policy or its own way of being kept keeps them.
pub(super) async fn guard(
    State(front): State<Arc<Front>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match refusal(request.method(), request.headers(), front.public_url()) {
        Some((status, why)) => (status, why).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    let mut set = |name, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CACHE_CONTROL, "no-store");
    response
}

/// Why a request is turned away, if it is.
pub(super) fn refusal(
    method: &Method,
    headers: &HeaderMap,
    public: Option<&Url>,
) -> Option<(StatusCode, &'static str)> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|it: &HeaderValue| it.to_str().ok())
    };
    let host = text(header::HOST).unwrap_or_default();
    // A name that a stranger points at this machine is not ours: else his page could read what stands here.
    if !is_loopback(host) && public.is_none_or(|public| authority(public) != host) {
        return Some((
            StatusCode::MISDIRECTED_REQUEST,
            "This server is reached by the name in `public_url` under [listen] of its configuration.\n",
        ));
    }
    if method == Method::GET || method == Method::HEAD || method == Method::OPTIONS {
        return None;
    }
    let foreign = Some((
        StatusCode::FORBIDDEN,
        "This came from another page, and nothing was done.\n",
    ));
    let fetched_from = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    match (fetched_from, text(header::ORIGIN)) {
        (Some(b"same-origin" | b"none"), _) => None,
        (Some(_), _) => foreign,
        (None, Some(origin)) => {
            let same = Url::parse(origin).is_ok_and(|origin| authority(&origin) == host);
            if same { None } else { foreign }
        }
        // No browser: programs send neither.
        (None, None) => None,
    }
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Whether a name of a host means this machine and nothing else.
pub(super) fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(url::Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &Method, pairs: &[(&'static str, &'static str)]) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let public = Url::parse("https://books.example.com").unwrap();
        refusal(method, &headers, Some(&public)).map(|(status, _)| status)
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in [
            "127.0.0.1:8481",
            "localhost",
            "[::1]:8481",
            "books.example.com",
        ] {
            assert_eq!(asked(&Method::GET, &[("host", host)]), None, "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "",
            "books.example.com:81",
        ] {
            let status = Some(StatusCode::MISDIRECTED_REQUEST);
            assert_eq!(asked(&Method::GET, &[("host", host)]), status, "{host}");
        }
    }

    #[test]
    fn a_change_comes_from_our_own_pages_or_from_no_browser() {
        let host = ("host", "books.example.com");
        let post = |pair| asked(&Method::POST, &[host, pair]);
        assert_eq!(post(("sec-fetch-site", "same-origin")), None);
        assert_eq!(post(("origin", "https://books.example.com")), None);
        assert_eq!(post(("accept", "*/*")), None);
        let refused = Some(StatusCode::FORBIDDEN);
        assert_eq!(post(("sec-fetch-site", "cross-site")), refused);
        assert_eq!(post(("sec-fetch-site", "same-site")), refused);
        assert_eq!(post(("origin", "https://evil.example")), refused);
        assert_eq!(post(("origin", "null")), refused);
    }
}
