//! The process that is killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::Drill;

/// A bank that serves; killed when dropped.
pub(super) struct Process {
    child: Child,
    /// Where it listens, `http://127.0.0.1:…`.
    pub(super) address: String,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    pub(super) fn start(drill: &Drill) -> Result<Self, String> {
        let mut command = Command::new(&drill.program);
        command.arg("serve").arg("--data").arg(&drill.folder);
        if let Some(server) = &drill.server {
            command.arg("--postgres").arg(server.url());
        }
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{}: {error}", drill.program.display()))?;
        let said = child.stdout.take().ok_or("the process says nothing")?;
        let mut address = String::new();
        let read = BufReader::new(said).read_line(&mut address);
        read.map_err(|error| error.to_string())?;
        if address.is_empty() {
            return Err(format!("the process did not start: {:?}", child.wait()));
        }
        let address = address.trim().to_owned();
        Ok(Self { child, address })
    }

    /// SIGKILL, and no second in between.
    pub(super) fn kill(&mut self) {
        // It is ours and was not waited for, so it is there.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
