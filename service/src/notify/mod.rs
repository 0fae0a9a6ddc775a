//! How people and other systems are told what happens while the program serves.

mod facts;

use std::sync::Arc;

use tieout_core::transport::Transport;
use tieout_notices::{Mailer, Notices, Outbound, Parts, SmtpMailer, SystemResolver};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::facts::Known;
use crate::config::{Config, Loaded, resolve};
use crate::exit::Failure;
use crate::office::{Office, Staff, archive};

/// Tells everybody what happens, until it is stopped.
///
/// # Errors
/// The way to the mail server or to other systems cannot be closed against listeners.
pub(crate) fn start(
    office: &Office,
    staff: &Arc<Staff>,
    stop: CancellationToken,
) -> Result<JoinHandle<()>, Failure> {
    let config = &office.loaded.config;
    let facts = Known::new(
        office.lend(staff, office.by.clone()),
        archive(&office.loaded),
    );
    let notices = Notices::new(Parts {
        store: office.port(),
        clock: Arc::clone(&office.clock),
        config: config.notify.clone(),
        public_url: public_url(config),
        mailer: mailer(&office.loaded)?,
        transport: outbound(&office.loaded)?,
        vault: office.apps.vault().cloned(),
        facts: Arc::new(facts),
    });
    Ok(tokio::spawn(async move { notices.run(stop).await }))
}

/// Where people reach the program, if the configuration says so.
pub(crate) fn public_url(config: &Config) -> Option<Url> {
    config.listen.as_ref()?.public_url.clone()
}

/// The way to the mail server; `None` where the configuration names none.
pub(crate) fn mailer(loaded: &Loaded) -> Result<Option<Arc<dyn Mailer>>, Failure> {
    let Some(smtp) = &loaded.config.notify.smtp else {
        return Ok(None);
    };
    let mut smtp = smtp.clone();
    smtp.ca = smtp.ca.map(|file| resolve(&loaded.file, &file));
    let mailer = SmtpMailer::new(&smtp).map_err(|error| Failure::of(&error))?;
    Ok(Some(Arc::new(mailer)))
}

/// The way to other systems.
pub(crate) fn outbound(loaded: &Loaded) -> Result<Arc<dyn Transport>, Failure> {
    let machine = loaded.config.notify.this_machine();
    let outbound = Outbound::new(machine, Arc::new(SystemResolver));
    let outbound = outbound.map_err(|error| Failure::of(&error))?;
    Ok(Arc::new(outbound))
}
