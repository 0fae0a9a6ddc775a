//! How somebody who sets a stage changes an organisation's books, beside everything that the API checks.

use uuid::Uuid;

use crate::books::Organisation;
use crate::sandbox::Sandbox;
use crate::sync::lock;

impl Sandbox {
    /// Changes the books of an organisation, such as its chart; nobody is told of it. Nothing for an unknown tenant.
    pub fn arrange<T>(
        &self,
        tenant: Uuid,
        arrange: impl FnOnce(&mut Organisation) -> T,
    ) -> Option<T> {
        let mut books = lock(self.books(tenant)?);
        let arranged = arrange(&mut books);
        books.forget_changes();
        Some(arranged)
    }
}
