//! What commits do to streams.

use medcover_kernel::{TenantId, Timestamp};

use super::LOG_COUNTER;
use super::draft::Draft;
use super::needs::stream_key;
use crate::cell::{Cells, number};
use crate::core_tables::STREAM;
use crate::rows::snapshot_key;
use crate::{
    Append, CommitError, Corrupt, Event, Position, Recorded, Snapshot, StreamId, Value, Version,
};

pub(super) fn expect_version(
    append: &Append,
    stream: &StreamId,
    expected: Version,
    draft: &Draft<'_>,
) -> Result<(), CommitError> {
    let found = version(draft.row(&stream_key(append.context.tenant, stream)))?;
    if found == expected {
        return Ok(());
    }
    let stream = stream.clone();
    Err(CommitError::Conflict {
        stream,
        expected,
        found,
    })
}

/// The version that a row of [`STREAM`] states.
pub(crate) fn version(row: Option<&[Value]>) -> Result<Version, Corrupt> {
    let Some(row) = row else {
        return Ok(Version::NONE);
    };
    let mut cells = Cells::of(&STREAM, row);
    cells.text()?;
    cells.id()?;
    cells.number().map(Version::new)
}

pub(super) fn write(
    append: &Append,
    draft: &mut Draft<'_>,
    now: Timestamp,
) -> Result<Vec<Version>, CommitError> {
    let mut versions = Vec::with_capacity(append.writes.len());
    for write in &append.writes {
        expect_version(append, &write.stream, write.expected, draft)?;
        let reached = write.expected.plus(write.events.len() as u64);
        let row = vec![
            write.stream.kind.as_ref().into(),
            write.stream.id.into(),
            number(reached.get()),
        ];
        draft.put(stream_key(append.context.tenant, &write.stream), row);
        versions.push(reached);
    }
    for event in append.events() {
        record(event, draft, now)?;
    }
    Ok(versions)
}

fn record(event: Event, draft: &mut Draft<'_>, now: Timestamp) -> Result<(), CommitError> {
    let position = Position::new(draft.count(LOG_COUNTER)?);
    draft.record(Recorded {
        position,
        recorded_at: now,
        event,
    });
    Ok(())
}

pub(super) fn keep_snapshot(tenant: TenantId, snapshot: &Snapshot, draft: &mut Draft<'_>) {
    let key = snapshot_key(tenant, &snapshot.stream, snapshot.reducer);
    let mut row = key.key.clone();
    row.extend([
        number(snapshot.version.get()),
        snapshot.state.clone().into(),
    ]);
    draft.put(key, row);
}
