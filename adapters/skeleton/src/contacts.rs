//! How a wanted contact is found, and made when nobody fits.

use std::sync::Arc;

use tieout_core::provider::{ContactAnswer, ContactWanted, ProviderError};

use crate::books::Books;
use crate::unwritten::unwritten;

const OPERATION: &str = "resolve contacts";

/// One answer for each wanted contact, in order. Looks before it makes, so that a repeat makes nobody twice.
pub(crate) async fn resolve(
    _books: &Arc<Books>,
    _wanted: &[ContactWanted],
) -> Result<Vec<ContactAnswer>, ProviderError> {
    Err(unwritten(OPERATION, "src/contacts.rs", "resolve_contacts"))
}
