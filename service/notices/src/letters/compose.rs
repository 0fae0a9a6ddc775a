//! Which mails are due for whom, each made in the commit that lets go of what was gathered for it.

use chrono::{DateTime, TimeDelta, Utc};
use tieout_core::document::HostId;
use tieout_core::store::{ChangeSet, Store, StoreError};
use url::Url;

use super::daily::{Always, daily, moment, walk};
use super::letter::Letter;
use super::needs::needs_somebody;
use super::periodic::periodic;
use crate::circle::{Circle, Told};
use crate::config::NotifyConfig;
use crate::keys;
use crate::mail::{MailKept, MailSort, queue};
use crate::people::Group;
use crate::tally::{Digest, Tally};

/// What mails are made with.
pub(crate) struct Writing<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) config: &'a NotifyConfig,
    pub(crate) base: Option<&'a Url>,
    pub(crate) hosts: &'a [HostId],
    pub(crate) now: DateTime<Utc>,
}

/// Makes every mail that is due, durably.
///
/// While the last mail of a sort could be handed over for nobody, the next one waits and goes on gathering: a mail server
/// that was away for a day is followed by one mail of each sort, not by a hundred.
pub(crate) async fn compose(writing: &Writing<'_>, circle: &mut Circle) -> Result<(), StoreError> {
    let mut days = Vec::new();
    for index in 0..circle.groups.len() {
        let told = &circle.groups[index];
        let (group, tally) = (told.group.clone(), told.tally.clone());
        if is_due(periodic_at(&tally.digest, writing.config), writing.now)
            && !writing.is_stuck(&tally, MailSort::Periodic).await?
        {
            let letter = periodic(
                writing.store,
                &group,
                &tally.digest,
                writing.base,
                writing.now,
            )
            .await?;
            circle.groups[index].tally.digest = Digest::default();
            writing
                .queue(circle, index, MailSort::Periodic, &letter)
                .await?;
        }
        if is_due(tally.needs.due_at(gather(writing.config)), writing.now)
            && !writing.is_stuck(&tally, MailSort::NeedsSomebody).await?
        {
            let letter = needs_somebody(writing.store, &group, &tally.needs, writing.base).await?;
            circle.groups[index].tally.needs.told(writing.now);
            writing
                .queue(circle, index, MailSort::NeedsSomebody, &letter)
                .await?;
        }
        let is_daily = group.wants.daily
            && is_due(daily_at(&tally, writing.config, writing.now), writing.now)
            && !writing.is_stuck(&tally, MailSort::Daily).await?;
        if is_daily {
            days.push(index);
        }
        commit(writing.store, circle).await?;
    }
    days_end(writing, circle, &days).await
}

/// The mails of the day, after one walk for all of them.
async fn days_end(
    writing: &Writing<'_>,
    circle: &mut Circle,
    days: &[usize],
) -> Result<(), StoreError> {
    if days.is_empty() {
        return Ok(());
    }
    let groups: Vec<Group> = days
        .iter()
        .map(|index| circle.groups[*index].group.clone())
        .collect();
    let found = walk(writing.store, &groups).await?;
    let always = match writing.config.daily_always {
        true => Always::Yes,
        false => Always::No,
    };
    for ((index, group), day) in days.iter().zip(&groups).zip(found) {
        let letter = daily(
            writing.store,
            group,
            day,
            writing.hosts,
            writing.base,
            always,
        )
        .await?;
        circle.groups[*index].tally.daily_at = Some(writing.now);
        if let Some(letter) = letter {
            writing
                .queue(circle, *index, MailSort::Daily, &letter)
                .await?;
        }
        commit(writing.store, circle).await?;
    }
    Ok(())
}

/// When the next mail of what was gathered is due; `None` while nothing is gathered.
pub(crate) fn next_due(
    told: &Told,
    config: &NotifyConfig,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let daily = told
        .group
        .wants
        .daily
        .then(|| moment(now, config.daily_at) + TimeDelta::days(1));
    let all = [
        periodic_at(&told.tally.digest, config),
        told.tally.needs.due_at(gather(config)),
        daily,
    ];
    all.into_iter().flatten().min()
}

fn periodic_at(digest: &Digest, config: &NotifyConfig) -> Option<DateTime<Utc>> {
    Some(digest.first_at? + TimeDelta::minutes(i64::from(config.periodic_minutes)))
}

fn daily_at(tally: &Tally, config: &NotifyConfig, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let moment = moment(now, config.daily_at);
    tally
        .daily_at
        .is_none_or(|last| last < moment)
        .then_some(moment)
}

fn gather(config: &NotifyConfig) -> TimeDelta {
    TimeDelta::minutes(i64::from(config.gather_minutes))
}

fn is_due(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    at.is_some_and(|at| at <= now)
}

async fn commit(store: &dyn Store, circle: &mut Circle) -> Result<(), StoreError> {
    let records = circle.changed();
    if records.is_empty() {
        return Ok(());
    }
    store
        .commit(ChangeSet {
            records,
            ..ChangeSet::default()
        })
        .await
}

impl Writing<'_> {
    /// Adds a mail for the group at a place to what is committed next.
    pub(crate) async fn queue(
        &self,
        circle: &mut Circle,
        index: usize,
        sort: MailSort,
        letter: &Letter,
    ) -> Result<(), StoreError> {
        let group = circle.groups[index].group.clone();
        let number = queue(self.store, circle, &group, sort, letter, self.now).await?;
        let last = &mut circle.groups[index].tally.last_mail;
        last.insert(sort.as_str().to_owned(), number);
        Ok(())
    }

    async fn is_stuck(&self, tally: &Tally, sort: MailSort) -> Result<bool, StoreError> {
        let Some(number) = tally.last_mail.get(sort.as_str()) else {
            return Ok(false);
        };
        let mail: Option<MailKept> = keys::read(self.store, &keys::mail(*number)).await?;
        Ok(mail.is_some_and(|mail| mail.is_stuck()))
    }
}
