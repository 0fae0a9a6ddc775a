//! What happened, and where a document stands, in sentences for people.

use tieout_core::document::DocumentKind;
use tieout_core::engine::{Binding, Event, SkipReason, State};

/// What happened, as a sentence without its full stop.
pub(crate) fn words(event: &Event) -> String {
    match event {
        Event::HostChanged { revision } => format!("the host told of revision {revision}"),
        Event::Planned { op: Some(op), why } => format!("planned to {} it: {why}", op.as_str()),
        Event::Planned { op: None, why } => format!("planned nothing: {why}"),
        Event::Held { findings } => {
            let rules: Vec<String> = findings.iter().map(ToString::to_string).collect();
            format!("held: {}", rules.join("; "))
        }
        Event::Departed { op, flight } => format!("left to {} it, in flight {flight}", op.as_str()),
        Event::Landed { op, provider_id } => {
            format!("the provider did {} it: {provider_id}", op.as_str())
        }
        Event::Refused { finding } => format!("refused: {}", finding.message),
        Event::InDoubt { why } => format!("in doubt: {why}"),
        Event::Resolved { why } => format!("the doubt is settled: {why}"),
        Event::PutBack { why } => format!("put back: {why}"),
        Event::ProviderChanged { what } => format!("changed at the provider: {what}"),
        Event::Delivered { what, .. } => format!("told the host: {what}"),
        Event::DeliveryRefused { finding, .. } => format!("the host refused: {}", finding.message),
        Event::Adopted {
            provider_id,
            number,
            mark,
            by,
            differences,
        } => {
            let by_whom = by
                .as_ref()
                .map_or_else(String::new, |by| format!(" by {by}"));
            let as_it_is = if differences.is_empty() {
                "the same in every field".to_owned()
            } else {
                format!("where it differs: {}", differences.join("; "))
            };
            format!(
                "adopted{by_whom}: the provider held it as {number} ({provider_id}), recognised by {}, {as_it_is}",
                mark.as_str()
            )
        }
        Event::Ignored { why } => format!("ignored: {why}"),
        Event::Companion {
            what,
            happened,
            finding: Some(finding),
        } => format!("{what}: {happened}: {}", finding.message),
        Event::Companion {
            what,
            happened,
            finding: None,
        } => format!("{what}: {happened}"),
        Event::Operator { action } => action.clone(),
        Event::RecordUnreadable { finding } => finding.message.clone(),
    }
}

/// What happens next, or what somebody should do.
pub(crate) fn next(binding: &Binding) -> String {
    let number = binding.named_for_a_command();
    match &binding.state {
        State::Waiting {
            not_before: Some(at),
            ..
        } => format!("it is planned again at {}", at.format("%Y-%m-%d %H:%M:%S")),
        State::Waiting {
            not_before: None, ..
        } => "the next run plans it".to_owned(),
        State::Held { .. } => {
            "mend what the findings name: it is planned again when document, settings or chart change".to_owned()
        }
        State::Skipped { reason } => match reason {
            SkipReason::Draft => "it is sent when the host makes it final".to_owned(),
            SkipReason::BeforeSyncFrom(_) => "`sync_from` in the settings sends it".to_owned(),
            SkipReason::KindNotSent => match sending(binding.key.document.kind) {
                Some(setting) => format!("`{setting}` in the settings of the connection sends it"),
                None => "the settings of the connection leave it out".to_owned(),
            },
            SkipReason::RoutedTo(connection) => format!("its story goes on at {connection}"),
            SkipReason::ByOperator { .. } | SkipReason::Undone { .. } => {
                format!("`tieout retry {number}` brings it back")
            }
            SkipReason::Gathers { leaves_at, .. } => format!(
                "it leaves inside its summary after {}, once the host was read to its end",
                leaves_at.format("%Y-%m-%d %H:%M:%S")
            ),
            SkipReason::InSummary { number } => {
                format!("`tieout explain {number}` tells the story of the summary")
            }
        },
        State::Ready { .. } if binding.is_being_reversed() => {
            "its credit note takes it out of the books; nobody has to do anything".to_owned()
        }
        State::Ready {
            not_before: Some(at),
            ..
        } => format!("it leaves at {}", at.format("%Y-%m-%d %H:%M:%S")),
        State::Ready {
            not_before: None, ..
        } => "it leaves with the next request".to_owned(),
        State::InFlight(_) => "its request is in the air, or the process stopped meanwhile: the next start finds out".to_owned(),
        State::Unsure { .. } => {
            "it is looked for before anything is sent again; nobody has to do anything".to_owned()
        }
        State::Posted => match binding.findings().next() {
            Some(_) => "the finding below needs somebody".to_owned(),
            None => "nothing".to_owned(),
        },
        State::Rejected { .. } => {
            format!("mend what the finding names, then `tieout retry {number}`, or change it in the host")
        }
        State::Voided => "nothing".to_owned(),
        State::Removed { .. } => format!(
            "somebody removed it at the provider: `tieout retry {number}` sends it again, `tieout detach {number}` lets it be"
        ),
        State::Detached => format!("nothing is sent or told any more; `tieout retry {number}` brings it back"),
    }
}

/// The setting under which a kind of document travels; none for what always does.
fn sending(kind: DocumentKind) -> Option<&'static str> {
    match kind {
        DocumentKind::Invoice => None,
        DocumentKind::CreditNote => Some("credit_notes = true"),
        DocumentKind::Bill => Some("bills = true"),
        DocumentKind::PurchaseOrder => Some("method = \"tracked\""),
    }
}
