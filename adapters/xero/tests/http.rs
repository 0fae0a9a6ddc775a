//! Real bytes on a local socket: what each way of failing proves, and what never happens unasked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, StatusCode};
use tieout_core::transport::{Transport, TransportError};
use tieout_xero::http::{HttpConfig, ReqwestTransport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A server that reads a request and writes `reply` to each connection, then hangs up.
async fn server(reply: &'static [u8]) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4_096];
            if stream.read(&mut request).await.unwrap() > 0 {
                counted.fetch_add(1, Ordering::SeqCst);
            }
            stream.write_all(reply).await.unwrap();
        }
    });
    (address, requests)
}

fn transport() -> ReqwestTransport {
    let config = HttpConfig {
        total_timeout_ms_max: 2_000,
        connect_timeout_ms_max: 1_000,
        reply_bytes_max: 100_000,
        ..HttpConfig::default()
    };
    ReqwestTransport::new(&config).unwrap()
}

fn get(address: SocketAddr) -> Request<Bytes> {
    Request::builder()
        .uri(format!("http://{address}/x?secret=1"))
        .body(Bytes::new())
        .unwrap()
}

#[tokio::test]
async fn a_whole_reply_comes_with_its_headers_whatever_its_status() {
    let (address, _) =
        server(b"HTTP/1.1 503 Busy\r\nX-Note: a\r\nContent-Length: 4\r\n\r\nbusy").await;
    let reply = transport().send(get(address)).await.unwrap();
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.headers()["x-note"], "a");
    assert_eq!(reply.body(), "busy");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = transport().send(get(address)).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
    let unknown = Request::builder()
        .uri("http://no-such-host.invalid/")
        .body(Bytes::new());
    let error = transport().send(unknown.unwrap()).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
}

#[tokio::test]
async fn without_tls_on_the_other_side_nothing_was_sent() {
    let (address, _) = server(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let request = Request::builder()
        .uri(format!("https://{address}/"))
        .body(Bytes::new())
        .unwrap();
    let error = transport().send(request).await.unwrap_err();
    assert!(matches!(error, TransportError::NotSent(_)), "{error:?}");
}

#[tokio::test]
async fn a_hang_up_after_the_request_leaves_its_fate_open_and_is_not_repeated() {
    for reply in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    ] {
        let (address, requests) = server(reply).await;
        let error = transport().send(get(address)).await.unwrap_err();
        assert!(matches!(error, TransportError::ReplyLost(_)), "{error:?}");
        assert!(
            !format!("{error:?}").contains("secret"),
            "the query reached an error"
        );
        assert_eq!(requests.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_reply_that_is_late_leaves_the_fate_open() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = HttpConfig {
        connect_timeout_ms_max: 50,
        total_timeout_ms_max: 100,
        ..HttpConfig::default()
    };
    let error = ReqwestTransport::new(&config)
        .unwrap()
        .send(get(address))
        .await
        .unwrap_err();
    assert!(matches!(error, TransportError::ReplyLost(_)), "{error:?}");
    drop(listener);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (elsewhere, followed) = server(b"HTTP/1.1 200 OK\r\n\r\n").await;
    let reply =
        format!("HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/\r\nContent-Length: 0\r\n\r\n");
    let (address, _) = server(reply.leak().as_bytes()).await;
    let reply = transport().send(get(address)).await.unwrap();
    assert_eq!(reply.status(), StatusCode::FOUND);
    assert_eq!(followed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_reply_too_large_is_cut_off_whether_announced_or_not() {
    let body = "x".repeat(150_000);
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 150000\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let (address, _) = server(format!("{head}{body}").leak().as_bytes()).await;
        let error = transport().send(get(address)).await.unwrap_err();
        assert!(
            matches!(
                error,
                TransportError::ReplyTooLarge {
                    limit_bytes: 100_000
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_packed_reply_is_unpacked_and_a_bomb_is_not() {
    // gzip of "hello", and of 1,000,000 zero bytes, made with `gzip -n9`.
    let hello: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
        0x07, 0x00, 0x86, 0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00,
    ];
    let bomb = include_bytes!("samples/bomb.gz");
    let serve = |body: &[u8]| {
        let mut reply = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        reply.extend_from_slice(body);
        server(reply.leak())
    };
    let (address, _) = serve(hello).await;
    assert_eq!(
        transport().send(get(address)).await.unwrap().body(),
        "hello"
    );
    let (address, _) = serve(bomb).await;
    let error = transport().send(get(address)).await.unwrap_err();
    assert!(
        matches!(error, TransportError::ReplyTooLarge { .. }),
        "{error:?}"
    );
}
