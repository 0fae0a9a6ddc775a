//! Input from outside, bent in every way: nothing may panic, hang or be taken for what it is not.

pub mod mutate;
pub mod random;
pub mod run;
pub mod targets;
