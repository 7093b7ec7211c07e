//! A whole installation in many processes: PostgreSQL and Redis with their replicas, and two processes of each group of
//! roles, each behind a proxy that does harm when told.

mod drill;
mod figures;
mod harm;
mod postgres;
mod probes;
mod redis;
mod restart;

use std::collections::BTreeSet;
use std::io;
use std::thread::sleep;
use std::time::Duration;

use medcover_kernel::{Rng as _, SystemRng};
use medcover_testkit::{Fault, FaultProxy};
use tokio::runtime::{Builder, Runtime};

pub use drill::{FleetDrill, Harms};
pub use figures::{FleetFigures, HarmFigures};
use postgres::Postgres;
use redis::Redis;

use crate::{INTROSPECTS, Node, OF_JOURNEYS};

/// What runs together in one process, under the name of these processes.
const GROUPS: [(&str, &str); 3] = [
    ("door", "gateway,console,auth"),
    ("records", "hospital,insurance,billing,journeys"),
    ("terminology", "terminology"),
];
/// Every role in processes of its own; journeys beside the hospital, whose log they follow.
const ROLES: [(&str, &str); 6] = [
    ("door", "gateway,console"),
    ("auth", "auth"),
    ("hospital", "hospital,journeys"),
    ("insurance", "insurance"),
    ("billing", "billing"),
    ("terminology", "terminology"),
];
/// Processes of each.
const OF_EACH: usize = 2;

/// What each door is asked until it does not say that nobody is there.
const FOUND_BY: [&str; 5] = [
    "/api/v1/search/icd10?q=nstemi",
    "/api/v1/patients",
    "/api/v1/payers",
    "/api/v1/invoices",
    "/api/v1/sagas/journeys",
];
/// Looks until a door must have found everybody.
const LOOKS: u32 = 300;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How roles are spread over processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Two processes each of the door, the services of record, and terminology.
    #[default]
    Groups,
    /// Two processes of every role, apart from one another where they can be.
    Roles,
}

/// A fleet that runs. It ends when dropped.
#[derive(Debug)]
pub struct Fleet {
    members: Vec<Process>,
    redis: Redis,
    postgres: Postgres,
    /// Carries the proxies, so it ends last.
    _runtime: Runtime,
    /// What was killed and not started again.
    killed: BTreeSet<String>,
}

/// A process of medcover's, and the proxy before it.
#[derive(Debug)]
struct Process {
    name: String,
    node: Node,
    proxy: FaultProxy,
}

/// Something of a fleet, as it is told of.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is called.
    pub name: String,
    /// Where it is found.
    pub address: String,
    /// What it is, or which roles it runs.
    pub role: String,
    /// Whether it was not killed.
    pub runs: bool,
}

impl Fleet {
    /// Starts all of it: some ten seconds. Fails where PostgreSQL or Redis does not start.
    ///
    /// Panics when medcover does not.
    pub fn start(spread: Spread) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let postgres = Postgres::start(&runtime)?;
        let redis = Redis::start(&runtime)?;
        let groups = match spread {
            Spread::Groups => &GROUPS[..],
            Spread::Roles => &ROLES,
        };
        let master = master_secret();
        let instances = (groups.len() * OF_EACH).to_string();
        let members = groups.iter().flat_map(|(name, roles)| {
            (1..=OF_EACH).map(move |number| (format!("{name}-{number}"), *roles))
        });
        let members = members.map(|(name, roles)| {
            let mut node = Node::of(roles);
            let proxy = runtime.block_on(FaultProxy::start(node.address()));
            node.knows("registry", "redis")
                .knows("advertise", format!("http://{}", proxy.addr))
                .with("MEDCOVER__REDIS__SENTINELS", redis.sentinels())
                .with("MEDCOVER__MESSAGES__TRANSPORT", "redis")
                .with("MEDCOVER__STORE__ENGINE", "postgres")
                .with("MEDCOVER__STORE__URL", postgres.url())
                .with("MEDCOVER__STORE__REPLICAS", postgres.replicas())
                .with("MEDCOVER__STORE__INSTANCES", &*instances)
                .with("MEDCOVER__AUTH__MASTER_SECRET", &*master);
            if roles.contains("gateway") {
                // As behind a balancer: what is on its way there when it is told to stop is answered.
                node.with("MEDCOVER__SERVER__LINGER_MS", "1500");
            }
            Process { name, node, proxy }
        });
        let mut fleet = Self {
            members: members.collect(),
            redis,
            postgres,
            _runtime: runtime,
            killed: BTreeSet::new(),
        };
        fleet.start_members();
        fleet.until_found()?;
        Ok(fleet)
    }

    /// Those who know callers first: the others get from them the key by which they ask what tokens are worth.
    fn start_members(&mut self) {
        for member in &mut self.members {
            if member.node.roles().contains("auth") {
                member.node.start();
            }
        }
        let mut knowing = self.members.iter();
        let auth = knowing.find(|it| it.node.roles().contains("auth"));
        let auth = &auth.expect("somebody knows callers").node;
        let token = auth.token();
        let [of_journeys, of_others] = [("journeys", &OF_JOURNEYS[..]), ("hospital", &INTROSPECTS)]
            .map(|(service, may)| auth.client_key(&token, service, may));
        for member in &mut self.members {
            let roles = member.node.roles();
            if roles.contains("auth") {
                continue;
            }
            // Where journeys have all their steps beside them, they show nothing of their own.
            let steps_elsewhere = roles.contains("journeys") && !roles.contains("billing");
            let key = if steps_elsewhere {
                &of_journeys
            } else {
                &of_others
            };
            member.node.knows("key", &**key);
            member.node.start();
        }
    }

    /// Waits until each door has found somebody who knows codes, and somebody who keeps records.
    fn until_found(&self) -> io::Result<()> {
        let doors = self.members.iter();
        let doors = doors.filter(|it| it.node.roles().contains("gateway"));
        for door in doors {
            let is_found = |path: &str| door.node.ask("GET", path, &[], "").status != 503;
            let looked = (0..LOOKS).any(|_| {
                sleep(LOOK_EVERY);
                FOUND_BY.iter().all(|path| is_found(path))
            });
            if !looked {
                let detail = format!("{} does not find the others", door.name);
                return Err(io::Error::other(detail));
            }
        }
        Ok(())
    }

    /// Where requests go: `HOST:PORT` of each door.
    pub fn doors(&self) -> Vec<String> {
        let doors = self
            .members
            .iter()
            .filter(|it| it.node.roles().contains("gateway"));
        doors.map(|it| it.proxy.addr.to_string()).collect()
    }

    /// All that there is.
    pub fn members(&self) -> Vec<Member> {
        let engines = self.postgres.members().chain(self.redis.members());
        let processes = self.members.iter().map(|it| {
            let address = it.proxy.addr.to_string();
            (it.name.clone(), address, it.node.roles())
        });
        let all = engines.chain(processes);
        let all = all.map(|(name, address, role)| Member {
            runs: !self.killed.contains(&name),
            name,
            address,
            role: role.to_owned(),
        });
        all.collect()
    }

    /// SIGKILL for what is called `name`, or for a server of PostgreSQL the end of its machine.
    pub fn kill(&mut self, name: &str) -> io::Result<()> {
        match self.place(name)? {
            Place::Postgres(number) => self.postgres.kill(number)?,
            Place::Redis(number) => self.redis.kill(number),
            Place::Process(number) => self.members[number].node.kill(),
        }
        self.killed.insert(name.to_owned());
        Ok(())
    }

    /// Starts what was killed.
    pub fn start_again(&mut self, name: &str) -> io::Result<()> {
        if !self.killed.remove(name) {
            return Err(io::Error::other(format!("{name} was not killed")));
        }
        match self.place(name)? {
            Place::Postgres(number) => self.postgres.start_again(number)?,
            Place::Redis(number) => self.redis.start_again(number)?,
            Place::Process(number) => self.members[number].node.start(),
        }
        Ok(())
    }

    /// Harms the way to what is called `name`, or mends it by [`Fault::None`].
    pub fn harm(&self, name: &str, fault: Fault) -> io::Result<()> {
        match self.place(name)? {
            Place::Postgres(number) => self.postgres.harm(number, fault),
            Place::Redis(number) => self.redis.harm(number, fault),
            Place::Process(number) => self.members[number].proxy.set(fault),
        }
        Ok(())
    }

    fn place(&self, name: &str) -> io::Result<Place> {
        let members = self.members.iter();
        if let Some(number) = members.into_iter().position(|it| it.name == name) {
            return Ok(Place::Process(number));
        }
        let of = |kind: &str| {
            let number: usize = name.strip_prefix(kind)?.parse().ok()?;
            (1..=3).contains(&number).then(|| number - 1)
        };
        if let Some(number) = of("postgres-") {
            return Ok(Place::Postgres(number));
        }
        if let Some(number) = of("redis-") {
            return Ok(Place::Redis(number));
        }
        let detail = format!("nothing that can be harmed is called {name}");
        Err(io::Error::new(io::ErrorKind::NotFound, detail))
    }
}

/// Where something is found in a fleet.
enum Place {
    Postgres(usize),
    Redis(usize),
    Process(usize),
}

/// Sixty-four hexadecimal digits.
fn master_secret() -> String {
    let words = [(); 4].map(|()| format!("{:016x}", SystemRng.next_u64()));
    words.concat()
}
