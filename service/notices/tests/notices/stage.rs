//! A store with a journal, a clock that is set by hand, a mail server, and notices between them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tieout_conformance::store::samples::{binding_on, posted_binding, start};
use tieout_core::check::{Finding, Rule};
use tieout_core::clock::Clock;
use tieout_core::document::HostId;
use tieout_core::engine::{Binding, BindingKey, Entry, Event, Op, State};
use tieout_core::store::{ChangeSet, MemoryStore, Store};
use tieout_core::transport::Transport;
use tieout_core::vault::{KeyRing, Vault};
use tieout_notices::{
    CertificateData, ConnectionFact, EmailAddress, EndpointDraft, EndpointId, Facts, Filter,
    GroupDraft, GroupId, Mailer, Member, Notices, NotifyConfig, Outbound, Parts, SmtpConfig,
    SmtpMailer, SmtpTls, SystemResolver, ThisMachine, Wants, add_endpoint, add_group,
};

use crate::receiver::Receiver;
use crate::sink::Sink;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<Mutex<DateTime<Utc>>>);

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// What the program would know.
#[derive(Clone, Default)]
pub(crate) struct Told {
    pub(crate) connections: Arc<Mutex<Vec<ConnectionFact>>>,
    pub(crate) certificate: Arc<Mutex<Option<CertificateData>>>,
}

#[async_trait]
impl Facts for Told {
    async fn connections(&self) -> Vec<ConnectionFact> {
        self.connections.lock().unwrap().clone()
    }

    async fn certificate(&self) -> Option<CertificateData> {
        self.certificate.lock().unwrap().clone()
    }

    fn hosts(&self) -> Vec<HostId> {
        vec![HostId::new("case-manager").unwrap()]
    }
}

pub(crate) struct Stage {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: HandClock,
    pub(crate) sink: Sink,
    pub(crate) facts: Told,
    pub(crate) config: NotifyConfig,
    pub(crate) notices: Notices,
}

impl Stage {
    /// A stage where nobody is told anything yet.
    pub(crate) async fn empty() -> Self {
        Self::with(NotifyConfig::default()).await
    }

    pub(crate) async fn with(config: NotifyConfig) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let clock = HandClock(Arc::new(Mutex::new(start())));
        let (sink, facts) = (Sink::start().await, Told::default());
        let notices = open(&store, &clock, &sink, &facts, &config);
        Self {
            store,
            clock,
            sink,
            facts,
            config,
            notices,
        }
    }

    /// A stage with a group that wants everything, whose members are these, after its first step.
    pub(crate) async fn with_group(members: &[&str]) -> Self {
        let stage = Self::empty().await;
        stage
            .group("accounts", members, ALL, Filter::default())
            .await;
        stage.step().await;
        stage
    }

    pub(crate) async fn group(&self, id: &str, members: &[&str], wants: Wants, only: Filter) {
        let member = |email: &&str| Member {
            name: String::new(),
            email: EmailAddress::new(*email).unwrap(),
        };
        let draft = GroupDraft {
            id: GroupId::new(id).unwrap(),
            name: String::new(),
            members: members.iter().map(member).collect(),
            wants,
            only,
        };
        add_group(self.store.as_ref(), draft, "ann", self.now())
            .await
            .unwrap();
    }

    /// An endpoint at a receiver; its secret.
    pub(crate) async fn endpoint(&self, id: &str, receiver: &Receiver) -> SecretString {
        self.endpoint_like(id, receiver, |draft| draft).await
    }

    pub(crate) async fn endpoint_like(
        &self,
        id: &str,
        receiver: &Receiver,
        amend: impl FnOnce(EndpointDraft) -> EndpointDraft,
    ) -> SecretString {
        let draft = EndpointDraft {
            id: EndpointId::new(id).unwrap(),
            url: receiver.url(),
            events: Vec::new(),
            only: Filter::default(),
            groups: Vec::new(),
            disabled: false,
        };
        let added = add_endpoint(
            self.store.as_ref(),
            Some(&self.vault()),
            amend(draft),
            ThisMachine::Allowed,
            "ann",
            self.now(),
        )
        .await
        .unwrap();
        added.secret.0
    }

    pub(crate) fn vault(&self) -> Arc<Vault> {
        vault(&self.store)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock().unwrap() += time;
    }

    pub(crate) async fn step(&self) {
        self.notices.step(self.now()).await.unwrap();
    }

    /// Steps as the loop would, until some time has passed.
    pub(crate) async fn live(&self, time: TimeDelta) {
        let end = self.now() + time;
        loop {
            let stepped = self.notices.step(self.now()).await.unwrap();
            if self.now() >= end {
                return;
            }
            // Nothing is read in between that was not there: whole minutes keep tests quick.
            let least = match time > TimeDelta::days(1) {
                true => TimeDelta::minutes(10),
                false => TimeDelta::minutes(1),
            };
            let next = stepped.next_at.max(self.now() + least);
            *self.clock.0.lock().unwrap() = next.min(end);
        }
    }

    /// The same store in a new process.
    pub(crate) fn restart(&mut self) {
        let store = Arc::clone(&self.store);
        self.notices = self.on(&store);
    }

    /// Notices of a new process on some store.
    pub(crate) fn on(&self, store: &Arc<dyn Store>) -> Notices {
        open(store, &self.clock, &self.sink, &self.facts, &self.config)
    }

    /// A document becomes this, with a line of the journal.
    pub(crate) async fn happens(&self, mut binding: Binding, event: Event) {
        let stored = self
            .store
            .bindings(std::slice::from_ref(&binding.key))
            .await
            .unwrap();
        binding.version = stored[0].as_ref().map_or(0, |stored| stored.version);
        binding.changed_at = self.now();
        let entry = Entry {
            at: self.now(),
            binding: Some(binding.key.clone()),
            state: Some(binding.state.name().to_owned()),
            event,
        };
        let changes = ChangeSet {
            bindings: vec![binding],
            journal: vec![entry],
            ..ChangeSet::default()
        };
        self.store.commit(changes).await.unwrap();
    }

    /// A document is sent.
    pub(crate) async fn posts(&self, id: &str) {
        let event = Event::Landed {
            op: Op::Create,
            provider_id: format!("p-{id}"),
        };
        self.happens(clean(id), event).await;
    }

    /// The host takes the payment of a document.
    pub(crate) async fn pays(&self, id: &str) {
        self.pays_as(clean(id)).await;
    }

    /// The host is told of the payments of a document as they are now.
    pub(crate) async fn pays_as(&self, binding: Binding) {
        let payments = binding.told.payments.keys().cloned().collect();
        let event = Event::Delivered {
            items: 1,
            what: "payment".to_owned(),
            payments,
        };
        self.happens(binding, event).await;
    }

    /// A document is held.
    pub(crate) async fn holds(&self, id: &str) -> BindingKey {
        self.holds_for(id, account_missing()).await
    }

    pub(crate) async fn holds_for(&self, id: &str, finding: Finding) -> BindingKey {
        let findings = vec![finding];
        let binding = Binding {
            state: State::Held {
                findings: findings.clone(),
            },
            ..binding_on(id, "acme")
        };
        let key = binding.key.clone();
        self.happens(binding, Event::Held { findings }).await;
        key
    }
}

/// A posted document with a payment and nothing wrong.
pub(crate) fn clean(id: &str) -> Binding {
    let mut binding = posted_binding(id);
    binding.told.refused.clear();
    binding
}

pub(crate) fn account_missing() -> Finding {
    Finding::new(
        Rule::AccountMissing,
        "no account is configured for `Consulting`",
        "Add it to the accounts of the connection.",
    )
    .at("lines[1].charge_code", "CONSULT")
}

pub(crate) const ALL: Wants = Wants {
    periodic: true,
    daily: true,
    needs_somebody: true,
    grant_expiring: true,
};

pub(crate) const NOTHING: Wants = Wants {
    periodic: false,
    daily: false,
    needs_somebody: false,
    grant_expiring: false,
};

pub(crate) fn vault(store: &Arc<dyn Store>) -> Arc<Vault> {
    Arc::new(Vault::new(Arc::clone(store), KeyRing::parse(KEY).unwrap()))
}

pub(crate) fn mailer(sink: &Sink) -> Arc<dyn Mailer> {
    let config = SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port: Some(sink.port),
        tls: SmtpTls::None,
        ca: None,
        user: Some("tieout".to_owned()),
        password: Some(SecretString::from("s3cret")),
        from: "tieout@books.example".to_owned(),
    };
    Arc::new(SmtpMailer::new(&config).unwrap())
}

pub(crate) fn outbound() -> Arc<dyn Transport> {
    Arc::new(Outbound::new(ThisMachine::Allowed, Arc::new(SystemResolver)).unwrap())
}

fn open(
    store: &Arc<dyn Store>,
    clock: &HandClock,
    sink: &Sink,
    facts: &Told,
    config: &NotifyConfig,
) -> Notices {
    Notices::new(Parts {
        store: Arc::clone(store),
        clock: Arc::new(clock.clone()),
        config: config.clone(),
        public_url: Some("https://tieout.example/app".parse().unwrap()),
        mailer: Some(mailer(sink)),
        transport: outbound(),
        vault: Some(vault(store)),
        facts: Arc::new(facts.clone()),
    })
}
