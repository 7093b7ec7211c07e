//! Under which name a request is counted.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{Extensions, HeaderMap, HeaderName};
use medcover_kernel::{Caller, ClientId, Tier, UserId};

use super::Network;
use crate::server::Peer;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whom a request is charged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Asker {
    /// All at one address; of IPv6, at one network of 64 bits, for so many addresses each has.
    Address(u128),
    /// The same, for credentials that did not hold.
    Guesser(u128),
    /// A person, by whatever token.
    User(UserId),
    /// A program, by its key or a token.
    Client(ClientId),
}

/// As whom a request was counted, for whoever answers it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) tier: Tier,
    pub(crate) asker: Asker,
}

impl Asker {
    pub(crate) fn at(address: IpAddr) -> Self {
        Self::Address(place(address))
    }

    pub(crate) fn guessing_at(address: IpAddr) -> Self {
        Self::Guesser(place(address))
    }

    /// `None` for those who are not limited: the operator, and services, who have a request of somebody's to answer, whose
    /// limits held where it came in.
    pub(crate) fn of(caller: &Caller) -> Option<Self> {
        match caller {
            Caller::User(id) => Some(Self::User(*id)),
            Caller::Client(id) => Some(Self::Client(*id)),
            Caller::Operator | Caller::Service(_) | Caller::Anonymous => None,
        }
    }

    /// The name that operators ask for.
    pub(crate) fn name(self) -> String {
        match self {
            Self::User(id) => Caller::User(id).to_string(),
            Self::Client(id) => Caller::Client(id).to_string(),
            Self::Address(place) | Self::Guesser(place) => {
                let address = Ipv6Addr::from_bits(place).to_canonical();
                format!("address:{address}")
            }
        }
    }
}

/// Where an address lies. Those of IPv4 are in the last 32 bits of a network of IPv6 that is theirs.
fn place(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    }
}

/// Where a request comes from: the other end of its connection or, where that is a proxy that is trusted, the last address
/// of `X-Forwarded-For` that is none. What a caller writes there themselves stands before that and is not believed.
///
/// `None` when the connection has no address, as on the operator's socket.
pub(crate) fn origin(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &[Network],
) -> Option<IpAddr> {
    let Peer(peer) = *extensions.get()?;
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.has(address));
    if !is_trusted(peer) {
        return Some(peer);
    }
    let mut origin = peer;
    for header in headers.get_all(FORWARDED_FOR).iter().rev() {
        for text in header.to_str().unwrap_or_default().rsplit(',') {
            // Who wrote what is no address is the last that is known.
            let Ok(address) = text.trim().parse() else {
                return Some(origin);
            };
            origin = address;
            if !is_trusted(origin) {
                return Some(origin);
            }
        }
    }
    Some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&'static str]) -> String {
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().expect("an address")));
        let mut headers = HeaderMap::new();
        for text in forwarded {
            headers.append(FORWARDED_FOR, axum::http::HeaderValue::from_static(text));
        }
        let origin = origin(&extensions, &headers, &trusted);
        origin.expect("a peer has an address").to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        assert_eq!(from("203.0.113.5", &["198.51.100.1"]), "203.0.113.5");
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        // The caller wrote the first, the proxy the second.
        assert_eq!(
            from("10.0.0.1", &["198.51.100.1, 203.0.113.5"]),
            "203.0.113.5"
        );
        assert_eq!(
            from("10.0.0.1", &["198.51.100.1", "203.0.113.5, 10.0.0.2"]),
            "203.0.113.5"
        );
        assert_eq!(from("10.0.0.1", &["10.9.9.9"]), "10.9.9.9");
        assert_eq!(
            from("10.0.0.1", &["198.51.100.1, unknown, 10.0.0.2"]),
            "10.0.0.2"
        );
        assert_eq!(from("10.0.0.1", &[""]), "10.0.0.1");
    }

    #[test]
    fn a_home_has_one_share_however_many_addresses_it_has() {
        let at = |text: &str| Asker::at(text.parse().expect("an address"));
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("192.0.2.1"), at("192.0.2.2"));
        assert_eq!(at("192.0.2.1"), at("::ffff:192.0.2.1"));
        assert_eq!(at("192.0.2.1").name(), "address:192.0.2.1");
        assert_eq!(at("2001:db8:1:2::1").name(), "address:2001:db8:1:2::");
    }
}
