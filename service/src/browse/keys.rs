//! How documents are named in addresses and in forms, so that no name is taken for another.

use std::fmt::Write;

use tieout_core::document::{ConnectionId, DocumentId, DocumentKey, DocumentKind, HostId};
use tieout_core::engine::BindingKey;

/// What documents can be.
pub(crate) const KINDS: [DocumentKind; 4] = [
    DocumentKind::Invoice,
    DocumentKind::CreditNote,
    DocumentKind::Bill,
    DocumentKind::PurchaseOrder,
];

/// A text as one part of a path: everything but letters, digits, `-` and `_` is escaped.
pub(crate) fn escaped(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            part.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

/// Where the page of a document is.
pub(crate) fn document_path(key: &DocumentKey) -> String {
    format!(
        "/documents/{}/{}/{}",
        escaped(key.host.as_str()),
        key.kind.as_str(),
        escaped(key.id.as_str())
    )
}

/// The document that the parts of an address name, each with its escapes taken back.
pub(crate) fn document_key(host: &str, kind: &str, id: &str) -> Option<DocumentKey> {
    Some(DocumentKey {
        host: HostId::new(host).ok()?,
        kind: KINDS.into_iter().find(|it| it.as_str() == kind)?,
        id: DocumentId::new(id).ok()?,
    })
}

/// A document on its connection, as a field of a form names it.
pub(crate) fn spelled(key: &BindingKey) -> String {
    format!(
        "{}/{}/{}/{}",
        escaped(key.connection.as_str()),
        escaped(key.document.host.as_str()),
        key.document.kind.as_str(),
        escaped(key.document.id.as_str())
    )
}

/// The other way.
pub(crate) fn spelled_key(text: &str) -> Option<BindingKey> {
    let parts: Option<Vec<String>> = text.split('/').map(plain).collect();
    let [connection, host, kind, id] = <[String; 4]>::try_from(parts?).ok()?;
    Some(BindingKey {
        connection: ConnectionId::new(connection).ok()?,
        document: document_key(&host, &kind, &id)?,
    })
}

fn plain(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (hex, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_anything_in_it_comes_back_as_it_was() {
        for id in ["14501", "A/7 ü%2F\"'<script>", "..", "a%zz"] {
            let key = BindingKey {
                connection: ConnectionId::new("a/b c").unwrap(),
                document: document_key("cm", "credit_note", id).unwrap(),
            };
            let text = spelled(&key);
            let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_/%".contains(char);
            assert!(text.chars().all(is_plain), "{text}");
            assert_eq!(spelled_key(&text), Some(key));
        }
        for text in [
            "",
            "a/b/invoice",
            "a/b/nothing/1",
            "a/b/invoice/%",
            "a/b/invoice/%f",
            "a/b/invoice/1/2",
        ] {
            assert_eq!(spelled_key(text), None, "{text}");
        }
    }
}
