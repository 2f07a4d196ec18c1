//! `setoff generate`: test networks that anyone can draw again.
//!
//! A family, a number of members and of obligations, a seed and the currencies define a network
//! to the last byte, on every machine (`docs/networks.md`). Rows are written as they are drawn,
//! so memory does not grow with their number.

mod arcs;
mod draws;
mod families;
mod rows;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;
use setoff_money::Currency;
use tempfile::NamedTempFile;

use crate::failure::Failure;
use crate::out_dir;
pub(crate) use draws::Draws;
use families::{Family, FamilyName};

/// Write a test network as CSV
#[derive(Debug, Args)]
#[command(after_help = "The same arguments give the same rows on every machine; \
    docs/networks.md defines the families so that they can be cited.")]
pub(crate) struct GenerateArgs {
    /// The kind of network
    family: FamilyName,
    /// How many members there are [default: by the family, mostly a tenth of the obligations]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=u64::from(u32::MAX)))]
    members: Option<u64>,
    /// How many obligations they have [default: 1000; micro: 4]
    #[arg(long, value_name = "M", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    obligations: Option<u64>,
    /// Which network of the family
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The currency, or several separated by commas, one of which each obligation has
    #[arg(long, value_name = "CODE", value_delimiter = ',', default_value = "EUR")]
    currency: Vec<Currency>,
    /// How the obligations are written
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// The file to write, compressed if its name ends in .gz; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table of obligations
    Csv,
    /// Debtor, creditor and amount as 16 bytes an obligation, for measuring solvers
    Arcs,
}

/// Writes the network that the arguments define.
///
/// # Errors
/// [`Failure::Input`] if the arguments contradict each other or the file exists;
/// [`Failure::Machine`] if it can't be written.
pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    let size = args.size()?;
    if args.out.as_os_str() == "-" {
        let out = BufWriter::new(io::stdout().lock());
        return match args.write(size, out) {
            // Whoever reads has seen enough, as in `setoff generate trade | head`.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| cannot_write(Path::new("standard output"), &error)),
        };
    }
    if args.out.exists() && !args.force {
        return Err(Failure::Input(format!(
            "{} exists: choose another name, or add --force to replace it",
            args.out.display()
        )));
    }
    out_dir::check_parent(&args.out)?;
    args.write_file(size).map_err(|error| cannot_write(&args.out, &error))
}

/// A file without its final name yet, with the permissions of any new file (a temporary file's
/// would keep everyone else from reading it).
fn unnamed_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn cannot_write(place: &Path, error: &io::Error) -> Failure {
    Failure::Machine(format!("cannot write {}: {error}", place.display()))
}

/// How large the network is.
#[derive(Clone, Copy, Debug)]
struct Size {
    members: u64,
    obligations: u64,
}

impl GenerateArgs {
    fn size(&self) -> Result<Size, Failure> {
        if self.format == Format::Arcs && self.currency.len() > 1 {
            return Err(Failure::Input(
                "--format arcs has no place for a currency: name one --currency, or none"
                    .to_owned(),
            ));
        }
        if self.family == FamilyName::Micro {
            let other = |asked: Option<u64>| asked.is_some_and(|count| count != 4);
            if other(self.members) || other(self.obligations) {
                return Err(Failure::Input(
                    "micro is always four obligations among four members: leave out --members \
                     and --obligations, or choose another family"
                        .to_owned(),
                ));
            }
            return Ok(Size { members: 4, obligations: 4 });
        }
        let obligations = self.obligations.unwrap_or(1000);
        let members = self.members.unwrap_or_else(|| self.family.usual_members(obligations));
        Ok(Size { members, obligations })
    }

    /// Writes the file under another name beside it and renames it when it is complete. What is
    /// not an ordinary file, a pipe for example, is written to as it is.
    fn write_file(&self, size: Size) -> io::Result<()> {
        if self.out.exists() && !self.out.is_file() {
            return self.write_to(size, &File::create(&self.out)?);
        }
        let folder = match self.out.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = unnamed_in(folder)?;
        self.write_to(size, file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(&self.out)?;
        Ok(())
    }

    fn write_to(&self, size: Size, file: &File) -> io::Result<()> {
        let buffered = 1 << 16;
        if self.out.extension().is_some_and(|ending| ending == "gz") {
            let mut packed = GzEncoder::new(file, Compression::fast());
            self.write(size, BufWriter::with_capacity(buffered, &mut packed))?;
            packed.finish()?;
            Ok(())
        } else {
            self.write(size, BufWriter::with_capacity(buffered, file))
        }
    }

    fn write(&self, size: Size, mut out: impl Write) -> io::Result<()> {
        let draws = Draws::new(self.seed);
        let family = Family::new(self.family, &draws, size.members);
        match (self.format, self.family) {
            (Format::Arcs, _) => arcs::write(family, draws, size, &mut out)?,
            (Format::Csv, FamilyName::Micro) => rows::write_micro(&self.currency, &mut out)?,
            (Format::Csv, _) => rows::write(family, draws, size, &self.currency, &mut out)?,
        }
        out.flush()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use sha2::{Digest, Sha256};

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: GenerateArgs,
    }

    fn args(line: &str) -> GenerateArgs {
        let words = std::iter::once("generate").chain(line.split(' '));
        Command::try_parse_from(words).unwrap().args
    }

    fn network(line: &str) -> String {
        let args = args(line);
        let mut out = Vec::new();
        args.write(args.size().unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn hash(text: &str) -> String {
        use std::fmt::Write;
        Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    #[test]
    fn micro_is_the_published_four_obligations() {
        insta::assert_snapshot!(network("micro"));
    }

    #[test]
    fn every_family_is_the_same_bytes_for_ever() {
        let lines: Vec<String> = FamilyName::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|family| family.get_name().to_owned())
            .filter(|family| family != "micro")
            .map(|family| {
                let text = network(&format!("{family} --obligations 20000 --seed 7"));
                let head: Vec<&str> = text.lines().skip(1).take(3).collect();
                format!("{family} {}\n{}", hash(&text), head.join("\n"))
            })
            .collect();

        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_seed_makes_the_network() {
        assert_eq!(network("trade --seed 5"), network("trade --seed 5"));
        assert_ne!(network("trade --seed 5"), network("trade --seed 6"));
    }

    #[test]
    fn the_counts_are_as_asked_and_the_members_as_many_as_usual() {
        let text = network("uniform --obligations 5000");
        let members: std::collections::BTreeSet<&str> =
            text.lines().skip(1).flat_map(|row| row.split(',').take(2)).collect();

        assert_eq!(text.lines().count(), 5001);
        assert_eq!(members.len(), 500);
        assert_eq!(args("sparse --obligations 5000").size().unwrap().members, 2500);
        assert_eq!(args("trade --obligations 1").size().unwrap().members, 2);
    }

    #[test]
    fn each_obligation_has_one_of_the_currencies_with_its_decimals() {
        let text = network("trade --currency EUR,JPY,KWD,POINTS:1");
        let decimals = |currency: &str| match currency {
            "EUR" => 2,
            "JPY" => 0,
            "KWD" => 3,
            "POINTS:1" => 1,
            other => panic!("{other}"),
        };

        for row in text.lines().skip(1) {
            let fields: Vec<&str> = row.split(',').collect();
            let fraction = fields[2].split_once('.').map_or("", |(_, fraction)| fraction);
            assert_eq!(fraction.len(), decimals(fields[3]), "{row}");
        }
    }

    #[test]
    fn a_file_is_whole_and_is_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("net.csv");
        let line = format!("trade --obligations 50 --out {}", file.display());

        run(&args(&line)).unwrap();
        let refused = run(&args(&line)).unwrap_err();
        run(&args(&format!("{line} --force --seed 2"))).unwrap();

        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text, network("trade --obligations 50 --seed 2"));
        assert!(refused.to_string().contains("exists"), "{refused}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_that_ends_in_gz_is_compressed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("net.csv.gz");

        run(&args(&format!("ring --obligations 500 --out {}", file.display()))).unwrap();

        let mut text = String::new();
        let packed = File::open(&file).unwrap();
        io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed), &mut text).unwrap();
        assert_eq!(text, network("ring --obligations 500"));
    }

    #[test]
    fn a_full_disk_is_the_machines_fault_and_a_missing_folder_is_not() {
        let failure =
            |place: &str| run(&args(&format!("trade --force --out {place}"))).unwrap_err();

        let full = failure("/dev/full");
        assert!(matches!(full, Failure::Machine(_)), "{full}");
        let missing = failure("/nowhere/at/all.csv");
        assert!(matches!(missing, Failure::Input(_)), "{missing}");
    }
}
