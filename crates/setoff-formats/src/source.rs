//! Where bytes come from: a file or standard input, compressed or not, hashed on their way, and
//! never more of them than the limits say.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::rejected::ReadError;

/// The most bytes that a compressed file may unpack to, 64 GiB.
pub const LARGEST_UNPACKED: u64 = 64 << 30;

/// The most a compressed file may unpack to, as a multiple of its own size, once that is more than
/// [`RATIO_FREE`] bytes.
pub const LARGEST_RATIO: u64 = 1_000;

/// How much may be unpacked before [`LARGEST_RATIO`] counts, 64 MiB.
pub const RATIO_FREE: u64 = 64 << 20;

/// Where obligations are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input, `-` on the command line.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// Its name in messages and results.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// How many bytes it has, if that is known beforehand.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::File(path) => {
                path.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
            }
        }
    }

    pub(crate) fn open(&self) -> Result<Unpacked, ReadError> {
        let unreadable = |error| ReadError::Unreadable { file: self.name(), error };
        let raw: Box<dyn Read> = match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(File::open(path).map_err(unreadable)?),
        };
        Unpacked::new(raw).map_err(unreadable)
    }
}

/// Raw bytes, counted and hashed as they are read.
struct Hashed {
    raw: Box<dyn Read>,
    hash: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// The bytes of a source, unpacked if they were compressed.
pub(crate) struct Unpacked {
    kind: Kind,
    unpacked: u64,
    limit_hit: bool,
}

enum Kind {
    Plain(BufReader<Hashed>),
    Gzip(Box<MultiGzDecoder<BufReader<Hashed>>>),
}

impl Unpacked {
    pub(crate) fn new(raw: Box<dyn Read>) -> io::Result<Self> {
        let hashed = Hashed { raw, hash: Sha256::new(), bytes: 0 };
        let mut reader = BufReader::with_capacity(1 << 17, hashed);
        let kind = if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            Kind::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else {
            Kind::Plain(reader)
        };
        Ok(Self { kind, unpacked: 0, limit_hit: false })
    }

    fn hashed(&self) -> &Hashed {
        match &self.kind {
            Kind::Plain(reader) => reader.get_ref(),
            Kind::Gzip(decoder) => decoder.get_ref().get_ref(),
        }
    }

    /// How many raw bytes have been read so far.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.hashed().bytes
    }

    /// Reads what is left and returns the raw bytes' number and hash.
    pub(crate) fn finish(self) -> io::Result<(u64, [u8; 32])> {
        let mut reader = match self.kind {
            Kind::Plain(reader) => reader,
            Kind::Gzip(decoder) => decoder.into_inner(),
        };
        io::copy(&mut reader, &mut io::sink())?;
        let hashed = reader.into_inner();
        Ok((hashed.bytes, hashed.hash.finalize().into()))
    }

    /// What a failed read means: the machine, the limits, or a broken gzip file.
    pub(crate) fn read_error(&self, file: &str, error: io::Error) -> ReadError {
        if self.limit_hit {
            return ReadError::not_a_table(
                file,
                None,
                format!(
                    "unpacks to more than {LARGEST_RATIO} times its size or 64 GiB, which no table \
                     does: check where it comes from, or unpack it yourself"
                ),
            );
        }
        let broken = matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
        );
        if matches!(self.kind, Kind::Gzip(_)) && broken {
            let problem = format!("is not a whole gzip file ({error}): get it again");
            return ReadError::not_a_table(file, None, problem);
        }
        ReadError::Unreadable { file: file.to_owned(), error }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::Plain(reader) => return reader.read(buffer),
            Kind::Gzip(decoder) => decoder.read(buffer)?,
        };
        self.unpacked += count as u64;
        let packed = self.bytes_read();
        let bomb = self.unpacked > RATIO_FREE && self.unpacked / LARGEST_RATIO > packed;
        if bomb || self.unpacked > LARGEST_UNPACKED {
            self.limit_hit = true;
            return Err(io::Error::other("unpacks to too much"));
        }
        Ok(count)
    }
}
