//! What the chart and the capability promise: plain data that agrees with what the provider takes.

use std::collections::HashSet;

use tieout_core::document::DocumentKind;
use tieout_core::provider::{Capability, Chart, ErrorKind, RejectionKind};

use super::acts::plain;
use super::stage::Stage;

/// Every limit allows something, and the same is told at every call.
pub async fn the_capability_is_sound_and_always_the_same(stage: &dyn Stage) {
    let capability: &Capability = stage.provider().capability();
    assert!(std::ptr::eq(capability, stage.provider().capability()));
    assert!(!capability.provider.is_empty() && !capability.documents.is_empty());
    let documents: HashSet<DocumentKind> = capability.documents.iter().copied().collect();
    assert_eq!(documents.len(), capability.documents.len());
    assert!(
        capability
            .numbers_unique
            .iter()
            .all(|kind| documents.contains(kind))
    );
    for limit in [
        capability.batch_documents_max,
        capability.batch_bytes_max,
        capability.look_up_max,
        capability.concurrent_max,
        capability.number_chars_max,
        capability.description_chars_max,
    ] {
        assert!(limit > 0);
    }
}

/// And a second reading finds the same, but for its time.
pub async fn the_chart_names_the_organisation_and_its_currency(stage: &dyn Stage) {
    let first = chart(stage).await;
    let organisation = &first.organisation;
    assert!(!organisation.id.is_empty() && !organisation.name.is_empty());
    assert!(first.currencies.contains(&organisation.base_currency));
    let second = Chart {
        as_of: first.as_of,
        ..chart(stage).await
    };
    assert_eq!(first, second);
}

/// What the provider accepts on a document stands in the chart that checks read.
pub async fn what_a_document_uses_stands_in_the_chart(stage: &dyn Stage, kind: DocumentKind) {
    let chart = chart(stage).await;
    let posting = plain(stage, kind, "Charted");
    assert!(chart.currencies.contains(&posting.currency));
    for line in &posting.lines {
        assert!(
            chart.account(&line.account_code).is_some(),
            "{}",
            line.account_code
        );
        if let Some(tax) = &line.tax_type {
            assert!(chart.tax_rate(tax).is_some(), "{tax}");
        }
    }
}

/// A provider that makes none refuses, and so does an access that may not write reference data.
pub async fn a_tracking_option_is_made_once_and_stands_in_the_chart(stage: &dyn Stage) {
    let before = chart(stage).await;
    let Some(category) = before.tracking.first() else {
        return;
    };
    let name = stage.number("Option");
    let Some(clerk) = stage.provider().clerk() else {
        return;
    };
    let make = async || {
        let made = clerk.make_tracking_option(&category.id, &name);
        match made.await {
            Ok(Ok(option)) => Some(option),
            Ok(Err(rejection)) => {
                assert_eq!(rejection.kind, RejectionKind::Permission, "{rejection:?}");
                None
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Refused, "{error:?}");
                None
            }
        }
    };
    let Some(made) = make().await else { return };
    assert!(made.active && made.name == name, "{made:?}");
    assert_eq!(make().await.as_ref(), Some(&made));
    let after = chart(stage).await;
    assert_eq!(after.tracking.len(), before.tracking.len());
    let options = after.tracking.iter().flat_map(|it| &it.options);
    let same: Vec<_> = options.filter(|it| it.name == name).collect();
    assert_eq!(same, [&made]);
}

async fn chart(stage: &dyn Stage) -> Chart {
    let chart = stage.provider().chart().await;
    chart.expect("the chart is read")
}
