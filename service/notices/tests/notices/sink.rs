//! A mail server for tests: takes mail, puts it off, refuses it, or hangs up, as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What the server does with the next mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Takes it.
    Take,
    /// Answers the recipient with this code.
    Recipient(u16),
    /// Closes the connection when the recipient is named.
    HangUp,
    /// Takes it, and closes the connection before it says so.
    TakeAndHangUp,
    /// Greets with 421 and closes.
    Closed,
    /// Refuses the sign-in; without one it takes the mail.
    NoSignIn,
}

/// A mail that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) to: String,
    pub(crate) raw: String,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> String {
        let head = self.raw.split("\r\n\r\n").next().unwrap();
        let unfolded = head.replace("\r\n ", " ");
        let line = unfolded
            .split("\r\n")
            .find(|line| {
                line.to_lowercase()
                    .starts_with(&format!("{}:", name.to_lowercase()))
            })
            .unwrap_or_else(|| panic!("no {name} in {head}"));
        line[name.len() + 1..].trim().to_owned()
    }

    /// The text part, decoded as far as quoted-printable goes.
    pub(crate) fn text(&self) -> String {
        let part = self
            .raw
            .split("Content-Type: text/plain")
            .nth(1)
            .unwrap_or_else(|| panic!("no text in {}", self.raw));
        let body = part.split_once("\r\n\r\n").unwrap().1;
        let body = body.split("\r\n--").next().unwrap();
        let joined = body.replace("=\r\n", "");
        let mut bytes = Vec::new();
        let mut rest = joined.as_bytes();
        while let Some((first, more)) = rest.split_first() {
            let hex = (*first == b'=')
                .then(|| std::str::from_utf8(more.get(..2)?).ok())
                .flatten()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match hex {
                Some(byte) => {
                    bytes.push(byte);
                    rest = &more[2..];
                }
                None => {
                    bytes.push(*first);
                    rest = more;
                }
            }
        }
        String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
    }
}

#[derive(Default)]
struct State {
    manners: VecDeque<Manner>,
    always: Option<Manner>,
    arrived: Vec<Arrived>,
    connections: usize,
    /// What was said before the way was closed.
    openly: Vec<String>,
}

/// The server.
#[derive(Clone)]
pub(crate) struct Sink {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

/// How the way to the server is closed.
#[derive(Clone)]
pub(crate) enum Way {
    Open,
    Starttls(TlsAcceptor),
    Implicit(TlsAcceptor),
}

impl Sink {
    pub(crate) async fn start() -> Self {
        Self::behind(Way::Open).await
    }

    pub(crate) async fn behind(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self {
            port: listener.local_addr().unwrap().port(),
            state: Arc::default(),
        };
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.state.lock().unwrap().connections += 1;
                tokio::spawn(closed(serving.clone(), way.clone(), stream));
            }
        });
        sink
    }

    /// What becomes of the next mails, one after the other; then it takes them.
    pub(crate) fn next(&self, manners: &[Manner]) {
        self.state.lock().unwrap().manners.extend(manners);
    }

    /// What becomes of every mail from now on.
    pub(crate) fn always(&self, manner: Manner) {
        self.state.lock().unwrap().always = Some(manner);
    }

    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.state.lock().unwrap().arrived.clone()
    }

    /// Every mail that arrived since the last call.
    pub(crate) fn take(&self) -> Vec<Arrived> {
        std::mem::take(&mut self.state.lock().unwrap().arrived)
    }

    pub(crate) fn openly(&self) -> Vec<String> {
        self.state.lock().unwrap().openly.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    fn manner(&self) -> Manner {
        let mut state = self.state.lock().unwrap();
        let next = state.manners.pop_front();
        next.or(state.always).unwrap_or(Manner::Take)
    }

    fn peek(&self) -> Manner {
        let state = self.state.lock().unwrap();
        let next = state.manners.front().copied();
        next.or(state.always).unwrap_or(Manner::Take)
    }
}

/// Closes the way as the server is told to, before anything but that is said.
async fn closed(sink: Sink, way: Way, mut stream: TcpStream) {
    let acceptor = match way {
        Way::Open => return converse(sink, stream, true).await,
        Way::Implicit(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(sink, stream, true).await;
            }
            return;
        }
        Way::Starttls(acceptor) => acceptor,
    };
    for answer in [
        "220 sink ESMTP\r\n",
        "250-sink\r\n250 STARTTLS\r\n",
        "220 go\r\n",
    ] {
        let line = match answer.starts_with("220 sink") {
            true => String::new(),
            false => line(&mut stream).await,
        };
        sink.state.lock().unwrap().openly.push(line);
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
    if let Ok(stream) = acceptor.accept(stream).await {
        converse(sink, stream, false).await;
    }
}

/// A line, read byte by byte: what follows it is not the server's to read.
async fn line(stream: &mut TcpStream) -> String {
    let mut line = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        line.push(byte);
        if byte == b'\n' {
            break;
        }
    }
    String::from_utf8(line).unwrap().trim().to_owned()
}

async fn converse(sink: Sink, stream: impl AsyncRead + AsyncWrite, greets: bool) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = BufReader::new(reader).lines();
    if sink.peek() == Manner::Closed {
        sink.manner();
        let _ = writer.write_all(b"421 closing\r\n").await;
        return;
    }
    if greets {
        let _ = writer.write_all(b"220 sink ESMTP\r\n").await;
    }
    let (mut to, mut manner) = (String::new(), Manner::Take);
    while let Ok(Some(line)) = lines.next_line().await {
        let verb = line.to_uppercase();
        let answer = if verb.starts_with("EHLO") {
            "250-sink\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN\r\n".to_owned()
        } else if verb.starts_with("AUTH") {
            match sink.peek() {
                Manner::NoSignIn => {
                    sink.manner();
                    "535 5.7.8 no\r\n".to_owned()
                }
                _ => "235 2.7.0 welcome\r\n".to_owned(),
            }
        } else if verb.starts_with("RCPT TO:") {
            manner = sink.manner();
            to = line[8..].trim().trim_matches(['<', '>']).to_owned();
            match manner {
                Manner::HangUp => return,
                Manner::Recipient(code) => format!("{code} 4.2.0 not <{to}> now\r\n"),
                _ => "250 2.1.5 ok\r\n".to_owned(),
            }
        } else if verb == "DATA" {
            let _ = writer.write_all(b"354 go on\r\n").await;
            let mut raw = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                raw.push_str("\r\n");
            }
            let arrived = Arrived {
                to: to.clone(),
                raw,
            };
            sink.state.lock().unwrap().arrived.push(arrived);
            if manner == Manner::TakeAndHangUp {
                return;
            }
            "250 2.0.0 queued\r\n".to_owned()
        } else if verb == "QUIT" {
            let _ = writer.write_all(b"221 bye\r\n").await;
            return;
        } else {
            "250 2.0.0 ok\r\n".to_owned()
        };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
