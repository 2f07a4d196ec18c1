//! Key files on disk: written once, readable by their owner only, opened with a passphrase.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use setoff_journal::key_file::{self, Cost, Randomness};
use setoff_journal::{PublicKey, SecretKey};

use crate::failure::Failure;

/// The variable of the environment that holds the passphrase, for scripts.
const PASSPHRASE: &str = "SETOFF_PASSPHRASE";

/// A key file is some hundred bytes; what is longer is something else.
const LONGEST: u64 = 64 << 10;

/// Random bytes from the operating system.
///
/// # Errors
/// [`Failure::Machine`] where it has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|error| Failure::Machine(format!("the system has no random bytes: {error}")))?;
    Ok(bytes)
}

/// Makes a new key and writes it, encrypted, to a file that does not exist yet.
///
/// # Errors
/// [`Failure::Input`] if there is such a file, [`Failure::Machine`] if it can't be written.
pub(crate) fn create(path: &Path, cost: Cost) -> Result<SecretKey, Failure> {
    let key = SecretKey::from_seed(&random()?);
    write(path, &key, &new_passphrase(path)?, cost)?;
    Ok(key)
}

/// Writes a key, encrypted, to a file that does not exist yet.
///
/// # Errors
/// As [`create`].
pub(crate) fn write(
    path: &Path,
    key: &SecretKey,
    passphrase: &str,
    cost: Cost,
) -> Result<(), Failure> {
    let randomness = Randomness { salt: random()?, nonce: random()? };
    let sealed = key_file::seal(key, passphrase, cost, randomness);
    let text = sealed.map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
    let written = new_private_file(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::Input(format!("{}: exists already, and no key is overwritten", path.display()))
        }
        std::io::ErrorKind::NotFound => Failure::Input(format!(
            "{}: can't be written: make its folder first, or name another",
            path.display()
        )),
        _ => Failure::Machine(format!("{}: can't be written: {error}", path.display())),
    })
}

fn new_private_file(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a key file with its passphrase.
///
/// # Errors
/// [`Failure::Input`] if it is no key file, others can read it, or the passphrase is wrong.
pub(crate) fn open(path: &Path) -> Result<SecretKey, Failure> {
    let text = read(path, true)?;
    // Said before a passphrase is asked for.
    key_file::public_key(&text).map_err(|error| at(path, &error))?;
    let passphrase = passphrase(&format!("Passphrase of {}: ", path.display()))?;
    key_file::open(&text, &passphrase).map_err(|error| at(path, &error))
}

/// The public key that a key file says it holds; needs no passphrase.
///
/// # Errors
/// [`Failure::Input`] if it is no key file.
pub(crate) fn public(path: &Path) -> Result<PublicKey, Failure> {
    key_file::public_key(&read(path, false)?).map_err(|error| at(path, &error))
}

/// A public key in hexadecimal digits, or that of a key file.
///
/// # Errors
/// [`Failure::Input`] if it is neither.
pub(crate) fn public_or_file(text: &str) -> Result<PublicKey, Failure> {
    match text.parse::<setoff_union::PublicKey>() {
        Ok(bytes) => PublicKey::from_bytes(&bytes.0)
            .map_err(|error| Failure::Input(format!("the public key {text}: {error}"))),
        Err(_) => public(Path::new(text)),
    }
}

/// A public key as the rules know it.
pub(crate) fn known(key: &PublicKey) -> setoff_union::PublicKey {
    setoff_union::PublicKey(key.to_bytes())
}

fn read(path: &Path, secret: bool) -> Result<String, Failure> {
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::Input(format!(
            "{}: no such key file; `setoff key new FILE` makes one",
            path.display()
        )),
        _ => Failure::Machine(format!("{}: can't be read: {error}", path.display())),
    })?;
    let unreadable =
        |error: std::io::Error| Failure::Machine(format!("{}: {error}", path.display()));
    if secret {
        let metadata = file.metadata().map_err(unreadable)?;
        key_file::check_permissions(path, &metadata)
            .map_err(|error| Failure::Input(error.to_string()))?;
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|error| {
        Failure::Input(format!("{}: this is not a Setoff key file: {error}", path.display()))
    })?;
    Ok(text)
}

fn at(path: &Path, error: &key_file::KeyFileError) -> Failure {
    Failure::Input(format!("{}: {error}", path.display()))
}

fn passphrase(prompt: &str) -> Result<String, Failure> {
    if let Ok(passphrase) = std::env::var(PASSPHRASE) {
        return Ok(passphrase);
    }
    rpassword::prompt_password(prompt).map_err(|_| {
        Failure::Input(format!(
            "a passphrase is needed, and there is no terminal to ask at: set {PASSPHRASE}"
        ))
    })
}

fn new_passphrase(path: &Path) -> Result<String, Failure> {
    if let Ok(passphrase) = std::env::var(PASSPHRASE) {
        return checked(passphrase);
    }
    let first = checked(passphrase(&format!("A passphrase for {}: ", path.display()))?)?;
    if passphrase("The same once more: ")? == first {
        Ok(first)
    } else {
        Err(Failure::Input("the two differ; nothing was written".to_owned()))
    }
}

fn checked(passphrase: String) -> Result<String, Failure> {
    if passphrase.is_empty() {
        return Err(Failure::Input("an empty passphrase protects nothing".to_owned()));
    }
    Ok(passphrase)
}
