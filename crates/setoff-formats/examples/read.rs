//! Reads files of obligations and says what is in them: `cargo run --release --example read FILE…`.

use std::path::PathBuf;
use std::process::ExitCode;

use setoff_formats::{Rules, Source, read_obligations};

fn main() -> ExitCode {
    let files: Vec<Source> =
        std::env::args_os().skip(1).map(|path| Source::File(PathBuf::from(path))).collect();
    match read_obligations(&files, &Rules::default(), 20, &mut |_| {}) {
        Ok(reading) => {
            for bad in &reading.rejected {
                eprintln!("{bad}");
            }
            println!(
                "{} obligations between {} members, {} bad rows",
                reading.obligations.rows().len(),
                reading.obligations.names().len(),
                reading.rejected_count
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
