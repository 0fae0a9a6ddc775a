//! How decimal numbers are written: as JSON numbers with at least one decimal, never through a float.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// Writes a decimal as Xero does: `46.29`, `1.0`, `0.0`.
#[derive(Debug, Clone, Copy)]
pub struct Num(pub Decimal);

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut value = self.0.normalize();
        if value.scale() == 0 {
            value.rescale(1);
        }
        rust_decimal::serde::arbitrary_precision::serialize(&value, serializer)
    }
}

/// Writes what may be absent as [`Num`] does.
pub fn optional<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(Num).serialize(serializer)
}
