//! The real program under load, killed at random moments, and both sides compared afterwards.

pub mod campaign;
pub mod compare;
pub mod failure;
pub mod inbox;
pub mod load;
pub mod random;
pub mod stage;
