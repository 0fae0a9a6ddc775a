//! Promises of the preview: complete, field by field, and nothing is sent for its sake.

use std::time::Duration;

use tieout_core::check::Rule;
use tieout_core::driver::{Asking, PreviewOptions, Verdict};
use tieout_core::engine::{Action, Op};
use tieout_core::settings::Moves;

use crate::support::documents::{
    aud, cents, connection_id, division_route, host_payment, invoice, paying, revised, voided,
};
use crate::support::planning::{preview, preview_with};
use crate::support::provider::{Fault, On};
use crate::support::scene::{ACME, Scene};

fn writes(scene: &Scene) -> usize {
    let provider = scene.provider();
    let made = [On::Option, On::Pay, On::TakeBack, On::Attach, On::Note];
    provider.arrivals().len() + made.iter().map(|on| provider.calls(*on)).sum::<usize>()
}

#[tokio::test(start_paused = true)]
async fn a_create_tells_everything_that_is_sent_and_makes_nothing() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    let (told, summary) = preview(&scene).await;
    let [one] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!((one.verdict, one.op), (Verdict::Create, Some(Op::Create)));
    assert_eq!((one.gross, one.currency), (Some(cents(1_100)), Some(aud())));
    assert!(one.creates_contact);
    let intention = one.intention.as_ref().expect("it would be sent");
    let fields: Vec<String> = intention
        .fields
        .iter()
        .map(|(field, value)| format!("{field}: {value}"))
        .collect();
    assert_eq!(
        fields,
        [
            "number: INV-1",
            "contact: Grevillea Workers Cover (to be made)",
            "date: 2026-11-10",
            "due date: 2026-12-10",
            "status: authorised",
            "currency: AUD",
            "amounts are: tax_exclusive",
            "line 1 description: Service 1",
            "line 1 quantity: 1",
            "line 1 price: 10",
            "line 1 account: 200",
            "line 1 tax type: OUTPUT",
            "line 1 amount: 10.00",
            "net: 10.00",
            "tax: 1.00",
            "gross: 11.00",
        ]
    );
    assert_eq!(
        intention.makes_contact.as_deref(),
        Some("Grevillea Workers Cover")
    );
    assert_eq!((summary.documents, writes(&scene)), (1, 0));
    assert_eq!(scene.bindings().await, []);
    assert!(scene.provider().books(|books| books.contacts.is_empty()));
}

#[tokio::test(start_paused = true)]
async fn an_update_tells_each_field_that_changes_against_what_the_provider_holds_now() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000, 500]);
    scene.host().put(&first);
    scene.sync().await;
    // Somebody edits it there, and nobody here has heard of it yet.
    scene.provider().edit("INV-1", |held| {
        held.reference = Some("by hand".to_owned());
    });
    scene.host().put(&revised(&first, |invoice| {
        invoice.due_date = Some("2026-12-24".parse().expect("a day"));
        invoice.lines[0].description = "Other words".to_owned();
        invoice.lines[0].unit_price = cents(1_200);
        invoice.lines[0].net_amount = cents(1_200);
        invoice.lines[0].tax_amount = cents(120);
        invoice.lines.remove(1);
    }));
    let sent = writes(&scene);
    let (told, summary) = preview(&scene).await;
    let [one] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(one.verdict, Verdict::Update);
    let changes = one.changes.as_ref().expect("the provider was asked");
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "due date: host `2026-12-24`, provider `2026-12-10`",
            "net: host `12.00`, provider `15.00`",
            "tax: host `1.20`, provider `1.50`",
            "gross: host `13.20`, provider `16.50`",
            "reference: host ``, provider `by hand`",
            "line 1 amount: host `12.00`, provider `10.00`",
            "line 1 description: host `Other words`, provider `Service 1`",
            "line 1 price: host `12`, provider `10`",
            "a line that goes: host ``, provider `Service 2, 5.00`",
        ]
    );
    assert_eq!((summary.read, writes(&scene)), (1, sent));
    assert_eq!(scene.provider().calls(On::Read), 1);
}

#[tokio::test(start_paused = true)]
async fn many_updates_are_read_forty_at_a_time() {
    let scene = Scene::new();
    let first: Vec<_> = (1..=90)
        .map(|id| invoice(&id.to_string(), &[100]))
        .collect();
    first.iter().for_each(|invoice| scene.host().put(invoice));
    scene.sync().await;
    for invoice in &first {
        let moved = revised(invoice, |it| it.lines[0].description = "Other".to_owned());
        scene.host().put(&moved);
    }
    let (told, summary) = preview(&scene).await;
    assert_eq!((told.len(), summary.read), (90, 90));
    assert_eq!(scene.provider().calls(On::Read), 3);
}

#[tokio::test(start_paused = true)]
async fn asking_nobody_costs_no_call_and_says_what_it_does_not_know() {
    let scene = Scene::new();
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene.sync().await;
    scene.host().put(&revised(&first, |invoice| {
        invoice.lines[0].description = "Other".to_owned();
    }));
    scene
        .host()
        .put(&revised(&invoice("2", &[1_000]), |invoice| {
            invoice.bill_to.name = "Nobody knows".to_owned();
        }));
    scene
        .provider()
        .fail_for(Duration::from_secs(60), Fault::NotProcessed);
    let options = PreviewOptions {
        asking: Asking::Nobody,
        ..PreviewOptions::default()
    };
    let (told, summary) = preview_with(&scene, &options).await;
    let verdicts: Vec<_> = told.iter().map(|one| one.verdict).collect();
    assert_eq!(verdicts, [Verdict::Update, Verdict::Create]);
    assert_eq!((&told[0].changes, summary.read), (&None, 0));
    assert_eq!(told[1].notes, ["whether its contact exists was not asked"]);
    assert_eq!(summary.unasked, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_cannot_be_reached_is_named_and_the_others_are_told() {
    let mut scene = Scene::new().with_connection("north", Vec::new());
    scene.routes = vec![
        division_route("north", "North"),
        division_route(ACME, "South"),
    ];
    for (id, division) in [("1", "North"), ("2", "South")] {
        scene
            .host()
            .put(&revised(&invoice(id, &[1_000]), |invoice| {
                invoice.business_division = Some(division.to_owned());
            }));
    }
    scene
        .provider_of("north")
        .fail_for(Duration::from_secs(60), Fault::NotProcessed);
    let (told, summary) = preview(&scene).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        summary.unasked,
        ["connection north: test: connection refused"]
    );
}

#[tokio::test(start_paused = true)]
async fn what_stands_still_is_told_as_it_stands_and_not_as_it_might_be() {
    let mut scene = Scene::new();
    let paid = revised(&invoice("2", &[1_000]), |invoice| {
        invoice.payments = Some(vec![host_payment("p", cents(1_100))]);
    });
    scene.host().put(&invoice("1", &[1_000]));
    scene.host().put(&paid);
    scene.host().put(&invoice("3", &[1_000]));
    scene.provider().fail_send(
        1,
        Fault::Reject(tieout_core::provider::RejectionKind::Validation),
    );
    scene.sync_troubled().await;
    // Whatever the mapping would say of them now, a refusal waits for somebody.
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told.iter().map(|one| (one.verdict, one.op)).collect();
    assert_eq!(told, [(Verdict::Held, None); 3]);
    // New settings plan them anew.
    scene.settings().host_payments = paying();
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.verdict, one.beside.len()))
        .collect();
    assert_eq!(
        told,
        [
            (Verdict::Create, 0),
            (Verdict::Create, 1),
            (Verdict::Create, 0)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn skipped_voided_and_posted_documents_are_told_with_the_setting_that_decides() {
    let mut scene = Scene::new();
    let (first, second) = (invoice("1", &[1_000]), invoice("2", &[2_000]));
    scene.host().put(&first);
    scene.host().put(&second);
    scene.sync().await;
    scene.settings().sync_from = Some("2026-11-12".parse().expect("a day"));
    scene.host().put(&invoice("3", &[3_000]));
    scene.host().put(&voided(&second));
    let (told, summary) = preview(&scene).await;
    let told: Vec<_> = told
        .iter()
        .map(|one| (one.verdict, one.why.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Verdict::Void, "the host let it go"),
            (
                Verdict::Skipped,
                "it is dated before 2026-11-12, the first day (`sync_from`)"
            ),
            (Verdict::LeftAlone, "the provider holds just this"),
        ]
    );
    assert_eq!((summary.documents, summary.settled), (3, 0));
    scene.sync().await;
    let (told, summary) = preview(&scene).await;
    assert_eq!((told.len(), summary.settled), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_number_that_another_document_has_is_told_before_the_provider_refuses_it() {
    let scene = Scene::new();
    scene.host().put(&invoice("1", &[1_000]));
    scene.sync().await;
    let again = |id: &str| {
        revised(&invoice(id, &[1_000]), |invoice| {
            invoice.number = "INV-1".to_owned();
        })
    };
    scene.host().put(&again("2"));
    scene.host().put(&invoice("4", &[500]));
    let twin = revised(&invoice("5", &[700]), |it| it.number = "inv-4".to_owned());
    scene.host().put(&twin);
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told
        .iter()
        .map(|one| {
            let rule = one.findings.first().map(|finding| finding.rule.clone());
            (one.binding.document.id.as_str(), one.verdict, rule)
        })
        .collect();
    let taken = Some(Rule::NumberTaken);
    assert_eq!(
        told,
        [
            ("2", Verdict::Held, taken.clone()),
            ("4", Verdict::Create, None),
            ("5", Verdict::Held, taken),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_move_is_told_as_the_void_here_and_the_create_there() {
    let mut scene = Scene::new().with_connection("north", Vec::new());
    scene.routes = vec![
        division_route("north", "North"),
        division_route(ACME, "South"),
    ];
    scene.settings().moves = Moves::VoidAndCreate;
    let in_division = |division: &str| {
        revised(&invoice("1", &[1_000]), |invoice| {
            invoice.business_division = Some(division.to_owned());
        })
    };
    scene.host().put(&in_division("South"));
    scene.sync().await;
    let moved = revised(&in_division("North"), |_| {});
    scene.host().put(&moved);
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told
        .iter()
        .map(|one| {
            let intention = one.intention.as_ref().expect("both are done");
            let (leaves, goes_to) = (intention.leaves.clone(), intention.goes_to.clone());
            (
                one.binding.connection.as_str(),
                intention.action,
                leaves,
                goes_to,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (ACME, Action::Void, None, Some(connection_id("north"))),
            ("north", Action::Create, Some(connection_id(ACME)), None),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_document_handed_over_twice_is_told_once_as_it_came_last() {
    let scene = Scene::of(
        crate::support::host::TestHost::with_pages(1),
        crate::support::documents::capability(),
    );
    let first = invoice("1", &[1_000]);
    scene.host().put(&first);
    scene
        .host()
        .put(&revised(&first, |it| it.lines[0].net_amount = cents(900)));
    scene.host().put(&revised(&revised(&first, |_| {}), |it| {
        it.number = "INV-9".to_owned();
    }));
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(told, ["INV-9"]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_told_as_a_doubt() {
    let mut scene = Scene::new();
    scene.limits.once_patience = Duration::ZERO;
    scene.host().put(&invoice("1", &[1_000]));
    scene
        .provider()
        .fail_for(Duration::from_secs(1), Fault::UnsureAfter);
    scene.provider().mend();
    scene.provider().fail_send(1, Fault::UnsureAfter);
    scene.sync_troubled().await;
    let (told, _) = preview(&scene).await;
    let told: Vec<_> = told.iter().map(|one| (one.verdict, one.op)).collect();
    assert_eq!(told, [(Verdict::InDoubt, None)]);
}
