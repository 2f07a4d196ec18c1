//! The command line of Setoff.

mod about;
mod canonical;
mod failure;
mod figures;
mod generate;
mod netting;
mod outcome;
mod report;
mod statement;
mod wording;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Setoff {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Explain(explain::ExplainArgs),
    Generate(generate::GenerateArgs),
}

fn main() -> ExitCode {
    let result = match Setoff::parse().command {
        Command::Explain(args) => explain::run(&args),
        Command::Generate(args) => generate::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
