//! PostgreSQL is lost, and what it had is restored to a moment from its copy and its archived log.

use std::path::{Path, PathBuf};
use std::process::Output;

use medcover_kernel::{Clock as _, SystemClock};
use medcover_testkit::PostgresServer;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::backups::{ask, register, token};
use crate::program::{Program, Serving, text};

/// Sixty-four hexadecimal digits.
const MASTER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// An installation whose state is on a server that archives its log.
struct Installation {
    program: Program,
    server: PostgresServer,
    archive: PathBuf,
}

impl Installation {
    fn new() -> Self {
        let program = Program::unprivileged();
        let archive = program.dir.path().join("archive");
        std::fs::create_dir(&archive).expect("made");
        Self {
            server: PostgresServer::archiving(&archive).expect("it starts"),
            archive,
            program,
        }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let folder = self.program.dir.path().join("backups");
        let programs = PostgresServer::programs();
        vec![
            ("MEDCOVER__STORE__ENGINE", "postgres".to_owned()),
            ("MEDCOVER__STORE__URL", self.server.url()),
            ("MEDCOVER__AUTH__MASTER_SECRET", MASTER.to_owned()),
            (
                "MEDCOVER_ADMIN_PASSWORD",
                "a stone, a cloud, a table".to_owned(),
            ),
            ("MEDCOVER__BACKUP__FOLDER", text(&folder).to_owned()),
            (
                "MEDCOVER__BACKUP__POSTGRES_PROGRAMS",
                text(&programs).to_owned(),
            ),
            (
                "MEDCOVER__BACKUP__RESTORE_COMMAND",
                format!("cp \"{}/%f\" \"%p\"", self.archive.display()),
            ),
        ]
    }

    fn serve(&self, arguments: &[&str], url: Option<String>) -> Serving {
        let mut variables = self.variables();
        variables.extend(url.map(|url| ("MEDCOVER__STORE__URL", url)));
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        self.program.serve_with(arguments, &variables)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.program.command(arguments);
        command.envs(self.variables()).output().expect("it starts")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// People come and pay.
    fn work(&self, count: usize) -> Vec<String> {
        let serving = self.serve(&["serve"], None);
        let token = token(&serving);
        let patients: Vec<_> = (0..count)
            .map(|at| {
                let id = register(serving.addr, &token, &format!("N{at}")).expect("kept");
                let payment = json!({
                    "id": Uuid::parse_str(&id).map(|it| it.as_u128() ^ 1).map(Uuid::from_u128).expect("an id"),
                    "from": {"kind": "patient", "id": id},
                    "amount": {"amount_minor": 1_000, "currency": "USD"},
                    "method": "cash",
                });
                let at = ("POST", "/api/v1/payments");
                let (status, paid) = ask(serving.addr, &token, at, &payment);
                assert_eq!(status, 201, "{paid}");
                id
            })
            .collect();
        stop(serving);
        patients
    }
}

fn stop(serving: Serving) {
    serving.signal("TERM");
    assert_eq!(serving.ended().code(), Some(0));
}

fn status_of(serving: &Serving, token: &str, id: &str) -> u16 {
    let at = format!("/api/v1/patients/{id}");
    ask(serving.addr, token, ("GET", &at), &Value::Null).0
}

fn restored(it: &Installation, into: &Path, at: &[&str]) -> Value {
    let arguments = ["restore", "--into", text(into), "--json"];
    let restored = it.json(&[&arguments, at].concat());
    assert_eq!(restored["faults"], json!([]), "{restored}");
    restored
}

#[test]
fn a_lost_server_comes_back_as_it_was_at_a_moment() {
    let mut it = Installation::new();
    let first = it.work(3);
    let serving = it.serve(&["serve"], None);
    let made = it.json(&["backup", "--json"]);
    assert_eq!(made["engine"], "postgres");
    stop(serving);

    let before = it.work(4);
    let totals = it.json(&["backup", "totals"]);
    let moment = SystemClock::new().now().to_string();
    let after = it.work(5);
    let last = it.json(&["backup", "totals"]);
    assert_ne!(totals, last);
    assert_ne!(totals["ledgers"], last["ledgers"]);
    it.server.archive().expect("it is archived");
    it.server.crash().expect("it crashes");
    // All that is left are the copy and the archive.
    it.server = PostgresServer::start().expect("another one");

    let dir = it.program.dir.path().to_owned();
    let then = restored(&it, &dir.join("then"), &["--at", &moment]);
    assert_eq!(then["totals"], totals, "as it was at the moment");
    assert_eq!(then["recovery_point"], *moment);
    let end = restored(&it, &dir.join("end"), &["--at", "latest"]);
    assert_eq!(end["totals"], last, "all that was archived");
    let copied = it.json(&["backup", "drill", "--json"]);
    assert_eq!(copied["faults"], json!([]));
    assert_eq!(copied["totals"]["services"], made["totals"]["services"]);

    let future = ["backup", "drill", "--at", "2999-01-01T00:00:00Z"];
    let refused = it.run(&future);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(
        said.contains("before configured recovery target was reached"),
        "{said}"
    );

    let server = PostgresServer::on(&dir.join("then/postgres")).expect("it starts");
    let data = dir.join("then");
    let serving = it.serve(&["serve", "--data", text(&data)], Some(server.url()));
    let token = token(&serving);
    for id in first.iter().chain(&before) {
        assert_eq!(status_of(&serving, &token, id), 200, "{id}");
    }
    for id in &after {
        assert_eq!(status_of(&serving, &token, id), 404, "{id}");
    }
    register(serving.addr, &token, "Later").expect("work goes on");
    let mut verify = it
        .program
        .command(&["audit", "verify", "--data", text(&data), "--json"]);
    let verified = verify.envs(it.variables()).output().expect("it starts");
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn what_cannot_be_copied_or_gone_on_with_is_told() {
    let it = Installation::new();
    stop(it.serve(&["serve"], None));
    let refusal = |arguments: &[&str], name: &str, value: &str| {
        let mut command = it.program.command(arguments);
        let output = command.envs(it.variables()).env(name, value).output();
        let output = output.expect("it starts");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let elsewhere = it.server.url().replace("postgres@", "reader:secret@");
    let said = refusal(&["backup"], "MEDCOVER__BACKUP__POSTGRES_URL", &elsewhere);
    assert!(
        said.contains("must name a role that may replicate"),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
    let said = refusal(
        &["backup"],
        "MEDCOVER__BACKUP__POSTGRES_PROGRAMS",
        "nowhere",
    );
    assert!(
        said.contains("cannot start nowhere/pg_basebackup"),
        "{said}"
    );
    let listed = it.json(&["backup", "list", "--json"]);
    assert_eq!(listed["backups"], json!([]));
    it.json(&["backup", "--json"]);
    let drill = ["backup", "drill", "--at", "latest"];
    let said = refusal(&drill, "MEDCOVER__BACKUP__RESTORE_COMMAND", "");
    assert!(said.contains("backup.restore_command must say"), "{said}");
}
