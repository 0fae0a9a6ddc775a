//! How tests make a plan of a scene and execute it.

use std::io;
use std::sync::Arc;

use tieout_core::driver::{
    DriverError, Executed, PlanSource, Preview, PreviewOptions, PreviewSummary, Summary, World,
    execute,
};
use tieout_core::engine::Intention;
use tokio_util::sync::CancellationToken;

use super::scene::Scene;

/// A plan in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan(pub(crate) Vec<Intention>);

impl PlanSource for Plan {
    fn read(&self) -> io::Result<Box<dyn Iterator<Item = io::Result<Intention>> + Send>> {
        Ok(Box::new(self.0.clone().into_iter().map(Ok)))
    }
}

impl Plan {
    /// What a new process would plan.
    pub(crate) async fn of(scene: &Scene) -> Self {
        let (previews, _) = preview(scene).await;
        let intentions = previews.into_iter().filter_map(|preview| preview.intention);
        Self(intentions.map(|intention| *intention).collect())
    }

    /// A new process executes it, without any trouble. Gives what became of each document, by its identifier.
    pub(crate) async fn run(&self, scene: &Scene) -> Vec<(String, Executed)> {
        let (told, summary) = self.run_in(&scene.world()).await;
        assert_eq!(summary.expect("the store works"), Summary::default());
        told
    }

    /// The same in this process, whatever comes of it.
    pub(crate) async fn run_in(
        &self,
        world: &Arc<World>,
    ) -> (Vec<(String, Executed)>, Result<Summary, DriverError>) {
        let mut told = Vec::new();
        let summary = execute(
            Arc::clone(world),
            self,
            CancellationToken::new(),
            &mut |intention, became| told.push((intention.id.as_str().to_owned(), became)),
        )
        .await;
        (told, summary)
    }
}

/// What a new process would do.
pub(crate) async fn preview(scene: &Scene) -> (Vec<Preview>, PreviewSummary) {
    preview_with(scene, &PreviewOptions::default()).await
}

pub(crate) async fn preview_with(
    scene: &Scene,
    options: &PreviewOptions,
) -> (Vec<Preview>, PreviewSummary) {
    let mut previews = Vec::new();
    let world = scene.world();
    let summary = world
        .preview(options, &mut |preview| previews.push(preview))
        .await
        .expect("the store works");
    (previews, summary)
}
