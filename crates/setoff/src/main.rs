//! The command line of Setoff.

mod about;
mod bad_rows;
mod book;
mod canonical;
mod check;
mod choosing;
mod clear;
mod demo;
mod discharge_table;
mod explain;
mod failure;
mod figures;
mod frontier;
mod generate;
mod journal;
mod key;
mod key_files;
mod limits;
mod memory;
mod netting;
mod out_dir;
mod outcome;
mod output_args;
mod place;
mod progress;
mod proof_tables;
mod proven;
mod reading_args;
mod report;
mod result_folder;
mod result_json;
mod standard_output;
mod statement;
mod summary;
mod tables;
mod union;
mod verify;
mod weighed;
mod weights;
mod within;
mod wording;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The largest multilateral set-off of what organisations owe each other, exactly, with a proof
#[derive(Parser)]
#[command(version, about, after_help = "First steps: setoff check FILE, then setoff clear FILE.")]
struct Setoff {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Book(book::BookArgs),
    Check(check::CheckArgs),
    Clear(Box<clear::ClearArgs>),
    Demo(demo::DemoArgs),
    Explain(explain::ExplainArgs),
    Frontier(Box<frontier::FrontierArgs>),
    Generate(generate::GenerateArgs),
    Journal(journal::JournalArgs),
    Key(key::KeyArgs),
    Union(Box<union::UnionArgs>),
    Verify(verify::VerifyArgs),
    Within(within::WithinArgs),
}

fn main() -> ExitCode {
    let result = match Setoff::parse().command {
        Command::Book(args) => book::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Clear(args) => clear::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Frontier(args) => frontier::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Journal(args) => journal::run(&args),
        Command::Key(args) => key::run(&args),
        Command::Union(args) => union::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Within(args) => within::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Who closed standard error has seen enough.
            let _ = writeln!(std::io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}
