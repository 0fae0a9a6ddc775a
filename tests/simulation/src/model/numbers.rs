//! Which numbers the provider still has under documents that the host has renumbered.

use super::{Known, Model};
use crate::books::Row;

impl Model {
    /// Whether another document of the same party stands in the books under this one's number, though the host has
    /// renumbered that one: the provider does not let everything be renumbered.
    pub(crate) fn is_former_number_of_another(&self, known: &Known) -> bool {
        let number = &known.paper.number;
        let party = known.paper.party.to_lowercase();
        let has_it = |row: &&Row| {
            row.is_live()
                && row.kind == known.paper.kind
                && self.spells(number, &row.number)
                && self.names_of(&row.party).contains(&party)
        };
        let mut owners = self
            .seen
            .values()
            .filter(has_it)
            .filter_map(|row| self.papers.get(self.made.get(&row.id)?));
        owners.any(|owner| owner.paper.number != *number && owner.numbers.contains(number))
    }
}
