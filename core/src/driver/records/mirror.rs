//! How figures of the books get into the custom fields of a host's records, and are kept as they are there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::contact::PartyStanding;
use super::desk::RecordDesk;
use super::error::RecordError;
use super::keep::set;
use super::sheet::{Sheet, SheetAsked};
use crate::document::Currency;
use crate::driver::cursor::read;
use crate::engine::ContentHash;
use crate::host::{
    FieldDefinition, FieldKind, FieldWrite, FieldsWritten, HostError, HostRecord, MirrorHost,
    MirrorItem, MirrorValue, RecordKind, RecordRef,
};
use crate::panel::{FieldProblem, Figure, Known, field_problems, figures, holds};

/// That a record is looked after, and when its fields were last seen to be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) record: RecordRef,
    /// Absent until it was done once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<DateTime<Utc>>,
    /// The day of the organisation then: what is overdue differs by days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<NaiveDate>,
    /// Of what was configured then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fields: Option<ContentHash>,
    /// Whether the product had it no more; it then counts again when somebody names it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
}

impl Kept {
    pub(super) fn new(record: RecordRef) -> Self {
        Self {
            record,
            at: None,
            day: None,
            fields: None,
            gone: false,
        }
    }
}

/// The custom fields that a product has, by the kinds of records for which the configuration names some.
pub type FieldsThere = BTreeMap<RecordKind, Option<Vec<FieldDefinition>>>;

/// How a record is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MirrorHow {
    /// What differs is written.
    Write,
    /// What differs is only told.
    Look,
}

/// What became of the fields of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mirrored {
    /// The record.
    pub record: RecordRef,
    /// Its name, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What became of them.
    #[serde(flatten)]
    pub outcome: MirrorOutcome,
    /// What differed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<FieldChange>,
    /// What is left empty, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

impl Mirrored {
    /// A record of which nothing more is known.
    #[must_use]
    pub fn of(record: &RecordRef, outcome: MirrorOutcome) -> Self {
        Self {
            record: record.clone(),
            name: None,
            outcome,
            changes: Vec::new(),
            left: Vec::new(),
        }
    }
}

/// What became of the fields of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum MirrorOutcome {
    /// They were written.
    Written,
    /// They would be written.
    Differs,
    /// They were right.
    Same,
    /// They were seen to be right a moment ago, and nothing changed since; nobody was asked.
    Fresh,
    /// Whom the record is must be decided first; nothing was touched.
    Unlinked {
        /// Why.
        why: String,
    },
    /// The product did not take them.
    Refused {
        /// Why.
        why: String,
    },
    /// There is no such record any more.
    Gone,
}

impl MirrorOutcome {
    /// Whether what stands in the fields is what should.
    fn is_right(&self) -> bool {
        match self {
            Self::Written | Self::Same | Self::Fresh => true,
            Self::Differs | Self::Unlinked { .. } | Self::Refused { .. } | Self::Gone => false,
        }
    }
}

/// A field that differed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// What it holds.
    pub item: MirrorItem,
    /// The field.
    pub field: String,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What should stand there; absent when it is emptied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What the configuration names of a product that cannot be written, and what there is. One call for each kind.
pub async fn mirror_problems(
    host: &dyn MirrorHost,
) -> Result<(FieldsThere, Vec<FieldProblem>), HostError> {
    let (mut there, mut problems) = (FieldsThere::new(), Vec::new());
    for kind in host.mirroring().kinds() {
        let fields = host.fields(kind).await?;
        if let Some(fields) = &fields {
            problems.extend(field_problems(host.mirroring(), kind, fields));
        }
        there.insert(kind, fields);
    }
    Ok((there, problems))
}

impl RecordDesk<'_> {
    /// The custom fields of the product. Denied when the configuration names none, or one that cannot be written; what is
    /// wrong is named then, with its key.
    pub async fn fields_to_mirror(&self) -> Result<FieldsThere, RecordError> {
        let (there, problems) = mirror_problems(self.mirror_host()?).await?;
        let Some(first) = problems.first() else {
            return Ok(there);
        };
        let kind = self.host.host.capability().kind;
        let all = problems.iter().map(|problem| {
            format!(
                "`hosts.{}.{kind}.{}`: {}",
                self.host.id, problem.key, problem.message
            )
        });
        let all: Vec<String> = all.collect();
        Err(RecordError::denied(all.join("; "), first.remedy.clone()))
    }

    /// Every record that is linked to a contact, was unlinked, has linked documents, or was mirrored before, of the kinds
    /// for which fields are named: those that were not looked after for longest come first.
    pub async fn records_to_mirror(&self) -> Result<Vec<RecordRef>, RecordError> {
        let kinds = self.mirror_host()?.mirroring().kinds();
        let kept = self.mirrored_records().await?;
        let mut found: BTreeSet<(Option<DateTime<Utc>>, RecordRef)> = kept
            .iter()
            .filter(|one| !one.gone)
            .map(|one| (one.at, one.record.clone()))
            .collect();
        let known: BTreeSet<RecordRef> = kept.into_iter().map(|one| one.record).collect();
        for link in self.all_links().await? {
            if !known.contains(&link.record) {
                found.insert((None, link.record));
            }
        }
        let records = found.into_iter().map(|(_, record)| record);
        Ok(records
            .filter(|record| kinds.contains(&record.kind))
            .collect())
    }

    /// Whether the fields of a record were seen to be right since anything was heard to have changed, today, and no longer
    /// ago than a look at the provider may be. From the store alone.
    pub async fn is_mirrored(&self, key: &RecordRef) -> Result<bool, RecordError> {
        let kept: Option<Kept> = read(self.store(), &self.mirrored_key(key)).await?;
        let Some(Kept {
            at: Some(at),
            day,
            fields,
            ..
        }) = kept
        else {
            return Ok(false);
        };
        // Whom somebody linked or unlinked since is somebody else.
        let link = self.contact_link(key).await?;
        if link.is_some_and(|link| link.at > at) {
            return Ok(false);
        }
        let today = self.organisation().await?.day_of(self.now());
        Ok(day == Some(today) && fields == self.configured()? && self.is_fresh(at).await?)
    }

    /// Writes what the books say of a record into its fields, where something else stands there.
    ///
    /// A record that somebody unlinked has its fields emptied. A repeat writes nothing. Denied when no fields are named for
    /// its kind.
    pub async fn mirror(
        &self,
        key: &RecordRef,
        there: &FieldsThere,
        how: MirrorHow,
    ) -> Result<Mirrored, RecordError> {
        let host = self.mirror_host()?;
        let Some(fields) = host.mirroring().of(key.kind) else {
            return Err(RecordError::denied(
                format!(
                    "no fields of a {} are named for `{}`",
                    key.kind, self.host.id
                ),
                format!("Name them in a table `mirror.{}` of the host.", key.kind),
            ));
        };
        let at = self.now();
        let Some(record) = self.records()?.record(key).await? else {
            return self.gone(key, how).await;
        };
        let sheet = self.sheet_of(record, &SheetAsked::default()).await?;
        let record = &sheet.record;
        let is_known = match standing(&sheet) {
            Ok(is_known) => is_known,
            Err(why) => return Ok(told(key, Some(record), MirrorOutcome::Unlinked { why })),
        };
        let organisation = self.organisation().await?;
        let known = known(&sheet, organisation.base_currency);
        let currency = host.mirroring().currency;
        let wanted = figures(fields, currency, is_known.then_some(&known));
        let definitions = there.get(&key.kind).and_then(Option::as_deref);
        let (changes, mut writes) = differing(record, &wanted, definitions);
        if let Some(field) = fields.updated_at.as_ref().filter(|_| !writes.is_empty()) {
            let now = MirrorValue::Moment(at);
            writes.push(write_of(field, Some(now), definitions));
        }
        let outcome = match (how, writes.is_empty()) {
            (MirrorHow::Look | MirrorHow::Write, true) => MirrorOutcome::Same,
            (MirrorHow::Look, false) => MirrorOutcome::Differs,
            (MirrorHow::Write, false) => match host.write(record, &writes).await? {
                FieldsWritten::Done => MirrorOutcome::Written,
                FieldsWritten::Gone => return self.gone(key, how).await,
                FieldsWritten::Refused(why) => MirrorOutcome::Refused { why },
            },
        };
        if how == MirrorHow::Write && outcome.is_right() {
            let kept = Kept {
                // What was read may be older than this run.
                at: Some(sheet.as_of.min(at)),
                day: Some(organisation.day_of(at)),
                fields: self.configured()?,
                ..Kept::new(key.clone())
            };
            self.keep(vec![set(self.mirrored_key(key), &kept)]).await?;
        }
        Ok(Mirrored {
            changes,
            left: left_empty(&wanted),
            ..told(key, Some(record), outcome)
        })
    }

    /// Remembers that a record is gone, so that only who names it asks for it again.
    async fn gone(&self, key: &RecordRef, how: MirrorHow) -> Result<Mirrored, RecordError> {
        if how == MirrorHow::Write {
            let kept = Kept {
                gone: true,
                ..Kept::new(key.clone())
            };
            self.keep(vec![set(self.mirrored_key(key), &kept)]).await?;
        }
        Ok(told(key, None, MirrorOutcome::Gone))
    }

    fn mirror_host(&self) -> Result<&dyn MirrorHost, RecordError> {
        self.records()?.mirror().ok_or_else(|| {
            let host = &self.host.id;
            let kind = self.host.host.capability().kind;
            RecordError::denied(
                format!("the configuration names no fields of `{host}` that hold figures of the books"),
                format!(
                    "Name them, such as `[hosts.{host}.{kind}.mirror.company]` with `unpaid = \"FIELD\"`."
                ),
            )
        })
    }

    fn configured(&self) -> Result<Option<ContentHash>, RecordError> {
        Ok(Some(ContentHash::of(self.mirror_host()?.mirroring())))
    }
}

fn told(key: &RecordRef, record: Option<&HostRecord>, outcome: MirrorOutcome) -> Mirrored {
    Mirrored {
        name: record.map(|record| record.name.clone()),
        ..Mirrored::of(key, outcome)
    }
}

fn known(sheet: &Sheet, books: Currency) -> Known<'_> {
    Known {
        boxes: &sheet.boxes,
        overview: sheet.overview.as_ref(),
        net: &sheet.net,
        contact: sheet.contact.as_ref().map(|card| &card.id),
        books,
        more: sheet.more,
    }
}

fn left_empty(wanted: &[Figure]) -> Vec<String> {
    let empty = wanted.iter().filter_map(|figure| {
        let why = figure.why_empty.as_ref()?;
        Some(format!("{} stays empty: {why}", figure.item.as_str()))
    });
    empty.collect()
}

/// Whether somebody is known to be the record; false for one whose link a person took away. Fails with the reason where
/// nobody knows.
fn standing(sheet: &Sheet) -> Result<bool, String> {
    if !sheet.record.key.kind.is_party() {
        return Ok(true);
    }
    let Some(party) = sheet.parties.first() else {
        return Err("nobody fits".to_owned());
    };
    match &party.standing {
        PartyStanding::Linked { .. } => Ok(true),
        PartyStanding::Unlinked { .. } => Ok(false),
        PartyStanding::Ambiguous { candidates } => Err(format!(
            "{} contacts fit: choose one with `tieout record link`",
            candidates.len()
        )),
        PartyStanding::Archived { contact } => Err(format!(
            "its contact {} ({}) is archived",
            contact.name, contact.id
        )),
        PartyStanding::Nobody => Err("nobody fits: link it with `tieout record link`".to_owned()),
    }
}

fn differing(
    record: &HostRecord,
    wanted: &[Figure],
    there: Option<&[FieldDefinition]>,
) -> (Vec<FieldChange>, Vec<FieldWrite>) {
    let stands = |figure: &Figure| record.mirrored.get(&figure.field).map(String::as_str);
    let differing = wanted
        .iter()
        .filter(|figure| !holds(stands(figure), figure.value.as_ref()));
    differing
        .map(|figure| {
            let change = FieldChange {
                item: figure.item,
                field: figure.field.clone(),
                from: stands(figure).map(str::to_owned),
                to: figure.value.as_ref().map(shown),
            };
            let value = figure.value.clone();
            (change, write_of(&figure.field, value, there))
        })
        .unzip()
}

fn write_of(
    field: &str,
    value: Option<MirrorValue>,
    there: Option<&[FieldDefinition]>,
) -> FieldWrite {
    let known = there.into_iter().flatten().find(|one| one.name == field);
    let holds: Option<FieldKind> = known.map(|one| one.holds.clone());
    FieldWrite {
        name: field.to_owned(),
        holds,
        value,
    }
}

fn shown(value: &MirrorValue) -> String {
    match value {
        MirrorValue::Amount(amount) => amount.to_string(),
        MirrorValue::Day(day) => day.to_string(),
        MirrorValue::Moment(at) => at.to_rfc3339(),
        MirrorValue::Text(text) => text.clone(),
    }
}
