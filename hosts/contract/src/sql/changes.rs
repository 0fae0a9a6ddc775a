//! How a page is read: one snapshot of the database, the next invoices in it, their lines, and whole batches only.

use tieout_core::host::{HostError, HostErrorKind, HostPage, Record};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::batches::{self, not_whole};
use super::config::SqlHostConfig;
use super::position::{HELD_MAX, Horizon, Position, Release};
use super::records::records;
use super::session::{Lease, Session};
use super::shape::Shape;
use super::statement::{self, Reading};
use super::views::View;

pub(super) const OPERATION: &str = "read changes";

/// Everything in it is of one moment, and nothing can be written.
const BEGIN: &str = "begin isolation level repeatable read read only";

/// The next documents after a position.
pub(super) async fn changes(
    session: &Session,
    config: &SqlHostConfig,
    after: Option<&str>,
    limit: usize,
) -> Result<HostPage, HostError> {
    let position = match after {
        Some(text) => Position::parse(text)?,
        None => Position::start(),
    };
    let lease = session.lease(OPERATION).await?;
    lease.run(OPERATION, BEGIN).await?;
    let shape = Shape::read(&lease, OPERATION, &config.schema).await?;
    let mut page = Page {
        lease: &lease,
        shape,
        config,
        limit,
        position,
        records: Vec::new(),
        more: false,
    };
    page.look_at_held().await?;
    if page.position.release.is_some() {
        page.release().await?;
    } else {
        page.read().await?;
    }
    let page = HostPage {
        records: page.records,
        position: Some(page.position.to_text()),
        more: page.more,
    };
    lease.run(OPERATION, "commit").await?;
    lease.give_back();
    Ok(page)
}

struct Page<'a> {
    lease: &'a Lease<'a>,
    shape: Shape,
    config: &'a SqlHostConfig,
    limit: usize,
    position: Position,
    records: Vec<Record>,
    more: bool,
}

/// An invoice's row before its lines are read.
struct Head {
    version: i64,
    id: String,
    batch: Option<String>,
    row: Row,
}

impl Page<'_> {
    /// Finds out which batches are whole by now. One at a time is then told.
    async fn look_at_held(&mut self) -> Result<(), HostError> {
        if self.position.held.is_empty() || self.position.release.is_some() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.position.held);
        let names: Vec<&str> = waiting.iter().map(|held| held.batch.as_str()).collect();
        let still = not_whole(self.lease, OPERATION, &self.shape, &names).await?;
        for before in waiting {
            let now = still.iter().find(|held| held.batch == before.batch);
            match now {
                Some(now) => {
                    if now.said != before.said {
                        self.records.push(batches::waits(now));
                    }
                    self.position.held.push(now.clone());
                }
                None if self.position.release.is_none() => {
                    self.position.release = Some(Release {
                        batch: before.batch,
                        after: None,
                    });
                }
                None => self.position.held.push(before),
            }
        }
        Ok(())
    }

    /// Tells the next documents of a batch that became whole.
    async fn release(&mut self) -> Result<(), HostError> {
        let Some(release) = self.position.release.take() else {
            return Ok(());
        };
        let (batch, after) = (release.batch.as_str(), release.after.as_deref());
        let mut heads = match self.shape.type_of(View::Invoice, "batch_no") {
            Some(_) => {
                self.heads(Reading::Batch, batch, after, self.limit + 1)
                    .await?
            }
            None => Vec::new(),
        };
        let is_last = heads.len() <= self.limit;
        heads.truncate(self.limit);
        let after = heads.last().map(|head| head.id.clone());
        self.tell(heads).await?;
        if is_last {
            self.records.push(batches::is_whole(batch)?);
        } else {
            self.position.release = Some(Release {
                batch: release.batch,
                after,
            });
        }
        self.more = true;
        Ok(())
    }

    /// Tells the next documents by their versions.
    async fn read(&mut self) -> Result<(), HostError> {
        if let Some(upto) = self.position.look(self.horizon().await?) {
            let own = self.own_transaction().await?;
            self.position.settles_after(upto, own);
        }
        let after = self.position.after.clone();
        let most = self.limit + 1 + self.position.told_ahead();
        let heads = self
            .heads(
                Reading::Changes,
                &after.version.to_string(),
                after.id.as_deref(),
                most,
            )
            .await?;
        let new: Vec<Head> = heads
            .into_iter()
            .filter(|head| !self.position.is_told(head.version, &head.id))
            .collect();
        let found = new.len();
        let new = self.fitting(new);
        let is_all = new.len() == found;
        let full = new.is_empty() && !is_all;
        let told: Vec<(i64, String)> = new
            .iter()
            .map(|head| (head.version, head.id.clone()))
            .collect();
        let whole = self.without_held(new).await?;
        if whole.cut {
            self.more = true;
        }
        for (version, id) in told.into_iter().take(whole.passed) {
            self.position.told(version, id);
        }
        if is_all && !whole.cut {
            self.position.all_told();
        }
        self.tell(whole.heads).await?;
        self.more |= !is_all && !full;
        if full && self.position.is_full() {
            tracing::warn!(
                told = self.position.told_ahead(),
                "a transaction of the database stays open, and what it may still write comes first: nothing more is read until it ends"
            );
        }
        Ok(())
    }

    /// As many as fit into a page: its limit, its batches, and what can be remembered as told ahead.
    fn fitting(&self, heads: Vec<Head>) -> Vec<Head> {
        let mut batches: Vec<String> = Vec::new();
        let mut fitting: Vec<Head> = Vec::new();
        for head in heads {
            if let Some(batch) = &head.batch
                && !batches.contains(batch)
            {
                batches.push(batch.clone());
            }
            // Each row of a page that is not settled needs room of its own.
            let room = self.position.has_room(head.version, fitting.len());
            if fitting.len() == self.limit || batches.len() > batches::IN_PAGE_MAX || !room {
                break;
            }
            fitting.push(head);
        }
        fitting
    }

    /// Takes out documents of batches that are not whole, which then wait.
    async fn without_held(&mut self, heads: Vec<Head>) -> Result<Whole, HostError> {
        let mut names: Vec<&str> = heads.iter().filter_map(|it| it.batch.as_deref()).collect();
        names.sort_unstable();
        names.dedup();
        let waiting = not_whole(self.lease, OPERATION, &self.shape, &names).await?;
        let mut whole = Whole {
            heads: Vec::with_capacity(heads.len()),
            passed: 0,
            cut: false,
        };
        for head in heads {
            let batch = head.batch.as_deref();
            let waits = waiting
                .iter()
                .find(|held| Some(held.batch.as_str()) == batch);
            match waits {
                None => whole.heads.push(head),
                Some(held) if self.position.held.iter().any(|it| it.batch == held.batch) => {}
                Some(_) if self.position.held.len() == HELD_MAX => {
                    whole.cut = true;
                    break;
                }
                Some(held) => {
                    self.records.push(batches::waits(held));
                    self.position.held.push(held.clone());
                }
            }
            whole.passed += 1;
        }
        if whole.cut && whole.passed == 0 {
            let message = format!(
                "{HELD_MAX} batches are not whole, so nothing more is read: complete them, or correct {}",
                self.shape.name(View::Batch)
            );
            return Err(HostError::new(HostErrorKind::BadData, OPERATION, message));
        }
        Ok(whole)
    }

    async fn horizon(&self) -> Result<Horizon, HostError> {
        let rows = self
            .lease
            .rows(OPERATION, &statement::horizon(&self.shape), &[])
            .await?;
        let cells = rows.first().and_then(|row| {
            let cell = |at| row.try_get::<_, Option<&str>>(at).ok().flatten();
            Some(Horizon {
                newest: cell(0).and_then(|text| text.parse().ok()),
                oldest_open: cell(1)?.parse().ok()?,
                after_ended: cell(2)?.parse().ok()?,
            })
        });
        cells.ok_or_else(|| bad("the database gave no snapshot; PostgreSQL 13 or newer is needed"))
    }

    /// The number of the transaction that reads: drawn after its snapshot, so later than that of every transaction
    /// which drew a version that the snapshot has passed.
    async fn own_transaction(&self) -> Result<u64, HostError> {
        let rows = self
            .lease
            .rows(OPERATION, statement::OWN_TRANSACTION, &[])
            .await?;
        rows.first()
            .and_then(|row| row.try_get::<_, Option<&str>>(0).ok().flatten())
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| bad("the database gave its transaction no number"))
    }

    async fn heads(
        &self,
        reading: Reading,
        first: &str,
        second: Option<&str>,
        most: usize,
    ) -> Result<Vec<Head>, HostError> {
        let statement = statement::invoices(&self.shape, reading, self.config.contact_names);
        let most = most.to_string();
        let parameters = [
            (
                &first as &(dyn tokio_postgres::types::ToSql + Sync),
                Type::TEXT,
            ),
            (&second, Type::TEXT),
            (&most, Type::TEXT),
        ];
        let rows = self.lease.rows(OPERATION, &statement, &parameters).await?;
        let batch_at = statement::invoice_columns()
            .position(|column| column == "batch_no")
            .map(|at| at + statement::HEAD_CELLS);
        rows.into_iter()
            .map(|row| head(row, batch_at).map_err(|why| bad(&why)))
            .collect()
    }

    /// Reads the lines of documents and adds what comes of both.
    async fn tell(&mut self, heads: Vec<Head>) -> Result<(), HostError> {
        if heads.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = heads.iter().map(|head| head.id.as_str()).collect();
        let lines = self
            .lease
            .rows(
                OPERATION,
                &statement::lines(&self.shape),
                &[(&ids, Type::TEXT_ARRAY)],
            )
            .await?;
        let invoices: Vec<(String, Row)> = heads.into_iter().map(|it| (it.id, it.row)).collect();
        self.records
            .extend(records(&invoices, &lines).map_err(|why| bad(&why))?);
        Ok(())
    }
}

/// What is left of a page without batches that wait.
struct Whole {
    heads: Vec<Head>,
    /// Rows that are told or wait.
    passed: usize,
    /// Whether rows were left for another page.
    cut: bool,
}

fn head(row: Row, batch_at: Option<usize>) -> Result<Head, String> {
    let cell = |at: usize| {
        row.try_get::<_, Option<&str>>(at)
            .map_err(|error| error.to_string())
    };
    let version = cell(0)?.unwrap_or_default();
    let version = version
        .parse()
        .map_err(|_| format!("`{version}` is no row_version"))?;
    let id = cell(1)?.unwrap_or_default().to_owned();
    let batch = batch_at.map(cell).transpose()?.flatten();
    let batch = batch
        .map(str::trim)
        .filter(|batch| !batch.is_empty())
        .map(str::to_owned);
    Ok(Head {
        version,
        id,
        batch,
        row,
    })
}

fn bad(why: &str) -> HostError {
    HostError::new(HostErrorKind::BadData, OPERATION, why)
}
