//! Which documents a command is about when nobody names them: by kind of finding, connection and host.

use tieout_core::check::{Finding, Rule};
use tieout_core::document::{ConnectionId, HostId};
use tieout_core::engine::Binding;
use tieout_core::store::{Filter, Need, Store};

use super::{findings, named_connection};
use crate::cli::ChosenArgs;
use crate::exit::Failure;
use crate::office::Office;

/// Bindings looked at in one step of a walk over all.
const STEP_MAX: usize = 500;

/// A choice of documents with findings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    rule: Option<Rule>,
    connection: Option<ConnectionId>,
    host: Option<HostId>,
    /// What a person undid is not meant.
    leaves_undone: bool,
}

impl Chosen {
    /// The choice of a command line. Names that the configuration or the table does not have are refused.
    pub(crate) fn of(office: &Office, args: &ChosenArgs) -> Result<Self, Failure> {
        let rule = args.rule.as_deref().map(rule).transpose()?;
        let unrouted = ConnectionId::unrouted();
        let connection = match args.connection.as_deref() {
            Some(name) if name == unrouted.as_str() => Some(unrouted),
            name => named_connection(office, name)?,
        };
        let hosts = &office.loaded.config.hosts;
        let host = match args.host.as_deref() {
            None => None,
            Some(name) => match hosts.keys().find(|known| known.as_str() == name) {
                Some(known) => Some(known.clone()),
                None => {
                    return Err(Failure::config(format!(
                        "the configuration has no host `{name}`"
                    )));
                }
            },
        };
        Ok(Self {
            rule,
            connection,
            host,
            leaves_undone: false,
        })
    }

    /// The same without what a person undid: that comes back when somebody names it.
    pub(crate) fn leaving_undone(mut self) -> Self {
        self.leaves_undone = true;
        self
    }

    /// What a list of these documents is asked for. What a person undid is in it too.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            connection: self.connection.clone(),
            host: self.host.clone(),
            need: match &self.rule {
                Some(rule) => Need::Of(rule.clone()),
                None => Need::Somebody,
            },
            ..Filter::default()
        }
    }

    /// Whether a finding is of the chosen kind.
    pub(crate) fn takes(&self, finding: &Finding) -> bool {
        self.rule.as_ref().is_none_or(|rule| finding.rule == *rule)
    }

    /// Whether a document is of the chosen connection and host, and has a finding of the chosen kind.
    pub(crate) fn fits(&self, binding: &Binding) -> bool {
        let key = &binding.key;
        self.connection
            .as_ref()
            .is_none_or(|it| key.connection == *it)
            && self.host.as_ref().is_none_or(|it| key.document.host == *it)
            && !(self.leaves_undone && binding.undone().is_some())
            && binding.findings().any(|finding| self.takes(finding))
    }

    /// Whether trouble of a kind with a connection or a host is chosen.
    pub(crate) fn takes_site(
        &self,
        kind: &str,
        connection: Option<&ConnectionId>,
        host: Option<&HostId>,
    ) -> bool {
        self.rule.as_ref().is_none_or(|rule| rule.as_str() == kind)
            && self
                .connection
                .as_ref()
                .is_none_or(|it| connection == Some(it))
            && self.host.as_ref().is_none_or(|it| host == Some(it))
    }

    /// Looks at every document that fits, a step at a time.
    pub(crate) async fn walk(
        &self,
        store: &dyn Store,
        mut look: impl FnMut(&Binding) + Send,
    ) -> Result<(), Failure> {
        let mut last = None;
        loop {
            let some = store.scan(last.as_ref(), STEP_MAX).await?;
            let Some(end) = some.last() else {
                return Ok(());
            };
            last = Some(end.key.clone());
            some.iter().filter(|it| self.fits(it)).for_each(&mut look);
        }
    }
}

fn rule(name: &str) -> Result<Rule, Failure> {
    // Trouble with connections and files is chosen by its name too.
    if tieout_core::check::kinds::named(name).is_empty() {
        return Err(findings::unknown(name));
    }
    Ok(Rule::from(name))
}
