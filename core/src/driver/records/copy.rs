//! How details are copied between a record and its contact, either way, adding only.

use schemars::JsonSchema;
use serde::Serialize;

use super::desk::RecordDesk;
use super::error::RecordError;
use crate::host::HostRecord;
use crate::panel::{lacking, wanted_contact};
use crate::provider::{ContactCandidate, ContactCard};

/// What copying came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Copied {
    /// The contact.
    pub contact: ContactCandidate,
    /// Fields that were missing and are there now.
    pub copied: Vec<String>,
    /// Fields that stay as they are, each with why.
    pub left: Vec<(String, String)>,
}

impl RecordDesk<'_> {
    /// Copies to the contact what it lacks and the record has. A repeat copies nothing.
    pub async fn copy_to_provider(&self, record: &HostRecord) -> Result<Copied, RecordError> {
        let contact = self.linked(record).await?;
        let clerk = self.site.provider.clerk().ok_or_else(|| {
            RecordError::denied("this provider's contacts cannot be changed", "Do it there.")
        })?;
        let wanted = wanted_contact(&self.host.id, record);
        let outcome = clerk.copy_details(&contact.id, &wanted).await?;
        let word = |field| {
            serde_json::to_value(field)
                .ok()
                .and_then(|word| word.as_str().map(str::to_owned))
                .unwrap_or_default()
        };
        let copied: Vec<String> = outcome.copied.iter().map(|field| word(*field)).collect();
        let left: Vec<(String, String)> = outcome
            .left
            .iter()
            .map(|one| (word(one.field), one.why.to_string()))
            .collect();
        self.note_copy(record, &contact, ("to the contact", &copied))
            .await?;
        Ok(Copied {
            contact,
            copied,
            left,
        })
    }

    /// Copies to the record what it lacks and the contact has. A repeat copies nothing.
    pub async fn copy_to_host(&self, record: &HostRecord) -> Result<Copied, RecordError> {
        let contact = self.linked(record).await?;
        let card = self.card(&contact.id).await?;
        let lacking = lacking(record, &card);
        let mut left = lacking.left;
        let mut copied = lacking.fields;
        if !copied.is_empty() {
            let written = self.records()?.complete(record, &lacking.details).await?;
            if let Err(why) = written {
                left.extend(copied.drain(..).map(|field| (field, why.clone())));
            } else if let Some(after) = self.records()?.record(&record.key).await? {
                // What a detail became is what the record holds afterwards: products drop what they have no field for.
                let still = lacking_still(&after, &card);
                let (kept, lost) = copied.into_iter().partition(|field| !still.contains(field));
                copied = kept;
                let lost: Vec<String> = lost;
                let why = "the product did not keep it";
                left.extend(lost.into_iter().map(|field| (field, why.to_owned())));
            }
        }
        self.note_copy(record, &contact, ("to the record", &copied))
            .await?;
        Ok(Copied {
            contact,
            copied,
            left,
        })
    }

    async fn linked(&self, record: &HostRecord) -> Result<ContactCandidate, RecordError> {
        let party = self.party(record).await?;
        party.standing.contact().cloned().ok_or_else(|| {
            RecordError::denied(
                format!("{} ({}) is linked to no contact", record.key, record.name),
                format!(
                    "Link one first: `tieout record link {} {} --contact NAME`, or `--create`.",
                    self.host.id, record.key
                ),
            )
        })
    }

    async fn note_copy(
        &self,
        record: &HostRecord,
        contact: &ContactCandidate,
        (way, copied): (&str, &[String]),
    ) -> Result<(), RecordError> {
        if copied.is_empty() {
            return Ok(());
        }
        let action = format!(
            "{} copied {} {way}: {} {} and contact {} ({})",
            self.by,
            copied.join(", "),
            self.host.id,
            record.key,
            contact.name,
            contact.id
        );
        self.act(Vec::new(), action).await
    }
}

fn lacking_still(record: &HostRecord, card: &ContactCard) -> Vec<String> {
    lacking(record, card).fields
}
