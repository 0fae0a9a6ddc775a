//! How one visitor signs in and gets to the files.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use russh::keys::HashAlg;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, Response, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, MethodKind, MethodSet};

use crate::faults::Faults;
use crate::files::Files;
use crate::server::{Knife, PASSWORD, USER, WayIn};

/// One connection.
pub(crate) struct Visitor {
    way: WayIn,
    has_key: bool,
    channels: HashMap<ChannelId, Channel<Msg>>,
    root: PathBuf,
    faults: Arc<Faults>,
    knife: Knife,
}

impl Visitor {
    pub(crate) fn new(way: WayIn, root: PathBuf, faults: Arc<Faults>, knife: Knife) -> Self {
        Self {
            way,
            has_key: false,
            channels: HashMap::new(),
            root,
            faults,
            knife,
        }
    }

    fn rejected(&self) -> Auth {
        let wanted = match &self.way {
            WayIn::Password => MethodKind::Password,
            WayIn::Question => MethodKind::KeyboardInteractive,
            WayIn::Key(_) => MethodKind::PublicKey,
            WayIn::KeyAndPassword(_) if self.has_key => MethodKind::Password,
            WayIn::KeyAndPassword(_) => MethodKind::PublicKey,
        };
        Auth::Reject {
            proceed_with_methods: Some(MethodSet::from([wanted].as_slice())),
            partial_success: self.has_key,
        }
    }
}

impl Handler for Visitor {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        self.faults.attempted();
        let takes = match &self.way {
            WayIn::Password => true,
            WayIn::KeyAndPassword(_) => self.has_key,
            WayIn::Question | WayIn::Key(_) => false,
        };
        Ok(match takes && user == USER && password == PASSWORD {
            true => Auth::Accept,
            false => self.rejected(),
        })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        self.faults.attempted();
        let shown = key.public_key.fingerprint(HashAlg::Sha256).to_string();
        match &self.way {
            WayIn::Key(wanted) if *wanted == shown && user == USER => return Ok(Auth::Accept),
            WayIn::KeyAndPassword(wanted) => self.has_key = *wanted == shown && user == USER,
            WayIn::Key(_) | WayIn::Password | WayIn::Question => {}
        }
        Ok(self.rejected())
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        if self.way != WayIn::Question {
            return Ok(self.rejected());
        }
        let Some(mut answers) = response else {
            return Ok(Auth::Partial {
                name: Cow::Borrowed(""),
                instructions: Cow::Borrowed(""),
                prompts: Cow::Owned(vec![(Cow::Borrowed("Password: "), false)]),
            });
        };
        let is_right = answers.next().is_some_and(|answer| answer == PASSWORD);
        Ok(match is_right && user == USER {
            true => Auth::Accept,
            false => self.rejected(),
        })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        match self.channels.remove(&id) {
            Some(channel) if name == "sftp" => {
                session.channel_success(id)?;
                let files = Files::new(
                    self.root.clone(),
                    Arc::clone(&self.faults),
                    self.knife.clone(),
                );
                russh_sftp::server::run(channel.into_stream(), files).await;
                Ok(())
            }
            Some(_) | None => session.channel_failure(id),
        }
    }
}
