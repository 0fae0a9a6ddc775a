//! What a plan comes to, whoever looks at it: counted, priced, and handed on document by document.

use std::collections::BTreeMap;

use serde::Serialize;
use tieout_core::driver::{Preview, PreviewOptions, PreviewSummary, Verdict};

use super::cost::{self, Price};
use super::show::Skipped;
use crate::exit::Failure;
use crate::office::{Office, Staff};

/// What a plan came to.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Gathered {
    /// What was looked at.
    pub(crate) summary: PreviewSummary,
    /// Documents by what would become of them.
    pub(crate) counts: BTreeMap<&'static str, usize>,
    /// What it costs.
    pub(crate) cost: Price,
    /// Skipped ones by the reason.
    #[serde(skip)]
    pub(crate) skipped: Skipped,
    /// Documents that would be held.
    #[serde(skip)]
    pub(crate) held: usize,
}

/// What would become of a document, in words.
pub(crate) fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Create => "to create",
        Verdict::Update => "to update",
        Verdict::Void => "to void",
        Verdict::Beside => "to send something beside",
        Verdict::Held => "held",
        Verdict::Skipped => "skipped",
        Verdict::LeftAlone => "left alone",
        Verdict::InDoubt => "in doubt",
    }
}

impl Gathered {
    fn add(&mut self, preview: &Preview) {
        *self.counts.entry(outcome(preview.verdict)).or_default() += 1;
        self.held += usize::from(preview.verdict == Verdict::Held);
        if preview.verdict == Verdict::Skipped {
            self.skipped.add(preview);
        }
    }

    /// The plan as a script reads it, without its documents.
    pub(super) fn as_json(&self) -> serde_json::Value {
        serde_json::json!({ "summary": self.summary, "counts": self.counts, "cost": self.cost })
    }
}

/// Makes a plan; `tell` is given each document as it is looked at. Nothing is stored and nothing is sent.
pub(crate) async fn gather(
    office: &Office,
    staff: &Staff,
    options: &PreviewOptions,
    tell: &mut (dyn FnMut(Preview) + Send),
) -> Result<Gathered, Failure> {
    let mut gathered = Gathered::default();
    let mut forecast = staff.world.forecast();
    gathered.summary = staff
        .world
        .preview(options, &mut |preview: Preview| {
            gathered.add(&preview);
            forecast.add(&preview);
            tell(preview);
        })
        .await?;
    gathered.cost = cost::price(office, forecast.close()).await?;
    Ok(gathered)
}
