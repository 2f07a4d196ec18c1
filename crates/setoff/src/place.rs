//! Where a union's journal is: a file, or a PostgreSQL database.

use std::path::Path;

use clap::Args;
use setoff_journal::{Origin, PostgresStore, SqliteStore, Store, StoreError};

use crate::failure::Failure;

/// Which union
#[derive(Clone, Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The union's journal: a file, or a PostgreSQL database as postgres://… or dbname=…
    #[arg(
        long = "union",
        short = 'u',
        value_name = "PLACE",
        env = "SETOFF_UNION",
        default_value = "setoff.db"
    )]
    pub(crate) union: String,
}

/// Opens the journal at a place.
///
/// # Errors
/// [`Failure::Input`] if there is none, [`Failure::Machine`] if it can't be reached.
pub(crate) fn open(place: &str) -> Result<Box<dyn Store>, Failure> {
    if is_postgres(place) {
        return Ok(Box::new(PostgresStore::open(place).map_err(failure)?));
    }
    if !Path::new(place).exists() {
        return Err(Failure::Input(format!(
            "{place}: no journal there; `setoff union init FOUNDING` makes one, and --union or \
             SETOFF_UNION says where another is"
        )));
    }
    Ok(Box::new(SqliteStore::open(Path::new(place)).map_err(failure)?))
}

/// Makes a new journal at a place that has none.
///
/// # Errors
/// [`Failure::Input`] if there is one, [`Failure::Machine`] if it can't be made.
pub(crate) fn create(place: &str, origin: &Origin) -> Result<Box<dyn Store>, Failure> {
    if is_postgres(place) {
        return Ok(Box::new(PostgresStore::create(place, origin).map_err(failure)?));
    }
    Ok(Box::new(SqliteStore::create(Path::new(place), origin).map_err(failure)?))
}

/// Whose fault an error of a store is.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
pub(crate) fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Storage { .. } => Failure::Machine(error.to_string()),
        StoreError::Damaged { .. } => Failure::Check(error.to_string()),
        _ => Failure::Input(error.to_string()),
    }
}

fn is_postgres(place: &str) -> bool {
    let by_scheme = place.starts_with("postgres://") || place.starts_with("postgresql://");
    let names = ["dbname=", "host=", "service="];
    by_scheme || (!Path::new(place).exists() && names.iter().any(|name| place.contains(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_told_from_a_file() {
        assert!(is_postgres("postgres://localhost/union"));
        assert!(is_postgres("host=/run/postgresql dbname=union"));
        assert!(!is_postgres("unions/forest.db"));
        assert!(!is_postgres("a=b.db"));
    }
}
