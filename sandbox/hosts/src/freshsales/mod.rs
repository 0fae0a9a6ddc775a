//! A stand-in for Freshsales' API, with its traps: lists through views only, 25 a page and 100 at most, no filter by time,
//! thin search results, wrapped bodies, and so many calls an hour.

mod answer;
mod control;
mod state;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;

pub use state::{Fault, State};

/// The stand-in, with the records of its fixtures. What it knows is shared by its clones.
#[derive(Clone, Debug)]
pub struct Freshsales {
    state: Arc<Mutex<State>>,
}

/// The API key that opens it.
pub const API_KEY: &str = "freshsales-key";

impl Freshsales {
    /// The stand-in as its fixtures have it.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: Arc::new(Mutex::new(State::fixtures())),
        }
    }

    /// Its routes: the API below `/crm/sales/api`, and `/control` for faults and edits.
    pub fn routes(&self) -> Router {
        let api = Router::new().fallback(answer::answer);
        let control = Router::new().fallback(control::answer);
        Router::new()
            .nest("/crm/sales/api", api)
            .nest("/control", control)
            .with_state(self.clone())
    }

    /// Looks at what it holds, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Freshsales {
    fn default() -> Self {
        Self::new()
    }
}
