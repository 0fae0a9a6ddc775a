//! What a provider says of a change before anybody asks: worth a look, never the truth.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::document::{DocumentKind, ProviderDocumentId};

/// A document may have changed.
///
/// A hint may come twice, late, out of order or not at all, and may be about a document that nobody knows.
/// It makes the document be read sooner; what reading shows counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// What the document is; `None` where the provider does not tell the kinds apart.
    pub kind: Option<DocumentKind>,
    /// The document.
    pub id: ProviderDocumentId,
    /// When the provider says that it changed.
    pub at: DateTime<Utc>,
}
