//! Standard output: a command's data, and nothing else.

use std::io::{ErrorKind, Write};

use comfy_table::{CellAlignment, Table, presets};
use serde_json::Value;

use crate::failure::Failure;

/// How many columns a line of words takes, whatever the terminal: what is piped into a file reads
/// the same everywhere.
const WIDTH: usize = 100;

/// A text broken into lines, the first indented by `indent` and the others by two more.
pub(crate) fn paragraph(text: &str, indent: usize) -> String {
    let [first, others] = [indent, indent + 2].map(|columns| " ".repeat(columns));
    let options = textwrap::Options::new(WIDTH).initial_indent(&first).subsequent_indent(&others);
    textwrap::fill(text, options) + "\n"
}

/// The lines of a table, indented, without the blanks behind them.
pub(crate) fn table_lines(table: &Table, indent: usize) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(&" ".repeat(indent));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A table of columns without lines between them.
pub(crate) fn columns() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

/// Sets these columns flush right, as amounts are read.
pub(crate) fn flush_right(table: &mut Table, columns: &[usize]) {
    for &column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Prints a value for programs.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_json(value: &Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}

/// Prints a text, its colours only if standard output is a terminal and `NO_COLOR` is not set.
///
/// A reader that has seen enough (`setoff check FILE | head`) is no failure.
///
/// # Errors
/// [`Failure::Machine`] if it can't be written.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Machine(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
