//! Which combinations of a configuration cannot work, each with its place in the file and what to do.

use std::collections::BTreeSet;

use serde_json::Value;
use tieout_core::document::{ConnectionId, DocumentKind, HostId};
use tieout_core::settings::{Existing, Method, SummaryPolicy};
use tieout_host_kornit_x::KornitXConfig;
use tieout_xero::config::XeroConfig;

use super::load::Loaded;
use super::locate::Mistake;
use super::model::{ConnectionConfig, HostConfig, ProviderKind, ServerConfig};
use super::secret::{Secrets, is_secret};
use super::template::PLACEHOLDER_CLIENT_ID;
use crate::telemetry::{KEY, is_plain};

/// Seconds between two looks that make sense.
const POLL_S: std::ops::RangeInclusive<u64> = 1..=86_400;

/// A hundred years: whoever writes more meant something else.
const KEEP_DAYS_MAX: u32 = 36_500;

/// Everything that cannot work. `tree` is the whole file: what could not be read in it has its name all the same.
pub(super) fn mistakes(loaded: &Loaded, tree: &Value) -> Vec<Mistake> {
    let parts = [
        schedule,
        journal,
        listen,
        telemetry,
        people,
        notify,
        app,
        servers,
        hosts,
        connections,
    ];
    let mut mistakes: Vec<Mistake> = parts.iter().flat_map(|part| part(loaded)).collect();
    mistakes.extend(routes(loaded, tree));
    mistakes.extend(off(loaded, tree));
    mistakes
}

/// What was left as `tieout init` wrote it and must not stay so.
pub(super) fn placeholders(loaded: &Loaded) -> Vec<Mistake> {
    let is_left =
        |app: Option<&XeroConfig>| app.is_some_and(|app| app.client_id == PLACEHOLDER_CLIENT_ID);
    let connections = loaded.config.connections.iter();
    let of_connections = connections
        .filter(|(_, it)| is_left(it.xero.as_ref()))
        .map(|(name, _)| format!("connections.{name}.xero.client_id"));
    let common = is_left(loaded.config.xero.as_ref()).then(|| "xero.client_id".to_owned());
    let places = common.into_iter().chain(of_connections);
    places
        .map(|place| {
            let message =
                format!("`{PLACEHOLDER_CLIENT_ID}` is the placeholder that `tieout init` writes");
            loaded.mistake(&place, message).mended(
                "Put the client id of your app there: https://developer.xero.com/app/manage shows it, and \
                 `tieout sandbox xero` that of the local Xero.",
            )
        })
        .collect()
}

fn schedule(loaded: &Loaded) -> Vec<Mistake> {
    let schedule = &loaded.config.schedule;
    let waits = [
        ("host_poll_s", schedule.host_poll_s),
        ("provider_poll_s", schedule.provider_poll_s),
    ];
    let waits = waits
        .into_iter()
        .map(|(key, seconds)| (format!("schedule.{key}"), seconds));
    let of_hosts = loaded.config.hosts.iter().filter_map(|(name, host)| {
        let (kind, seconds) = host.poll();
        Some((format!("hosts.{name}.{kind}.poll_s"), seconds?))
    });
    waits
        .chain(of_hosts)
        .filter(|(_, seconds)| !POLL_S.contains(seconds))
        .map(|(place, seconds)| {
            let (least, most) = (POLL_S.start(), POLL_S.end());
            let message = format!("must be from {least} to {most} seconds, not {seconds}");
            loaded.mistake(&place, message)
        })
        .collect()
}

fn journal(loaded: &Loaded) -> Vec<Mistake> {
    let days = loaded.config.journal.exchanges_keep_days;
    let too_many = (days > KEEP_DAYS_MAX).then(|| {
        let message = format!("must be from 0 to {KEEP_DAYS_MAX} days, not {days}");
        loaded.mistake("journal.exchanges_keep_days", message)
    });
    too_many.into_iter().collect()
}

fn notify(loaded: &Loaded) -> Vec<Mistake> {
    let problems = loaded.config.notify.problems().into_iter();
    problems
        .map(|problem| (format!("notify.{}", problem.key), problem.message))
        // It may only not be at hand, to a command that does without.
        .filter(|(place, _)| !is_secret(place) || loaded.secrets == Secrets::Needed)
        .map(|(place, message)| loaded.mistake(&place, message))
        .collect()
}

fn listen(loaded: &Loaded) -> Vec<Mistake> {
    let listen = loaded.config.listen.as_ref();
    let Some(url) = listen.and_then(|listen| listen.public_url.as_ref()) else {
        return Vec::new();
    };
    let is_plain = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let wrong = (!is_plain).then(|| {
        let message =
            "must be the address that browsers open, without a name, a password, `?` or `#` in it";
        loaded
            .mistake("listen.public_url", message)
            .mended("Write it such as https://books.example.com.")
    });
    wrong.into_iter().collect()
}

fn telemetry(loaded: &Loaded) -> Vec<Mistake> {
    let wrong = loaded
        .config
        .telemetry
        .otlp
        .as_ref()
        .filter(|it| !is_plain(it));
    let told = wrong.map(|_| {
        let message =
            "must be the address of a collector, without a name, a password, `?` or `#` in it";
        loaded.mistake(KEY, message).mended(
            "Write it such as http://127.0.0.1:4318; a key goes into OTEL_EXPORTER_OTLP_HEADERS of the environment.",
        )
    });
    told.into_iter().collect()
}

/// How people sign in, and what opens panels.
fn people(loaded: &Loaded) -> Vec<Mistake> {
    let config = &loaded.config;
    let sign_in = config.sign_in.mistakes().into_iter();
    let panel = config.panel.mistakes().into_iter();
    // Without it there is no page that anybody could come back to.
    let no_page = (config.sign_in.oidc.is_some() && config.listen.is_none()).then(|| {
        loaded
            .mistake(
                "sign_in.oidc",
                "there is no [listen], so nobody can sign in",
            )
            .mended("Add [listen] with `address` and `public_url`.")
    });
    let told = sign_in
        .map(|it| ("sign_in", it))
        .chain(panel.map(|it| ("panel", it)));
    let told = told.map(|(table, it)| loaded.mistake(&format!("{table}.{}", it.key), it.message));
    told.chain(no_page).collect()
}

fn app(loaded: &Loaded) -> Vec<Mistake> {
    of_app(loaded, loaded.config.xero.as_ref(), "xero")
}

fn of_app(loaded: &Loaded, app: Option<&XeroConfig>, place: &str) -> Vec<Mistake> {
    app.map(XeroConfig::problems)
        .unwrap_or_default()
        .into_iter()
        // It may only not be at hand, to a command that does without.
        .filter(|problem| problem.key != "client_secret" || loaded.secrets == Secrets::Needed)
        .map(|problem| loaded.mistake(&format!("{place}.{}", problem.key), problem.problem))
        .collect()
}

fn hosts(loaded: &Loaded) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, host) in &loaded.config.hosts {
        let (kind, problems) = match host {
            HostConfig::Folder(folder) => ("folder", folder.problems()),
            HostConfig::Sftp(sftp) => {
                mistakes.extend(unknown_server(loaded, name, &sftp.server));
                ("sftp", sftp.problems())
            }
            HostConfig::Http(http) => ("http", http.problems()),
            HostConfig::Iinsight(iinsight) => ("iinsight", iinsight.problems()),
            HostConfig::KornitX(kornit) => {
                mistakes.extend(costs_untold(loaded, name, kornit));
                ("kornit_x", kornit.problems())
            }
            HostConfig::Sql(sql) => ("sql", sql.problems()),
            HostConfig::Freshsales(crm) => ("freshsales", crm.problems()),
            HostConfig::Insightly(crm) => ("insightly", crm.problems()),
        };
        for problem in problems {
            let place = format!("hosts.{name}.{kind}.{}", problem.key);
            // It may only not be at hand, to a command that does without.
            if is_secret(&place) && loaded.secrets != Secrets::Needed {
                continue;
            }
            mistakes.push(loaded.mistake(&place, problem.message));
        }
    }
    mistakes
}

fn servers(loaded: &Loaded) -> Vec<Mistake> {
    let of_server = |(name, server): (&String, &ServerConfig)| {
        let ServerConfig::Sftp(sftp) = server;
        let problems = sftp.problems().into_iter();
        let place = format!("servers.{name}.sftp");
        let told = problems.map(|it| loaded.mistake(&format!("{place}.{}", it.key), it.message));
        told.collect::<Vec<_>>()
    };
    loaded.config.servers.iter().flat_map(of_server).collect()
}

fn unknown_server(loaded: &Loaded, name: &HostId, server: &str) -> Option<Mistake> {
    let known = &loaded.config.servers;
    (!known.contains_key(server)).then(|| {
        let place = format!("hosts.{name}.sftp.server");
        loaded
            .mistake(&place, format!("there is no server `{server}`"))
            .mended("Describe it under `[servers.NAME.sftp]`, or name one that is there.")
    })
}

/// Purchase orders are wanted of a product that was not told where its costs are: none would ever come.
fn costs_untold(loaded: &Loaded, name: &HostId, kornit: &KornitXConfig) -> Option<Mistake> {
    if kornit.cost_field.is_some() {
        return None;
    }
    let config = &loaded.config;
    let orders = DocumentKind::PurchaseOrder;
    let routes = config.routes();
    let mut open = routes.0.iter().filter(|route| {
        route.host.as_ref().is_none_or(|host| host == name)
            && route
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&orders))
    });
    let tracked = open.find(|route| {
        let connection = config.connections.get(&route.connection);
        connection.is_some_and(|it| it.settings.method == Method::Tracked)
    })?;
    let message = format!(
        "is missing, and `{}` with `method = \"tracked\"` wants purchase orders of it",
        tracked.connection
    );
    let place = format!("hosts.{name}.kornit_x.cost_field");
    Some(loaded.mistake(&place, message).mended(
        "Name the field of an item that holds what a piece costs, or route only the invoices of this host there \
         with `kinds = [\"invoice\"]`.",
    ))
}

fn connections(loaded: &Loaded) -> Vec<Mistake> {
    let connections = loaded.config.connections.iter();
    connections
        .flat_map(|(name, connection)| of_connection(loaded, name, connection))
        .collect()
}

fn of_connection(
    loaded: &Loaded,
    name: &ConnectionId,
    connection: &ConnectionConfig,
) -> Vec<Mistake> {
    let place = format!("connections.{name}");
    let mut mistakes = of_app(loaded, connection.xero.as_ref(), &format!("{place}.xero"));
    if *name == ConnectionId::unrouted() {
        mistakes.push(loaded.mistake(&place, "this name is reserved: choose another"));
    }
    let problems = connection.problems_of_books().into_iter();
    mistakes.extend(problems.map(|(key, what)| loaded.mistake(&format!("{place}.{key}"), what)));
    mistakes.extend(shared_folder(loaded, name, connection));
    if connection.provider == ProviderKind::Xero && loaded.config.app(connection).is_none() {
        let mistake = loaded.mistake(&place, "no app: there is no [xero]");
        mistakes.push(mistake.mended(
            "Add [xero] with client_id, or [connections.NAME.xero] for an app of its own.",
        ));
    }
    if let Some(policy) = &connection.settings.summary {
        let summary = format!("{place}.settings.summary");
        mistakes.extend(of_summary(loaded, &summary, policy));
        mistakes.extend(looked_for_alone(loaded, &place, connection));
    }
    mistakes
}

/// Two connections to one folder would send everything into the same books twice.
fn shared_folder(
    loaded: &Loaded,
    name: &ConnectionId,
    connection: &ConnectionConfig,
) -> Option<Mistake> {
    let folder = connection.folder(&loaded.file)?;
    let mut before = loaded
        .config
        .connections
        .iter()
        .take_while(|(it, _)| *it != name);
    let (other, _) = before.find(|(_, it)| it.folder(&loaded.file).as_ref() == Some(&folder))?;
    let message = format!("the connection `{other}` keeps its books there already");
    let mistake = loaded.mistake(&format!("connections.{name}.files.folder"), message);
    Some(mistake.mended("Give each connection a folder of its own."))
}

/// What is there already, one by one, would be there a second time inside a summary: nobody looks for that.
fn looked_for_alone(
    loaded: &Loaded,
    place: &str,
    connection: &ConnectionConfig,
) -> Option<Mistake> {
    let settings = &connection.settings;
    let looks = settings.existing == Existing::LookFirst && settings.sync_from.is_none();
    looks.then(|| {
        let message =
            "looks for documents one by one, and with `summary` they are not sent one by one";
        let mistake = loaded.mistake(&format!("{place}.settings.existing"), message);
        mistake.mended(
            "Set `sync_from` to the first day of a period of which nothing was sent before, or leave one of the two out.",
        )
    })
}

/// A summary of hosts that there are not, or that waits for ever.
fn of_summary(loaded: &Loaded, place: &str, policy: &SummaryPolicy) -> Vec<Mistake> {
    let hosts = &loaded.config.hosts;
    let is_known = |name: &str| hosts.keys().any(|host| host.as_str() == name);
    let unknown = policy.hosts.iter().filter(|name| !is_known(name));
    let mut mistakes: Vec<Mistake> = unknown
        .map(|name| {
            let known: Vec<&str> = hosts.keys().map(HostId::as_str).collect();
            let message = format!("there is no host `{name}`");
            let mistake = loaded.mistake(&format!("{place}.hosts"), message);
            mistake.mended(format!("Name one that there is: {}.", known.join(", ")))
        })
        .collect();
    let (hours, most) = (
        policy.closes_after_hours,
        SummaryPolicy::CLOSES_AFTER_HOURS_MAX,
    );
    if hours > most {
        let message = format!("must be from 0 to {most} hours, not {hours}");
        mistakes.push(loaded.mistake(&format!("{place}.closes_after_hours"), message));
    }
    mistakes
}

fn routes(loaded: &Loaded, tree: &Value) -> Vec<Mistake> {
    let config = &loaded.config;
    let (connections, hosts) = (names(tree, "connections"), names(tree, "hosts"));
    let mut mistakes = Vec::new();
    for (index, route) in config.routes.0.iter().enumerate() {
        let mut unknown = |key: &str, name: &str, known: &BTreeSet<&str>| {
            if known.contains(name) {
                return;
            }
            let message = format!("there is no {key} `{name}`");
            let known: Vec<&str> = known.iter().copied().collect();
            let place = format!("routes[{index}].{key}");
            let remedy = format!("Name one that there is: {}.", known.join(", "));
            mistakes.push(loaded.mistake(&place, message).mended(remedy));
        };
        unknown("connection", route.connection.as_str(), &connections);
        if let Some(host) = &route.host {
            unknown("host", host.as_str(), &hosts);
        }
    }
    if tree.get("routes").is_none() && connections.len() > 1 {
        let message = "several connections need [[routes]] to choose among them";
        let mistake = loaded.mistake("connections", message);
        mistakes.push(mistake.mended("Add a [[routes]] with `connection` for each of them."));
    }
    mistakes
}

/// What is switched off is there: a name that nothing has would leave on what somebody wants off.
fn off(loaded: &Loaded, tree: &Value) -> Vec<Mistake> {
    let off = &loaded.config.off;
    let hosts = off.hosts.iter().map(|name| ("hosts", name.as_str()));
    let connections = off.connections.iter();
    let connections = connections.map(|name| ("connections", name.as_str()));
    let all = hosts.chain(connections);
    let unknown = all.filter(|(table, name)| !names(tree, table).contains(name));
    unknown
        .map(|(table, name)| {
            let message = format!("there is nothing of the name `{name}` under [{table}]");
            let mistake = loaded.mistake(&format!("off.{table}"), message);
            mistake.mended("Name what is there, or take it out.")
        })
        .collect()
}

/// The names in a table of the file.
fn names<'a>(tree: &'a Value, table: &str) -> BTreeSet<&'a str> {
    let fields = tree.get(table).and_then(Value::as_object);
    let names = fields.into_iter().flat_map(|fields| fields.keys());
    names.map(String::as_str).collect()
}
