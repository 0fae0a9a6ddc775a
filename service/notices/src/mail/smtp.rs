//! How one mail is written and handed to a mail server, and what its answers mean.

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use tieout_core::spans::TARGET;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

use super::outbox::{MailKept, Recipient};
use crate::config::{SmtpConfig, SmtpTls};
use crate::people::EmailAddress;

/// How long each word of the server is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// For how long a connection is kept for the next mail.
const IDLE: Duration = Duration::from_secs(10);
/// Answers that are about our sign-in and not about the mail.
/// Source: RFC 4954, 6.
const ABOUT_SIGN_IN: [u16; 5] = [500, 530, 534, 535, 538];
/// The server goes away. Source: RFC 5321, 3.8.
const GOES_AWAY: u16 = 421;

/// A mail to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The recipient's name; may be empty.
    pub to_name: String,
    /// Where it goes.
    pub to: EmailAddress,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same for a browser.
    pub html: String,
    /// When it was made.
    pub date: DateTime<Utc>,
    /// The same however often it is sent: `…@` the domain of the sender, without angle brackets.
    pub message_id: String,
    /// What filters know it by: the group and the domain of the sender.
    pub list_id: String,
}

/// Hands mail over: to a server, or to a test.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// The address that mail comes from.
    fn from(&self) -> &EmailAddress;

    /// Hands one mail over. When it returns `Ok`, the server has it and answers for it. A repeat sends it again, under
    /// the same Message-ID.
    ///
    /// # Errors
    /// It was not taken: the kind says what is done then.
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailFailure>;
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFailure {
    /// This recipient was put off: try later.
    #[error("put off: {said}")]
    Later {
        /// In the server's words.
        said: String,
    },
    /// This recipient was refused for good.
    #[error("refused: {said}")]
    Refused {
        /// The code of the answer.
        code: u16,
        /// In the server's words.
        said: String,
    },
    /// The server cannot be reached, does not let us in, or broke off: try everything later.
    #[error("the mail server takes no mail: {said}")]
    Relay {
        /// Why.
        said: String,
    },
}

/// Why there is no way to a mail server.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender is no address.
    #[error("`from` of [notify.smtp] is no address")]
    From,
    /// The machine's root certificates cannot be loaded.
    #[error("the way to the mail server cannot be closed")]
    Tls(#[source] lettre::transport::smtp::Error),
    /// The file of those who vouch for the server cannot be used.
    #[error("`ca` of [notify.smtp] {}: {why}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// A mail server of the configuration.
pub struct SmtpMailer {
    from: EmailAddress,
    host: String,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMailer {
    /// The server of a configuration. Asks nobody.
    ///
    /// # Errors
    /// The sender is no address, or the certificates that vouch for the server cannot be loaded.
    pub fn new(config: &SmtpConfig) -> Result<Self, SmtpError> {
        let from = EmailAddress::new(config.from.as_str()).map_err(|_| SmtpError::From)?;
        let tls = match config.tls {
            SmtpTls::Starttls => Tls::Required(trusting(config)?),
            SmtpTls::Implicit => Tls::Wrapper(trusting(config)?),
            SmtpTls::None => Tls::None,
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(config.host.as_str())
                .port(config.port())
                .tls(tls)
                .timeout(Some(ANSWER_WITHIN))
                .pool_config(PoolConfig::new().max_size(1).idle_timeout(IDLE));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self {
            from,
            host: config.host.clone(),
            transport: builder.build(),
        })
    }
}

/// A closed way to the server: its certificate is of its name, and those whom the configuration or this machine trusts vouch
/// for it.
fn trusting(config: &SmtpConfig) -> Result<TlsParameters, SmtpError> {
    let mut tls = TlsParameters::builder(config.host.clone());
    if let Some(file) = &config.ca {
        let failed = |why: String| SmtpError::Authority {
            file: file.clone(),
            why,
        };
        let found = CertificateDer::pem_file_iter(file);
        let found = found.and_then(|found| found.collect::<Result<Vec<_>, _>>());
        let found = found.map_err(|error| failed(error.to_string()))?;
        if found.is_empty() {
            return Err(failed("holds no certificate".to_owned()));
        }
        tls = tls.certificate_store(CertificateStore::None);
        for one in found {
            let one = Certificate::from_der(one.to_vec()).map_err(|error| failed(chain(&error)))?;
            tls = tls.add_root_certificate(one);
        }
    }
    tls.build().map_err(SmtpError::Tls)
}

#[async_trait]
impl Mailer for SmtpMailer {
    fn from(&self) -> &EmailAddress {
        &self.from
    }

    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailFailure> {
        let message =
            message(mail, &self.from).map_err(|said| MailFailure::Refused { code: 0, said })?;
        let span = sending(&self.host);
        let sent = self.transport.send(message).instrument(span.clone()).await;
        sent.map(|_| ()).map_err(|error| {
            let failure = judged(&error);
            span.record("error.type", failure.kind());
            span.record("otel.status_code", "ERROR");
            failure
        })
    }
}

/// A mail on its way, without a word of what it says and to whom.
fn sending(host: &str) -> Span {
    info_span!(
        target: TARGET,
        "send mail",
        otel.kind = "client",
        server.address = host,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

impl MailFailure {
    fn kind(&self) -> &'static str {
        match self {
            Self::Later { .. } => "mail.put_off",
            Self::Refused { .. } => "mail.refused",
            Self::Relay { .. } => "mail.unavailable",
        }
    }
}

impl OutgoingMail {
    /// A kept mail for one of its recipients.
    pub(super) fn of(mail: &MailKept, recipient: &Recipient, from: &EmailAddress) -> Self {
        let seed = format!(
            "{}\n{}\n{}\n{}\n{}",
            mail.number,
            mail.group,
            mail.sort.as_str(),
            mail.made_at.timestamp_micros(),
            recipient.email
        );
        let id = blake3::hash(seed.as_bytes()).to_hex();
        Self {
            to_name: recipient.name.clone(),
            to: recipient.email.clone(),
            subject: mail.subject.clone(),
            text: mail.text.clone(),
            html: mail.html.clone(),
            date: mail.made_at,
            message_id: format!("{}.tieout@{}", &id[..32], from.domain()),
            list_id: format!("{}.tieout.{}", mail.group, from.domain()),
        }
    }
}

/// The mail as it travels. Names and subject are encoded by the library; no text of anybody becomes a header.
fn message(mail: &OutgoingMail, from: &EmailAddress) -> Result<Message, String> {
    const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");
    const SUPPRESS: HeaderName = HeaderName::new_from_ascii_str("X-Auto-Response-Suppress");
    const LIST_ID: HeaderName = HeaderName::new_from_ascii_str("List-Id");
    let mailbox = |name: &str, address: &EmailAddress| {
        let address: Address = address.as_str().parse().map_err(|_| "no address")?;
        // The library fails on names with control characters.
        let name: String = name.chars().filter(|char| !char.is_control()).collect();
        let name = (!name.is_empty()).then_some(name);
        Ok::<_, String>(Mailbox::new(name, address))
    };
    Message::builder()
        .from(mailbox("tieout", from)?)
        .to(mailbox(&mail.to_name, &mail.to)?)
        .subject(mail.subject.replace(char::is_control, " "))
        .date(mail.date.into())
        .message_id(Some(format!("<{}>", mail.message_id)))
        // Nobody's holiday answers a program. Source: RFC 3834, 5.
        .raw_header(HeaderValue::new(
            AUTO_SUBMITTED,
            "auto-generated".to_owned(),
        ))
        .raw_header(HeaderValue::new(SUPPRESS, "All".to_owned()))
        .raw_header(HeaderValue::new(LIST_ID, format!("<{}>", mail.list_id)))
        .multipart(MultiPart::alternative_plain_html(
            mail.text.clone(),
            mail.html.clone(),
        ))
        .map_err(|error| error.to_string())
}

fn judged(error: &lettre::transport::smtp::Error) -> MailFailure {
    let said = chain(error);
    let Some(code) = error.status().map(u16::from) else {
        return MailFailure::Relay { said };
    };
    if error.is_permanent() && !ABOUT_SIGN_IN.contains(&code) {
        return MailFailure::Refused { code, said };
    }
    match error.is_transient() && code != GOES_AWAY {
        true => MailFailure::Later { said },
        false => MailFailure::Relay { said },
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Some errors of the library repeat what caused them.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_people_are_called_becomes_a_header() {
        let mail = OutgoingMail {
            to_name: "Ann\r\nBcc: eve@example.org".to_owned(),
            to: EmailAddress::new("ann@example.org").unwrap(),
            subject: "Accounts\r\nBcc: eve@example.org\r\n\r\nbody".to_owned(),
            text: "Hello\r\n.\r\nworld".to_owned(),
            html: "<p>Hello</p>".to_owned(),
            date: DateTime::UNIX_EPOCH,
            message_id: "abc.tieout@example.org".to_owned(),
            list_id: "accounts.tieout.example.org".to_owned(),
        };
        let from = EmailAddress::new("tieout@example.org").unwrap();
        let raw = String::from_utf8(message(&mail, &from).unwrap().formatted()).unwrap();
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        let names: Vec<&str> = head
            .split("\r\n")
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| Some(line.split_once(':')?.0))
            .collect();
        let wanted = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "List-Id",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, wanted, "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(
            head.contains("Message-ID: <abc.tieout@example.org>"),
            "{head}"
        );
    }
}
