//! What a spool has, as its writer and its relay know it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use medcover_kernel::{Clock, MessageId, SystemRng, Timestamp};
use tokio::sync::Notify;

use super::files::{self, FileName};
use super::record::End;
use super::{SpoolOptions, SpoolStatus};

/// What the writer and the relay of a spool share.
pub(super) struct Shared {
    pub(super) folder: PathBuf,
    pub(super) max_bytes: u64,
    pub(super) clock: Arc<dyn Clock>,
    /// Told when something has come.
    pub(super) came: Notify,
    files: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    /// The number of the file that was begun last.
    last: u64,
    each: BTreeMap<FileName, Standing>,
    /// What is wrong with files that are not relayed any more.
    faults: Vec<String>,
}

/// Of one file.
#[derive(Clone, Debug, Default)]
struct Standing {
    bytes: u64,
    records: u64,
    /// How many of those are in the database.
    relayed: u64,
    oldest: Option<Timestamp>,
    /// Whether nothing is added any more.
    sealed: bool,
}

impl Shared {
    /// What is in the folder. Where a writer was killed, what it left behind the last whole record is cut off.
    pub(super) fn open(options: SpoolOptions, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let SpoolOptions { folder, max_bytes } = options;
        let (names, strangers) = files::list(&folder)?;
        let mut all = Files {
            last: names.last().map_or(0, |it| it.number),
            ..Files::default()
        };
        for name in strangers {
            all.told(&name, &files::stranger(&name));
        }
        for name in names {
            let contents = files::read(&folder, name)?;
            let torn = contents.end == End::Torn;
            if torn && let Err(error) = files::cut(&folder, name, contents.whole) {
                // Whoever reads it passes over that anyway.
                tracing::warn!(file = name.text(), cause = %error, "the end of a file of the spool cannot be cut");
            }
            let records = contents.records.len();
            tracing::info!(
                file = name.text(),
                records,
                torn,
                "a spool of the audit trail waits"
            );
            let standing = Standing {
                bytes: contents.whole as u64,
                records: records as u64,
                relayed: 0,
                oldest: contents.records.first().map(|it| it.at),
                sealed: true,
            };
            all.each.insert(name, standing);
        }
        Ok(Self {
            folder,
            max_bytes,
            clock,
            came: Notify::new(),
            files: Mutex::new(all),
        })
    }

    pub(super) fn status(&self) -> SpoolStatus {
        let all = self.files();
        let waiting = all.each.values().filter(|it| it.records > it.relayed);
        SpoolStatus {
            waiting: waiting.clone().map(|it| it.records - it.relayed).sum(),
            bytes: all.bytes(),
            oldest: waiting.filter_map(|it| it.oldest).min(),
            faults: all.faults.clone(),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files().bytes()
    }

    /// Whether there is a file to be relayed: also one of which nothing can be read.
    pub(super) fn waits(&self) -> bool {
        let all = self.files();
        all.each
            .values()
            .any(|it| it.sealed || it.records > it.relayed)
    }

    /// A name for the next file.
    pub(super) fn next_name(&self) -> FileName {
        let mut all = self.files();
        all.last += 1;
        let name = FileName {
            number: all.last,
            id: MessageId::new(&*self.clock, &SystemRng).as_uuid(),
        };
        all.each.insert(name, Standing::default());
        name
    }

    /// Takes in that so many bytes are on the disk, of records of these moments.
    pub(super) fn grew(&self, name: FileName, bytes: u64, at: &[Timestamp]) {
        if let Some(it) = self.files().each.get_mut(&name) {
            it.bytes += bytes;
            it.records += at.len() as u64;
            it.oldest = it.oldest.or_else(|| at.first().copied());
        }
        self.came.notify_one();
    }

    pub(super) fn sealed(&self, name: FileName) {
        if let Some(it) = self.files().each.get_mut(&name) {
            it.sealed = true;
        }
    }

    /// The files to which nothing is added any more, with how many records of each are relayed.
    pub(super) fn to_relay(&self) -> Vec<(FileName, u64)> {
        let all = self.files();
        let sealed = all.each.iter().filter(|(_, it)| it.sealed);
        sealed.map(|(name, it)| (*name, it.relayed)).collect()
    }

    pub(super) fn relayed(&self, name: FileName) {
        if let Some(it) = self.files().each.get_mut(&name) {
            it.relayed += 1;
        }
    }

    /// Forgets a file; `fault` says what is wrong with it.
    pub(super) fn forget(&self, name: FileName, fault: Option<&str>) {
        let mut all = self.files();
        all.each.remove(&name);
        if let Some(fault) = fault {
            all.told(&name.text(), fault);
        }
    }

    /// No code runs under the lock that could leave it half changed.
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn bytes(&self) -> u64 {
        self.each.values().map(|it| it.bytes).sum()
    }

    fn told(&mut self, name: &str, fault: &str) {
        tracing::error!(
            file = name,
            fault,
            "the spool of the audit trail is not whole"
        );
        self.faults.push(format!("{name}: {fault}"));
    }
}
