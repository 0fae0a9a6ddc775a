//! `PUT /TrackingCategories/{id}/Options`: a new option of a category that is in use.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::Answer;
use crate::books::Organisation;
use crate::books::chart::{Standing, TrackingOption};
use crate::rules::Refusal;
use crate::wire::elements;

use super::chart::show_option;
use super::{Call, envelope};

/// Characters of an option's name.
const NAME_CHARS_MAX: usize = 100;
/// Active options of a category, where the switch counts them.
const OPTIONS_MAX: usize = 100;

#[derive(Debug, Clone, Deserialize, Serialize)]
struct OptionIn {
    #[serde(rename = "Name", default)]
    name: Option<String>,
}

/// Adds options. One that cannot be added is refused with the whole request, and nothing is kept.
pub(super) fn add_options(
    call: &Call<'_>,
    organisation: &mut Organisation,
    category: &str,
) -> Answer {
    let sent: Vec<OptionIn> = match elements::read(call.body, "Options") {
        Ok(sent) => sent,
        Err(why) => return Answer::unreadable(&why),
    };
    let categories = organisation.chart.tracking.iter();
    let Some(at) = categories
        .clone()
        .position(|known| known.id.to_string().eq_ignore_ascii_case(category))
    else {
        return Answer::not_found();
    };
    let mut options = organisation.chart.tracking[at].options.clone();
    let mut added: Vec<Value> = Vec::new();
    for element in &sent {
        let name = element.name.as_deref().unwrap_or_default().trim();
        if let Some(message) = wrong(name, &options, call.switches.tracking_options_limited) {
            let refusal = Refusal::of(message);
            let echo = envelope::echo(
                call,
                element,
                "TrackingOptionID",
                "HasValidationErrors",
                &refusal,
            );
            return envelope::validation_exception(&[echo]);
        }
        let option = TrackingOption {
            id: organisation.ids.next_id(),
            name: Cow::Owned(name.to_owned()),
            standing: Standing::Active,
        };
        added.push(show_option(&option));
        options.push(option);
    }
    organisation.chart.tracking[at].options = options;
    envelope::reply(call, "Options", &added, None)
}

/// The words are ours: nobody published Xero's.
fn wrong(name: &str, known: &[TrackingOption], limited: bool) -> Option<&'static str> {
    let active = known.iter().filter(|it| it.standing == Standing::Active);
    if name.is_empty() {
        Some("Name must be specified.")
    } else if name.chars().count() > NAME_CHARS_MAX {
        Some("The length of Name cannot exceed 100 characters.")
    } else if known
        .iter()
        .any(|it| it.standing != Standing::Deleted && it.name.eq_ignore_ascii_case(name))
    {
        Some("A tracking option with this name already exists.")
    } else if limited && active.count() >= OPTIONS_MAX {
        Some("The tracking category has as many options as it may have.")
    } else {
        None
    }
}
