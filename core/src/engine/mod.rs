//! The state machine of a binding: pure, without a clock, a network or a random number.
//!
//! What must be done next is read off a binding ([`Binding::due`]); what happened is told to it by one
//! of the transitions below, each in a file of its own. A transition gives the binding as it is
//! afterwards with the journal entry that explains it, or `None` when nothing changes.

mod binding;
mod by_hand;
mod companion;
mod companion_gate;
mod companion_wants;
mod companion_words;
mod decision;
mod differences;
mod due;
mod elsewhere;
mod erased;
mod flight;
mod hash;
mod intention;
mod journal;
mod plan;
mod reversal;
mod reversal_note;
mod reversal_weighed;
mod shown;
mod standing;
mod state;
mod state_name;
mod step;
mod write_back;

mod adopted;
mod companions_moved;
mod companions_shown;
mod companions_wanted;
mod dated_ahead;
mod delivered;
mod departed;
mod host_changed;
mod in_doubt;
mod landed;
mod looked_up;
mod number_freed;
mod operator;
mod planned;
mod provider_changed;
mod put_back;
mod rejected;
mod removed;
mod reversal_moved;
mod routed_away;
mod settings_changed;
mod summary;
mod texts;
mod undo;
mod undo_refused;
mod unreadable;

#[cfg(test)]
mod companion_tests;
#[cfg(test)]
mod looked_up_tests;
#[cfg(test)]
mod reversal_tests;
#[cfg(test)]
pub(crate) mod sample;

pub use binding::{Binding, BindingKey, Posted, Told, ToldPayment};
pub use companion::{
    Companion, CompanionContent, CompanionRequest, CompanionState, Companions, Maker, PaymentToMake,
};
pub use decision::Decision;
pub use differences::{AsFound, Difference, LineWanted, as_detail, changes};
pub use due::{Due, Lane, Priority};
pub use flight::{Flight, FlightId, FlightMember, Sent};
pub use hash::ContentHash;
pub use intention::{Action, Changed, Intention, OptionToMake};
pub use journal::{Entry, Event};
pub use plan::{Plan, PlanInput, Sketch, plan, sketch_to_compare};
pub use reversal::{Reversal, ReversalState};
pub use reversal_note::is_note_still;
pub use reversal_weighed::{
    NoteNext, note_hidden, note_next, note_not_let_go, note_outdated, note_refused, note_removed,
    note_taken_back, note_unlike,
};
pub use shown::{Field, posting_fields, snapshot_fields};
pub use standing::Standing;
pub use state::{Departure, Doubt, Op, SkipReason, State, Wanted};
pub use state_name::{StateName, UnknownState};
pub use step::{HostPolicy, Looked, Step};
pub use write_back::owed;

pub(crate) use adopted::taken_as;
pub use adopted::{Judgement, Manner, Seen, adopt, found, judge};
pub use companion_words::{companions_to_send, companions_told};
pub use companions_moved::{CompanionOutcome, companion_came, companion_departed};
pub use companions_wanted::companions_wanted;
pub use dated_ahead::{bound_changed, dated_ahead, is_kept_back, let_ripe_go, next_told, put_off};
pub use delivered::{Taken, delivered, told_elsewhere};
pub use departed::departed;
pub use elsewhere::{Elsewhere, cannot_leave, routed_elsewhere};
pub use erased::{Erased, erased, not_erasable};
pub use host_changed::{HostChange, handed_over_again, held_as_handed_over, host_changed};
pub use in_doubt::in_doubt;
pub use landed::landed;
pub use looked_up::{LookedUp, looked_up};
pub use number_freed::number_freed;
pub use operator::{Denied, detach, none_of_these, retry, skip};
pub use planned::{planned, unplanned};
pub use provider_changed::provider_changed;
pub use put_back::{put_back, turned_away};
pub use rejected::rejected;
pub(crate) use reversal::is_note_number;
pub use reversal_moved::{ReversalCame, allocation_departed, note_departed, reversal_came};
pub use routed_away::{routed_away, routed_back, wanted_elsewhere};
pub use settings_changed::{companions_changed, settings_changed};
pub(crate) use summary::pays_by_itself;
pub use summary::{
    Carried, Gathering, Membership, PartThere, Period, Roster, Summed, allotted, are_alike,
    as_it_was, booked_as, gathering, is_alike, joined, leaves_summary, left_summary, named,
    settled_meanwhile, shared, summary_changed, summed, waits_in_summary,
};
pub use undo::{Inverse, Undo, UndoProgress, cancel_undo, inverse, undo};
pub use unreadable::became_unreadable;
