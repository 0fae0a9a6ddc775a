//! Which six lists make up the chart.

use tieout_core::provider::{Chart, ErrorKind, ProviderError};

use crate::client::{Call, Client};
use crate::limit::Purpose;
use crate::map;
use crate::map::ChartParts;
use crate::wire::account::Account;
use crate::wire::branding::BrandingTheme;
use crate::wire::currency::Currency;
use crate::wire::organisation::Organisation;
use crate::wire::tax_rate::TaxRate;
use crate::wire::tracking::TrackingCategory;

const OPERATION: &str = "read reference data";

/// Reads the reference data: six calls, one after the other, since nobody waits for them.
pub(super) async fn chart(client: &Client) -> Result<Chart, ProviderError> {
    let read = |path, route| Call::read(OPERATION, Purpose::Documents, path, route);
    let organisations = client
        .list::<Organisation>(&read("Organisation", "GET /Organisation"))
        .await?;
    let accounts = client
        .list::<Account>(&read("Accounts", "GET /Accounts"))
        .await?;
    let tax_rates = client
        .list::<TaxRate>(&read("TaxRates", "GET /TaxRates"))
        .await?;
    let currencies = client
        .list::<Currency>(&read("Currencies", "GET /Currencies"))
        .await?;
    let tracking = client
        .list::<TrackingCategory>(&read("TrackingCategories", "GET /TrackingCategories"))
        .await?;
    let branding_themes = client
        .list::<BrandingTheme>(&read("BrandingThemes", "GET /BrandingThemes"))
        .await?;

    let bad = |message: String| ProviderError::new(ErrorKind::BadReply, OPERATION, message);
    let parts = ChartParts {
        as_of: organisations.made_at.unwrap_or_else(|| client.now()),
        organisation: organisations
            .items
            .into_iter()
            .next()
            .ok_or_else(|| bad("no organisation".to_owned()))?,
        accounts: accounts.items,
        tax_rates: tax_rates.items,
        currencies: currencies.items,
        tracking: tracking.items,
        branding_themes: branding_themes.items,
    };
    map::chart(parts).map_err(|error| bad(error.to_string()).caused_by(error))
}
