//! What every host promises while its product is not there, or does not let us in.

use tieout_core::document::DocumentKind;
use tieout_core::host::{
    Delivery, DocumentRef, HostErrorKind, PostingNotice, PostingState, WriteBack,
};

use super::stage::{Can, HostStage, read_all};

/// Proves that an outage is waited for and loses nothing. Broken, documents are missed after it, or people are called for
/// what mends itself.
pub async fn a_product_that_is_down_is_unavailable_and_loses_nothing(stage: &dyn HostStage) {
    let Some(backstage) = stage.backstage() else {
        return;
    };
    let id = stage.put("A");
    let host = stage.host().await;
    let (_, position) = read_all(&*host, None, 10).await;
    stage.put("B");
    backstage.go_down();
    let error = host.changes(position.as_deref(), 10).await;
    let error = error.expect_err("nobody answers");
    assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
    let posting = WriteBack::Posting {
        document: DocumentRef {
            kind: DocumentKind::Invoice,
            id,
            number: "A".to_owned(),
        },
        notice: PostingNotice {
            state: PostingState::Posted,
            ledger_id: None,
            ledger_number: None,
            message: None,
        },
    };
    let delivery = Delivery {
        id: "d-1".to_owned(),
        items: vec![posting],
    };
    if host.capability().takes_postings {
        let error = host.deliver(&delivery).await.expect_err("nobody answers");
        assert_eq!(error.kind, HostErrorKind::Unavailable, "{error}");
    }
    backstage.come_back();
    stage.wait();
    let (records, _) = read_all(&*host, position, 10).await;
    assert_eq!(records.len(), 1);
    if host.capability().takes_postings {
        assert_eq!(host.deliver(&delivery).await.expect("it answers"), [Ok(())]);
    }
}

/// Proves that a key that was taken back is told from an outage. Broken, nobody is told that somebody must mend it.
pub async fn a_key_that_does_not_fit_is_told_as_such(stage: &dyn HostStage) {
    let locked = stage.backstage().map(super::stage::Backstage::lock_out);
    if locked != Some(Can::Done) {
        return;
    }
    let host = stage.host().await;
    let error = host.changes(None, 10).await.expect_err("nobody is let in");
    assert_eq!(error.kind, HostErrorKind::Unauthorised, "{error}");
    let error = host.probe().await.expect_err("nobody is let in");
    assert_eq!(error.kind, HostErrorKind::Unauthorised, "{error}");
}
