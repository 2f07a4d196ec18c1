//! Every statement that the PostgreSQL store runs. `sqlite/sql.rs` has the same by the same names.

/// What brings the tables from each version to the next, from none to 1 first.
pub(super) const MIGRATIONS: [&str; crate::store::SCHEMA_VERSION as usize] = [VERSION_1];

const VERSION_1: &str = "
CREATE TABLE journal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE entry (
    seq BIGINT PRIMARY KEY,
    body BYTEA NOT NULL,
    hashes BYTEA NOT NULL
);
ALTER TABLE entry ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL
);
CREATE TABLE snapshot (
    size BIGINT PRIMARY KEY,
    root BYTEA NOT NULL,
    hash BYTEA NOT NULL
);
CREATE TABLE snapshot_part (
    size BIGINT NOT NULL,
    part BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (size, part)
);
ALTER TABLE snapshot_part ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);
";

/// A writer that stops in the middle of a transaction is cut off, so that another can take over.
pub(super) const SESSION: &str = "
SET application_name = 'setoff';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '5s';
";
pub(super) const DURABILITY: &str = "SELECT current_setting('server_version_num')::int / 10000,
    current_setting('fsync'), current_setting('synchronous_commit')";
pub(super) const IS_ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
pub(super) const COMMIT_DURABLY: &str = "SET synchronous_commit = on";
/// So that two that make or migrate the tables at once do it one after the other.
pub(super) const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(1399157834)";
pub(super) const IS_THERE: &str = "SELECT to_regclass('journal') IS NOT NULL";
pub(super) const VERSION: &str = "SELECT version FROM journal WHERE id = 1";
pub(super) const SET_VERSION: &str = "UPDATE journal SET version = $1 WHERE id = 1";
pub(super) const SET_ORIGIN: &str = "INSERT INTO journal (id, origin, version) VALUES (1, $1, $2)";
pub(super) const ORIGIN: &str = "SELECT origin FROM journal WHERE id = 1";
pub(super) const SIZE: &str = "SELECT coalesce(max(seq) + 1, 0) FROM entry";
pub(super) const APPEND: &str = "INSERT INTO entry (seq, body, hashes)
    SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])";
/// The last rows of an append with their checkpoints: one question to the server, not two.
pub(super) const APPEND_WITH_CHECKPOINTS: &str = "WITH appended AS (
        INSERT INTO entry (seq, body, hashes)
        SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[])
    )
    INSERT INTO checkpoint (size, note) SELECT * FROM unnest($4::bigint[], $5::text[])";
/// As many rows as together have at most this many bytes, and one at least.
pub(super) const READ: &str = "
    WITH measured AS (
        SELECT seq, sum(octet_length(body)) OVER (ORDER BY seq) AS bytes
        FROM (SELECT seq, body FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2) AS following
    )
    SELECT seq, body, hashes FROM entry
    WHERE seq >= $1 AND seq <= (
        SELECT max(seq) FROM measured
        WHERE bytes <= $3::bigint OR seq = (SELECT min(seq) FROM measured)
    )
    ORDER BY seq";
pub(super) const HASHES: &str = "SELECT hashes FROM entry WHERE seq = $1";
pub(super) const CHECKPOINTS: &str =
    "SELECT size, note FROM checkpoint WHERE size >= $1 ORDER BY size LIMIT $2";
pub(super) const LATEST_CHECKPOINT: &str =
    "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1";
pub(super) const PUT_SNAPSHOT: &str = "INSERT INTO snapshot (size, root, hash) VALUES ($1, $2, $3)";
pub(super) const PUT_SNAPSHOT_PART: &str =
    "INSERT INTO snapshot_part (size, part, body) VALUES ($1, $2, $3)";
pub(super) const SNAPSHOTS: &str = "SELECT size FROM snapshot ORDER BY size";
pub(super) const SNAPSHOT: &str = "SELECT root, hash FROM snapshot WHERE size = $1";
pub(super) const SNAPSHOT_PART: &str =
    "SELECT body FROM snapshot_part WHERE size = $1 AND part = $2";
pub(super) const DELETE_SNAPSHOT: &str = "DELETE FROM snapshot WHERE size = $1";
pub(super) const DELETE_SNAPSHOT_PARTS: &str = "DELETE FROM snapshot_part WHERE size = $1";
pub(super) const DELETE_SNAPSHOTS: &str = "DELETE FROM snapshot WHERE size < $1";
pub(super) const DELETE_PARTS_OF_SNAPSHOTS: &str = "DELETE FROM snapshot_part WHERE size < $1";
/// Nobody else appends or changes the lease until the transaction ends.
pub(super) const LOCK_LEASE: &str = "LOCK TABLE lease IN EXCLUSIVE MODE";
/// The lease, and the size beside it.
pub(super) const LEASE: &str = "SELECT epoch, holder, until,
    (SELECT coalesce(max(seq) + 1, 0) FROM entry) AS size FROM lease WHERE id = 1";
pub(super) const SET_LEASE: &str =
    "INSERT INTO lease (id, epoch, holder, until) VALUES (1, $1, $2, $3)
     ON CONFLICT (id) DO UPDATE SET epoch = $1, holder = $2, until = $3";
pub(super) const INSPECT: &str = "SELECT count(*) = coalesce(max(seq) + 1, 0) FROM entry";
