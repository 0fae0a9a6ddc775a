//! What people and other systems are told without asking: mails to groups, and signed events to webhooks.

mod circle;
mod config;
mod error;
mod facts;
mod hooks;
mod journal;
mod keys;
mod letters;
mod mail;
mod notices;
mod people;
mod tally;

pub use config::{ConfigProblem, NotifyConfig, SmtpConfig, SmtpTls};
pub use error::{DeskError, NoticesError};
pub use facts::{Access, ConnectionFact, Facts};
pub use hooks::{
    Attempt, CertificateData, CloudEvent, ConnectionData, DocumentData, EventType, FindingData,
    LOG_KEPT, Outbound, Outcome, PaymentData, ReplayWhat, Resolver, SystemResolver, TestData,
    attempts, event_schema, replay, try_endpoint,
};
pub use letters::try_group;
pub use mail::{
    MailFailure, MailKept, MailSort, Mailer, OutgoingMail, Recipient, RecipientState,
    RelayStanding, SmtpError, SmtpMailer, mails, relay,
};
pub use notices::{Notices, Parts, Stepped};
pub use people::{
    Added, EmailAddress, Endpoint, EndpointDraft, EndpointId, Filter, Group, GroupDraft, GroupId,
    Member, ShownOnce, Standing, Stopped, ThisMachine, Wants, add_endpoint, add_group,
    change_endpoint, change_group, enable_endpoint, endpoint, endpoints, group, groups,
    remove_endpoint, remove_group, rotate_secret,
};
