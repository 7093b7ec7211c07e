//! The program on one data folder, which it keeps from start to start.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use medcover_testkit::Process;
use tempfile::TempDir;

use crate::program::announced;
use crate::server::{load, medcover, program, verify_audit};

/// A data folder with the small release, and the process that serves it.
#[derive(Debug)]
pub(super) struct Installation {
    process: Option<Process>,
    folder: TempDir,
}

impl Installation {
    /// A new one, which does not serve yet.
    pub(super) fn new() -> Self {
        // Beside the program, for where temporary files are kept may be memory, which forgets nothing when synced.
        let program = program();
        let beside = program.parent().expect("a program lies in a folder");
        let folder = tempfile::Builder::new().prefix("drill-").tempdir_in(beside);
        let folder = folder.expect("a folder can be made beside the program");
        load(folder.path());
        Self {
            process: None,
            folder,
        }
    }

    /// Starts the program and waits until it says where it listens: an address with its port.
    pub(super) fn start(&mut self) -> String {
        let (process, host) = announced(&mut serve(self.folder.path()), |line| {
            Some(line.strip_prefix("listening on http://")?.trim().to_owned())
        });
        self.process = Some(process);
        host
    }

    /// SIGKILL, and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the program and kills it `after` that, wherever its start has come to.
    pub(super) fn start_and_kill(&self, after: Duration) {
        let mut serve = serve(self.folder.path());
        let serve = serve.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Process::start(serve).expect("the program starts");
        thread::sleep(after);
        drop(process);
    }

    /// `medcover audit verify`: how many records it has read, or what it says is wrong.
    pub(super) fn verify_audit(&self) -> Result<u64, String> {
        verify_audit(medcover(self.folder.path()))
    }
}

fn serve(folder: &Path) -> Command {
    let mut command = medcover(folder);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    command
}
