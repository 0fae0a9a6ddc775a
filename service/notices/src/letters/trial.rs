//! The mail that shows whether a group can be reached.

use chrono::{DateTime, Utc};
use url::Url;

use super::letter::Letter;
use crate::mail::{MailFailure, Mailer, OutgoingMail};
use crate::people::{Group, Member};

/// Sends each member of a group a mail that says it is a trial, at once, and tells what became of each. Nothing of it is
/// kept or repeated; a second trial is a second mail.
pub async fn try_group(
    mailer: &dyn Mailer,
    group: &Group,
    base: Option<&Url>,
    by: &str,
    at: DateTime<Utc>,
) -> Vec<(Member, Result<(), MailFailure>)> {
    let letter = Letter {
        subject: format!("tieout: a trial ({})", group.name),
        opening: format!("{by} tries whether mail of tieout reaches you. It does."),
        sections: Vec::new(),
        page: base.map(Url::to_string),
    };
    let mut told = Vec::new();
    for member in &group.members {
        let seed = format!("{}\n{}\n{}", group.id, at.timestamp_micros(), member.email);
        let id = blake3::hash(seed.as_bytes()).to_hex();
        let domain = mailer.from().domain();
        let mail = OutgoingMail {
            to_name: member.name.clone(),
            to: member.email.clone(),
            subject: letter.subject.clone(),
            text: letter.text(&group.name),
            html: letter.html(&group.name),
            date: at,
            message_id: format!("{}.tieout@{domain}", &id[..32]),
            list_id: format!("{}.tieout.{domain}", group.id),
        };
        told.push((member.clone(), mailer.send(&mail).await));
    }
    told
}
