//! The mail server of a story: what it takes lies in the story's folder as `mail/1.txt` and so on, as somebody reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::compare::Answer;

/// Headers that a person sees, or that a program looks at.
const SHOWN: &[&str] = &["From", "To", "Subject", "Auto-Submitted"];

/// A mail server that takes everything, unless a story says otherwise.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    /// Where it listens on this machine.
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    folder: PathBuf,
    taken: usize,
    /// The answer to each recipient who is not taken.
    refused: BTreeMap<String, String>,
}

impl MailServer {
    /// Starts one that puts what it takes into a folder, which is made for the first mail.
    ///
    /// # Errors
    /// No port could be had.
    pub(crate) async fn start(folder: PathBuf) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let server = Self {
            port: listener.local_addr()?.port(),
            state: Arc::new(Mutex::new(State {
                folder,
                ..State::default()
            })),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                // Whoever hangs up has said enough.
                tokio::spawn(async move { drop(server.converse(stream).await) });
            }
        });
        Ok(server)
    }

    /// What the words behind `mail` say: `refuse ADDRESS CODE`, `accept ADDRESS`.
    ///
    /// # Errors
    /// Words that say nothing.
    pub(crate) fn perform(&self, words: &str) -> Result<Answer, String> {
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match words.as_slice() {
            ["refuse", address, code] => {
                let answer = format!("{code} not {address}");
                state.refused.insert((*address).to_owned(), answer);
            }
            ["accept", address] => drop(state.refused.remove(*address)),
            _ => return Err("mail refuse ADDRESS CODE, or mail accept ADDRESS".to_owned()),
        }
        Ok(Answer {
            code: 0,
            printed: String::new(),
        })
    }

    async fn converse(&self, stream: TcpStream) -> std::io::Result<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 story\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let verb = line.to_ascii_uppercase();
            let answer = match verb.as_str() {
                "DATA" => {
                    self.take(&mut lines, &mut writer).await?;
                    "250 taken".to_owned()
                }
                "QUIT" => {
                    writer.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ if verb.starts_with("RCPT TO:") => {
                    let address = line[8..].trim().trim_matches(['<', '>']);
                    let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    let refused = state.refused.get(address).cloned();
                    refused.unwrap_or_else(|| "250 fine".to_owned())
                }
                _ => "250 fine".to_owned(),
            };
            writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(())
    }

    async fn take(
        &self,
        lines: &mut Lines<BufReader<OwnedReadHalf>>,
        writer: &mut OwnedWriteHalf,
    ) -> std::io::Result<()> {
        writer.write_all(b"354 go on\r\n").await?;
        let mut raw = Vec::new();
        while let Some(line) = lines.next_line().await? {
            if line == "." {
                break;
            }
            raw.push(line.strip_prefix('.').unwrap_or(&line).to_owned());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.taken += 1;
        std::fs::create_dir_all(&state.folder)?;
        let file = state.folder.join(format!("{}.txt", state.taken));
        // A story that waits for the file finds all of it.
        let draft = file.with_extension("tmp");
        std::fs::write(&draft, as_read(&raw))?;
        std::fs::rename(draft, file)
    }
}

/// A mail as a person reads it: some headers, and its text.
fn as_read(raw: &[String]) -> String {
    let mut shown = String::new();
    let head = raw.iter().take_while(|line| !line.is_empty());
    let mut headers: Vec<String> = Vec::new();
    for line in head {
        match (line.strip_prefix(' '), headers.last_mut()) {
            (Some(more), Some(last)) => {
                let _ = write!(last, " {more}");
            }
            _ => headers.push(line.clone()),
        }
    }
    for name in SHOWN {
        let is_it = |line: &&String| line.starts_with(&format!("{name}: "));
        if let Some(line) = headers.iter().find(is_it) {
            let _ = writeln!(shown, "{line}");
        }
    }
    let mut text = raw
        .iter()
        .skip_while(|line| !line.starts_with("Content-Type: text/plain"))
        .skip_while(|line| !line.is_empty());
    text.next();
    let body: Vec<&str> = text
        .take_while(|line| !line.starts_with("--"))
        .map(String::as_str)
        .collect();
    let _ = write!(shown, "\n{}", decoded(&body.join("\n")).trim_end());
    shown.push('\n');
    shown
}

/// Quoted-printable, as far as mails of ours need it.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let joined = text.replace("=\n", "");
    let mut rest = joined.as_bytes();
    while let [first, more @ ..] = rest {
        let hex = match (first, more) {
            (b'=', [high, low, ..]) => {
                let pair = [*high, *low];
                let digits = std::str::from_utf8(&pair).ok();
                digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
            }
            _ => None,
        };
        bytes.push(hex.unwrap_or(*first));
        rest = if hex.is_some() { &more[2..] } else { more };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
