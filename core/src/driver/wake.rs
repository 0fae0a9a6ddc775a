//! How every loop is told to look now, and not when its pause is over.

use super::site::World;

impl World {
    /// Looks at every host and every connection now. Looks at a provider keep
    /// [`super::Limits::provider_poll_min`] apart however often this is called; a loop that is at work looks once
    /// more when it is done.
    pub fn look_now(&self) {
        for site in self.hosts.values() {
            site.asked.notify_one();
            site.owed.notify_one();
        }
        for site in self.connections.values() {
            site.work.notify_one();
            site.ask();
            site.stirred.notify_one();
        }
    }

    /// Plans and sends now what fell due without the driver's doing, such as what a person asked to be tried again.
    pub fn work_now(&self) {
        for site in self.hosts.values() {
            site.owed.notify_one();
        }
        for site in self.connections.values() {
            site.work.notify_one();
        }
    }
}
