//! A sign-in at a real product on this machine, where the environment names one: with `TIEOUT_OIDC_ISSUER`,
//! `TIEOUT_OIDC_CLIENT`, `TIEOUT_OIDC_SECRET` and the account `TIEOUT_OIDC_EMAIL`, whose pages are plain forms.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::Utc;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use tieout_core::clock::Clock;
use tieout_core::transport::{Transport, TransportError};
use tieout_identity::{Oidc, OidcConfig, OidcRefusal, Role, SignInConfig, Visitor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::{Url, form_urlencoded};

use crate::support::Desk;

const STEPS_MAX: usize = 20;

/// HTTP/1.0 without TLS: replies end with their connection, and are never in pieces.
struct Plain;

#[async_trait]
impl Transport for Plain {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let address = request.uri().authority().unwrap().as_str().to_owned();
        let target = request.uri().path_and_query().unwrap().as_str();
        let mut head = format!(
            "{} {target} HTTP/1.0\r\nHost: {address}\r\n",
            request.method()
        );
        for (name, value) in request.headers() {
            head += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        head += &format!("content-length: {}\r\n\r\n", request.body().len());
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(request.body()).await.unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await.unwrap();
        let end = reply.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&reply[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let mut told = Response::new(Bytes::copy_from_slice(&reply[end + 4..]));
        *told.status_mut() = status.parse::<StatusCode>().unwrap();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name: HeaderName = name.parse().unwrap();
            told.headers_mut()
                .append(name, HeaderValue::from_str(value).unwrap());
        }
        Ok(told)
    }
}

/// Somebody at a browser who fills in whatever form comes, until they are sent back to us.
async fn browse(mut address: Url, email: &str, back: &Url) -> String {
    let mut cookies = BTreeMap::new();
    let mut form: Option<String> = None;
    for _ in 0..STEPS_MAX {
        if address.as_str().starts_with(back.as_str()) {
            return address.query().unwrap().to_owned();
        }
        let jar: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let method = if form.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let request = Request::builder()
            .method(method)
            .uri(address.as_str())
            .header(header::COOKIE, jar.join("; "))
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form.take().unwrap_or_default()))
            .unwrap();
        let reply = Plain.send(request).await.unwrap();
        for cookie in reply.headers().get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(next) = reply.headers().get(header::LOCATION) {
            address = address.join(next.to_str().unwrap()).unwrap();
        } else {
            let page = String::from_utf8_lossy(reply.body()).into_owned();
            let (action, fields) = filled(&page, email);
            address = address.join(&action).unwrap();
            form = Some(fields);
        }
    }
    panic!("the provider never sent anybody back");
}

/// The first form of a page, filled in.
fn filled(page: &str, email: &str) -> (String, String) {
    let form = page
        .split("<form")
        .nth(1)
        .unwrap_or_else(|| panic!("no form: {page}"));
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let rest = tag.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.replace("&amp;", "&"))
    };
    let mut fields = form_urlencoded::Serializer::new(String::new());
    for tag in form.split("<input").skip(1) {
        let tag = tag.split('>').next().unwrap();
        let Some(name) = attribute(tag, "name") else {
            continue;
        };
        let value = match name.as_str() {
            "login" | "username" | "email" => email.to_owned(),
            "password" => "password".to_owned(),
            _ => attribute(tag, "value").unwrap_or_default(),
        };
        fields.append_pair(&name, &value);
    }
    (
        attribute(form, "action").unwrap_or_default(),
        fields.finish(),
    )
}

fn environment(name: &str) -> Option<String> {
    std::env::var(format!("TIEOUT_OIDC_{name}")).ok()
}

#[tokio::test]
async fn somebody_signs_in_at_a_real_product() {
    let Some(issuer) = environment("ISSUER") else {
        return;
    };
    let email = environment("EMAIL").unwrap();
    let config = serde_json::json!({ "oidc": {
        "issuer": issuer,
        "client_id": environment("CLIENT").unwrap(),
        "client_secret": environment("SECRET"),
    }});
    let config: SignInConfig = serde_json::from_value(config).unwrap();
    assert_eq!(config.mistakes(), []);
    let config: OidcConfig = config.oidc.unwrap();
    let desk = Desk::new();
    desk.clock.pass(Utc::now() - desk.clock.now());
    let public: Url = "https://books.acme.test/tieout".parse().unwrap();
    let identity = Arc::clone(&desk.identity);
    let oidc = Oidc::new(config, &public, identity, Arc::new(Plain)).unwrap();
    let visit = async || {
        let begun = oidc.begin("/findings").await.unwrap();
        let query = browse(begun.address.clone(), &email, oidc.redirect()).await;
        let cookie = secrecy::ExposeSecret::expose_secret(&begun.cookie).to_owned();
        (cookie, query)
    };
    let (cookie, query) = visit().await;
    let stranger = oidc.finish(&cookie, &query, &Visitor::default()).await;
    let refusal = crate::sign_in::refused(stranger);
    assert_eq!(refusal, OidcRefusal::NotInvited(email.parse().unwrap()));
    let person = desk.person(&email, Role::Operator).await;
    let (cookie, query) = visit().await;
    let finished = oidc
        .finish(&cookie, &query, &Visitor::default())
        .await
        .unwrap();
    assert_eq!(finished.signed_in.session.person.id, person.id);
    assert_eq!(finished.return_to, "/findings");
    let again = oidc.finish(&cookie, &query, &Visitor::default()).await;
    assert_eq!(crate::sign_in::refused(again), OidcRefusal::Replayed);
}
