//! How the answer of the consent is received: one request at the redirect URI, on loopback only.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::exit::Failure;

/// Waits for the browser at the redirect URI.
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    path: String,
}

/// Bytes of a request that are read.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
const READ_TIME_MAX: Duration = Duration::from_secs(5);

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>tieout</title>\
<style>body{font:16px/1.5 system-ui,sans-serif;margin:20vh auto;max-width:32rem;padding:0 1rem;text-align:center;\
color-scheme:light dark}</style><h1>Thank you</h1><p>You can close this window and go back to tieout.</p></html>";

impl Listener {
    /// Listens where the redirect URI points to. Only loopback addresses can be listened at.
    pub(crate) async fn bind(redirect: &Url) -> Result<Self, Failure> {
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

    /// The query of the first request for the redirect URI.
    pub(crate) async fn callback(&self, wait: Duration) -> Result<String, Failure> {
        tokio::time::timeout(wait, self.first()).await.map_err(|_| {
            Failure::new(format!(
                "nobody allowed access within {} seconds",
                wait.as_secs()
            ))
            .advise("Run the command again; --wait-s gives more time.")
        })
    }

    async fn first(&self) -> String {
        loop {
            let accepted = match self.sockets.as_slice() {
                [one, other] => tokio::select! { a = one.accept() => a, b = other.accept() => b },
                sockets => match sockets.first() {
                    Some(one) => one.accept().await,
                    None => std::future::pending().await,
                },
            };
            let Ok((stream, _)) = accepted else { continue };
            let answered = tokio::time::timeout(READ_TIME_MAX, self.answer(stream)).await;
            if let Ok(Some(query)) = answered {
                return query;
            }
        }
    }

    /// Answers one request; gives its query if it is the callback.
    async fn answer(&self, stream: TcpStream) -> Option<String> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(tokio::io::AsyncReadExt::take(read, HEAD_BYTES_MAX)).lines();
        let first = lines.next_line().await.ok()??;
        while lines
            .next_line()
            .await
            .ok()?
            .is_some_and(|line| !line.is_empty())
        {}
        let target = first.strip_prefix("GET ")?.split(' ').next()?.to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let ours = path == self.path && !query.is_empty();
        let (status, body) = if ours {
            ("200 OK", PAGE)
        } else {
            ("404 Not Found", "")
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        write.write_all(reply.as_bytes()).await.ok()?;
        write.shutdown().await.ok()?;
        ours.then(|| query.to_owned())
    }
}
