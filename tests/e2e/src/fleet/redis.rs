//! A primary and two replicas of Redis, each behind a proxy, and three sentinels that look after them.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use medcover_testkit::{Fault, FaultProxy, RedisSentinel, RedisServer};
use tokio::runtime::Runtime;

/// What the sentinels call them.
const SERVICE: &str = "mymaster";
/// How long a sentinel waits before it holds one for gone.
const DOWN_AFTER: Duration = Duration::from_secs(2);
/// Looks, a tenth of a second apart, until the replicas must have followed.
const LOOKS: u32 = 200;

/// Three servers, of which one takes writes.
#[derive(Debug)]
pub(super) struct Redis {
    servers: Vec<RedisServer>,
    proxies: Vec<FaultProxy>,
    sentinels: Vec<RedisSentinel>,
}

impl Redis {
    pub(super) fn start(runtime: &Runtime) -> io::Result<Self> {
        let mut servers = (0..3)
            .map(|_| {
                RedisServer::start(&["--maxmemory", "64mb", "--maxmemory-policy", "volatile-lru"])
            })
            .collect::<io::Result<Vec<_>>>()?;
        let mut proxies = Vec::new();
        for server in &mut servers {
            let target = ([127, 0, 0, 1], server.port()).into();
            let proxy = runtime.block_on(FaultProxy::start(target));
            server.announce(proxy.addr.port())?;
            proxies.push(proxy);
        }
        let primary = proxies[0].addr.port();
        for server in &servers[1..] {
            server.follow(primary)?;
        }
        let redis = Self {
            sentinels: RedisSentinel::three(primary, SERVICE, DOWN_AFTER)?,
            servers,
            proxies,
        };
        // A sentinel finds replicas by asking the primary, every ten seconds.
        Self::until("the sentinels know the replicas", || {
            redis.sentinels.iter().all(|it| {
                let said = it.server().say(&format!("SENTINEL REPLICAS {SERVICE}"));
                said.is_ok_and(|said| said.starts_with("*2"))
            })
        })?;
        Ok(redis)
    }

    /// Where the sentinels are.
    pub(super) fn sentinels(&self) -> String {
        let addresses = self.sentinels.iter().map(|it| it.server().address());
        addresses.collect::<Vec<_>>().join(",")
    }

    /// The number of the server that the sentinels hold for the primary.
    pub(super) fn primary(&self) -> io::Result<usize> {
        let asked = format!("SENTINEL GET-MASTER-ADDR-BY-NAME {SERVICE}");
        let said = self.sentinels[0].server().say(&asked)?;
        let found = self.proxies.iter().position(|proxy| {
            let port = proxy.addr.port().to_string();
            said.lines().any(|line| line == port)
        });
        found.ok_or_else(|| io::Error::other(said))
    }

    /// Waits until another than `old` is the primary.
    pub(super) fn until_other_than(&self, old: usize) -> io::Result<()> {
        Self::until("another primary", || {
            self.primary().is_ok_and(|now| now != old)
        })
    }

    pub(super) fn kill(&mut self, number: usize) {
        self.servers[number].kill();
    }

    pub(super) fn start_again(&mut self, number: usize) -> io::Result<()> {
        self.servers[number].start_again()
    }

    pub(super) fn harm(&self, number: usize, fault: Fault) {
        self.proxies[number].set(fault);
    }

    /// The names and addresses of all, with what each is.
    pub(super) fn members(&self) -> Vec<(String, String, &'static str)> {
        let primary = self.primary().ok();
        let servers = self.proxies.iter().enumerate().map(|(number, proxy)| {
            let role = if primary == Some(number) {
                "primary"
            } else {
                "replica"
            };
            (name(number), proxy.addr.to_string(), role)
        });
        let sentinels = self.sentinels.iter().enumerate().map(|(number, it)| {
            let name = format!("redis-sentinel-{}", number + 1);
            (name, it.server().address(), "sentinel")
        });
        servers.chain(sentinels).collect()
    }

    fn until(what: &str, is: impl Fn() -> bool) -> io::Result<()> {
        for _ in 0..LOOKS {
            if is() {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(io::Error::other(format!("in vain: {what}")))
    }
}

pub(super) fn name(number: usize) -> String {
    format!("redis-{}", number + 1)
}
