//! A connection string as libpq takes it, in either of its forms, split into what the driver knows
//! and the options about TLS that it does not.

use postgres::Config;

use super::tls::Options;

/// Where a journal is, and how to get there.
pub(super) struct Conninfo {
    pub(super) config: Config,
    pub(super) tls: Options,
    /// Host and database, for messages: never the password.
    pub(super) place: String,
}

pub(super) fn parse(text: &str) -> Result<Conninfo, String> {
    let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
    let (rest, tls) = if is_url { split_url(text)? } else { split_pairs(text)? };
    let mut config: Config = rest.parse().map_err(|e| with_cause(&e))?;
    config.ssl_mode(tls.mode()?);
    let place = place(&config);
    Ok(Conninfo { config, tls, place })
}

fn with_cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

fn place(config: &Config) -> String {
    use postgres::config::Host;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
    };
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("PostgreSQL database {database} at {host}")
}

impl Options {
    /// Takes the option if it is one of these.
    fn take(&mut self, key: &str, value: &str) -> bool {
        let option = match key {
            "sslmode" => &mut self.sslmode,
            "sslrootcert" => &mut self.sslrootcert,
            "sslcert" => &mut self.sslcert,
            "sslkey" => &mut self.sslkey,
            _ => return false,
        };
        *option = Some(value.to_owned());
        true
    }
}

fn split_url(text: &str) -> Result<(String, Options), String> {
    let mut tls = Options::default();
    let Some((head, query)) = text.split_once('?') else { return Ok((text.to_owned(), tls)) };
    let mut rest = Vec::new();
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("`{pair}` has no ="))?;
        if !tls.take(key, &percent_decoded(value)?) {
            rest.push(pair);
        }
    }
    let mark = if rest.is_empty() { "" } else { "?" };
    Ok((format!("{head}{mark}{}", rest.join("&")), tls))
}

fn percent_decoded(text: &str) -> Result<String, String> {
    let refused = || format!("`{text}` has a wrong % escape");
    let mut bytes = Vec::new();
    let mut parts = text.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let (hex, rest) = part.split_at_checked(2).ok_or_else(refused)?;
        bytes.push(u8::from_str_radix(hex, 16).map_err(|_| refused())?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).map_err(|_| refused())
}

/// Splits `key = 'value' key=value`, with `\` before a quote or a backslash.
fn split_pairs(text: &str) -> Result<(String, Options), String> {
    let mut tls = Options::default();
    let mut rest = String::new();
    let mut left = text.trim_start();
    while !left.is_empty() {
        let (key, after) =
            left.split_once('=').ok_or("a part of the connection string has no =")?;
        let (value, length) = value(after.trim_start())?;
        let end = left.len() - after.trim_start().len() + length;
        if !tls.take(key.trim(), &value) {
            rest.push_str(&left[..end]);
            rest.push(' ');
        }
        left = left[end..].trim_start();
    }
    Ok((rest, tls))
}

/// The value at the beginning, and how many bytes it takes.
fn value(text: &str) -> Result<(String, usize), String> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' if quoted => return Ok((value, at + 1)),
            c if !quoted && c.is_whitespace() => return Ok((value, at)),
            c => value.push(c),
        }
    }
    if quoted {
        Err("a value of the connection string has no closing quote".to_owned())
    } else {
        Ok((value, text.len()))
    }
}

#[cfg(test)]
mod tests {
    use postgres::config::SslMode;

    use super::*;

    fn parsed(text: &str) -> Conninfo {
        parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn both_forms_say_the_same() {
        let url = parsed(
            "postgresql://ann:s%20t@db.example/union?sslmode=verify-full&connect_timeout=3&sslrootcert=%2Fetc%2Fa%20b.pem",
        );
        let pairs = parsed(
            "host=db.example user = ann password='s t' dbname=union sslmode=verify-full sslrootcert='/etc/a b.pem' connect_timeout=3",
        );

        let said = |c: &Config| {
            let (user, timeout) =
                (c.get_user().map(str::to_owned), c.get_connect_timeout().copied());
            (user, c.get_password().map(<[u8]>::to_vec), c.get_dbname().map(str::to_owned), timeout)
        };
        assert_eq!(said(&url.config), said(&pairs.config));
        assert_eq!(url.config.get_password(), Some(b"s t".as_slice()));
        assert_eq!(url.tls, pairs.tls);
        assert_eq!(url.tls.sslrootcert.as_deref(), Some("/etc/a b.pem"));
        assert_eq!(url.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(pairs.place, "PostgreSQL database union at db.example");
    }

    #[test]
    fn without_a_word_of_it_encryption_is_preferred() {
        assert_eq!(parsed("host=a user=b").config.get_ssl_mode(), SslMode::Prefer);
        assert_eq!(parsed("host=a user=b sslmode=disable").config.get_ssl_mode(), SslMode::Disable);
        let system = parsed("host=a user=b sslrootcert=system");
        assert_eq!(system.config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_name() {
        let refused = |text| parse(text).err().unwrap();

        assert!(refused("host=a sslmode=allow").contains("sslmode=allow is not offered"));
        assert!(refused("host=a colour=blue").contains("colour"));
        assert!(refused("host=a password='x").contains("closing quote"));
        for shown in [refused("host=a password='secret"), refused("postgress://u:secret@h/db")] {
            assert!(!shown.contains("secret"), "{shown}");
        }
        assert!(refused("postgresql://a/b?sslrootcert=%zz").contains("escape"));
        assert!(refused("union.journal").contains("has no ="));
    }
}
