//! Schemathesis, which makes requests out of an API description and holds the answers against it.

use std::path::PathBuf;
use std::process::Command;

/// What is held against the description.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// A run over some of the operations.
#[derive(Debug)]
pub struct Schemathesis(Command);

impl Schemathesis {
    /// Over the API that is described at `description`, in the name of whoever has `token`, with `examples` requests an
    /// operation beside those that try the edges of its description.
    pub fn of(description: &str, token: &str, examples: u32) -> Self {
        let mut command = Command::new(program());
        command
            .args(["run", description, "--no-color", "--seed", "1"])
            .args(["--phases", "examples,coverage,fuzzing"])
            .args(["--suppress-health-check", "all"])
            .args(["--checks", CHECKS])
            .args(["--max-examples", &examples.to_string()])
            .args(["-H", &format!("Authorization: Bearer {token}")]);
        Self(command)
    }

    /// Without the operations of these names.
    #[must_use]
    pub fn without(mut self, operations: &[&str]) -> Self {
        for operation in operations {
            self.0.args(["--exclude-operation-id", operation]);
        }
        self
    }

    /// The operations of these names only.
    #[must_use]
    pub fn only(mut self, operations: &[&str]) -> Self {
        for operation in operations {
            self.0.args(["--include-operation-id", operation]);
        }
        self
    }

    /// Runs it, and fails with what it found.
    pub fn check(mut self) {
        let run = self.0.output().expect("schemathesis starts");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{said}");
        assert!(said.contains("generated"), "it asked nothing: {said}");
    }
}

/// `cargo xtask test` puts it into `target/tools`; this test lies in `target/<profile>/deps`.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a running program has a place");
    let target = test
        .ancestors()
        .nth(3)
        .expect("tests lie three folders deep");
    let program = target.join("tools/schemathesis/bin/schemathesis");
    assert!(
        program.exists(),
        "{} is not there: `cargo xtask test` installs it",
        program.display()
    );
    program
}
