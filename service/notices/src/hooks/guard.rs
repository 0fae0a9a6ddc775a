//! Which addresses events may be posted to: of others, never of this network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::people::ThisMachine;

/// Why an address that an operator wrote cannot be used; `None` when it can. Asks nobody: where its name leads is looked
/// at before each request.
#[must_use]
pub(crate) fn address_problem(url: &Url, machine: ThisMachine) -> Option<&'static str> {
    let local = machine == ThisMachine::Allowed && is_this_machine(url);
    if url.cannot_be_a_base() || !matches!(url.scheme(), "https" | "http") {
        return Some("must begin with https://");
    }
    if url.scheme() == "http" && !local {
        return Some("must begin with https://: what happened would travel readable");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must hold no password: events are signed");
    }
    if url.fragment().is_some() {
        return Some("must end before `#`");
    }
    let is_refused = match url.host() {
        Some(Host::Ipv4(address)) => !may_be_asked(IpAddr::V4(address), machine),
        Some(Host::Ipv6(address)) => !may_be_asked(IpAddr::V6(address), machine),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let is_local = name == "localhost" || name.ends_with(".localhost");
            is_local && machine == ThisMachine::Refused
        }
        None => true,
    };
    is_refused.then_some(
        "must not lead into this network: an address of this machine, a private one or a reserved one",
    )
}

/// Whether an address, as a name led to it, may be asked.
pub(super) fn may_be_asked(address: IpAddr, machine: ThisMachine) -> bool {
    let address = address.to_canonical();
    if address.is_loopback() {
        return machine == ThisMachine::Allowed;
    }
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Source: the IANA registry of special-purpose IPv4 addresses.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_protocol = (a, b, c) == (192, 0, 0);
    let is_relay = (a, b, c) == (192, 88, 99);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    !(a == 0
        || a >= 224
        || is_shared
        || is_protocol
        || is_relay
        || is_benchmark
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation())
}

/// Only global unicast, and of it nothing that carries an IPv4 address which may lead back here.
/// Source: the IANA registry of special-purpose IPv6 addresses.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let is_global = (0x2000..0x4000).contains(&a);
    // Teredo, ORCHID and benchmarks lie in 2001:0000::/23; documentation in 2001:db8::/32 and 3fff::/20; 2002::/16 is 6to4.
    let is_special =
        (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x2002 || (a == 0x3fff && b < 0x1000);
    is_global && !is_special
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str, machine: ThisMachine) -> bool {
        address_problem(&url.parse().unwrap(), machine).is_some()
    }

    #[test]
    fn nothing_that_leads_into_this_network_is_taken() {
        for bad in [
            "http://example.org/hook",
            "ftp://example.org/",
            "https://u:p@example.org/",
            "https://example.org/#x",
            "https://localhost/",
            "https://a.localhost./",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0.0.0.0/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://192.0.0.8/",
            "https://198.18.0.1/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[ff02::1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:a00:1::]/",
            "https://[2001::1]/",
        ] {
            assert!(problem(bad, ThisMachine::Refused), "{bad}");
        }
        for good in [
            "https://example.org/hook?key=1",
            "https://example.org:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
        ] {
            assert!(!problem(good, ThisMachine::Refused), "{good}");
        }
    }

    #[test]
    fn this_machine_is_taken_where_it_is_allowed_and_its_network_never() {
        for good in [
            "http://127.0.0.1:8080/",
            "http://localhost/",
            "https://[::1]/",
        ] {
            assert!(!problem(good, ThisMachine::Allowed), "{good}");
        }
        for bad in [
            "http://10.0.0.1/",
            "https://10.0.0.1/",
            "http://example.org/",
        ] {
            assert!(problem(bad, ThisMachine::Allowed), "{bad}");
        }
    }
}
