//! How the answer of the consent is received: on loopback, and only the request that carries its state ends the wait.

use std::net::SocketAddr;
use std::time::Duration;

use tieout_xero::auth::Consent;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use url::{Url, form_urlencoded};

use super::page::{Page, reply};
use crate::exit::Failure;

/// Waits for the browser at the redirect URI.
pub(super) struct Listener {
    sockets: Vec<TcpListener>,
    path: String,
}

/// A request that was read to the end of its head.
struct Request {
    stream: TcpStream,
    /// What follows the `?` of a `GET`; `None` for a request that cannot be an answer.
    query: Option<String>,
}

/// Bytes of a request that are read.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
/// How long one request may take to arrive, and its reply to leave.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(5);
/// Requests that are read at the same time. A browser opens sockets ahead and says nothing on them.
const REQUESTS_MAX: usize = 64;
/// How long to rest after the system gave no socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

impl Listener {
    /// Listens where the redirect URI points to. Only loopback addresses can be listened at.
    pub(super) async fn bind(redirect: &Url) -> Result<Self, Failure> {
        let host = redirect.host_str().unwrap_or_default();
        if !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
            return Err(Failure::config(format!(
                "redirect_uri {redirect} does not lead to this machine"
            ))
            .advise("Use http://localhost:PORT/... here and in the app's settings at Xero."));
        }
        let port = redirect.port_or_known_default().unwrap_or(80);
        let mut sockets = Vec::new();
        for address in [
            SocketAddr::from(([127, 0, 0, 1], port)),
            SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], port)),
        ] {
            match TcpListener::bind(address).await {
                Ok(socket) => sockets.push(socket),
                // A machine without IPv6 is fine; a port that is taken is not.
                Err(_) if address.is_ipv6() => {}
                Err(error) => {
                    return Err(Failure::new(format!("cannot listen at {redirect}: {error}"))
                        .advise("Stop what uses that port, or choose another one in redirect_uri and at Xero."));
                }
            }
        }
        Ok(Self {
            sockets,
            path: redirect.path().to_owned(),
        })
    }

    /// The query of the request that carries the consent's state, whether it allows or refuses access.
    ///
    /// Every other request gets a page that says so, with status 400, and the wait goes on.
    pub(super) async fn callback(
        &self,
        consent: &Consent,
        wait: Duration,
    ) -> Result<String, Failure> {
        tokio::time::timeout(wait, self.answer(consent))
            .await
            .map_err(|_| {
                Failure::new(format!(
                    "nobody answered the consent in {} s",
                    wait.as_secs()
                ))
                .advise("Nothing was connected. Run the command again and open the address that it shows; --wait-s gives more time.")
            })
    }

    async fn answer(&self, consent: &Consent) -> String {
        let mut at_work = JoinSet::new();
        loop {
            let request = tokio::select! {
                stream = self.accept(), if at_work.len() < REQUESTS_MAX => {
                    at_work.spawn(receive(stream, self.path.clone()));
                    continue;
                }
                Some(ended) = at_work.join_next() => ended.ok().flatten(),
            };
            let Some(Request { stream, query }) = request else {
                continue;
            };
            match query.filter(|query| consent.is_answered_by(query)) {
                Some(query) => {
                    send(stream, page_of(&query)).await;
                    return query;
                }
                None => {
                    at_work.spawn(async move {
                        send(stream, Page::NotTheAnswer).await;
                        None
                    });
                }
            }
        }
    }

    async fn accept(&self) -> TcpStream {
        loop {
            let accepted = match self.sockets.as_slice() {
                [one, other] => tokio::select! { a = one.accept() => a, b = other.accept() => b },
                sockets => match sockets.first() {
                    Some(one) => one.accept().await,
                    None => std::future::pending().await,
                },
            };
            match accepted {
                Ok((stream, _)) => return stream,
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

/// Reads the head of a request; `None` when it does not arrive whole.
async fn receive(mut stream: TcpStream, path: String) -> Option<Request> {
    let head = tokio::time::timeout(REQUEST_TIME_MAX, first_line(&mut stream));
    let first = head.await.ok()??;
    let query = query_of(&first, &path).map(str::to_owned);
    Some(Request { stream, query })
}

async fn first_line(stream: &mut TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream.take(HEAD_BYTES_MAX)).lines();
    let first = lines.next_line().await.ok()??;
    // A socket that is closed with bytes unread is reset, and the browser shows no page.
    while !lines.next_line().await.ok()??.is_empty() {}
    Some(first)
}

fn query_of<'a>(first: &'a str, path: &str) -> Option<&'a str> {
    let target = first.strip_prefix("GET ")?.split(' ').next()?;
    let (asked, query) = target.split_once('?')?;
    (asked == path).then_some(query)
}

/// What the person in the browser is told of an answer; what it comes to is said by the program.
fn page_of(query: &str) -> Page {
    let has = |wanted: &str, is: fn(&str) -> bool| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == wanted && is(&value))
    };
    if has("error", |word| word == "access_denied") {
        Page::Refused
    } else if has("error", |_| true) || !has("code", |code| !code.is_empty()) {
        Page::Failed
    } else {
        Page::Thanks
    }
}

/// A browser that went away has seen enough.
async fn send(mut stream: TcpStream, page: Page) {
    let sending = async {
        stream.write_all(reply(page).as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(REQUEST_TIME_MAX, sending).await;
}
