//! What `deploy/` describes: a fleet that this program accepts, on servers that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::program::Program;

/// What stands in for each secret: 64 hexadecimal digits are good for all of them.
const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
    volumes: BTreeMap<String, Option<Value>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    image: String,
    command: Vec<String>,
    env_file: String,
    environment: BTreeMap<String, String>,
    volumes: Vec<String>,
    depends_on: Vec<String>,
}

impl Service {
    fn after(&self, option: &str) -> &str {
        let at = self.command.iter().position(|word| word == option);
        &self.command[at.unwrap_or_else(|| panic!("{option} is told")) + 1]
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn fleet() -> Compose {
    let text = fs::read_to_string(folder().join("compose.yaml")).expect("it is there");
    serde_saphyr::from_str(&text).expect("compose.yaml is what a compose file is")
}

fn processes(fleet: &Compose) -> impl Iterator<Item = (&String, &Service)> {
    fleet.services.iter().filter(|it| it.1.image == "medcover")
}

/// What the process is told, with secrets in their places.
fn told(service: &Service) -> BTreeMap<String, String> {
    let file = fs::read_to_string(folder().join(&service.env_file)).expect("it is there");
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    let common = lines.map(|line| line.split_once('=').expect("a name and a value"));
    let common = common.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own = service.environment.iter().map(|(name, value)| {
        let mut parts = value.split("${");
        let first = parts.next().unwrap_or_default().to_owned();
        let value = parts.fold(first, |text, part| {
            let (_, rest) = part.split_once('}').expect("it ends");
            text + SECRET + rest
        });
        (name.clone(), value)
    });
    common.chain(own).collect()
}

/// The hosts of `HOST:PORT,…`.
fn hosts(places: &str) -> impl Iterator<Item = &str> {
    places
        .split(',')
        .map(|place| place.rsplit_once(':').map_or(place, |it| it.0))
}

#[test]
fn every_process_of_the_compose_file_is_told_what_the_program_accepts() {
    let (fleet, program) = (fleet(), Program::new());
    for (name, service) in processes(&fleet) {
        let mut command = program.command(&["config", "--json"]);
        let output = command.envs(told(service)).output().expect("it starts");
        assert!(output.status.success(), "{name}: {output:?}");
        let effective: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let text = effective.to_string();
        for expected in ["postgres", "redis-sentinel-3:26379", "mymaster"] {
            assert!(text.contains(expected), "{name}: no {expected} in {text}");
        }
        assert!(!text.contains(SECRET), "{name}: a secret is shown");
    }
}

#[test]
fn two_processes_of_each_role_share_servers_that_are_there() {
    let fleet = fleet();
    let mut roles = BTreeMap::<&str, usize>::new();
    for (name, service) in processes(&fleet) {
        for role in service.after("--roles").split(',') {
            *roles.entry(role).or_default() += 1;
        }
        let told = told(service);
        let advertised = format!("http://{name}:");
        assert!(told["MEDCOVER__PEERS__ADVERTISE"].starts_with(&advertised));
        let port = service.after("--listen").rsplit(':').next();
        assert!(told["MEDCOVER__PEERS__ADVERTISE"].ends_with(port.expect("a port")));
        let (_, servers) = told["MEDCOVER__STORE__URL"]
            .split_once('@')
            .expect("whose it is");
        let (servers, _) = servers.split_once('/').expect("a database");
        for host in hosts(servers).chain(hosts(&told["MEDCOVER__REDIS__SENTINELS"])) {
            assert!(
                fleet.services.contains_key(host),
                "{name}: there is no {host}"
            );
        }
        let instances = processes(&fleet).count().to_string();
        assert_eq!(told["MEDCOVER__STORE__INSTANCES"], instances);
    }
    let all = [
        "gateway",
        "console",
        "auth",
        "hospital",
        "insurance",
        "billing",
        "journeys",
        "terminology",
    ];
    assert_eq!(roles, all.map(|role| (role, 2)).into());
}

#[test]
fn what_the_compose_file_names_is_there() {
    let fleet = fleet();
    let mut mounted = BTreeSet::new();
    for (name, service) in &fleet.services {
        for needed in &service.depends_on {
            assert!(fleet.services.contains_key(needed), "{name} needs {needed}");
        }
        for volume in &service.volumes {
            let (source, _) = volume.split_once(':').expect("a source and a place");
            if source.starts_with('.') {
                assert!(folder().join(source).is_file(), "{name}: no {source}");
            } else {
                assert!(mounted.insert(source), "{source} has one owner");
            }
        }
    }
    let declared: BTreeSet<_> = fleet.volumes.keys().map(String::as_str).collect();
    assert_eq!(mounted, declared);
    for script in [
        "postgres/roles.sh",
        "postgres/replica.sh",
        "redis/sentinel.sh",
    ] {
        let mut bash = Command::new("bash");
        let read = bash.arg("-n").arg(folder().join(script)).status();
        assert!(read.expect("bash is there").success(), "{script}");
    }
}
