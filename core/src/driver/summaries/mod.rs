//! How documents come into summaries, change inside them, leave them, and learn what became of them.
//!
//! A member moves and its summary is rewritten in one commit, so that a crash finds the document either waiting or inside,
//! never both and never neither.

mod rewrite;
mod ripe;
mod share;
