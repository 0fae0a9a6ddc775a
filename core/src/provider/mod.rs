//! The port to an accounting system: what any provider must promise the engine.

mod browse;
mod capability;
mod chart;
mod clerk;
mod contact;
mod details;
mod error;
mod extras;
mod hint;
mod pace;
mod port;
mod posting;
mod snapshot;
mod sought;
mod toll;

pub use browse::{Browse, ContactCard, ContactsMeant, DocumentsFound, DocumentsMeant, Opened};
pub use capability::{Arithmetic, Capability, TaxPrecision};
pub use chart::{BrandingTheme, Chart, Organisation, TrackingCategory, TrackingOption};
pub use clerk::Clerk;
pub use contact::{Confidence, ContactAnswer, ContactCandidate, ContactWanted, MatchedBy};
pub use details::{
    ContactField, ContactTotals, CopiedDetails, LeftBecause, LeftDetail, OtherCurrency, SideTotals,
    Sum, TotalsWanted,
};
pub use error::{ErrorKind, ProviderError, Rejection, RejectionKind};
pub use extras::{
    AllocationOrder, AttachmentOrder, Audience, Extras, MadePayment, NoteOrder, PaymentOrder,
    Written,
};
pub use hint::Hint;
pub use pace::{Pace, Pacing};
pub use port::{
    AccountingProvider, ChangePage, ChangesAfter, Order, Request, Unreadable, candidates,
};
pub use posting::{Posting, PostingLine, TrackingChoice};
pub use snapshot::{Snapshot, SnapshotLine, SnapshotStatus};
pub use sought::{Candidate, FindCost, Mark, Sought};
pub use toll::{Toll, Work};
