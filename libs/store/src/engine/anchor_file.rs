//! The file of anchors beside the database.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use medcover_kernel::Timestamp;
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use crate::audit::anchor::{Anchors, ChainId, line};
use crate::audit::chain::Head;

/// Appended to, and never otherwise written.
pub(crate) struct AnchorFile {
    file: File,
    last: [u8; 32],
    /// The last place that the file names, by chain.
    reached: BTreeMap<ChainId, u64>,
}

impl AnchorFile {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let text = read_text(path)?;
        let anchors = Anchors::read(&text);
        if anchors.whole < text.len() {
            // The power went while this line was written. The next one must not run into it.
            file.set_len(anchors.whole as u64)?;
        }
        let heads = anchors.heads.iter();
        let reached = heads.filter_map(|(chain, at)| Some((*chain, *at.keys().next_back()?)));
        Ok(Self {
            file: File::from_std(file),
            last: anchors.last,
            reached: reached.collect(),
        })
    }

    /// How far the anchors of a chain reach.
    pub(super) fn reached(&self, chain: ChainId) -> u64 {
        self.reached.get(&chain).copied().unwrap_or(0)
    }

    /// Adds an anchoring and waits until it is on the disk. This happens once a second at most, for a fraction of one.
    pub(super) async fn append(
        &mut self,
        heads: &BTreeMap<ChainId, Head>,
        at: Timestamp,
    ) -> io::Result<()> {
        let (line, hash) = line(heads, self.last, at);
        self.file.write_all(line.as_bytes()).await?;
        self.file.flush().await?;
        self.file.sync_data().await?;
        self.last = hash;
        Ok(())
    }
}

/// The text of an anchor file; what is not UTF-8 counts as changed.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error),
    }
}
