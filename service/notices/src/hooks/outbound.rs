//! How events leave: over TLS, to where a name leads now if that is outside, with limits, and following nobody.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tieout_core::transport::{Transport, TransportError};

use super::guard::{address_problem, may_be_asked};
use crate::people::ThisMachine;

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a request may take with its reply.
const REPLY_WITHIN: Duration = Duration::from_secs(15);
/// Bytes of a reply that are read: what an endpoint says is an excerpt in a log.
const REPLY_BYTES_MAX: usize = 64 * 1024;

/// Leads from names to addresses: the system's, or a test's.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// Every address of a name.
    ///
    /// # Errors
    /// The name leads nowhere, or nobody could be asked.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's way from names to addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// The transport of webhooks.
///
/// Connects only to addresses that it looked at: a name that leads into this network is refused as a whole, whatever else
/// it leads to, and the addresses that were looked at are the ones that are connected to. Uses no proxy, for the same
/// reason. Of a reply it reads 64 KiB.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: reqwest::Client,
    machine: ThisMachine,
}

impl Outbound {
    /// A transport with the system's resolver, or another one.
    ///
    /// # Errors
    /// When the machine's root certificates cannot be loaded.
    pub fn new(machine: ThisMachine, resolver: Arc<dyn Resolver>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .user_agent(concat!("tieout/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(REPLY_WITHIN)
            // A redirect would carry what happened to wherever it points, past the look at its address.
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would be what is connected to, and could lead anywhere.
            .no_proxy()
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_max_idle_per_host(1)
            .dns_resolver(Arc::new(Guarded { resolver, machine }))
            .build()?;
        Ok(Self { client, machine })
    }
}

#[async_trait]
impl Transport for Outbound {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|error| TransportError::NotSent(plain(error)))?;
        // A literal address is resolved by nobody, so it is looked at here.
        if let Some(problem) = address_problem(request.url(), self.machine) {
            return Err(TransportError::NotSent(problem.into()));
        }
        let mut reply = self.client.execute(request).await.map_err(classified)?;
        let mut body = BytesMut::new();
        while body.len() < REPLY_BYTES_MAX {
            match reply.chunk().await.map_err(lost)? {
                Some(chunk) => {
                    let room = REPLY_BYTES_MAX - body.len();
                    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                None => break,
            }
        }
        let status = reply.status();
        let headers = std::mem::take(reply.headers_mut());
        let mut whole = http::Response::new(body.freeze());
        *whole.status_mut() = status;
        *whole.headers_mut() = headers;
        Ok(whole)
    }
}

/// Gives only addresses that may be asked.
struct Guarded {
    resolver: Arc<dyn Resolver>,
    machine: ThisMachine,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, machine) = (Arc::clone(&self.resolver), self.machine);
        Box::pin(async move {
            let found = resolver.resolve(name.as_str()).await?;
            if found.is_empty() {
                return Err("the name leads to no address".into());
            }
            // One that leads inside among others that do not is how a guard is got past.
            if let Some(inside) = found.iter().find(|it| !may_be_asked(**it, machine)) {
                return Err(format!("the name leads to {inside}, inside this network").into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

fn classified(error: reqwest::Error) -> TransportError {
    match error.is_connect() || error.is_builder() {
        true => TransportError::NotSent(plain(error)),
        false => lost(error),
    }
}

fn lost(error: reqwest::Error) -> TransportError {
    TransportError::ReplyLost(plain(error))
}

/// The error without its address, whose query may hold a key.
fn plain(error: reqwest::Error) -> Box<dyn std::error::Error + Send + Sync> {
    Box::new(error.without_url())
}
