//! The one task that writes to a spool: whoever waits at the same time shares one wait for the disk.

use std::fs::File;
use std::io::Write as _;
use std::sync::Arc;

use medcover_kernel::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::SpoolError;
use super::files::{self, FileName};
use super::record::{Hash, Spooled};
use super::standing::Shared;

/// Records that go to the disk together at most.
pub(super) const BATCH: usize = 256;
/// A file that has come so far is not added to, so that what is read at once stays small.
const FILE_BYTES: u64 = 8 * 1024 * 1024;

/// What is asked of the writer.
pub(super) enum Job {
    Keep(Box<Spooled>, Reply),
    /// Add nothing more to the file that is being written.
    Seal(oneshot::Sender<()>),
}

type Reply = oneshot::Sender<Result<(), SpoolError>>;

pub(super) struct Writer {
    shared: Arc<Shared>,
    active: Option<Active>,
}

/// The file that is being written.
struct Active {
    name: FileName,
    file: File,
    /// Up to where it is on the disk.
    length: u64,
    sequence: u64,
    hash: Hash,
}

/// What is to be written.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    at: Vec<Timestamp>,
    replies: Vec<Reply>,
}

impl Writer {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            active: None,
        }
    }

    /// Until nobody is left to ask for anything.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        while inbox.recv_many(&mut jobs, BATCH).await > 0 {
            let batch = std::mem::take(&mut jobs);
            let worked = spawn_blocking(move || {
                self.work(batch);
                self
            });
            match worked.await {
                Ok(writer) => self = writer,
                // Whoever waits learns that nobody answers.
                Err(_) => return,
            }
        }
    }

    fn work(&mut self, jobs: Vec<Job>) {
        let mut pending = Pending::default();
        for job in jobs {
            match job {
                Job::Keep(record, reply) => match self.add(*record, &mut pending) {
                    Ok(()) => pending.replies.push(reply),
                    Err(error) => drop(reply.send(Err(error))),
                },
                Job::Seal(reply) => {
                    self.write(&mut pending);
                    self.seal();
                    // Whoever asked may have stopped waiting.
                    let _ = reply.send(());
                }
            }
        }
        self.write(&mut pending);
    }

    fn add(&mut self, record: Spooled, pending: &mut Pending) -> Result<(), SpoolError> {
        let before = self.shared.bytes() + pending.bytes.len() as u64;
        if before >= self.shared.max_bytes {
            return Err(SpoolError::Full);
        }
        if self.active.is_none() {
            self.active = Some(self.begin()?);
        }
        let Some(active) = &mut self.active else {
            return Err(SpoolError::Gone);
        };
        let record = record.placed(active.name.id, active.sequence + 1);
        let (frame, hash) = record.frame(&active.hash).map_err(SpoolError::Failed)?;
        if before + frame.len() as u64 > self.shared.max_bytes {
            return Err(SpoolError::Full);
        }
        pending.bytes.extend(frame);
        pending.at.push(record.at);
        (active.sequence, active.hash) = (record.sequence, hash);
        Ok(())
    }

    fn begin(&self) -> Result<Active, SpoolError> {
        let name = self.shared.next_name();
        match files::create(&self.shared.folder, name) {
            Ok(file) => Ok(Active {
                name,
                file,
                length: 0,
                sequence: 0,
                hash: Hash::default(),
            }),
            Err(error) => {
                self.shared.forget(name, None);
                Err(SpoolError::Failed(error.to_string()))
            }
        }
    }

    /// Writes what is pending, and tells who waits for it once it is on the disk.
    fn write(&mut self, pending: &mut Pending) {
        let Pending { bytes, at, replies } = std::mem::take(pending);
        let Some(active) = self.active.as_mut().filter(|_| !replies.is_empty()) else {
            return;
        };
        let written = active.file.write_all(&bytes);
        let written = written.and_then(|()| active.file.sync_data());
        let answer = match written {
            Ok(()) => {
                active.length += bytes.len() as u64;
                self.shared.grew(active.name, bytes.len() as u64, &at);
                if active.length >= FILE_BYTES {
                    self.seal();
                }
                Ok(())
            }
            Err(error) => {
                tracing::error!(cause = %error, "the spool of the audit trail cannot be written");
                // Nobody is told that it was kept. If it cannot be cut off, more is relayed than was shown, not less.
                let _ = active.file.set_len(active.length);
                self.seal();
                Err(SpoolError::Failed(error.to_string()))
            }
        };
        for reply in replies {
            drop(reply.send(answer.clone()));
        }
    }

    fn seal(&mut self) {
        let Some(Active { name, length, .. }) = self.active.take() else {
            return;
        };
        if length == 0 && files::remove(&self.shared.folder, name).is_ok() {
            self.shared.forget(name, None);
        } else {
            self.shared.sealed(name);
            self.shared.came.notify_one();
        }
    }
}
