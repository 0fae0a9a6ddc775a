//! What goes wrong, and when.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A file is opened.
    Open,
    /// A piece of a file is read.
    Read,
    /// A piece of a file is written.
    Write,
    /// A file is brought to the disk.
    Sync,
    /// A file is closed.
    Close,
    /// A file gets another name.
    Rename,
    /// A file is removed.
    Remove,
    /// A folder is listed.
    List,
    /// A path is looked at.
    Look,
}

/// What goes wrong.
pub enum Fault {
    /// The connection ends before it is done.
    Cut,
    /// It is done, and the connection ends before the answer.
    DoneAndCut,
    /// The server goes down before it is done, until it comes back.
    Down,
    /// It is done, and the server goes down before the answer.
    DoneAndDown,
    /// It is refused with a text.
    Refuse(&'static str),
    /// Something happens to the files first; it is then done.
    First(Box<dyn FnOnce(&Path) + Send>),
}

/// The faults of a server, each for one request.
#[derive(Default)]
pub struct Faults {
    planned: Mutex<Vec<(Op, usize, Fault)>>,
    room: Mutex<Option<u64>>,
    lies: Mutex<Vec<String>>,
    connections: AtomicU64,
    attempts: AtomicU64,
    is_down: AtomicBool,
}

impl Faults {
    /// Lets the `nth` request of a kind from now on (from 1) fail.
    pub fn plan(&self, op: Op, nth: usize, fault: Fault) {
        locked(&self.planned).push((op, nth, fault));
    }

    /// Whether everything that was planned came to pass.
    pub fn are_over(&self) -> bool {
        locked(&self.planned).is_empty()
    }

    /// Leaves so many bytes on the disk; `None` is as many as there are.
    pub fn leave_room(&self, bytes: Option<u64>) {
        *locked(&self.room) = bytes;
    }

    /// Lets every listing hold these names, too.
    pub fn lie(&self, names: &[&str]) {
        *locked(&self.lies) = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// The server goes down: it lets nobody in, and answers nobody.
    pub fn go_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
    }

    /// The server is there again.
    pub fn come_back(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }

    /// Forgets what was planned.
    pub fn calm(&self) {
        locked(&self.planned).clear();
        self.come_back();
    }

    pub(crate) fn is_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }

    /// How many connections there were.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::SeqCst)
    }

    /// How often somebody tried to sign in.
    pub fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::SeqCst)
    }

    pub(crate) fn attempted(&self) {
        self.attempts.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn lies(&self) -> Vec<String> {
        locked(&self.lies).clone()
    }

    /// Takes room on the disk; `false` when there is not enough.
    pub(crate) fn take_room(&self, bytes: u64) -> bool {
        let mut room = locked(&self.room);
        match room.as_mut() {
            None => true,
            Some(left) if *left >= bytes => {
                *left -= bytes;
                true
            }
            Some(_) => false,
        }
    }

    /// The fault of this request, if one is due.
    pub(crate) fn due(&self, op: Op) -> Option<Fault> {
        let mut planned = locked(&self.planned);
        for (_, left, _) in planned.iter_mut().filter(|(of, _, _)| *of == op) {
            *left -= 1;
        }
        let at = planned.iter().position(|(_, left, _)| *left == 0)?;
        Some(planned.remove(at).2)
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
