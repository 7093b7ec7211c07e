//! Every setting of the program, and the one place that reads the environment.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use medcover_auth::AuthConfig;
use medcover_cache::CacheConfig;
use medcover_config::{Check, Layers, Loaded, Section};
use medcover_gateway::PolicyConfig;
use medcover_http::{EdgeConfig, LimitsConfig, LimitsShared, ServerConfig, SlotsConfig};
use medcover_mesh::{TasksConfig, UpstreamConfig};
use medcover_redis::RedisConfig;
use medcover_telemetry::{LogConfig, TraceConfig};
use medcover_terminology::TerminologyConfig;
use serde::{Deserialize, Serialize};

use crate::backups::BackupConfig;
use crate::cli::Global;
use crate::data_folder;
use crate::exit::Refused;
use crate::messages::{MessagesConfig, Transport};
use crate::peers::{PeerRegistry, PeersConfig};
use crate::roles::{Role, Roles};
use crate::stores::{Engine, StoreConfig};

/// The environment as it was when the process started.
#[derive(Debug, Default)]
pub(crate) struct Environment(Vec<(String, String)>);

impl Environment {
    pub(crate) fn of_process() -> Self {
        // Not `vars`, which panics at a variable that is no UTF-8; such a one, damaged, is refused as a setting is.
        let variables = std::env::vars_os().map(|(name, value)| {
            let text = |os: std::ffi::OsString| os.to_string_lossy().into_owned();
            (text(name), text(value))
        });
        Self(variables.collect())
    }

    /// The value of `name`, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value)
    }
}

/// The whole tree.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The services that this process runs.
    pub(crate) roles: Vec<Role>,
    /// Where the others are.
    pub(crate) peers: PeersConfig,
    /// How the others are asked.
    pub(crate) upstream: UpstreamConfig,
    pub(crate) data: DataConfig,
    pub(crate) store: StoreConfig,
    pub(crate) backup: BackupConfig,
    pub(crate) server: PublicServer,
    pub(crate) admin: AdminConfig,
    pub(crate) edge: EdgeConfig,
    pub(crate) slots: SlotsConfig,
    pub(crate) limits: LimitsConfig,
    pub(crate) cache: CacheConfig,
    pub(crate) redis: RedisConfig,
    /// What one process does for all.
    pub(crate) tasks: TasksConfig,
    /// What carries events between services.
    pub(crate) messages: MessagesConfig,
    pub(crate) log: LogConfig,
    pub(crate) trace: TraceConfig,
    pub(crate) terminology: TerminologyConfig,
    pub(crate) auth: AuthConfig,
    pub(crate) fetch: FetchConfig,
    pub(crate) policy: PolicyConfig,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roles: Role::ALL.to_vec(),
            peers: PeersConfig::default(),
            upstream: UpstreamConfig::default(),
            data: DataConfig::default(),
            store: StoreConfig::default(),
            backup: BackupConfig::default(),
            server: PublicServer::default(),
            admin: AdminConfig::default(),
            edge: EdgeConfig::default(),
            slots: SlotsConfig::default(),
            limits: LimitsConfig::default(),
            cache: CacheConfig::default(),
            redis: RedisConfig::default(),
            tasks: TasksConfig::default(),
            messages: MessagesConfig::default(),
            log: LogConfig::default(),
            trace: TraceConfig::default(),
            terminology: TerminologyConfig::default(),
            auth: AuthConfig::default(),
            fetch: FetchConfig::default(),
            policy: PolicyConfig::default(),
        }
    }
}

/// The section `data`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DataConfig {
    /// The folder of releases and other state.
    pub(crate) dir: PathBuf,
}

/// The section `server`: the listener, and whether it may be reached from elsewhere without encryption.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PublicServer {
    #[serde(flatten)]
    pub(crate) http: ServerConfig,
    /// Serve plain HTTP on an address that other machines reach.
    pub(crate) allow_plain_http: bool,
}

/// The section `admin`: metrics and health for operators.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AdminConfig {
    /// Where to listen; port 0 takes any free one.
    pub(crate) listen: AdminListen,
}

impl Default for AdminConfig {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 9000));
        Self {
            listen: AdminListen(Some(listen)),
        }
    }
}

/// An address, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct AdminListen(pub(crate) Option<SocketAddr>);

impl TryFrom<String> for AdminListen {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|address| Self(Some(address)))
            .map_err(|_| format!("must be an address such as 127.0.0.1:9000, or off, not {text:?}"))
    }
}

impl From<AdminListen> for String {
    fn from(listen: AdminListen) -> Self {
        listen
            .0
            .map_or_else(|| "off".to_owned(), |address| address.to_string())
    }
}

/// The section `fetch`: what the program may ask of the network by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FetchConfig {
    /// Whether official files may be fetched.
    pub(crate) enabled: bool,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self { enabled: true }
    }
}

impl Section for Settings {
    fn validate(&self, check: &mut Check<'_>) {
        check.section("peers", &self.peers);
        check.section("upstream", &self.upstream);
        check.section("policy", &self.policy);
        check.section("store", &self.store);
        check.section("backup", &self.backup);
        check.section("server", &self.server.http);
        check.section("edge", &self.edge);
        check.section("slots", &self.slots);
        check.section("limits", &self.limits);
        check.section("cache", &self.cache);
        check.section("redis", &self.redis);
        check.section("tasks", &self.tasks);
        check.section("messages", &self.messages);
        check.section("log", &self.log);
        check.section("trace", &self.trace);
        check.section("terminology", &self.terminology);
        check.section("auth", &self.auth);
        check.that(
            "peers.registry",
            self.peers.registry == PeerRegistry::None || self.redis.is_set(),
            "is redis, and neither redis.address nor redis.sentinels is given",
        );
        check.that(
            "limits.shared",
            self.limits.shared == LimitsShared::None || self.redis.is_set(),
            "is redis, and neither redis.address nor redis.sentinels is given",
        );
        check.that(
            "messages.transport",
            self.messages.transport == Transport::Store || self.redis.is_set(),
            "is redis, and neither redis.address nor redis.sentinels is given",
        );
        check.that(
            "auth.master_secret",
            self.store.engine == Engine::Sqlite || !self.auth.master_secret.reveal().is_empty(),
            "must be given when store.engine is postgres: all processes that share the server need the same",
        );
    }
}

impl Settings {
    /// All layers together, or everything that is wrong with them.
    pub(crate) fn load(global: &Global, environment: &Environment) -> Result<Loaded<Self>> {
        let loaded = layers(global, environment, None).load::<Self>()?;
        let of_roles = OfRoles::of(&loaded.value.roles()?);
        if of_roles.are_in(&loaded.value) {
            return Ok(loaded);
        }
        Ok(layers(global, environment, Some(of_roles)).load::<Self>()?)
    }

    /// The roles, which were checked when the settings were loaded.
    pub(crate) fn roles(&self) -> Result<Roles, Refused> {
        Roles::of(&self.roles, &self.peers)
    }

    /// Refuses to serve other machines in the clear unless that was asked for.
    pub(crate) fn check_exposure(&self) -> Result<(), Refused> {
        let listening = [
            ("server.listen", Some(self.server.http.listen)),
            ("admin.listen", self.admin.listen.0),
        ];
        for (key, listen) in listening {
            let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback()) else {
                continue;
            };
            let encrypted = key == "server.listen" && self.server.http.tls.is_on();
            if !encrypted && !self.server.allow_plain_http {
                return Err(Refused::new(
                    format!("{key} = {listen} would serve plain HTTP to other machines"),
                    "Give a certificate (docs/guides/tls.md), listen on 127.0.0.1 and let a proxy in front of medcover \
                     encrypt, or say that plain HTTP is meant: MEDCOVER__SERVER__ALLOW_PLAIN_HTTP=true",
                ));
            }
        }
        Ok(())
    }
}

/// Defaults that depend on the roles.
#[derive(Clone, Copy)]
struct OfRoles {
    listen: SocketAddr,
    /// Callers are counted where they come in. Behind the gateway all of them seem to come from it. What is not the gateway has
    /// one before it, which chooses among several, and hears within that time that this one stops.
    gateway: bool,
}

/// Longer than an upstream waits between two checks, as shipped.
const LINGER_MS: u64 = 1_500;

impl OfRoles {
    fn of(roles: &Roles) -> Self {
        Self {
            listen: roles.listen(),
            gateway: roles.has(Role::Gateway),
        }
    }

    fn are_in(self, settings: &Settings) -> bool {
        settings.server.http.listen == self.listen && self.gateway
    }
}

/// Defaults that depend on the machine or the roles come first, so that everything else overrides them.
fn layers(global: &Global, environment: &Environment, of_roles: Option<OfRoles>) -> Layers {
    let mut layers = Layers::new();
    let (place, dir) = data_folder::usual(environment);
    layers = layers.argument(place, "data.dir", dir.to_string_lossy());
    if let Some(OfRoles { listen, gateway }) = of_roles {
        let place = "default of the roles";
        layers = layers.argument(place, "server.listen", listen.to_string());
        if !gateway {
            layers = layers.argument(place, "limits.enabled", "false");
            layers = layers.argument(place, "server.linger_ms", LINGER_MS.to_string());
        }
    }
    if let Some(file) = &global.config {
        layers = layers.file(file);
    }
    layers = layers.environment(environment.0.iter().cloned());
    let data = global.data.as_ref().map(|data| data.to_string_lossy());
    let arguments = [
        (
            "MEDCOVER_DATA",
            "data.dir",
            environment.get("MEDCOVER_DATA"),
        ),
        ("--data", "data.dir", data.as_deref()),
        ("--listen", "server.listen", global.listen.as_deref()),
        ("--roles", "roles", global.roles.as_deref()),
    ];
    for (flag, key, text) in arguments {
        if let Some(text) = text {
            layers = layers.argument(flag, key, text);
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment(owned.collect())
    }

    fn load(global: &Global, pairs: &[(&str, &str)]) -> Result<Loaded<Settings>> {
        Settings::load(global, &environment(pairs))
    }

    #[test]
    fn the_flag_wins_over_the_variable_and_the_file_loses_to_both() {
        let global = Global {
            data: Some("flag".into()),
            ..Global::default()
        };
        let variables = [("MEDCOVER_DATA", "short"), ("MEDCOVER__DATA__DIR", "long")];
        let loaded = load(&global, &variables).expect("no faults");
        assert_eq!(loaded.value.data.dir, PathBuf::from("flag"));
        let loaded = load(&Global::default(), &variables).expect("no faults");
        assert_eq!(loaded.value.data.dir, PathBuf::from("short"));
        assert_eq!(loaded.origin("data.dir").to_string(), "MEDCOVER_DATA");
    }

    #[test]
    fn unknown_keys_are_refused_beside_the_flattened_section() {
        let variables = [
            ("MEDCOVER__SERVER__LISTEM", "127.0.0.1:1"),
            ("MEDCOVER__SERVER__ALLOW_PLAIN_HTTP", "true"),
            ("MEDCOVER__SERVER__DRAIN_MS", "soon"),
            ("MEDCOVER__ADMIN__LISTEN", "nowhere"),
        ];
        let error = load(&Global::default(), &variables).expect_err("three faults");
        let text = error.to_string();
        assert!(
            text.contains("unknown key `server.listem`, did you mean `server.listen`?"),
            "{text}"
        );
        assert!(
            text.contains("server.drain_ms") && text.contains("or off"),
            "{text}"
        );
        assert!(text.contains("3 reasons"), "{text}");
    }

    #[test]
    fn roles_decide_the_port_unless_it_is_given() {
        let global = Global {
            roles: Some("terminology".to_owned()),
            ..Global::default()
        };
        let port = |pairs| {
            let loaded = load(&global, pairs).expect("no faults");
            loaded.value.server.http.listen.port()
        };
        assert_eq!(port(&[]), 3005);
        assert_eq!(
            port(&[("MEDCOVER__SERVER__LISTEN", "127.0.0.1:3000")]),
            3000
        );
    }

    #[test]
    fn callers_are_counted_where_they_come_in_unless_told_otherwise() {
        let limited = |roles: &str, pairs| {
            let global = Global {
                roles: Some(roles.to_owned()),
                ..Global::default()
            };
            load(&global, pairs)
                .expect("no faults")
                .value
                .limits
                .enabled
        };
        assert!(limited("gateway,terminology", &[]));
        assert!(!limited("terminology", &[]));
        assert!(limited(
            "terminology",
            &[("MEDCOVER__LIMITS__ENABLED", "true")]
        ));
        assert!(!limited(
            "gateway,terminology",
            &[("MEDCOVER__LIMITS__ENABLED", "false")]
        ));
    }

    #[test]
    fn what_stands_behind_a_gateway_lingers_unless_told_otherwise() {
        let linger = |roles: &str, pairs| {
            let global = Global {
                roles: Some(roles.to_owned()),
                ..Global::default()
            };
            let loaded = load(&global, pairs).expect("no faults");
            loaded.value.server.http.linger_ms
        };
        assert_eq!(linger("gateway,terminology", &[]), 0);
        assert_eq!(linger("terminology", &[]), LINGER_MS);
        assert_eq!(
            linger("terminology", &[("MEDCOVER__SERVER__LINGER_MS", "7")]),
            7
        );
    }

    #[test]
    fn plain_http_for_other_machines_must_be_asked_for() {
        let exposed = ("MEDCOVER__SERVER__LISTEN", "0.0.0.0:3000");
        let asked = ("MEDCOVER__SERVER__ALLOW_PLAIN_HTTP", "true");
        let check = |pairs: &[(&str, &str)]| {
            let loaded = load(&Global::default(), pairs).expect("no faults");
            loaded.value.check_exposure()
        };
        assert!(check(&[]).is_ok());
        let advice = check(&[exposed]).expect_err("it was not asked for");
        assert!(advice.to_string().contains("ALLOW_PLAIN_HTTP"));
        assert!(check(&[exposed, asked]).is_ok());
        let certificate = ("MEDCOVER__SERVER__TLS__CERTIFICATE", "certificate.pem");
        let key = ("MEDCOVER__SERVER__TLS__KEY", "key.pem");
        assert!(check(&[exposed, certificate, key]).is_ok());
        let metrics = ("MEDCOVER__ADMIN__LISTEN", "0.0.0.0:9000");
        assert!(check(&[metrics, certificate, key]).is_err());
        let alone = load(&Global::default(), &[certificate]).expect_err("no key");
        assert!(alone.to_string().contains("server.tls.key"), "{alone}");
        assert!(check(&[("MEDCOVER__SERVER__LISTEN", "[::1]:0")]).is_ok());
        assert!(check(&[("MEDCOVER__ADMIN__LISTEN", "0.0.0.0:9000")]).is_err());
    }
}
