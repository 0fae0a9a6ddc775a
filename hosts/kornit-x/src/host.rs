//! How the engine reaches Kornit X: what is pushed and polled is kept in notes first, and told from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tieout_core::clock::Clock;
use tieout_core::document::{DocumentId, DocumentKind};
use tieout_core::host::{
    Delivery, Heard, Host, HostCapability, HostError, HostErrorKind, HostPage, Look, Notebook,
    Push, PushRefusal, Record, WriteBackRefusal,
};
use tieout_core::transport::Transport;

use crate::auth::keys;
use crate::book::{Ledger, NAMELESS, Nameless, Owed};
use crate::capability::KORNIT_X;
use crate::client::Export;
use crate::config::{InvoicePer, KornitXConfig, UnsignedCallbacks, is_about_a_secret};
use crate::hear::{heard, is_unsigned_callback};
use crate::map::{Family, tell};

/// Minutes between two looks at the export for the sake of callbacks that nobody signed.
const WHISPER_MINUTES: i64 = 2;
/// The form of a position.
const VERSION: u32 = 1;

/// Kornit X as a host.
///
/// A push is durable in the notes before it is answered, and what it means is told with the next page, which the engine
/// acknowledges: so nothing is lost between the two, and nothing is told that was not kept.
pub struct KornitXHost {
    config: KornitXConfig,
    keys: Vec<SecretString>,
    ledger: Ledger,
    export: Option<Export>,
    clock: Arc<dyn Clock>,
    /// Whether something was hinted at that only the export can tell.
    is_hinted: AtomicBool,
    /// The same, by somebody who proved nothing.
    is_whispered: AtomicBool,
    /// Whether what could not be read was owed once more by this process.
    is_reviewed: AtomicBool,
}

/// How far the engine was told.
#[derive(Serialize, Deserialize)]
struct Position {
    v: u32,
    owed: u64,
}

impl KornitXHost {
    /// The product under a configuration. Asks nobody.
    ///
    /// Fails as `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(
        config: KornitXConfig,
        notebook: Notebook,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HostError> {
        // A command that asks nobody does without secrets.
        let mut problems = config.problems().into_iter();
        if let Some(problem) = problems.find(|problem| !is_about_a_secret(problem)) {
            let message = problem.to_string();
            return Err(HostError::new(
                HostErrorKind::Misconfigured,
                "open host",
                message,
            ));
        }
        let export = config.export.as_ref();
        Ok(Self {
            keys: config.hmac_key.as_ref().map(keys).unwrap_or_default(),
            export: export.map(|export| Export::new(export, transport, Arc::clone(&clock))),
            ledger: Ledger::new(notebook),
            clock,
            config,
            is_hinted: AtomicBool::new(false),
            is_whispered: AtomicBool::new(false),
            is_reviewed: AtomicBool::new(false),
        })
    }

    /// Reads one page of the export into the notes, if one is due. Gives whether another one is.
    async fn poll(&self) -> Result<bool, HostError> {
        let Some(export) = &self.export else {
            return Ok(false);
        };
        let poll = self.ledger.poll().await?;
        let now = self.clock.now();
        let is_hinted = self.is_hinted.swap(false, Ordering::Relaxed);
        // Whoever proves nothing has it looked at now and then, however often that is asked.
        let rested = poll.looked.or(poll.done);
        let is_rested = rested.is_none_or(|at| now - at >= TimeDelta::minutes(WHISPER_MINUTES));
        let is_whispered = is_rested && self.is_whispered.swap(false, Ordering::Relaxed);
        if !is_hinted && !is_whispered && !export.is_due(&poll, now) {
            return Ok(false);
        }
        let fetched = match export.page(&poll, &self.ledger).await {
            Ok(fetched) => fetched,
            Err(error) => {
                self.is_hinted.fetch_or(is_hinted, Ordering::Relaxed);
                self.is_whispered.fetch_or(is_whispered, Ordering::Relaxed);
                return Err(error);
            }
        };
        self.ledger
            .take(
                &fetched.told,
                now,
                Some(&fetched.poll),
                fetched.end.as_ref(),
            )
            .await?;
        if let Some(error) = fetched.refused {
            return Err(error);
        }
        tracing::debug!(orders = fetched.told.len(), "a page of the export was read");
        Ok(fetched.poll.began.is_some())
    }

    async fn records(&self, owed: &[Owed]) -> Result<Vec<Record>, HostError> {
        let mut records = Vec::new();
        let mut seen = BTreeSet::new();
        let mut stuck = BTreeMap::new();
        for one in owed {
            if !seen.insert(one.id.as_str()) {
                continue;
            }
            if one.id == NAMELESS {
                records.extend(nameless(self.ledger.nameless().await?));
                continue;
            }
            let Some(family) = self.family(&one.id).await? else {
                continue;
            };
            let (told, is_stuck) = tell(&family, &self.config);
            records.extend(told);
            stuck.insert(one.id.clone(), is_stuck);
        }
        self.ledger.keep_stuck(&stuck).await?;
        Ok(records)
    }

    async fn family(&self, id: &str) -> Result<Option<Family>, HostError> {
        let Some(order) = self.ledger.order(id).await? else {
            return Ok(None);
        };
        let group = match &order.group {
            Some(name) => self.ledger.group(name).await?,
            None => None,
        };
        let mut members = Vec::new();
        if self.config.invoice_per == InvoicePer::ExternalRef {
            for id in group.iter().flat_map(|group| group.members()) {
                members.extend(self.ledger.order(id).await?);
            }
        }
        Ok(Some(Family {
            order,
            group,
            members,
        }))
    }
}

#[async_trait]
impl Host for KornitXHost {
    fn capability(&self) -> &HostCapability {
        &KORNIT_X
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        let position = parsed(after)?;
        if !self.is_reviewed.load(Ordering::Relaxed) {
            self.ledger.owe_stuck().await?;
            self.is_reviewed.store(true, Ordering::Relaxed);
        }
        let mut owed = self.ledger.owed(position).await?;
        let mut more = false;
        // What was heard is told before anything is asked: the export may be down.
        if owed.is_empty() {
            more = self.poll().await?;
            owed = self.ledger.owed(position).await?;
        }
        // One order makes two documents.
        let most = (limit / 2).max(1);
        more |= owed.len() > most || (!owed.is_empty() && self.export.is_some());
        owed.truncate(most);
        let records = self.records(&owed).await?;
        let reached = owed.last().map(|last| Position {
            v: VERSION,
            owed: last.number,
        });
        let position = match reached {
            Some(position) => Some(serde_json::to_string(&position).expect("numbers are JSON")),
            None => after.map(str::to_owned),
        };
        Ok(HostPage {
            records,
            position,
            more,
        })
    }

    async fn acknowledge(&self, position: &str) -> Result<(), HostError> {
        self.ledger.told(parsed(Some(position))?).await
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        let refusal = || WriteBackRefusal {
            code: "not_taken".to_owned(),
            message: "the product has no way to be told of payments and postings".to_owned(),
        };
        Ok(delivery.items.iter().map(|_| Err(refusal())).collect())
    }

    /// Signs in to the export and reads its first page; what is only pushed cannot be asked.
    async fn probe(&self) -> Result<(), HostError> {
        match &self.export {
            Some(export) => export.probe(&self.ledger).await,
            None => Ok(()),
        }
    }

    async fn hear(&self, push: &Push) -> Result<Heard, PushRefusal> {
        let heard = match heard(&self.keys, push) {
            Err(PushRefusal::NotSigned(_) | PushRefusal::NotTaken)
                if self.config.unsigned_callbacks == UnsignedCallbacks::Looked
                    && is_unsigned_callback(push) =>
            {
                self.is_whispered.store(true, Ordering::Relaxed);
                return Ok(Heard {
                    records: Vec::new(),
                    look: Look::Soon,
                });
            }
            heard => heard?,
        };
        let lacks_form = self.ledger.take(&heard.told, push.at, None, None).await?;
        if lacks_form {
            self.is_hinted.store(true, Ordering::Relaxed);
        }
        // What names no order would be lost silently; a repeat of the others does no harm.
        if let Some(message) = heard.nameless {
            return Err(PushRefusal::BadData(message));
        }
        Ok(Heard {
            records: Vec::new(),
            look: Look::Soon,
        })
    }
}

/// What is told of rows without an identifier: by a name of their own, until a whole round meets none.
fn nameless(met: Option<Nameless>) -> Option<Record> {
    const NAME: &str = "rows of the export without an identifier";
    let Some(Nameless {
        rows,
        field,
        message,
    }) = met
    else {
        return Some(Record::Removed {
            kind: DocumentKind::Invoice,
            id: DocumentId::new(NAME).ok()?,
            revision: None,
        });
    };
    let message = match rows {
        1 => format!(
            "a row of the export is no order that can be told apart, and is passed over: {message}"
        ),
        rows => format!(
            "{rows} rows of the export are no orders that can be told apart, and are passed over; of the first: {message}"
        ),
    };
    Some(Record::Unreadable {
        place: "export".to_owned(),
        field,
        message,
        id: Some(NAME.to_owned()),
    })
}

fn parsed(text: Option<&str>) -> Result<u64, HostError> {
    let Some(text) = text else {
        return Ok(0);
    };
    match serde_json::from_str(text) {
        Ok(Position { v: VERSION, owed }) => Ok(owed),
        _ => {
            let message = format!("the position `{text}` is not one of this host");
            Err(HostError::new(
                HostErrorKind::Misconfigured,
                "read changes",
                message,
            ))
        }
    }
}
