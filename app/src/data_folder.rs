//! The folder that holds releases and other state, and the lock that keeps a second server out of it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::settings::Environment;

/// Where the folder lies unless a setting says otherwise, and what to call that choice.
///
/// It is `medcover` in the user's data folder as the XDG specification finds it. A user without a home, such as a
/// service's, gets `medcover-data` where the process was started.
pub(crate) fn usual(environment: &Environment) -> (&'static str, PathBuf) {
    let xdg = environment.get("XDG_DATA_HOME").map(PathBuf::from);
    // The specification has relative paths ignored.
    let xdg = xdg.filter(|path| path.is_absolute());
    let home = || {
        let home = Path::new(environment.get("HOME")?);
        home.is_absolute().then(|| home.join(".local/share"))
    };
    match xdg.or_else(home).map(|base| base.join("medcover")) {
        Some(dir) if dir.is_dir() || std::fs::create_dir_all(&dir).is_ok() => {
            ("the user's data folder", dir)
        }
        _ => ("no data folder of the user", PathBuf::from("medcover-data")),
    }
}

/// Makes the folder where it is missing.
pub(crate) fn make(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| {
        format!(
            "cannot make the data folder {}; name another with --data",
            dir.display()
        )
    })
}

/// Held by a server for as long as it runs. The operating system gives it up with the process, however that ends.
#[derive(Debug)]
pub(crate) struct ServerLock {
    _file: File,
}

impl ServerLock {
    /// Takes the lock of `dir`, or says which process has it.
    pub(crate) fn take(dir: &Path) -> Result<Self> {
        make(dir)?;
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another medcover{} serves the data folder {}\nStop it, or give this one a folder of its own with --data.",
                holder(&mut file),
                dir.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        // The number is for people; the lock itself does not depend on it.
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(id)) => format!(" (process {id})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let lock = ServerLock::take(dir.path()).expect("it is free");
        let refused = ServerLock::take(dir.path()).expect_err("it is taken");
        let expected = format!("process {}", std::process::id());
        assert!(refused.to_string().contains(&expected), "{refused}");
        drop(lock);
        ServerLock::take(dir.path()).expect("it is free again");
    }
}
