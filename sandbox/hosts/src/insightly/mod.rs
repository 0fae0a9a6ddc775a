//! A stand-in for Insightly's API v3.1, with its traps: `top` and `skip`, tags that answer 400 when they are stale,
//! singular and plural names, UTC texts for dates, and ten calls a second.

mod answer;
mod control;
mod state;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;

pub use state::{Fault, State};

/// The stand-in, with the records of its fixtures. What it knows is shared by its clones.
#[derive(Clone, Debug)]
pub struct Insightly {
    state: Arc<Mutex<State>>,
}

/// The API key that opens it.
pub const API_KEY: &str = "insightly-key";

impl Insightly {
    /// The stand-in as its fixtures have it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::new(Mutex::new(State::fixtures())),
        }
    }

    /// Its routes: the API below `/v3.1`, and `/control` for faults and edits.
    pub fn routes(&self) -> Router {
        let api = Router::new().fallback(answer::answer);
        let control = Router::new().fallback(control::answer);
        Router::new()
            .nest("/v3.1", api)
            .nest("/control", control)
            .with_state(self.clone())
    }

    /// Looks at what it holds, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Insightly {
    fn default() -> Self {
        Self::new()
    }
}
