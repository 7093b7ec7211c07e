//! A socket in the file system: for the operator of this machine, who proves nothing but that the file may be opened.

use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net;
use std::path::{Path, PathBuf};

use axum::Router;
use tokio::net::{UnixListener, UnixStream};

use super::connection::Connections;
use super::{Ended, Listener, Stop, serve};
use crate::config::ServerConfig;

/// The operating system takes no longer address of a socket, with the byte that ends it.
const MAX_PATH_BYTES: usize = 107;

/// A listener that only the user of this process reaches.
#[derive(Debug)]
pub struct LocalServer {
    listener: UnixListener,
    config: ServerConfig,
    path: PathBuf,
}

impl LocalServer {
    /// Listens at `path`. A socket that an earlier process has left there is replaced, so take the lock of its folder first.
    pub fn bind(path: &Path, config: &ServerConfig) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let address = Address::of(path)?;
        let listener = UnixListener::bind(&address.path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok(Self {
            listener,
            config: config.clone(),
            path: path.to_owned(),
        })
    }

    /// Serves `router` as [`Server::serve`](crate::Server::serve) does, and removes the socket at the end.
    pub async fn serve(self, router: Router, stop: Stop) -> Ended {
        let connections = Connections::new(&self.config, router, None);
        let ended = serve(self.listener, &self.config, connections, None, stop).await;
        // The next process replaces what is left.
        let _ = std::fs::remove_file(&self.path);
        ended
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;
    type Accepted = net::UnixStream;

    async fn next(&self) -> io::Result<net::UnixStream> {
        let (stream, _) = self.accept().await?;
        stream.into_std()
    }

    fn take(accepted: net::UnixStream) -> io::Result<UnixStream> {
        UnixStream::from_std(accepted)
    }
}

/// Connects to the socket at `path`.
pub(crate) async fn connect(path: &Path) -> io::Result<UnixStream> {
    let address = Address::of(path)?;
    UnixStream::connect(&address.path).await
}

/// A path to the socket that is short enough: where it is not, its folder is opened and goes by the number of the open file.
struct Address {
    path: PathBuf,
    _folder: Option<File>,
}

impl Address {
    fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= MAX_PATH_BYTES {
            return Ok(Self {
                path: path.to_owned(),
                _folder: None,
            });
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        let folder = File::open(parent)?;
        let open = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string());
        Ok(Self {
            path: open.join(name),
            _folder: Some(folder),
        })
    }
}
