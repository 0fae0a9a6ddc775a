//! The comparison of both sides, document by document, to the cent: pure.

mod cause;
mod certificate;
mod compare;
mod control;
mod payments;
mod sides;

pub use cause::Cause;
pub use certificate::{
    Broken, Certificate, CertificateFile, Chain, ControlRow, Counts, Depth, FORMAT, Fingerprint,
    RowsFile, fingerprint, verify,
};
pub use compare::{Comparison, Difference, Part, Verdict, compare};
pub use control::{Control, ControlKey, Controls, GatheredBy};
pub use sides::{Held, HostLine, HostSide};
