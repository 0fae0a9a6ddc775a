//! `tieout check`: every problem of configuration, folders and organisations, with its place and what to do.

mod mirror;
mod servers;
mod telemetry;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use tieout_core::check::Finding;
use tieout_core::document::ConnectionId;
use tieout_core::driver::remembered_chart;
use tieout_core::mapping::{check_alone, check_kinds, check_settings};
use tieout_core::provider::{Chart, ContactAnswer, ContactWanted, ProviderError};

use super::grant;
use super::recent::{self, Recent};
use crate::cli::{CheckArgs, Cli};
use crate::config::Mistake;
use crate::exit::{Exit, Failure};
use crate::office::{Office, Organisation, Staff};
use crate::output::{self, counted, say};

/// A problem with its place.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    file: PathBuf,
    /// The variable of the environment that decides the key in place of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    variable: Option<String>,
    line: Option<usize>,
    #[serde(skip)]
    stands: String,
    /// The key of the configuration.
    pub(crate) key: String,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// What was found to be right, and what was not.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// What is right.
    pub(crate) fine: Vec<String>,
    /// What is not.
    pub(crate) problems: Vec<Problem>,
}

/// Checks everything and ends with 0 when nothing is wrong.
pub(super) async fn run(cli: &Cli, args: &CheckArgs, office: &mut Office) -> Result<Exit, Failure> {
    let mut report = Report::default();
    report
        .fine
        .push(format!("configuration {}", office.loaded.file.display()));
    report.placeholders(office);
    let staff = office.staff().await?;
    for site in staff.world.hosts.values() {
        let probed = match args.offline {
            true => Ok(()),
            false => site.host.probe().await,
        };
        let kind = site.host.capability().kind;
        match probed {
            Ok(()) => {
                mirror::check(args, office, site, &mut report).await;
                let said = match args.offline {
                    true => Vec::new(),
                    // It was asked a moment ago; what it does not say again is no fault.
                    false => site.host.introduction().await.unwrap_or_default(),
                };
                let own = office.loaded.config.hosts.get(&site.id);
                let every = own.and_then(|host| host.poll().1);
                let every = every.map(|seconds| format!("looked at every {seconds} s"));
                let words = said.into_iter().chain(every);
                let said: String = words.map(|words| format!("; {words}")).collect();
                report.fine.push(format!("host {} ({kind}){said}", site.id));
            }
            Err(error) => {
                let place = format!("hosts.{}.{kind}", site.id);
                let mistake = office.loaded.mistake(&place, crate::exit::chain(&error));
                let remedy = "Mend what the message names, at the product or here.";
                report.problem(mistake, remedy.to_owned());
            }
        }
    }
    if !args.offline {
        servers::check(office, &mut report).await;
    }
    telemetry::check(args, office, &mut report).await;
    report.idle(office, &staff);
    let mut charts = BTreeMap::new();
    for (name, organisation) in &staff.organisations {
        let chart = match args.offline {
            true => {
                grant_works(office, name, organisation, &mut report).await?;
                remembered_chart(office.store.as_ref(), name).await?
            }
            false => of_connection(office, name, organisation, &mut report).await?,
        };
        charts.extend(chart.map(|chart| (name.clone(), chart)));
    }
    report.untried_settings(office, |name| !args.offline && charts.contains_key(name));
    identity_provider(args, office, &mut report).await?;
    let most = usize::from(args.recent);
    let recent = recent::prove(office, &staff, &charts, most, !args.offline).await;
    office.dismiss(&staff).await;
    let mut recent = recent?;
    report.fine.extend(recent.fine());
    recent.leave_out(&report.problems.iter().map(|problem| problem.key.as_str()));
    report.unknown_here(office, &staff);
    report.in_file_order();
    print(cli, &report, &recent);
    Ok(match (report.problems.is_empty(), recent.is_fine()) {
        (true, true) => Exit::Done,
        (true, false) => Exit::NeedsSomebody,
        (false, _) => Exit::Failed,
    })
}

/// Checks one connection alone: its access, and its settings against its organisation.
pub(crate) async fn check_connection(
    office: &mut Office,
    staff: &Staff,
    name: &ConnectionId,
) -> Result<Report, Failure> {
    let mut report = Report::default();
    match staff.organisations.get(name) {
        Some(organisation) => {
            of_connection(office, name, organisation, &mut report).await?;
        }
        None => {
            let place = format!("connections.{name}");
            let mistake = office.loaded.mistake(&place, "nobody has connected it yet");
            report.problem(mistake, format!("Run `tieout connect {name}`."));
        }
    }
    report.in_file_order();
    Ok(report)
}

async fn of_connection(
    office: &mut Office,
    name: &ConnectionId,
    organisation: &Organisation,
    report: &mut Report,
) -> Result<Option<Chart>, Failure> {
    if !grant_works(office, name, organisation, report).await? {
        return Ok(None);
    }
    let error = match organisation_problems(office, name, organisation, report).await {
        Ok(chart) => return Ok(chart),
        Err(error) => error,
    };
    // The question itself may be what showed that the access is gone.
    if grant_works(office, name, organisation, report).await? {
        let mistake = office
            .loaded
            .mistake(&format!("connections.{name}"), crate::exit::chain(&error));
        let remedy = match organisation.record() {
            Some(_) => format!(
                "Mend what the message names; if the access is gone, run `tieout connect {name} --again`."
            ),
            None => "Mend what the message names, in the books or here.".to_owned(),
        };
        report.problem(mistake, remedy);
    }
    Ok(None)
}

/// Whether people can sign in at the identity provider, as far as that shows before somebody does.
async fn identity_provider(
    args: &CheckArgs,
    office: &Office,
    report: &mut Report,
) -> Result<(), Failure> {
    let Some(oidc) = office.oidc()?.filter(|_| !args.offline) else {
        return Ok(());
    };
    match oidc.reach().await {
        Ok(keys) => {
            let keys = counted(keys, "key", "keys");
            report.fine.push(format!(
                "identity provider {} with {keys}; it must know the address {}",
                oidc.name(),
                oidc.redirect()
            ));
        }
        Err(error) => {
            let place = "sign_in.oidc.issuer";
            let mistake = office.loaded.mistake(place, crate::exit::chain(&error));
            report.problem(
                mistake,
                "Mend what the message names, at the provider or here.".to_owned(),
            );
        }
    }
    Ok(())
}

/// Whether the access of a connection can be used; tells why if not.
async fn grant_works(
    office: &mut Office,
    name: &ConnectionId,
    organisation: &Organisation,
    report: &mut Report,
) -> Result<bool, Failure> {
    let Some(connection) = office.loaded.config.connections.get(name).cloned() else {
        return Ok(false);
    };
    let Some(record) = organisation.record() else {
        // Nobody signs in there.
        return Ok(true);
    };
    let grant = grant::look(office, name, &connection, record).await?;
    if let Some(message) = grant.message().filter(|_| grant.needs_somebody()) {
        let mistake = office
            .loaded
            .mistake(&format!("connections.{name}"), message);
        report.problem(mistake, grant.remedy.unwrap_or_default());
        return Ok(false);
    }
    Ok(true)
}

/// What the organisation lacks, and its chart; fails when it cannot be asked.
async fn organisation_problems(
    office: &Office,
    name: &ConnectionId,
    organisation: &Organisation,
    report: &mut Report,
) -> Result<Option<Chart>, ProviderError> {
    let Some(connection) = office.loaded.config.connections.get(name) else {
        return Ok(None);
    };
    let chart = organisation.provider.chart().await?;
    report.fine.push(format!(
        "connection {name}: {} ({}, {}, {})",
        chart.organisation.name,
        chart.organisation.base_currency,
        counted(chart.accounts.len(), "account", "accounts"),
        counted(chart.tax_rates.len(), "tax rate", "tax rates")
    ));
    let capability = organisation.provider.capability();
    let kinds = check_kinds(&connection.settings, capability);
    for finding in kinds
        .into_iter()
        .chain(check_settings(&connection.settings, &chart))
    {
        report.setting(office, name, &finding);
    }
    let contacts = &connection.settings.contacts;
    for (setting, contact) in [
        ("always", &contacts.always),
        ("always_supplier", &contacts.always_supplier),
    ] {
        if let Some(contact) = contact {
            let key = format!("connections.{name}.settings.contacts.{setting}");
            always_problem(office, &key, organisation, &chart, contact, report).await;
        }
    }
    Ok(Some(chart))
}

/// Whether the one contact that a setting names exists.
async fn always_problem(
    office: &Office,
    key: &str,
    organisation: &Organisation,
    chart: &Chart,
    contact: &str,
    report: &mut Report,
) {
    let wanted = ContactWanted {
        number: None,
        name: contact.to_owned(),
        email: None,
        first_name: None,
        last_name: None,
        tax_number: None,
        phones: tieout_core::document::Phones::default(),
        address: None,
        create_missing: false,
    };
    let (message, remedy) = match organisation.provider.resolve_contacts(&[wanted]).await {
        Ok(answers) => match answers.into_iter().next() {
            Some(ContactAnswer::Found { .. }) => {
                report
                    .fine
                    .push(format!("contact {contact} in {}", chart.organisation.name));
                return;
            }
            Some(ContactAnswer::Archived { .. }) => (
                format!("the contact `{contact}` is archived"),
                "Restore it at the provider.".to_owned(),
            ),
            Some(ContactAnswer::Ambiguous { candidates }) => (
                format!("{} contacts are called `{contact}`", candidates.len()),
                "Rename or merge them at the provider.".to_owned(),
            ),
            Some(ContactAnswer::Missing { near }) => {
                let names: Vec<_> = near
                    .iter()
                    .map(|candidate| candidate.name.as_str())
                    .collect();
                let remedy = if names.is_empty() {
                    "Create it at the provider.".to_owned()
                } else {
                    format!("Did you mean {}?", names.join(" or "))
                };
                (format!("there is no contact `{contact}`"), remedy)
            }
            Some(ContactAnswer::Refused { messages }) => (
                format!("there is no contact `{contact}`, and none can be made"),
                format!("Create it at the provider: {}", messages.join("; ")),
            ),
            None => (
                "the provider gave no answer".to_owned(),
                "Try again.".to_owned(),
            ),
        },
        Err(error) => (crate::exit::chain(&error), "Try again.".to_owned()),
    };
    report.problem(office.loaded.mistake(key, message), remedy);
}

fn remedy(finding: &Finding) -> String {
    if finding.detail.is_empty() {
        return finding.remedy.clone();
    }
    format!("{} {}", finding.remedy, finding.detail.join("; "))
}

impl Report {
    /// What was left as `tieout init` wrote it.
    fn placeholders(&mut self, office: &Office) {
        for mistake in office.loaded.placeholders() {
            let remedy = mistake.remedy.clone();
            self.problem(mistake, remedy);
        }
    }

    /// What shows in settings without the organisation, where nobody tried them against it.
    fn untried_settings(&mut self, office: &Office, is_tried: impl Fn(&ConnectionId) -> bool) {
        let connections = office.loaded.config.connections.iter();
        for (name, connection) in connections.filter(|(name, _)| !is_tried(name)) {
            for finding in check_alone(&connection.settings) {
                self.setting(office, name, &finding);
            }
        }
    }

    /// A problem of a setting of a connection.
    fn setting(&mut self, office: &Office, connection: &ConnectionId, finding: &Finding) {
        let key = format!("connections.{connection}.settings.{}", finding.field);
        let message = if finding.value.is_empty() {
            finding.message.clone()
        } else {
            format!("`{}`: {}", finding.value, finding.message)
        };
        self.problem(office.loaded.mistake(&key, message), remedy(finding));
    }

    /// What is switched off, and what nobody connected yet.
    fn idle(&mut self, office: &Office, staff: &Staff) {
        let off = &office.loaded.config.off;
        for (what, name) in off.hosts.iter().map(|name| ("host", name.as_str())).chain(
            off.connections
                .iter()
                .map(|name| ("connection", name.as_str())),
        ) {
            self.fine.push(format!("{what} {name}: switched off"));
        }
        for name in &staff.unconnected {
            let mistake = office.loaded.mistake(
                &format!("connections.{name}"),
                "nobody has connected it yet",
            );
            self.problem(mistake, format!("Run `tieout connect {name}`."));
        }
    }

    /// Connections and hosts of the file that the process at work does not know.
    fn unknown_here(&mut self, office: &Office, staff: &Staff) {
        const UNKNOWN: &str = "the process that has the store does not know it";
        let config = &office.loaded.config;
        let hosts = config.hosts.keys();
        for name in hosts.filter(|name| !config.off.hosts.contains(*name)) {
            if !staff.world.hosts.contains_key(name) {
                let mistake = office.loaded.mistake(&format!("hosts.{name}"), UNKNOWN);
                let remedy = "Let it take the file on (`Take it on now` on its page Connections, a SIGHUP, or a new start), and check again.";
                self.problem(mistake, remedy.to_owned());
            }
        }
        for name in office.loaded.config.connections.keys() {
            let is_known = staff.organisations.contains_key(name)
                || staff.unconnected.contains(name)
                || staff.off.contains(name);
            if !is_known {
                let place = format!("connections.{name}");
                let remedy = format!(
                    "Let it take the file on and connect it there, on its page Connections; or stop it, run `tieout connect {name}`, and start it again."
                );
                self.problem(office.loaded.mistake(&place, UNKNOWN), remedy);
            }
        }
    }

    /// What stands further up in the file comes first.
    fn in_file_order(&mut self) {
        self.problems
            .sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
    }

    fn problem(&mut self, mistake: Mistake, remedy: String) {
        self.problems.push(Problem {
            stands: mistake.stands(),
            file: mistake.file,
            variable: mistake.variable,
            line: mistake.line,
            key: mistake.path,
            message: mistake.message,
            remedy,
        });
    }
}

fn print(cli: &Cli, report: &Report, recent: &Recent) {
    if cli.json {
        let Report { fine, problems } = report;
        let recent = serde_json::json!(recent);
        output::json(&serde_json::json!({
            "fine": fine, "problems": problems, "recent": recent,
        }));
        return;
    }
    for fine in &report.fine {
        say!("{} {fine}", output::ok());
    }
    for problem in &report.problems {
        say!(
            "{} {}: {}: {}",
            output::bad(),
            problem.stands,
            problem.key,
            problem.message
        );
        say!("    {}", problem.remedy);
    }
    recent.print();
    match (report.problems.len(), recent.unresolved.len()) {
        (0, 0) if recent.is_fine() => say!("\nEverything is in order."),
        (0, 0) => say!("\nNot everything could be tried."),
        (0, some) => say!(
            "\nThe configuration can be used; {} of recent documents {} not resolve.",
            counted(some, "value", "values"),
            if some == 1 { "does" } else { "do" }
        ),
        (many, _) => say!("\n{}.", counted(many, "problem", "problems")),
    }
}
