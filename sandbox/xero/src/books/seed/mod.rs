//! Which organisations a fresh sandbox holds: one Australian, one New Zealand, one British, the same every time.

mod accounts;
mod australia;
mod britain;
mod build;
mod new_zealand;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Organisation;

/// Tenant id of Wattle & Finch Pty Ltd: AUD, GST 10 %.
pub const AUSTRALIA: Uuid = Uuid::from_u128(0xa05f_1c3e_6b1d_4e0a_9c52_7d1f_0a6e_b401);
/// Tenant id of Kowhai Trading Limited: NZD, GST 15 %.
pub const NEW_ZEALAND: Uuid = Uuid::from_u128(0xb7c2_40f9_53aa_4d7e_8f16_29c4_e7d0_1b02);
/// Tenant id of Harrow & Vale Ltd: GBP, VAT 20 %.
pub const BRITAIN: Uuid = Uuid::from_u128(0xc913_6e8d_07f4_4b29_a3d8_5e60_b1f7_2c03);

/// The three organisations as they are before anyone touched them.
#[must_use]
pub fn organisations(seed: u64) -> Vec<Organisation> {
    vec![
        australia::organisation(seed),
        new_zealand::organisation(seed),
        britain::organisation(seed),
    ]
}

/// The moment every seeded row was last changed: before any test or demo begins.
pub(crate) fn born() -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200, 0).unwrap_or_default()
}
