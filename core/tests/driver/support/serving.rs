//! The driver at work in the background, until a test stops it.

use tieout_core::driver::{DriverError, serve};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::scene::Scene;

/// A process that serves.
pub(crate) struct Serving {
    stop: CancellationToken,
    task: JoinHandle<Result<(), DriverError>>,
}

impl Serving {
    /// A new process starts to serve.
    pub(crate) fn start(scene: &Scene) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(serve(scene.world(), stop.clone()));
        Self { stop, task }
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
