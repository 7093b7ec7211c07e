//! Instances by configuration: addresses, and names that are looked up again and again.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use medcover_kernel::Result;
use serde::{Deserialize, Serialize};

use super::{Instance, Registry, Resolve, SystemResolver};

/// More than so many addresses are a mistake.
const MOST: usize = 256;
/// The heaviest weight.
const MAX_WEIGHT: u32 = 1_000;

/// Where a service is, as settings say it: one address, or several with commas between them, or a list.
///
/// `http://10.0.0.1:3005` is an instance. `dns://terminology.internal:3005` is a name, each address of which is an
/// instance. ` weight=3` behind either says how much it takes beside the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Addresses(Vec<Address>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    /// A base, or the name and port of what is looked up.
    place: Place,
    weight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Fixed(String),
    Named { host: String, port: u16 },
}

/// The two forms of settings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

impl Addresses {
    /// A registry of these, for one service whatever its name; names are looked up by the operating system.
    pub fn registry(&self) -> Arc<dyn Registry> {
        self.registry_by(Arc::new(SystemResolver))
    }

    /// The same, with names looked up by `resolver`.
    pub fn registry_by(&self, resolver: Arc<dyn Resolve>) -> Arc<dyn Registry> {
        let known = self.0.iter().map(|_| Mutex::default()).collect();
        Arc::new(Configured {
            addresses: self.0.clone(),
            known,
            resolver,
        })
    }
}

impl FromStr for Addresses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        let all = parts.map(str::parse).collect::<Result<Vec<_>, _>>()?;
        match all.len() {
            0 => Err("must name an address".to_owned()),
            1..=MOST => Ok(Self(all)),
            more => Err(format!("must have at most {MOST} addresses, not {more}")),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "must be an address such as http://127.0.0.1:3001 or dns://hospital.internal:3002, with or without \
                 ` weight=3` behind it, not {text:?}"
            )
        };
        let (place, weight) = match text.split_once(char::is_whitespace) {
            Some((place, weight)) => {
                let weight = weight.trim().strip_prefix("weight=");
                (place, weight.and_then(|it| it.parse().ok()))
            }
            None => (text, Some(1)),
        };
        let weight = weight.filter(|it| (1..=MAX_WEIGHT).contains(it));
        let place = Place::of(place).zip(weight);
        let (place, weight) = place.ok_or_else(wrong)?;
        Ok(Self { place, weight })
    }
}

impl Place {
    fn of(text: &str) -> Option<Self> {
        let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '@', ' ']);
        if let Some(rest) = text.strip_prefix("http://") {
            return is_host(rest).then(|| Self::Fixed(text.to_owned()));
        }
        let (host, port) = text.strip_prefix("dns://")?.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let host = is_host(host).then(|| host.to_owned())?;
        Some(Self::Named { host, port })
    }
}

impl TryFrom<Written> for Addresses {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Text(text) => text.parse(),
            Written::List(list) => list.join(",").parse(),
        }
    }
}

impl From<Addresses> for String {
    fn from(addresses: Addresses) -> Self {
        addresses.to_string()
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Address { place, weight }) in self.0.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            match place {
                Place::Fixed(base) => write!(f, "{comma}{base}")?,
                Place::Named { host, port } => write!(f, "{comma}dns://{host}:{port}")?,
            }
            if *weight != 1 {
                write!(f, " weight={weight}")?;
            }
        }
        Ok(())
    }
}

struct Configured {
    addresses: Vec<Address>,
    /// What each name last stood for.
    known: Vec<Mutex<Vec<SocketAddr>>>,
    resolver: Arc<dyn Resolve>,
}

#[async_trait]
impl Registry for Configured {
    /// A name that cannot be looked up stands for what it stood for before.
    async fn discover(&self, service: &str) -> Result<Vec<Instance>> {
        let mut found = Vec::new();
        for (Address { place, weight }, known) in self.addresses.iter().zip(&self.known) {
            let bases = match place {
                Place::Fixed(base) => vec![base.clone()],
                Place::Named { host, port } => {
                    match self.resolver.resolve(host, *port).await {
                        Ok(addresses) => *hold(known) = addresses,
                        Err(error) => {
                            tracing::warn!(service, host, cause = %error, "a name cannot be looked up");
                        }
                    }
                    let known = hold(known);
                    known.iter().map(|it| format!("http://{it}")).collect()
                }
            };
            found.extend(bases.into_iter().map(|address| Instance {
                weight: *weight,
                ..Instance::at(address)
            }));
        }
        Ok(found)
    }
}

fn hold<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn read(text: &str) -> Result<Addresses, String> {
        text.parse()
    }

    #[test]
    fn one_several_and_a_list_are_read_and_written() {
        let text = "http://127.0.0.1:3005 weight=3, dns://terminology.internal:3005";
        let read = read(text).expect("two");
        assert_eq!(read.to_string(), text);
        let list = serde_json::json!([
            "http://127.0.0.1:3005 weight=3",
            "dns://terminology.internal:3005"
        ]);
        let list: Addresses = serde_json::from_value(list).expect("two");
        assert_eq!(list, read);
        assert_eq!(serde_json::to_value(&list).expect("text"), text);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in [
            "",
            "127.0.0.1:3005",
            "https://a:1",
            "http://",
            "http://a:1/path",
            "dns://a",
            "dns://:1",
            "dns://a:x",
            "http://a:1 weight=0",
            "http://a:1 weight=x",
            "http://a:1 heavy",
            "http://a:1,ftp://b",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    /// Answers what it was told last.
    #[derive(Default)]
    struct Told(Mutex<Option<Vec<SocketAddr>>>);

    #[async_trait]
    impl Resolve for Told {
        async fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            let told = hold(&self.0).clone();
            told.ok_or_else(|| io::Error::other("nobody answers"))
        }
    }

    #[tokio::test]
    async fn a_name_stands_for_what_it_last_stood_for() {
        let told = Arc::new(Told::default());
        let addresses = read("http://a:1, dns://b:2 weight=5").expect("two");
        let registry = addresses.registry_by(Arc::<Told>::clone(&told));
        let found = async || {
            let found = registry.discover("x").await.expect("it answers");
            let found = found.into_iter().map(|it| (it.address, it.weight));
            found.collect::<Vec<_>>()
        };
        let fixed = ("http://a:1".to_owned(), 1);
        assert_eq!(found().await, std::slice::from_ref(&fixed));
        *hold(&told.0) = Some(vec![SocketAddr::from(([10, 0, 0, 1], 2))]);
        let both = [fixed, ("http://10.0.0.1:2".to_owned(), 5)];
        assert_eq!(found().await, both);
        *hold(&told.0) = None;
        assert_eq!(
            found().await,
            both,
            "a resolver that fails takes nobody away"
        );
    }
}
