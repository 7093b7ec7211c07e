//! Where the master secret lies.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use medcover_identity::{Entropy, MasterSecret, MasterSecretError};

/// The file in the service's folder.
const FILE: &str = "master.key";

/// Why there is no master secret.
#[derive(Debug, thiserror::Error)]
pub enum MasterProblem {
    /// The file cannot be read or written.
    #[error("the master secret in {path} cannot be read or written")]
    Io {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the file {path} holds no master secret")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        source: MasterSecretError,
    },
}

/// The master secret kept in `folder`, made there when there is none. The file can be read by its owner only. It belongs
/// into every backup: without it nobody can sign in.
pub fn master_secret(folder: &Path, entropy: &dyn Entropy) -> Result<MasterSecret, MasterProblem> {
    let path = folder.join(FILE);
    let io = |source| MasterProblem::Io {
        path: path.display().to_string(),
        source,
    };
    match fs::read_to_string(&path) {
        Ok(text) => MasterSecret::parse(&text).map_err(|source| MasterProblem::Content {
            path: path.display().to_string(),
            source,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = MasterSecret::generate(entropy);
            fs::create_dir_all(folder).map_err(io)?;
            keep(&path, &secret).map_err(io)?;
            Ok(secret)
        }
        Err(error) => Err(io(error)),
    }
}

/// On disk before anything is derived from it.
fn keep(path: &Path, secret: &MasterSecret) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", secret.to_text().reveal())?;
    file.sync_all()?;
    path.parent()
        .map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use medcover_identity::SeededEntropy;

    #[test]
    fn it_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let auth = folder.path().join("auth");
        let first = master_secret(&auth, &SeededEntropy::new(1)).expect("made");
        let again = master_secret(&auth, &SeededEntropy::new(2)).expect("read");
        assert_eq!(first.to_text().reveal(), again.to_text().reveal());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(auth.join(FILE))
                .expect("a file")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_refused_rather_than_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FILE), "half").expect("written");
        let problem = master_secret(folder.path(), &SeededEntropy::new(1)).expect_err("damaged");
        assert!(
            matches!(problem, MasterProblem::Content { .. }),
            "{problem}"
        );
        assert_eq!(
            fs::read_to_string(folder.path().join(FILE)).expect("still there"),
            "half"
        );
    }
}
