//! How documents are found by their number, in any case, and which automatic number comes next.

use std::collections::HashMap;

/// Positions by number, in order of arrival.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    positions: HashMap<String, Vec<usize>>,
    next_auto: u64,
}

impl Numbers {
    /// Notes that the document at this position carries this number. Empty numbers are noted too.
    pub fn insert(&mut self, number: &str, at: usize) {
        self.positions.entry(key(number)).or_default().push(at);
    }

    /// Notes that the document at this position has another number now.
    pub fn change(&mut self, from: &str, to: &str, at: usize) {
        if key(from) == key(to) {
            return;
        }
        if let Some(positions) = self.positions.get_mut(&key(from)) {
            positions.retain(|position| *position != at);
        }
        self.insert(to, at);
    }

    /// Positions of all documents that carry this number.
    #[must_use]
    pub fn at(&self, number: &str) -> &[usize] {
        self.positions.get(&key(number)).map_or(&[], Vec::as_slice)
    }

    /// The next free automatic number, such as `INV-0001`.
    pub fn next(&mut self, prefix: &str) -> String {
        loop {
            self.next_auto += 1;
            let number = format!("{prefix}{:04}", self.next_auto);
            if self.at(&number).is_empty() {
                return number;
            }
        }
    }
}

fn key(number: &str) -> String {
    number.trim().to_ascii_lowercase()
}
