//! How mail leaves: durable before it does, tried again for two days, each recipient for itself.

mod outbox;
mod post;
mod smtp;

pub use outbox::{MailKept, MailSort, Recipient, RecipientState, RelayStanding, mails, relay};
pub use smtp::{MailFailure, Mailer, OutgoingMail, SmtpError, SmtpMailer};

pub(crate) use outbox::queue;
pub(crate) use post::post;
