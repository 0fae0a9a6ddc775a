//! How a folder on a server is named: `sftp://user@host:port/path`.

use std::str::FromStr;

use url::Url;

use crate::config::SftpServer;

/// A folder on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The server's name or address.
    pub host: String,
    /// Its port, if one was given.
    pub port: Option<u16>,
    /// The user, if one was given.
    pub user: Option<String>,
    /// The folder: from the root, or from where the user comes in, if it has no `/` at its beginning.
    pub path: String,
}

/// Why a text names no folder on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is something else.
    #[error("this is no address such as `sftp://user@host/folder`")]
    Form,
    /// A password would be seen by everybody on the machine.
    #[error("a password does not belong into an address: set it under `[servers.NAME.sftp]`")]
    Password,
}

impl Address {
    /// Whether a text is meant to be an address, and no folder of this machine.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.get(..7)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("sftp://"))
    }

    /// Whether it is at this server.
    #[must_use]
    pub fn is_at(&self, server: &SftpServer) -> bool {
        self.host.eq_ignore_ascii_case(&server.host)
            && self.port.unwrap_or(22) == server.port
            && self.user.as_ref().is_none_or(|user| *user == server.user)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::Form)?;
        let host = url.host_str().unwrap_or_default();
        if url.scheme() != "sftp"
            || host.is_empty()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(AddressError::Form);
        }
        if url.password().is_some() {
            return Err(AddressError::Password);
        }
        let path = plain(url.path())?;
        // `/~/` is where the user comes in, by the draft on such addresses.
        let path = match path.strip_prefix("/~") {
            Some("" | "/") => ".".to_owned(),
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
            Some(_) | None if path.is_empty() => "/".to_owned(),
            Some(_) | None => path,
        };
        let user = Some(plain(url.username())?).filter(|user| !user.is_empty());
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port(),
            user,
            path,
        })
    }
}

/// A part of an address without its percent signs.
fn plain(text: &str) -> Result<String, AddressError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(AddressError::Form);
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| AddressError::Form)?);
    }
    let text = String::from_utf8(bytes).map_err(|_| AddressError::Form)?;
    match text.chars().any(char::is_control) {
        true => Err(AddressError::Form),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_server_user_and_folder() {
        let at = |text: &str| text.parse::<Address>();
        let full = at("sftp://tie%20out@Files.example.com:2222/books/in%20box").unwrap();
        assert_eq!(full.user.as_deref(), Some("tie out"));
        assert_eq!(
            (full.port, full.path.as_str()),
            (Some(2222), "/books/in box")
        );
        assert!(full.is_at(&SftpServer::at("files.example.com", 2222, "tie out")));
        assert!(!full.is_at(&SftpServer::at("files.example.com", 22, "tie out")));
        assert!(!full.is_at(&SftpServer::at("files.example.com", 2222, "other")));
        assert_eq!(at("sftp://h/~/books").unwrap().path, "books");
        assert_eq!(at("sftp://h/~").unwrap().path, ".");
        assert_eq!(at("sftp://h").unwrap().path, "/");
        assert_eq!(at("sftp://h/~other").unwrap().path, "/~other");
        assert_eq!(at("sftp://[::1]/x").unwrap().host, "::1");
        assert!(
            at("sftp://[::1]/x")
                .unwrap()
                .is_at(&SftpServer::at("::1", 22, "any"))
        );
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_so_is_anything_else() {
        let refused = |text: &str| text.parse::<Address>().unwrap_err();
        assert_eq!(refused("sftp://u:secret@h/x"), AddressError::Password);
        for text in [
            "ftp://h/x",
            "sftp:///x",
            "sftp://h/%0a",
            "sftp://h/x?y",
            "sftp://h/%zz",
            "h:/x",
        ] {
            assert_eq!(refused(text), AddressError::Form, "{text}");
        }
        assert!(Address::is_meant("SFTP://h") && !Address::is_meant("sftp/books"));
    }
}
