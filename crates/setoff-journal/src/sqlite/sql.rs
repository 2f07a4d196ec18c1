//! Every statement that the SQLite store runs. [`postgres/sql.rs`] has the same by the same names.
//!
//! [`postgres/sql.rs`]: https://github.com/setoff/setoff/blob/main/crates/setoff-journal/src/postgres/sql.rs

/// What brings the tables from each version to the next, from none to 1 first.
pub(super) const MIGRATIONS: [&str; crate::store::SCHEMA_VERSION as usize] = [VERSION_1];

const VERSION_1: &str = "
CREATE TABLE journal (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL
) STRICT;
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    hashes BLOB NOT NULL
) STRICT;
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE snapshot (
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE snapshot_part (
    size INTEGER NOT NULL,
    part INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (size, part)
) STRICT;
CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;
";

pub(super) const TABLES: &str = "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
pub(super) const SET_ORIGIN: &str = "INSERT INTO journal (id, origin) VALUES (1, ?1)";
pub(super) const ORIGIN: &str = "SELECT origin FROM journal WHERE id = 1";
pub(super) const SIZE: &str = "SELECT coalesce(max(seq) + 1, 0) FROM entry";
pub(super) const APPEND: &str = "INSERT INTO entry (seq, body, hashes) VALUES (?1, ?2, ?3)";
pub(super) const READ: &str =
    "SELECT seq, body, hashes FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2";
pub(super) const HASHES: &str = "SELECT hashes FROM entry WHERE seq = ?1";
pub(super) const PUT_CHECKPOINT: &str = "INSERT INTO checkpoint (size, note) VALUES (?1, ?2)";
pub(super) const CHECKPOINTS: &str =
    "SELECT size, note FROM checkpoint WHERE size >= ?1 ORDER BY size LIMIT ?2";
pub(super) const LATEST_CHECKPOINT: &str =
    "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1";
pub(super) const PUT_SNAPSHOT: &str = "INSERT INTO snapshot (size, root, hash) VALUES (?1, ?2, ?3)";
pub(super) const PUT_SNAPSHOT_PART: &str =
    "INSERT INTO snapshot_part (size, part, body) VALUES (?1, ?2, ?3)";
pub(super) const SNAPSHOTS: &str = "SELECT size FROM snapshot ORDER BY size";
pub(super) const SNAPSHOT: &str = "SELECT root, hash FROM snapshot WHERE size = ?1";
pub(super) const SNAPSHOT_PARTS: &str =
    "SELECT body FROM snapshot_part WHERE size = ?1 ORDER BY part";
pub(super) const DELETE_SNAPSHOT: &str = "DELETE FROM snapshot WHERE size = ?1";
pub(super) const DELETE_SNAPSHOT_PARTS: &str = "DELETE FROM snapshot_part WHERE size = ?1";
pub(super) const DELETE_SNAPSHOTS: &str = "DELETE FROM snapshot WHERE size < ?1";
pub(super) const DELETE_PARTS_OF_SNAPSHOTS: &str = "DELETE FROM snapshot_part WHERE size < ?1";
pub(super) const LEASE: &str = "SELECT epoch, holder, until FROM lease WHERE id = 1";
pub(super) const SET_LEASE: &str =
    "INSERT INTO lease (id, epoch, holder, until) VALUES (1, ?1, ?2, ?3)
     ON CONFLICT (id) DO UPDATE SET epoch = ?1, holder = ?2, until = ?3";
pub(super) const INSPECT: &str = "PRAGMA integrity_check(1)";
