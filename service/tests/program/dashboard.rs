//! Findings from a browser without scripts: filtered, decided, mended, and what is refused.

use reqwest::StatusCode;

use crate::stage::{Stage, files};
use crate::stopping::until;
use crate::visitor::{Visitor, ends, hidden, open, open_for_all, plain, shows, unmapped};

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_mended_from_its_row_and_the_file_stays_as_its_writer_left_it() {
    let (stage, running, visitor) = open().await;
    let lines: String = (1..=3)
        .map(|at| unmapped(&format!("M-{at}"), "FRE", "Banksia"))
        .collect();
    stage.drop_file("invoices-M-20261101T000000Z.jsonl", &lines);
    let page = shows(&visitor, "/findings", "M-3").await;
    assert!(
        page.contains("<strong>3</strong>"),
        "the kind is counted: {page}"
    );
    assert!(page.contains("tax_codes.&quot;FRE&quot;"), "{page}");
    let query = page
        .split("href=\"/findings/mend?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let form = visitor
        .page(&format!("/findings/mend?{}", plain(query)))
        .await;
    assert!(form.contains("<option value=\"EXEMPTOUTPUT\">"), "{form}");
    let fields =
        ["key", "finding", "setting", "back", "mark"].map(|name| (name, hidden(&form, name)));
    let mut entered: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();

    // What the organisation does not take is refused before anything is saved.
    let before = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    a_wrong_value_is_refused(&stage, &visitor, &form, &entered, &before).await;
    a_value_is_shown_and_then_saved(&stage, &visitor, &form, &mut entered, &before).await;
    // The same process begins anew and plans what waits.
    until("the invoices are planned anew", || {
        let out = stage.run(&["--json", "status"]);
        !String::from_utf8_lossy(&out.stdout).contains("tax_code_unmapped")
    })
    .await;

    // A form that was opened before is refused.
    let old = visitor.send(&form, "/findings/mend", &entered).await;
    assert!(old.status.is_client_error(), "{} {}", old.status, old.text);
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_by_hand_is_not_written_over() {
    let (stage, running, visitor) = open().await;
    stage.drop_file(
        "invoices-H-20261101T000000Z.jsonl",
        &unmapped("H-1", "FRE", "Banksia"),
    );
    let page = shows(&visitor, "/findings", "H-1").await;
    let query = page
        .split("href=\"/findings/mend?")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let form = visitor
        .page(&format!("/findings/mend?{}", plain(query)))
        .await;
    let text = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let by_hand = format!("{text}# by hand\n");
    std::fs::write(stage.path("tieout.toml"), &by_hand).unwrap();
    let fields = ["key", "finding", "setting", "mark"].map(|name| (name, hidden(&form, name)));
    let mut entered: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    entered.extend([("value", "EXEMPTOUTPUT"), ("go", "yes")]);
    let refused = visitor.send(&form, "/findings/mend", &entered).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text.contains("was changed since"),
        "{}",
        refused.text
    );
    assert_eq!(
        std::fs::read_to_string(stage.path("tieout.toml")).unwrap(),
        by_hand
    );
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_filtered_and_lists_are_saved() {
    let (stage, running, visitor) = open().await;
    let (anns, _, _) = three(&stage, &visitor).await;
    assert!(
        anns.contains("F-1") && anns.contains("F-3") && !anns.contains("F-2"),
        "{anns}"
    );
    let two = visitor.page("/findings?number=f-2").await;
    assert!(two.contains("F-2") && !two.contains("F-1"), "{two}");
    assert!(
        visitor
            .page("/findings?rule=number_taken")
            .await
            .contains("No finding fits")
    );
    assert_eq!(
        visitor.get("/findings?state=broken").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    // A page holds what it should, and leads on.
    let first = visitor.page("/findings?rows=2").await;
    let next = first
        .split("rel=\"next\" href=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let second = visitor.page(&plain(next)).await;
    assert!(
        !second.contains("rel=\"next\"") && second.contains("First page"),
        "{second}"
    );

    // A list is saved under a name, and opened again.
    let saved = [
        ("page", "findings"),
        ("back", "/findings"),
        ("name", "Ann's <b>"),
        ("query", "text=ann"),
    ];
    let page = visitor.does(&anns, "/layouts/save", &saved).await;
    assert!(
        page.contains("Ann's &lt;b&gt;") && page.contains("is saved"),
        "{page}"
    );
    assert!(
        visitor
            .page("/findings")
            .await
            .contains("href=\"/findings?text=ann\"")
    );
    let gone = [
        ("page", "findings"),
        ("back", "/findings"),
        ("name", "Ann's <b>"),
    ];
    visitor.does(&page, "/layouts/delete", &gone).await;
    assert!(
        !visitor
            .page("/findings")
            .await
            .contains("href=\"/findings?text=ann\"")
    );

    ends(running).await;
}

/// Three documents in need: two of Ann's, one of Bob's. Gives the page of Ann's, and how forms name F-1 and F-3.
async fn three(stage: &Stage, visitor: &Visitor) -> (String, String, String) {
    let lines = [("F-1", "Ann"), ("F-2", "Bob"), ("F-3", "Ann")];
    let lines = lines.map(|(id, name)| unmapped(id, "FRE", name)).concat();
    stage.drop_file("invoices-F-20261101T000000Z.jsonl", &lines);
    shows(visitor, "/findings", "3 documents").await;
    let anns = visitor.page("/findings?text=ann").await;
    let keys = anns.split("name=\"key\" value=\"").skip(1);
    let keys: Vec<&str> = keys.map(|it| it.split('"').next().unwrap()).collect();
    let of = |id: &str| {
        keys.iter()
            .find(|key| key.ends_with(id))
            .unwrap()
            .to_string()
    };
    let (one, three) = (of("F-1"), of("F-3"));
    (anns, one, three)
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_decided_about_one_by_one_and_together_after_a_look() {
    let (stage, running, visitor) = open().await;
    let (anns, one, three) = three(&stage, &visitor).await;

    // One is skipped, with a reason.
    let skip = [
        ("act", "skip"),
        ("key", one.as_str()),
        ("because", "paid in cash"),
        ("back", "/findings?text=ann"),
    ];
    let page = visitor.does(&anns, "/documents/decide", &skip).await;
    assert!(
        page.contains("not to be sent") && !page.contains("/invoice/F-1\">F-1"),
        "{page}"
    );
    let story = visitor.page("/documents/cm/invoice/F-1").await;
    assert!(story.contains("paid in cash"), "{story}");

    // Together: nothing is done before the go-ahead.
    let nothing = visitor
        .does(
            &anns,
            "/findings/many",
            &[("act", "retry"), ("which", "ticked"), ("query", "")],
        )
        .await;
    assert!(nothing.contains("Nothing is ticked"), "{nothing}");
    let all = [("act", "skip"), ("which", "all"), ("query", "text=bob")];
    let preview = visitor.send(&anns, "/findings/many", &all).await;
    assert!(
        preview.text.contains("Never send: 1 document") && preview.text.contains("F-2"),
        "{}",
        preview.text
    );
    assert!(
        visitor.page("/findings?text=bob").await.contains("F-2"),
        "nothing was done"
    );
    let seen = hidden(&preview.text, "seen");
    let go = [
        ("act", "skip"),
        ("which", "all"),
        ("query", "text=bob"),
        ("seen", seen.as_str()),
        ("go", "yes"),
    ];
    let done = visitor.does(&preview.text, "/findings/many", &go).await;
    assert!(done.contains("1 document not to be sent"), "{done}");
    let ticked = [
        ("act", "retry"),
        ("which", "ticked"),
        ("query", ""),
        ("key", three.as_str()),
        ("go", "yes"),
    ];
    let done = visitor.does(&anns, "/findings/many", &ticked).await;
    assert!(done.contains("1 document to be planned anew"), "{done}");
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_customers_write_is_shown_as_it_is_and_is_never_markup() {
    let (stage, running, visitor) = open().await;
    let hostile = "<script>alert(1)</script>\"' =1+1";
    stage.drop_file(
        "invoices-X-20261101T000000Z.jsonl",
        &unmapped("X<b>/1", "A\\\"B<i>", hostile),
    );
    let pages = [
        shows(&visitor, "/findings", "X&lt;b&gt;").await,
        visitor.page("/documents?text=script").await,
        visitor.page("/documents?number=x%3Cb").await,
        visitor.page("/documents/cm/invoice/X%3Cb%3E%2F1").await,
        visitor.page("/journal").await,
        visitor.page("/integrations?status=failed").await,
    ];
    for page in &pages {
        assert!(page.contains("X&lt;b&gt;/1"), "{page}");
        assert!(
            !page.contains("<script>alert") && !page.contains("X<b>"),
            "{page}"
        );
    }
    assert_eq!(
        visitor.get("/documents/cm/invoice/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        visitor.get("/documents/cm/thing/1").await.status,
        StatusCode::NOT_FOUND
    );
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_deed_is_done_without_the_token_of_the_page_or_from_another_page() {
    let (stage, running, visitor) = open().await;
    stage.drop_file(
        "invoices-T-20261101T000000Z.jsonl",
        &unmapped("T-1", "FRE", "Banksia"),
    );
    shows(&visitor, "/findings", "T-1").await;
    let deeds = [
        (
            "/documents/decide",
            vec![("act", "detach"), ("key", "books/cm/invoice/T-1")],
        ),
        ("/documents/undo", vec![("key", "books/cm/invoice/T-1")]),
        (
            "/findings/many",
            vec![("act", "skip"), ("which", "all"), ("go", "yes")],
        ),
        (
            "/findings/mend",
            vec![
                ("key", "books/cm/invoice/T-1"),
                ("go", "yes"),
                ("value", "X"),
            ],
        ),
        ("/layouts/save", vec![("page", "findings"), ("name", "x")]),
        ("/layouts/delete", vec![("page", "findings"), ("name", "x")]),
        ("/exports", vec![("form", "csv")]),
        ("/exports/a.csv/delete", vec![]),
        ("/tie-out/run", vec![]),
        ("/tie-out/verify", vec![]),
    ];
    for (action, form) in &deeds {
        assert_eq!(
            visitor.post(action, form).await.status,
            StatusCode::FORBIDDEN,
            "{action}"
        );
        let mut wrong = form.clone();
        wrong.push(("form_token", "another"));
        assert_eq!(
            visitor.post(action, &wrong).await.status,
            StatusCode::FORBIDDEN,
            "{action}"
        );
        let foreign = visitor
            .client
            .post(format!("{}{action}", visitor.base))
            .header("origin", "https://evil.example");
        assert_eq!(
            foreign.form(form).send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{action}"
        );
    }
    assert!(visitor.page("/findings").await.contains("T-1"));
    assert!(!stage.path("store-exports").exists());
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_what_is_its_own_and_nobody_else_sees_anything() {
    let (stage, running, [admin, operator, viewer]) = open_for_all().await;
    stage.drop_file(
        "invoices-P-20261101T000000Z.jsonl",
        &unmapped("P-1", "FRE", "Banksia"),
    );
    let full = shows(&admin, "/findings", "P-1").await;
    assert!(
        full.contains("/findings/mend?") && full.contains("/documents/decide"),
        "{full}"
    );
    nobody_sees_a_page_and_a_viewer_sees_no_deed(&viewer).await;
    assert!(!operator.page("/findings").await.contains("/findings/mend?"));
    let key = ("key", "books/cm/invoice/P-1");
    let page = viewer.page("/findings").await;
    a_viewer_is_refused_what_operators_do(&viewer, &page, key).await;
    let mend = [
        key,
        ("finding", "0"),
        ("value", "EXEMPTOUTPUT"),
        ("go", "yes"),
    ];
    let operators_page = operator.page("/findings").await;
    let refused = operator
        .send(&operators_page, "/findings/mend", &mend)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // The token of one session is none in another.
    let foreign = operator
        .send(&page, "/documents/decide", &[("act", "detach"), key])
        .await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);

    // A list of an operator for everybody is there for everybody; a viewer's own is not.
    lists_are_shared_or_stay_their_owners([&admin, &operator, &viewer], &operators_page, &page)
        .await;
    let page = operator
        .does(
            &operators_page,
            "/documents/decide",
            &[("act", "skip"), key, ("back", "/findings")],
        )
        .await;
    assert!(page.contains("not to be sent"), "{page}");
    assert!(
        admin
            .page("/journal")
            .await
            .contains("operator@example.com")
    );
    ends(running).await;
}

/// Sends the form with a tax code that the organisation does not take.
async fn a_wrong_value_is_refused(
    stage: &Stage,
    visitor: &Visitor,
    form: &str,
    entered: &[(&str, &str)],
    before: &str,
) {
    let mut wrong = entered.to_vec();
    wrong.extend([("value", "NOSUCH"), ("go", "yes")]);
    let refused = visitor.send(form, "/findings/mend", &wrong).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.text
    );
    assert_eq!(
        std::fs::read_to_string(stage.path("tieout.toml")).unwrap(),
        before
    );
}

/// Sends the form for a look and then to be saved, and leaves in `entered` what was sent last.
async fn a_value_is_shown_and_then_saved(
    stage: &Stage,
    visitor: &Visitor,
    form: &str,
    entered: &mut Vec<(&str, &str)>,
    before: &str,
) {
    entered.push(("value", "EXEMPTOUTPUT"));
    let shown = visitor.send(form, "/findings/mend", entered).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert!(
        shown.text.contains("of 3 documents that wait"),
        "{}",
        shown.text
    );
    assert!(
        shown
            .text
            .contains("&quot;FRE&quot; = &quot;EXEMPTOUTPUT&quot;"),
        "{}",
        shown.text
    );
    entered.push(("go", "yes"));
    let saved = visitor.send(form, "/findings/mend", entered).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let after = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    assert_eq!(after.replace("\"FRE\" = \"EXEMPTOUTPUT\"\n", ""), before);
    let names = files(stage.folder.path());
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("tieout.toml.") && name.ends_with(".old")),
        "{names:?}"
    );
}

/// Every page leads a stranger to the sign-in, and offers a viewer nothing to do.
async fn nobody_sees_a_page_and_a_viewer_sees_no_deed(viewer: &Visitor) {
    let pages = [
        "/findings",
        "/documents",
        "/documents/cm/invoice/P-1",
        "/journal",
        "/integrations",
        "/exports",
        "/tie-out",
    ];
    let nobody = Visitor::nobody(&viewer.base);
    for path in pages {
        let turned = nobody.get(path).await;
        assert_eq!(turned.status, StatusCode::SEE_OTHER, "{path}");
        assert!(turned.to.starts_with("/sign-in"), "{path}: {}", turned.to);
        let page = viewer.page(path).await;
        assert!(
            !page.contains("/documents/decide") && !page.contains("/findings/many"),
            "{path}: {page}"
        );
    }
}

/// What an operator may do, and the pages that lead there, are forbidden to a viewer.
async fn a_viewer_is_refused_what_operators_do(viewer: &Visitor, page: &str, key: (&str, &str)) {
    let operators = [
        ("/documents/decide", vec![("act", "detach"), key]),
        ("/documents/undo", vec![key]),
        (
            "/findings/many",
            vec![("act", "skip"), ("which", "all"), ("go", "yes")],
        ),
        (
            "/layouts/save",
            vec![("page", "findings"), ("name", "x"), ("everybody", "yes")],
        ),
        (
            "/layouts/delete",
            vec![("page", "findings"), ("name", "x"), ("everybody", "yes")],
        ),
        ("/tie-out/run", vec![]),
    ];
    for (action, form) in &operators {
        assert_eq!(
            viewer.send(page, action, form).await.status,
            StatusCode::FORBIDDEN,
            "{action}"
        );
    }
    for path in [
        "/documents/cm/invoice/P-1/adopt?connection=books",
        "/documents/cm/invoice/P-1/undo?connection=books",
        "/tie-out/full",
    ] {
        assert_eq!(
            viewer.get(path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

/// An operator saves a list for everybody and a viewer one of their own, from the page of each.
async fn lists_are_shared_or_stay_their_owners(
    [admin, operator, viewer]: [&Visitor; 3],
    operators_page: &str,
    viewers_page: &str,
) {
    let shared = [
        ("page", "findings"),
        ("back", "/findings"),
        ("name", "Ours"),
        ("query", "number=p"),
        ("everybody", "yes"),
    ];
    operator
        .does(operators_page, "/layouts/save", &shared)
        .await;
    let own = [
        ("page", "findings"),
        ("back", "/findings"),
        ("name", "Mine"),
        ("query", "number=q"),
    ];
    viewer.does(viewers_page, "/layouts/save", &own).await;
    let seen = viewer.page("/findings").await;
    assert!(
        seen.contains("number=p\"") && seen.contains("number=q\""),
        "{seen}"
    );
    let seen = admin.page("/findings").await;
    assert!(
        seen.contains("number=p\"") && !seen.contains("number=q\""),
        "{seen}"
    );
}
