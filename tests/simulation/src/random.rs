//! Numbers that look random and are the same for the same seed everywhere.

/// A source of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A source of its own for one purpose: what one purpose draws changes nothing for the others.
    pub(crate) fn of(seed: u64, purpose: &str) -> Self {
        let mut state = seed ^ 0x51ED_270B_9F0B_E5A3;
        for byte in purpose.bytes() {
            state = mixed(state ^ u64::from(byte));
        }
        Self(state)
    }

    /// A number below a limit that is not zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.0) % limit
    }

    /// A number from one to another, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.below(most - least + 1)
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        usize::try_from(self.below(limit)).unwrap_or_default()
    }

    /// One of some things; `None` where there is none.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() {
            return None;
        }
        let at = self.index(things.len());
        things.get(at)
    }

    pub(crate) fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    /// Whether something happens that happens so often in a thousand times.
    pub(crate) fn happens(&mut self, permille: u32) -> bool {
        self.below(1_000) < u64::from(permille)
    }
}

fn mixed(state: u64) -> u64 {
    let mut mixed = state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
