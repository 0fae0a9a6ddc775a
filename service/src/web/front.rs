//! What every page and every endpoint works with: the shop of this process, and commands run in somebody's name.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use clap::Parser;
use serde_json::Value;
use tieout_core::store::Store;
use tieout_identity::{Gate, Identity, Oidc, Panels};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::news::News;
use super::writes::Writes;
use crate::cli::Cli;
use crate::control::Shop;
use crate::exit::{Exit, Failure};
use crate::office::Office;
use crate::output::{Sink, Stream, Terminal};
use crate::setup::{Consents, Plans, Wish};

/// What stands behind every page.
pub(crate) struct Front {
    /// The store, the staff and the configuration.
    pub(crate) shop: Arc<Shop>,
    /// What is done for callers of the API, who may go away.
    pub(crate) writes: Writes,
    /// That something was written.
    pub(crate) news: News,
    /// How the process is asked to begin anew, with the configuration as it is then.
    pub(crate) renewal: Arc<Renewal>,
    /// People and keys: the only desk of this process.
    pub(crate) identity: Arc<Identity>,
    /// The identity provider, if one is configured.
    pub(crate) oidc: Option<Oidc>,
    /// Who signs and checks the tokens of panels.
    pub(crate) panels: Panels,
    /// How often somebody may try.
    pub(crate) gate: Gate,
    /// Consents that were begun here and not answered yet.
    pub(crate) consents: Consents,
    /// Plans that were asked for here.
    pub(crate) plans: Plans,
    /// When it began, or began anew.
    pub(crate) began_at: DateTime<Utc>,
    public: Option<Url>,
    address: SocketAddr,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    /// How it ended, as the program itself would.
    pub(crate) exit: Exit,
    /// The values that it printed, in order.
    pub(crate) values: Vec<Value>,
    /// What it said beside them, line by line.
    pub(crate) notices: Vec<String>,
}

/// Pieces of output that wait to be gathered.
const PIECES_MAX: usize = 64;

impl Front {
    /// The front of a shop; `address` is where it listens.
    pub(crate) fn new(
        shop: Arc<Shop>,
        renewal: Arc<Renewal>,
        stop: CancellationToken,
        address: SocketAddr,
        (panels, oidc): (Panels, Option<Oidc>),
    ) -> Arc<Self> {
        let listen = shop.loaded().config.listen.as_ref();
        let public = listen.and_then(|listen| listen.public_url.clone());
        let began_at = shop.staff().world.clock.now();
        let news = News::watch(shop.office("").port(), stop);
        Arc::new(Self {
            identity: shop.office("").identity,
            shop,
            writes: Writes::default(),
            news,
            renewal,
            gate: Gate::default(),
            panels,
            oidc,
            consents: Consents::default(),
            plans: Plans::default(),
            began_at,
            public,
            address,
        })
    }

    /// Everything durable.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        self.shop.staff().world.store.clone()
    }

    /// The office in somebody's name.
    pub(crate) fn office(&self, by: &str) -> Office {
        self.shop.office(by)
    }

    /// The present.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shop.staff().world.clock.now()
    }

    /// Whether browsers come over HTTPS, as the configuration says.
    pub(crate) fn is_secure(&self) -> bool {
        self.public
            .as_ref()
            .is_some_and(|url| url.scheme() == "https")
    }

    /// The name of the cookie of a session: one that no other name of this host can set, where that is possible.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.is_secure() {
            "__Host-tieout"
        } else {
            "tieout"
        }
    }

    /// How people reach this server, if the configuration says.
    pub(crate) fn public_url(&self) -> Option<&Url> {
        self.public.as_ref()
    }

    /// How a browser reaches it from outside, or on this machine by the name that Xero takes for it.
    pub(crate) fn base(&self) -> Url {
        self.public.clone().unwrap_or_else(|| {
            let port = self.address.port();
            Url::parse(&format!("http://localhost:{port}/")).expect("a number makes a port")
        })
    }

    /// Runs a command of the command line in somebody's name, such as `["retry", "acme/invoice/1"]`, and gathers what
    /// it says. Fails as the command does.
    pub(crate) async fn command(&self, words: &[&str], by: &str) -> Result<Answer, Failure> {
        let line = ["tieout", "--json"].iter().chain(words).copied();
        let cli = Cli::try_parse_from(line).map_err(|error| Failure::config(error.to_string()))?;
        let file = self.shop.loaded().file.clone();
        gathered(self.shop.obey(&cli, &file, by.to_owned())).await
    }
}

/// Gathers what a command says. Fails as the command does.
async fn gathered(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Answer, Failure> {
    let (pieces, mut waiting) = mpsc::channel(PIECES_MAX);
    let sink = Sink {
        terminal: Terminal::default(),
        config: None,
        pieces,
    };
    // On a task of its own: a command that says much waits for its reader on this one, without letting go of it.
    let gathering = tokio::spawn(async move {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some((stream, piece)) = waiting.recv().await {
            match stream {
                Stream::Out => out.extend(piece),
                Stream::Err => err.extend(piece),
            }
        }
        (out, err)
    });
    let exit = sink.scope(work).await?;
    let unheard = |_| Failure::new("what the command said was lost");
    let (out, err) = gathering.await.map_err(unheard)?;
    let values = serde_json::Deserializer::from_slice(&out).into_iter::<Value>();
    let values = values.collect::<Result<Vec<Value>, _>>();
    let values = values.map_err(|error| {
        tracing::error!(%error, "a command said what is no JSON");
        Failure::new("the command said what cannot be read")
    })?;
    let notices = String::from_utf8_lossy(&err);
    Ok(Answer {
        exit,
        values,
        notices: notices.lines().map(str::to_owned).collect(),
    })
}

/// How the process is asked to begin anew.
#[derive(Debug)]
pub(crate) struct Renewal {
    stop: CancellationToken,
    wanted: AtomicBool,
    /// None once they were taken: what comes then would be done by nobody.
    wishes: Mutex<Option<Vec<Wish>>>,
}

impl Renewal {
    /// One that ends the work by this token.
    pub(crate) fn new(stop: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            stop,
            wanted: AtomicBool::new(false),
            wishes: Mutex::new(Some(Vec::new())),
        })
    }

    /// The same with something that is done when the work has ended, before it begins anew.
    /// Says whether it will be: whoever comes while the process begins anew must come again.
    pub(crate) fn wish(&self, wish: Wish) -> bool {
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(open) = wishes.as_mut() else {
            return false;
        };
        open.push(wish);
        drop(wishes);
        self.ask();
        true
    }

    /// Whether a wish would be fulfilled.
    pub(crate) fn is_open(&self) -> bool {
        let wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.is_some()
    }

    /// What is to be done before it begins anew.
    pub(crate) fn wishes(&self) -> Vec<Wish> {
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.take().unwrap_or_default()
    }

    /// Ends the work in good order; it then begins anew with the configuration as it is. What is in the air is finished.
    pub(crate) fn ask(&self) {
        self.wanted.store(true, Ordering::Relaxed);
        self.stop.cancel();
    }

    /// What ends the work.
    pub(crate) fn end(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Whether somebody asked.
    pub(crate) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}
