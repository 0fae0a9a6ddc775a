//! What an administrator sets: lock dates, currencies, accounts, connected apps.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::books::chart::Standing;
use crate::sync::lock;

use super::act::{People, Refused, not_found};

impl People<'_> {
    /// Closes the books up to and including these days; nothing opens them.
    ///
    /// # Errors
    /// No such organisation.
    pub fn set_lock_dates(
        &self,
        organisation: Uuid,
        period: Option<NaiveDate>,
        year: Option<NaiveDate>,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            books.profile.period_lock = period;
            books.profile.year_lock = year;
            Ok(())
        })
    }

    /// Subscribes to a currency at this day rate (units of it for one unit of the base currency). A repeat does nothing.
    ///
    /// # Errors
    /// No such organisation.
    pub fn add_currency(
        &self,
        organisation: Uuid,
        code: &str,
        day_rate: Decimal,
    ) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            crate::api::chart::subscribe(books, code, day_rate);
            Ok(())
        })
    }

    /// Ends the subscription to a currency, which real Xero does not offer; it makes the refusal easy to meet.
    ///
    /// # Errors
    /// No such organisation.
    pub fn remove_currency(&self, organisation: Uuid, code: &str) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            let base = books.profile.base_currency;
            books
                .chart
                .currencies
                .retain(|known| known.code != code || known.code == base);
            Ok(())
        })
    }

    /// Archives an account of the chart.
    ///
    /// # Errors
    /// Not found.
    pub fn archive_account(&self, organisation: Uuid, code: &str) -> Result<(), Refused> {
        self.act(organisation, |books, _| {
            let account = books
                .chart
                .accounts_mut()
                .iter_mut()
                .find(|account| account.code == code)
                .ok_or_else(|| not_found("account", code))?;
            account.standing = Standing::Archived;
            Ok(())
        })
    }

    /// Disconnects every app from the organisation, and says how many there were.
    #[must_use]
    pub fn disconnect(&self, organisation: Uuid) -> usize {
        lock(&self.sandbox.identity).disconnect(|known| known.tenant == organisation)
    }
}
