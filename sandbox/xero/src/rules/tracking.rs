//! Which tracking options a line may choose.

use crate::books::chart::{Chart, Standing};
use crate::books::invoice::{Line, TrackingChoice};
use crate::wire::invoice::{LineIn, TrackingIn};

/// Puts the sent choices on the line; a line that sends none keeps what it has.
pub(super) fn take_tracking(
    line: &mut Line,
    chart: &Chart,
    sent: &LineIn,
    messages: &mut Vec<String>,
) {
    let Some(choices) = &sent.tracking else {
        return;
    };
    if choices.len() > 2 {
        messages.push("A line item can have at most two tracking categories.".to_owned());
        return;
    }
    let mut tracking = Vec::with_capacity(choices.len());
    for choice in choices {
        match tracking_choice(chart, choice) {
            Ok(choice) => tracking.push(choice),
            Err(message) => messages.push(message),
        }
    }
    line.tracking = tracking;
}

/// Options must exist: Xero never makes one from a line.
fn tracking_choice(chart: &Chart, sent: &TrackingIn) -> Result<TrackingChoice, String> {
    let by_name = |known: &str, sent: &Option<String>| {
        sent.as_deref()
            .is_some_and(|sent| sent.trim().eq_ignore_ascii_case(known))
    };
    let category = chart
        .tracking
        .iter()
        .filter(|category| category.standing == Standing::Active)
        .find(|category| match (sent.category_id, sent.option_id) {
            (Some(id), _) => category.id == id,
            (None, Some(option)) if sent.name.is_none() => {
                category.options.iter().any(|known| known.id == option)
            }
            (None, _) => by_name(category.name, &sent.name),
        })
        .ok_or_else(|| {
            format!(
                "The tracking category '{}' is not valid.",
                sent.name.as_deref().unwrap_or_default()
            )
        })?;
    let option = category
        .options
        .iter()
        .filter(|option| option.standing == Standing::Active)
        .find(|option| match sent.option_id {
            Some(id) => option.id == id,
            None => by_name(&option.name, &sent.option),
        })
        .ok_or_else(|| {
            format!(
                "The tracking option '{}' is not valid for the category '{}'.",
                sent.option.as_deref().unwrap_or_default(),
                category.name
            )
        })?;
    Ok(TrackingChoice {
        category: category.id,
        option: option.id,
    })
}
