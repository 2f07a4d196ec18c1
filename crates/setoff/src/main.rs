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
    Generate(generate::GenerateArgs),
}

fn main() -> ExitCode {
    let Command::Generate(args) = Setoff::parse().command;
    match generate::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
