#!/usr/bin/env bash
# Follows the server named by the first argument: copies it when there is nothing here yet, then runs.
set -euo pipefail
primary=$1
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    until pg_basebackup --host="$primary" --username=replicator --pgdata="$PGDATA" --write-recovery-conf --wal-method=stream \
        --checkpoint=fast; do
        # What a copy that was cut off has left is in the way of the next.
        find "$PGDATA" -mindepth 1 -delete
        sleep 1
    done
    chown -R postgres: "$PGDATA"
    chmod 700 "$PGDATA"
fi
exec docker-entrypoint.sh postgres
