//! The driver at work in the background, until a test stops it.

use std::sync::Arc;

use tieout_core::driver::{DriverError, World, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::scene::Scene;

/// A process that serves.
pub(crate) struct Serving {
    /// What it works on.
    pub(crate) world: Arc<World>,
    stop: CancellationToken,
    task: JoinHandle<Result<(), DriverError>>,
}

impl Serving {
    /// A new process starts to serve.
    pub(crate) fn start(scene: &Scene) -> Self {
        let stop = CancellationToken::new();
        let world = scene.world();
        let task = tokio::spawn(serve(Arc::clone(&world), stop.clone()));
        Self { world, stop, task }
    }

    /// Stops it, and waits until it has ended well.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task
            .await
            .expect("the driver does not panic")
            .expect("the store works");
    }
}
