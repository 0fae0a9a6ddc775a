//! The promises of the driver, each held against a strict host, a strict provider and a store that dies.

mod support;

mod adoption;
mod backfill;
mod chaos;
mod companions;
mod crashes;
mod delivery;
mod doubt;
mod executed_moves;
mod executing;
mod findings;
mod hints;
mod meanwhile;
mod moving;
mod payments;
mod planning;
mod posting;
mod pushes;
mod records;
mod refusals;
mod reversal_races;
mod reversals;
mod routing;
mod runs;
mod serving;
mod summaries;
mod summary_crashes;
mod summary_files;
mod summary_payments;
mod tie_outs;
mod tracking;
mod trouble;
mod turned_away;
mod undo;
mod undone;
