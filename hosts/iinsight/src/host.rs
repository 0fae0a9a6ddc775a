//! How the engine reaches an account of iinsight.

use std::sync::Arc;

use async_trait::async_trait;
use tieout_core::clock::Clock;
use tieout_core::host::{
    Delivery, Host, HostCapability, HostError, HostErrorKind, HostPage, Notebook, WriteBackRefusal,
};
use tieout_core::transport::Transport;
use tokio::sync::Mutex;

use crate::api::Api;
use crate::auth::Session;
use crate::capability::{IINSIGHT, documents};
use crate::cases::Cases;
use crate::changes::Reader;
use crate::config::{IinsightConfig, IinsightWriteBacks};
use crate::deliver::Writer;
use crate::notes::Notes;
use crate::parties::Parties;
use crate::wire::Status;

/// What an account is opened with besides its configuration.
pub struct Means {
    /// How it is reached.
    pub transport: Arc<dyn Transport>,
    /// What must be remembered: companies and people, which invoices are known, and which payments were written.
    pub notebook: Notebook,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Where write-backs go as files; with [`IinsightWriteBacks::Folder`] alone.
    pub folder: Option<Arc<dyn Host>>,
}

/// An account of iinsight.
///
/// The engine keeps how far it was read; the notebook keeps what the product does not: which invoices are known, so that
/// a deletion is found, and which payments were created, so that none is created twice.
pub struct IinsightHost {
    reader: Reader,
    writer: Writer,
    folder: Option<Arc<dyn Host>>,
    capability: HostCapability,
}

impl IinsightHost {
    /// An account. Asks nobody: one that is down now is found out about when it is read.
    ///
    /// # Errors
    /// `Misconfigured`, naming the key, when the settings make no sense.
    pub fn open(config: IinsightConfig, means: Means) -> Result<Self, HostError> {
        if let Some(problem) = config.problems().into_iter().next() {
            return Err(misconfigured(problem.to_string()));
        }
        let reads = HostCapability {
            documents: documents(config.read_adjustments),
            ..IINSIGHT.clone()
        };
        let capability = match (&config.write_backs, &means.folder) {
            (IinsightWriteBacks::None, _) => reads,
            (IinsightWriteBacks::CreatePayment, _) => HostCapability {
                takes_payments: true,
                ..reads
            },
            (IinsightWriteBacks::Folder(_), Some(folder)) => {
                let told = folder.capability();
                HostCapability {
                    takes_payments: told.takes_payments,
                    takes_settlements: told.takes_settlements,
                    takes_postings: told.takes_postings,
                    delivery_items_max: told.delivery_items_max,
                    ..reads
                }
            }
            (IinsightWriteBacks::Folder(_), None) => {
                let message = "`write_backs` names a folder that was not opened";
                return Err(misconfigured(message.to_owned()));
            }
        };
        let session = Session::new(
            &config,
            Arc::clone(&means.transport),
            Arc::clone(&means.clock),
        );
        let notes = Arc::new(Notes::new(means.notebook.clone(), &config));
        let reader = Reader {
            api: Api::new(means.transport, config.address(), Arc::new(session)),
            cases: Cases::new(Arc::clone(&means.clock)),
            parties: Parties::new(Arc::clone(&notes), Arc::clone(&means.clock)),
            notes,
            config,
            notebook: means.notebook,
            clock: means.clock,
            memory: Mutex::default(),
        };
        Ok(Self {
            reader,
            writer: Writer::default(),
            folder: means.folder,
            capability,
        })
    }
}

#[async_trait]
impl Host for IinsightHost {
    fn capability(&self) -> &HostCapability {
        &self.capability
    }

    async fn changes(&self, after: Option<&str>, limit: usize) -> Result<HostPage, HostError> {
        self.reader.changes(after, limit).await
    }

    /// Nothing: how far it was read is all in the position.
    async fn acknowledge(&self, _: &str) -> Result<(), HostError> {
        Ok(())
    }

    async fn deliver(
        &self,
        delivery: &Delivery,
    ) -> Result<Vec<Result<(), WriteBackRefusal>>, HostError> {
        match &self.folder {
            Some(folder) => folder.deliver(delivery).await,
            None => self.writer.deliver(&self.reader, delivery).await,
        }
    }

    /// Signs in and asks for one page of invoices.
    async fn probe(&self) -> Result<(), HostError> {
        let now = self.reader.clock.now();
        self.reader.api.invoices(Status::Active, now, 1).await?;
        Ok(())
    }
}

fn misconfigured(message: String) -> HostError {
    HostError::new(HostErrorKind::Misconfigured, "open host", message)
}
