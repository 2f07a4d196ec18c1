//! Where bytes come from: a file or standard input, compressed or not, hashed on their way, and
//! never more of them than the limits say.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::PathBuf;

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::rejected::ReadError;

/// The most bytes that a compressed file may unpack to, 64 GiB.
pub const LARGEST_UNPACKED: u64 = 64 << 30;

/// The most a compressed file may unpack to, as a multiple of its own size, once that is more than
/// [`RATIO_FREE`] bytes. Tables shrink to a fifth or a tenth; a thousandth is the most that the
/// format can do.
pub const LARGEST_RATIO: u64 = 200;

/// How much may be unpacked before [`LARGEST_RATIO`] counts, 64 MiB.
pub const RATIO_FREE: u64 = 64 << 20;

/// Whether this much should not come out of this much.
pub(crate) fn is_bomb(packed: u64, unpacked: u64) -> bool {
    unpacked > LARGEST_UNPACKED || (unpacked > RATIO_FREE && unpacked / LARGEST_RATIO > packed)
}

/// Whether the machine is at fault for this, rather than who named something that is no file.
pub(crate) fn is_machine(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    !matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

/// Why a file can't be read, and how to mend it if its name is wrong.
pub(crate) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            "is not there: check its name, and the folder that you are in".to_owned()
        }
        io::ErrorKind::IsADirectory => "is a folder: name a file in it".to_owned(),
        _ => format!("can't be read: {error}"),
    }
}

/// Where obligations are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard input, `-` on the command line.
    Stdin,
    /// A file.
    File(PathBuf),
    /// Bytes that are held already, for programs that have them from elsewhere.
    Bytes {
        /// What messages and results call them.
        name: String,
        /// The bytes of a file of any kind that is read.
        bytes: Vec<u8>,
    },
}

impl Source {
    /// Its name in messages and results.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
            Self::Bytes { name, .. } => name.clone(),
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
            Self::Bytes { bytes, .. } => Some(bytes.len() as u64),
        }
    }

    pub(crate) fn open(&self) -> Result<Unpacked<'_>, ReadError> {
        let unreadable = |error| ReadError::Unreadable { file: self.name(), error };
        let raw: Box<dyn Read + '_> = match self {
            Self::Stdin => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(File::open(path).map_err(unreadable)?),
            Self::Bytes { bytes, .. } => Box::new(Cursor::new(bytes)),
        };
        Unpacked::new(raw).map_err(unreadable)
    }
}

/// Reads until the buffer is full or nothing is left: a pipe may give a byte at a time, and the
/// first bytes tell what a file is.
fn fill(
    buffer: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Raw bytes, counted and hashed as they are read.
struct Hashed<'a> {
    raw: Box<dyn Read + 'a>,
    hash: Sha256,
    bytes: u64,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = fill(buffer, |rest| self.raw.read(rest))?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// The bytes of a source, unpacked if they were compressed.
#[allow(clippy::struct_field_names, reason = "what is counted is what is unpacked")]
pub(crate) struct Unpacked<'a> {
    kind: Kind<'a>,
    unpacked: u64,
    limit_hit: bool,
}

enum Kind<'a> {
    Plain(BufReader<Hashed<'a>>),
    Gzip(Box<MultiGzDecoder<BufReader<Hashed<'a>>>>),
}

impl<'a> Unpacked<'a> {
    fn new(raw: Box<dyn Read + 'a>) -> io::Result<Self> {
        let hashed = Hashed { raw, hash: Sha256::new(), bytes: 0 };
        let mut reader = BufReader::with_capacity(1 << 17, hashed);
        let kind = if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            Kind::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else {
            Kind::Plain(reader)
        };
        Ok(Self { kind, unpacked: 0, limit_hit: false })
    }

    fn hashed(&self) -> &Hashed<'a> {
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

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.kind {
            Kind::Plain(reader) => return fill(buffer, |rest| reader.read(rest)),
            Kind::Gzip(decoder) => fill(buffer, |rest| decoder.read(rest))?,
        };
        self.unpacked += count as u64;
        let packed = self.bytes_read();
        if is_bomb(packed, self.unpacked) {
            self.limit_hit = true;
            return Err(io::Error::other("unpacks to too much"));
        }
        Ok(count)
    }
}
