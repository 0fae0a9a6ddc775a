//! What happens in a life: what the host, the people at the provider and the operators do.

pub(crate) mod by_hand;
pub(crate) mod command;
pub(crate) mod host;
pub(crate) mod operator;
pub(crate) mod people;

use crate::random::Random;

/// How likely each of some verbs is in one life: some never happen in it.
#[derive(Clone, Debug)]
pub(crate) struct Weights<V: 'static>(Vec<(V, u64)>);

impl<V: Copy> Weights<V> {
    pub(crate) fn draw(verbs: &[(V, u64)], random: &mut Random) -> Self {
        let weighed = verbs.iter().map(|(verb, usual)| {
            // What is rare among people is rare among lives, too: it changes everything after it.
            let is_out = if *usual == 1 {
                !random.one_in(4)
            } else {
                random.one_in(3)
            };
            let weight = if is_out { 0 } else { random.between(1, *usual) };
            (*verb, weight)
        });
        Self(weighed.collect())
    }

    /// One of the verbs, if any is possible.
    pub(crate) fn pick(&self, random: &mut Random) -> Option<V> {
        let all: u64 = self.0.iter().map(|(_, weight)| weight).sum();
        if all == 0 {
            return None;
        }
        let mut at = random.below(all);
        for (verb, weight) in &self.0 {
            if at < *weight {
                return Some(*verb);
            }
            at -= weight;
        }
        None
    }
}
