//! How locks are taken: a thread that died holding one leaves whole values behind, so the lock stays usable.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock, also after a panic in another thread.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
