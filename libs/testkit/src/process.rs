//! Processes that tests start.

use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};

/// The user and group `nobody`, on Debian.
pub(crate) const NOBODY: (u32, u32) = (65_534, 65_534);

/// Lets `command` run as `nobody` when this process runs as root: some servers refuse to be root.
pub fn unprivileged(command: &mut Command) -> &mut Command {
    if is_root() {
        command.uid(NOBODY.0).gid(NOBODY.1);
    }
    command
}

/// Gives `path` to whoever [`unprivileged`] lets run, when this process runs as root.
pub fn give_to_unprivileged(path: &Path) -> io::Result<()> {
    if is_root() {
        chown(path, Some(NOBODY.0), Some(NOBODY.1))?;
    }
    Ok(())
}

/// Whether this process runs as root.
pub(crate) fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A process that ends with the test that started it.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts `command`.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        command.spawn().map(Self)
    }

    /// The process itself.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Sends the signal called `name`: `TERM`, `KILL`.
    pub fn signal(&self, name: &str) -> io::Result<ExitStatus> {
        Command::new("kill")
            .args(["-s", name, &self.0.id().to_string()])
            .status()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; waiting leaves no zombie.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn runs_as_nobody_when_root() {
        let mut command = Command::new("id");
        let output = unprivileged(command.arg("-u").stdout(Stdio::piped())).output();
        let text = String::from_utf8(output.expect("it ran").stdout).expect("text");
        assert_ne!(text.trim(), "0");
    }

    #[test]
    fn ends_when_dropped() {
        let mut process = Process::start(Command::new("sleep").arg("60")).expect("it started");
        let id = process.child().id();
        drop(process);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }
}
