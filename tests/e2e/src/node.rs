//! One process of an installation that runs in several.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;

use medcover_testkit::Process;
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpSocket;

use crate::http::{self, Answer};
use crate::program::announced;
use crate::server::{Server, load, medcover_at, program, verify_audit};

/// What a process must be allowed to ask what credentials are worth.
pub const INTROSPECTS: [&str; 1] = ["credentials.introspect"];

/// The same for one whose sagas have steps at insurance and billing elsewhere.
pub const OF_JOURNEYS: [&str; 16] = [
    "credentials.introspect",
    "service-tokens.issue",
    "coverage.read",
    "coverage.manage",
    "authorisations.read",
    "authorisations.request",
    "claims.read",
    "claims.submit",
    "claims.adjudicate",
    "remittances.read",
    "billing.read",
    "invoices.manage",
    "payments.take",
    "refunds.request",
    "remittances.post",
    "commissions.manage",
];

/// A process that runs some roles, on an address and a data folder of its own. It ends when dropped.
#[derive(Debug)]
pub struct Node {
    process: Option<Process>,
    /// Keeps its port from others until it is first started. Nobody listens there: who asks finds nobody.
    reserved: Option<TcpSocket>,
    folder: TempDir,
    address: SocketAddr,
    roles: &'static str,
    settings: Vec<(String, String)>,
    program: PathBuf,
}

impl Node {
    /// A process that is to run `roles` and has not been started.
    pub fn of(roles: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if roles.contains("terminology") {
            load(folder.path());
        }
        // The others must know where it will be before it is there.
        let free = TcpSocket::new_v4().expect("a socket");
        free.bind((Ipv4Addr::LOCALHOST, 0).into())
            .expect("a free port");
        Self {
            process: None,
            folder,
            address: free.local_addr().expect("bound"),
            reserved: Some(free),
            roles,
            settings: Vec::new(),
            program: program(),
        }
    }

    /// Sets `peers.<name>`.
    pub fn knows(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.with(&format!("MEDCOVER__PEERS__{}", name.to_uppercase()), value)
    }

    /// Sets the environment variable `name` for it.
    pub fn with(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Is what `program` makes of it from the next start on.
    pub fn runs(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// The roles that it runs.
    pub const fn roles(&self) -> &'static str {
        self.roles
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts it, and waits until it listens.
    pub fn start(&mut self) {
        let mut command = self.command();
        let serve = command.args(["serve", "--roles", self.roles]);
        let serve = serve.args(["--listen", &self.address.to_string()]);
        self.reserved = None;
        let (process, ()) = announced(serve, |line| {
            line.starts_with("listening on ").then_some(())
        });
        self.process = Some(process);
    }

    /// Ends it as a fault of the machine would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal("TERM").expect("it can be told");
            let ended = process.child().wait().expect("it ends");
            assert!(ended.success(), "{ended}");
        }
    }

    /// What the program prints, started as this process is.
    pub fn print(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output();
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// `medcover audit verify`: how many records it has read, or what it says is wrong.
    pub(crate) fn verify_audit(&self) -> Result<u64, String> {
        verify_audit(self.command())
    }

    fn command(&self) -> Command {
        let mut command = medcover_at(&self.program, self.folder.path());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The answer to a request.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        http::ask(&self.address.to_string(), method, path, headers, body)
    }

    /// A token of the first administrator.
    pub fn token(&self) -> String {
        let who = json!({"name": "admin", "password": Server::PASSWORD}).to_string();
        let answer = self.ask("POST", "/api/v1/auth/sign-in", &[], &who);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = answer.body["access_token"].as_str();
        token.expect("a token").to_owned()
    }

    /// The key of a new client that is `service` and may do what `permissions` say, made where `token` is an administrator's.
    pub fn client_key(&self, token: &str, service: &str, permissions: &[&str]) -> String {
        let request = json!({"name": service, "service": service, "permissions": permissions});
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", &*bearer), ("idempotency-key", service)];
        let path = "/api/v1/auth/clients";
        let made = self.ask("POST", path, &headers, &request.to_string());
        assert_eq!(made.status, 201, "{}", made.body);
        made.body["key"].as_str().expect("a key").to_owned()
    }
}
