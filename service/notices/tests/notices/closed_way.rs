//! The way to a mail server that is closed: by whom it is vouched for, and what happens where nobody does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::SecretString;
use tieout_notices::{
    EmailAddress, MailFailure, Mailer, OutgoingMail, SmtpConfig, SmtpError, SmtpMailer, SmtpTls,
};
use tokio_rustls::TlsAcceptor;

use crate::sink::{Sink, Way};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tls")
        .join(name)
}

/// A server that is `localhost`, as the authority of the tests says.
fn acceptor() -> TlsAcceptor {
    let chain = CertificateDer::from_pem_file(fixture("mail.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(fixture("mail.key")).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![chain], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

fn config(sink: &Sink, tls: SmtpTls, authority: &str) -> SmtpConfig {
    SmtpConfig {
        host: "localhost".to_owned(),
        port: Some(sink.port),
        tls,
        ca: Some(fixture(authority)),
        user: Some("tieout".to_owned()),
        password: Some(SecretString::from("s3cret")),
        from: "tieout@books.example".to_owned(),
    }
}

async fn send(config: &SmtpConfig) -> Result<(), MailFailure> {
    let mail = OutgoingMail {
        to_name: String::new(),
        to: EmailAddress::new("ann@books.example").unwrap(),
        subject: "Accounts".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
        date: DateTime::UNIX_EPOCH,
        message_id: "1.tieout@books.example".to_owned(),
        list_id: "accounts.tieout.books.example".to_owned(),
    };
    SmtpMailer::new(config).unwrap().send(&mail).await
}

#[tokio::test]
async fn a_mail_goes_by_a_closed_way_of_either_kind() {
    for (way, tls) in [
        (Way::Starttls(acceptor()), SmtpTls::Starttls),
        (Way::Implicit(acceptor()), SmtpTls::Implicit),
    ] {
        let sink = Sink::behind(way).await;
        send(&config(&sink, tls, "authority.pem")).await.unwrap();
        assert_eq!(sink.take().len(), 1, "{tls:?}");
        let openly = sink.openly().join(" ");
        assert!(!openly.contains("AUTH"), "{openly}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_for_which_nobody_vouches() {
    for (way, tls) in [
        (Way::Starttls(acceptor()), SmtpTls::Starttls),
        (Way::Implicit(acceptor()), SmtpTls::Implicit),
    ] {
        let sink = Sink::behind(way).await;
        let trusted = config(&sink, tls, "authority.pem");
        let strange = SmtpConfig {
            ca: Some(fixture("stranger.pem")),
            ..trusted.clone()
        };
        let of_machine = SmtpConfig {
            ca: None,
            ..trusted.clone()
        };
        // It is somebody, and not the one that was asked for.
        let another = SmtpConfig {
            host: "127.0.0.1".to_owned(),
            ..trusted
        };
        for config in [strange, of_machine, another] {
            let failure = send(&config).await.unwrap_err();
            let MailFailure::Relay { said } = &failure else {
                panic!("{failure:?}");
            };
            assert!(said.contains("certificate"), "{said}");
        }
        assert!(sink.arrived().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_cannot_close_the_way_gets_no_mail() {
    let sink = Sink::start().await;
    let failure = send(&config(&sink, SmtpTls::Starttls, "authority.pem")).await;
    assert!(
        matches!(failure, Err(MailFailure::Relay { .. })),
        "{failure:?}"
    );
    assert!(sink.arrived().is_empty());
}

#[tokio::test]
async fn a_file_that_vouches_for_nobody_is_told_by_its_name() {
    let sink = Sink::start().await;
    for name in ["none.pem", "mail.key"] {
        let config = config(&sink, SmtpTls::Starttls, name);
        let Err(SmtpError::Authority { file, .. }) = SmtpMailer::new(&config).map(|_| ()) else {
            panic!("{name}");
        };
        assert_eq!(file, fixture(name));
    }
}
