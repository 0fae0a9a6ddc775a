//! What a person sees and decides beside a record of a host: whom it is at the provider, which documents it shows, what
//! they come to, and which draft is made of it. Pure.

mod copy;
mod draft;
mod find;
mod link;
mod matching;
mod mirror;
mod text;
mod totals;
mod view;

pub use copy::{Lacking, lacking, wanted_contact};
pub use draft::{DraftLine, DraftRefusal, DraftWanted, draft, draft_id, drafted_from, prefix};
pub use find::{occurs_in, within};
pub use link::{ContactLink, DocumentRole, HowLinked, LinkedDocument};
pub use matching::{Match, MatchRule, match_contact, search_words};
pub use mirror::{FieldProblem, Figure, Known, field_problems, figures, holds};
pub use text::same;
pub use totals::{
    Boxes, Net, OtherTotals, Overview, SideOverview, TooLarge, boxes, net, overview, totals_of,
};
pub use view::{Instalment, Row, View, rows};
