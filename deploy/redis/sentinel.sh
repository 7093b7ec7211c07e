#!/usr/bin/env bash
# A sentinel that is known by the name in the first argument. It writes what it learns into its configuration, so that is made here.
set -euo pipefail
cat > sentinel.conf <<CONF
port 26379
protected-mode no
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $1
sentinel monitor mymaster redis-1 6379 2
sentinel down-after-milliseconds mymaster 2000
sentinel failover-timeout mymaster 10000
CONF
exec redis-sentinel sentinel.conf
