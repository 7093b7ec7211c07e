//! The tables of the search log on PostgreSQL.

/// Longest query, in bytes, that is counted among the popular ones; as in memory.
const COUNTED_BYTES: usize = crate::app::COUNTED_BYTES;

/// The log with the partition for what has none, what was archived of it, who last did a task, and the popular searches. What is
/// counted there is bounded, so that reading it costs the same however long the log is.
pub(crate) fn create_search_logs() -> String {
    "CREATE TABLE search_logs_master (
        id uuid NOT NULL,
        searched_at timestamptz NOT NULL,
        operation text NOT NULL,
        query text NOT NULL,
        words text COLLATE \"C\",
        hits bigint NOT NULL,
        took_us bigint NOT NULL,
        CONSTRAINT idx_search_logs_time PRIMARY KEY (searched_at, id)
    ) PARTITION BY RANGE (searched_at);
    CREATE TABLE search_logs_default PARTITION OF search_logs_master DEFAULT;
    CREATE TABLE search_log_archives (
        file text PRIMARY KEY,
        partition text NOT NULL,
        rows bigint NOT NULL,
        sha256 text NOT NULL,
        archived_at timestamptz NOT NULL
    );
    CREATE TABLE task_fences (
        task text PRIMARY KEY,
        fence bigint NOT NULL,
        led_at timestamptz NOT NULL
    );
    CREATE MATERIALIZED VIEW mv_popular_searches AS
        SELECT words AS query, count(*) AS search_count
        FROM search_logs_master WHERE words IS NOT NULL
        GROUP BY words ORDER BY search_count DESC, words LIMIT 10000;
    CREATE UNIQUE INDEX idx_mv_popular_searches ON mv_popular_searches (query);
    CREATE INDEX idx_mv_popular_searches_count ON mv_popular_searches (search_count DESC, query)"
        .to_owned()
}

/// Moves a page of the rows that an earlier version left in the table of the store.
pub(super) fn move_earlier() -> String {
    format!(
        "WITH page AS (SELECT id FROM search_logs LIMIT 1000), \
        moved AS (DELETE FROM search_logs WHERE id IN (SELECT id FROM page) \
            RETURNING id, searched_at, operation, query, hits, took_us) \
        INSERT INTO search_logs_master (id, searched_at, operation, query, words, hits, took_us) \
        SELECT id, searched_at, operation, query, \
            CASE WHEN octet_length(query) <= {COUNTED_BYTES} \
                THEN NULLIF(btrim(lower(regexp_replace(query, '\\s+', ' ', 'g'))), '') END, \
            hits, took_us FROM moved \
        ON CONFLICT (searched_at, id) DO NOTHING"
    )
}
