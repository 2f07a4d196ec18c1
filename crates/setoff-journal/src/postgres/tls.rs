//! TLS as libpq's options say (PostgreSQL's documentation, "SSL Support" of libpq), by rustls.
//!
//! | `sslmode` | encrypted | certificate | name |
//! |---|---|---|---|
//! | `disable` | no | | |
//! | `prefer` (the default) | if the server can | not verified | not verified |
//! | `require` | yes | verified if `sslrootcert` names roots | not verified |
//! | `verify-ca` | yes | verified | not verified |
//! | `verify-full` | yes | verified | verified |
//!
//! `sslrootcert` is a file of certificates in PEM, or `system` for those of the operating system,
//! which asks for `verify-full`; where a mode needs roots and it is not given, it is
//! `~/.postgresql/root.crt`. `sslcert` and `sslkey` are the client's own certificate and key.
//! `allow` is not offered: it would try without encryption first.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// libpq's options about TLS, as they stand in the connection string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
    pub(super) sslcert: Option<String>,
    pub(super) sslkey: Option<String>,
}

/// How much of a server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verified {
    Nothing,
    Chain,
    ChainAndName,
}

impl Options {
    /// The mode that the driver knows: it leaves verification to TLS.
    pub(super) fn mode(&self) -> Result<postgres::config::SslMode, String> {
        use postgres::config::SslMode::{Disable, Prefer, Require};
        match self.sslmode.as_deref() {
            Some("disable") => Ok(Disable),
            None if self.sslrootcert.as_deref() == Some("system") => Ok(Require),
            None | Some("prefer") => Ok(Prefer),
            Some("require" | "verify-ca" | "verify-full") => Ok(Require),
            Some(other) => Err(format!(
                "sslmode={other} is not offered: \
                 take disable, prefer, require, verify-ca or verify-full"
            )),
        }
    }

    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self.verifier(provider)?));
        let mut config = match (&self.sslcert, &self.sslkey) {
            (None, None) => config.with_no_client_auth(),
            (Some(certificate), Some(key)) => {
                let chain = certificates(Path::new(certificate))?;
                let key = PrivateKeyDer::from_pem_file(key).map_err(|e| format!("{key}: {e}"))?;
                config.with_client_auth_cert(chain, key).map_err(|e| e.to_string())?
            }
            _ => return Err("sslcert and sslkey go together: give both".to_owned()),
        };
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    fn verifier(&self, provider: Arc<CryptoProvider>) -> Result<Verifier, String> {
        let verified = match (self.sslmode.as_deref(), self.sslrootcert.as_deref()) {
            (None | Some("verify-full"), Some("system")) => Verified::ChainAndName,
            (_, Some("system")) => {
                return Err("sslrootcert=system needs sslmode=verify-full".to_owned());
            }
            (Some("verify-full"), _) => Verified::ChainAndName,
            (Some("verify-ca"), _) | (Some("require"), Some(_)) => Verified::Chain,
            _ => Verified::Nothing,
        };
        let chain = match verified {
            Verified::Nothing => None,
            Verified::Chain | Verified::ChainAndName => {
                let roots = Arc::new(self.roots()?);
                let built = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
                Some(built.build().map_err(|e| format!("sslrootcert: {e}"))?)
            }
        };
        Ok(Verifier { verified, chain, provider })
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut roots = RootCertStore::empty();
        let found = match self.sslrootcert.as_deref() {
            Some("system") => rustls_native_certs::load_native_certs().certs,
            Some(path) => certificates(Path::new(path))?,
            None => {
                let home = std::env::home_dir().unwrap_or_default();
                certificates(&home.join(".postgresql/root.crt"))?
            }
        };
        roots.add_parsable_certificates(found);
        if roots.is_empty() {
            return Err("sslrootcert has no certificate: name a file of roots in PEM".to_owned());
        }
        Ok(roots)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |e| format!("the certificates in {} can't be read: {e}", path.display());
    CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable)
}

/// Verifies as much of a certificate as the mode asks for. That the server holds its key is always
/// verified.
#[derive(Debug)]
struct Verifier {
    verified: Verified,
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else { return Ok(ServerCertVerified::assertion()) };
        let found = chain.verify_server_cert(certificate, intermediates, name, ocsp, now);
        match (self.verified, found) {
            // The name is verified last, so that the chain is right where only it is wrong.
            (
                Verified::Chain,
                Err(Error::InvalidCertificate(
                    CertificateError::NotValidForName
                    | CertificateError::NotValidForNameContext { .. },
                )),
            ) => Ok(ServerCertVerified::assertion()),
            (_, found) => found,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
