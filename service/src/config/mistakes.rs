//! Which combinations of a configuration cannot work, each with its place in the file.

use tieout_core::document::ConnectionId;
use tieout_xero::config::XeroConfig;

use super::load::Loaded;
use super::locate::Mistake;
use super::model::{ConnectionConfig, HostConfig};
use super::secret::Secrets;

/// Seconds between two looks that make sense.
const POLL_S: std::ops::RangeInclusive<u64> = 1..=86_400;

/// Everything that cannot work, in the order of the file's parts.
pub(super) fn mistakes(loaded: &Loaded) -> Vec<Mistake> {
    let parts = [schedule, app, hosts, connections, routes];
    parts.iter().flat_map(|part| part(loaded)).collect()
}

fn schedule(loaded: &Loaded) -> Vec<Mistake> {
    let schedule = &loaded.config.schedule;
    let waits = [
        ("host_poll_s", schedule.host_poll_s),
        ("provider_poll_s", schedule.provider_poll_s),
    ];
    waits
        .into_iter()
        .filter(|(_, seconds)| !POLL_S.contains(seconds))
        .map(|(key, seconds)| {
            let (least, most) = (POLL_S.start(), POLL_S.end());
            let message = format!("must be from {least} to {most} seconds, not {seconds}");
            loaded.mistake(&format!("schedule.{key}"), message)
        })
        .collect()
}

fn app(loaded: &Loaded) -> Vec<Mistake> {
    of_app(loaded, loaded.config.xero.as_ref(), "xero")
}

fn of_app(loaded: &Loaded, app: Option<&XeroConfig>, place: &str) -> Vec<Mistake> {
    match app.map(XeroConfig::validate) {
        // It may only not be at hand, to a command that does without.
        Some(Err(error)) if error.key == "client_secret" && loaded.secrets == Secrets::Spared => {
            Vec::new()
        }
        Some(Err(error)) => vec![loaded.mistake(&format!("{place}.{}", error.key), error.problem)],
        Some(Ok(())) | None => Vec::new(),
    }
}

fn hosts(loaded: &Loaded) -> Vec<Mistake> {
    let problem = |(name, host): (_, &HostConfig)| {
        let HostConfig::Folder(folder) = host;
        let error = folder.check().err()?;
        Some(loaded.mistake(&format!("hosts.{name}.folder.{}", error.key), error.message))
    };
    loaded.config.hosts.iter().filter_map(problem).collect()
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
    if loaded.config.app(connection).is_none() {
        let message =
            "no app: add [xero] with client_id, or [connections.NAME.xero] for an app of its own";
        mistakes.push(loaded.mistake(&place, message));
    }
    mistakes
}

fn routes(loaded: &Loaded) -> Vec<Mistake> {
    let config = &loaded.config;
    let mut mistakes = Vec::new();
    for (index, route) in config.routes.0.iter().enumerate() {
        if !config.connections.contains_key(&route.connection) {
            let message = format!("there is no connection `{}`", route.connection);
            mistakes.push(loaded.mistake(&format!("routes[{index}].connection"), message));
        }
        if let Some(host) = route
            .host
            .as_ref()
            .filter(|host| !config.hosts.contains_key(*host))
        {
            let message = format!("there is no host `{host}`");
            mistakes.push(loaded.mistake(&format!("routes[{index}].host"), message));
        }
    }
    if config.routes.0.is_empty() && config.connections.len() > 1 {
        let message = "several connections need [[routes]] to choose among them";
        mistakes.push(loaded.mistake("connections", message));
    }
    mistakes
}
