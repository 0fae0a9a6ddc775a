//! Which addresses of a product may be asked: over TLS, unless nobody outside this machine can listen.

use url::Url;

/// Why an address that an operator wrote cannot be used; `None` when it can.
///
/// Asks nobody.
#[must_use]
pub fn address_problem(url: &Url) -> Option<&'static str> {
    if url.cannot_be_a_base() || !matches!(url.scheme(), "https" | "http") {
        return Some("must begin with https://");
    }
    if url.scheme() == "http" && !is_this_machine(url) {
        return Some("must begin with https://: the key and the documents would travel readable");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must hold no password: it has a key of its own in the configuration");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("must end with its path, without `?` or `#`");
    }
    None
}

/// Whether nobody outside this machine hears what is said to an address.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
