//! What people do about summaries at the provider, in lives that gather: they pay them, and take payments back.

use super::{PeopleVerb, on_document};
use crate::ground::Ground;
use crate::model::By;
use crate::random::Random;
use crate::sums::MARK;

/// Somebody pays a summary, in part or in full, or takes a payment of one back.
pub(crate) fn settle_summary(ground: &Ground, random: &mut Random) {
    let mut rows = crate::books::rows(&ground.sandbox);
    rows.retain(|row| row.is_live() && row.number.contains(MARK));
    let Some(row) = random.pick(&rows) else {
        return;
    };
    let people = ground.sandbox.people(ground.time.now());
    let verb = [
        PeopleVerb::Pay,
        PeopleVerb::Pay,
        PeopleVerb::PayInFull,
        PeopleVerb::DeletePayment,
    ][random.index(4)];
    if let Some(Ok(what)) = on_document(ground, people, random, verb, row) {
        ground.tell("people", what);
    }
    ground.observe(By::People);
}
