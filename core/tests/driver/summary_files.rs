//! Promises about files of documents that travel in summaries: each stands once beside the summary, and says whose it is.

use tieout_core::check::Rule;
use tieout_core::document::{Attachment, Invoice};
use tieout_core::settings::AttachmentPolicy;

use crate::support::documents::{invoice, line, revised};
use crate::support::provider::On;
use crate::support::scene::Scene;
use crate::support::summing::{TO_THE_CLOSE, assert_summed, gathering, summary};

fn with_file(id: &str) -> Invoice {
    revised(&invoice(id, &[10_000]), |it| {
        it.attachments = vec![Attachment {
            name: "invoice.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            url: format!("files/{id}.pdf"),
            sha256: None,
        }];
    })
}

fn files(scene: &Scene) -> Vec<String> {
    let files = scene.provider().books(|books| books.beside.files.clone());
    let mut names: Vec<String> = files.into_iter().map(|(_, name, _, _)| name).collect();
    names.sort();
    names
}

#[tokio::test(start_paused = true)]
async fn the_files_of_each_document_stand_once_beside_its_summary() {
    let mut scene = gathering();
    scene.settings().attachments = AttachmentPolicy::Books;
    scene.host().put_file("files/1.pdf", b"%PDF 1");
    scene.host().put(&with_file("1"));
    scene.host().put(&with_file("2"));
    scene.wait(TO_THE_CLOSE).await;
    scene.sync().await;
    // The file that is missing is a finding of the summary, and keeps nothing back.
    assert_eq!(files(&scene), ["INV-1 invoice.pdf"]);
    let rules = |binding: &tieout_core::engine::Binding| -> Vec<Rule> {
        binding.findings().map(|it| it.rule.clone()).collect()
    };
    assert_eq!(rules(&summary(&scene).await), [Rule::AttachmentNotSent]);
    scene.host().put_file("files/2.pdf", b"%PDF 2");
    scene.wait(std::time::Duration::from_secs(1_000)).await;
    scene.sync().await;
    assert_eq!(files(&scene), ["INV-1 invoice.pdf", "INV-2 invoice.pdf"]);
    assert_eq!(rules(&summary(&scene).await), []);
    let (sent, content) = (
        scene.provider().calls(On::Attach),
        scene
            .provider()
            .books(|books| books.beside.files[1].2.clone()),
    );
    assert_eq!(content.as_ref(), b"%PDF 2");
    // A change of one of them sends no file again.
    scene.host().put(&revised(&with_file("1"), |it| {
        it.revision += 1;
        it.lines = vec![line("1", 9_000)];
    }));
    scene.sync().await;
    scene.sync().await;
    assert_eq!(scene.provider().calls(On::Attach), sent);
    assert_eq!(files(&scene).len(), 2);
    assert_summed(&scene).await;
}
