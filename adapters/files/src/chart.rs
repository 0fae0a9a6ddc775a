//! How the reference data is read: the organisation, its accounts, tax rates and currencies, all in `books.json`.

use std::sync::Arc;

use serde::Deserialize;
use tieout_core::document::{Account, Currency, TaxRate};
use tieout_core::provider::{Chart, ErrorKind, Organisation, ProviderError};

use crate::books::Books;

const OPERATION: &str = "read the chart";

/// What `books.json` says, in the words of the normal form.
#[derive(Deserialize)]
struct Front {
    organisation: Organisation,
    currencies: Vec<Currency>,
    accounts: Vec<Account>,
    tax_rates: Vec<TaxRate>,
}

/// The chart as it is now.
pub(crate) async fn chart(books: &Arc<Books>) -> Result<Chart, ProviderError> {
    books.ask(OPERATION, |books| front(books, OPERATION)).await
}

/// The same, asked of a disk. Every question begins with it: where the folder is away, as a share that is not mounted, an
/// empty one must not be taken for books in which nothing is.
pub(crate) fn front(books: &Books, operation: &'static str) -> Result<Chart, ProviderError> {
    let as_of = books.clock.now();
    let Some(found) = books.read::<Front>(operation, "", "books")? else {
        let message = "there is no `books.json`: is the folder the one that is meant?";
        return Err(ProviderError::new(
            ErrorKind::NotProcessed,
            operation,
            message,
        ));
    };
    let front = found.says;
    Ok(Chart {
        as_of,
        organisation: front.organisation,
        accounts: front.accounts,
        tax_rates: front.tax_rates,
        currencies: front.currencies,
        tracking: Vec::new(),
        branding_themes: None,
    })
}
