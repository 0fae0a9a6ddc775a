//! How ids come about: each is a mix of the seed and a counter, so the same acts in the same order give the same ids.

use uuid::Uuid;

/// Hands out uuid-shaped ids and opaque tokens, the same ones for the same seed and order of calls.
#[derive(Debug, Clone)]
pub struct IdSource {
    seed: u64,
    counter: u64,
}

impl IdSource {
    /// Starts a series of its own for this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, counter: 0 }
    }

    /// The next id; never repeats within a series.
    pub fn next_id(&mut self) -> Uuid {
        let (high, low) = self.step();
        uuid::Builder::from_random_bytes(((u128::from(high) << 64) | u128::from(low)).to_be_bytes())
            .into_uuid()
    }

    /// The next opaque token of 32 hexadecimal digits, for codes and refresh tokens.
    pub fn next_token(&mut self) -> String {
        let (high, low) = self.step();
        format!("{high:016x}{low:016x}")
    }

    fn step(&mut self) -> (u64, u64) {
        self.counter += 1;
        let base = self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ self.counter;
        (mix(base), mix(base ^ 0xD1B5_4A32_D192_ED03))
    }
}

/// Splitmix64's finaliser: every input bit reaches every output bit.
pub(crate) const fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
