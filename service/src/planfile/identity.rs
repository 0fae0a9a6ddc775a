//! By what a plan knows the store again that it was made on.

use tieout_core::engine::ContentHash;
use tieout_core::store::{ChangeSet, RecordKey, Store};

use crate::exit::Failure;
use crate::office::{Office, store_folder};

/// The mark of the store, made when it is first asked for. A backup that was restored has it too.
pub(crate) async fn store_identity(office: &Office) -> Result<String, Failure> {
    let key = RecordKey::new(&["plan", "store"]);
    let store = office.store.as_ref();
    if let Some(known) = store.record(&key).await?
        && let Ok(known) = String::from_utf8(known)
    {
        return Ok(known);
    }
    let now = office.clock.now().timestamp_nanos_opt();
    let place = store_folder(&office.loaded);
    let mark = ContentHash::of(&(now, std::process::id(), place));
    let changes = ChangeSet {
        records: vec![(key, Some(mark.as_str().as_bytes().to_vec()))],
        ..ChangeSet::default()
    };
    store.commit(changes).await?;
    Ok(mark.as_str().to_owned())
}
