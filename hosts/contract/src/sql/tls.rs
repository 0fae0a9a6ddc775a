//! Whom a connection to a database trusts: the certificates of this machine, or those of one file.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tieout_core::host::{HostError, HostErrorKind};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes connections that are encrypted and whose other end is proven.
///
/// Fails as `Misconfigured` when the file cannot be read or holds no certificate.
pub(super) fn connector(ca: Option<&Path>) -> Result<MakeRustlsConnect, HostError> {
    let failed = |why: String| HostError::new(HostErrorKind::Misconfigured, "open host", why);
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?;
    let config = match ca {
        None => builder
            .with_platform_verifier()
            .map_err(|error| failed(format!("the certificates of this machine: {error}")))?
            .with_no_client_auth(),
        Some(file) => builder
            .with_root_certificates(roots(file).map_err(failed)?)
            .with_no_client_auth(),
    };
    Ok(MakeRustlsConnect::new(config))
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let named = |why: String| format!("`ca` {}: {why}", file.display());
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| named(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| named(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| named(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(named("holds no certificate".to_owned()));
    }
    Ok(roots)
}
