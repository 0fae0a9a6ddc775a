//! The pages about documents, from a browser without scripts: a real program, its forms, and what it refuses.

use reqwest::StatusCode;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use tieout_sandbox_xero::AUSTRALIA;

use crate::stage::{Stage, files, invoice};
use crate::stopping::{Running, until};

/// Somebody who has the dashboard open.
struct Visitor {
    client: reqwest::Client,
    base: String,
}

/// A page as it came.
struct Answered {
    status: StatusCode,
    text: String,
    to: String,
}

impl Visitor {
    /// The one place where a session begins.
    async fn signed_in(base: &str) -> Self {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .build()
            .unwrap();
        let visitor = Self {
            client,
            base: base.to_owned(),
        };
        assert_eq!(visitor.get("/").await.status, StatusCode::OK);
        visitor
    }

    async fn get(&self, path: &str) -> Answered {
        answered(
            self.client
                .get(format!("{}{path}", self.base))
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn page(&self, path: &str) -> String {
        let answered = self.get(path).await;
        assert_eq!(answered.status, StatusCode::OK, "{path}: {}", answered.text);
        answered.text
    }

    /// Sends a form of a page with its token, and what is entered besides.
    async fn send(&self, page: &str, action: &str, more: &[(&str, &str)]) -> Answered {
        let token = hidden(page, "form_token");
        let mut form = vec![("form_token", token.as_str())];
        form.extend(more);
        self.post(action, &form).await
    }

    async fn post(&self, action: &str, form: &[(&str, &str)]) -> Answered {
        let request = self
            .client
            .post(format!("{}{action}", self.base))
            .form(form);
        answered(request.send().await.unwrap()).await
    }

    /// Sends a form and reads the page that it leads to.
    async fn does(&self, page: &str, action: &str, more: &[(&str, &str)]) -> String {
        let sent = self.send(page, action, more).await;
        assert_eq!(
            sent.status,
            StatusCode::SEE_OTHER,
            "{action}: {}",
            sent.text
        );
        self.page(&sent.to).await
    }
}

async fn answered(reply: reqwest::Response) -> Answered {
    let to = reply
        .headers()
        .get(LOCATION)
        .map(|it| it.to_str().unwrap().to_owned());
    Answered {
        status: reply.status(),
        to: to.unwrap_or_default(),
        text: reply.text().await.unwrap(),
    }
}

/// The first hidden field of a name.
fn hidden(page: &str, name: &str) -> String {
    field(page, name).unwrap_or_else(|| panic!("no {name} in {page}"))
}

fn field(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(plain(rest.split('"').next()?))
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// A stage whose program serves pages.
async fn open() -> (Stage, Running, Visitor) {
    let stage = Stage::connected().await;
    let configuration = std::fs::read_to_string(stage.path("tieout.toml")).unwrap();
    let configuration = format!("# Ours.\n{configuration}").replace(
        "[xero]\n",
        "[listen]\naddress = \"127.0.0.1:0\"\n[reports]\ndaily = false\n[xero]\n",
    );
    std::fs::write(stage.path("tieout.toml"), configuration).unwrap();
    let mut running = Running::start(&stage, &["serve"]);
    let told = tokio::task::block_in_place(|| running.says("listening"));
    let (_, address) = told.split_once("127.0.0.1:").expect("an address");
    let port: String = address.chars().take_while(char::is_ascii_digit).collect();
    let visitor = Visitor::signed_in(&format!("http://127.0.0.1:{port}")).await;
    (stage, running, visitor)
}

/// Waits until a page says something.
async fn shows(visitor: &Visitor, path: &str, wanted: &str) -> String {
    let begun = std::time::Instant::now();
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
    loop {
        let page = visitor.page(path).await;
        if page.contains(wanted) {
            return page;
        }
        assert!(
            begun.elapsed().as_secs() < 60,
            "{path} never says {wanted}: {page}"
        );
        looks.tick().await;
    }
}

async fn ends(mut running: Running) {
    running.signal("TERM");
    assert!(running.ends().await.success());
}

/// An invoice whose tax code nobody mapped.
fn unmapped(id: &str, code: &str, contact: &str) -> String {
    let line = invoice(id, 1).replace("\"GST\"", &format!("\"{code}\""));
    let mut value: serde_json::Value = serde_json::from_str(&line).unwrap();
    value["bill_to"]["name"] = contact.into();
    format!("{value}\n")
}

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
    let mut wrong = entered.clone();
    wrong.extend([("value", "NOSUCH"), ("go", "yes")]);
    let refused = visitor.send(&form, "/findings/mend", &wrong).await;
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

    entered.push(("value", "EXEMPTOUTPUT"));
    let shown = visitor.send(&form, "/findings/mend", &entered).await;
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
    let saved = visitor.send(&form, "/findings/mend", &entered).await;
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
async fn findings_are_filtered_saved_and_decided_one_by_one_and_together() {
    let (stage, running, visitor) = open().await;
    let lines: String = [("F-1", "Ann"), ("F-2", "Bob"), ("F-3", "Ann")]
        .map(|(id, name)| unmapped(id, "FRE", name))
        .concat();
    stage.drop_file("invoices-F-20261101T000000Z.jsonl", &lines);
    shows(&visitor, "/findings", "3 documents").await;
    let anns = visitor.page("/findings?text=ann").await;
    assert!(
        anns.contains("F-1") && anns.contains("F-3") && !anns.contains("F-2"),
        "{anns}"
    );
    assert!(visitor.page("/findings?number=f-2").await.contains("F-2"));
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

    // One is skipped, with a reason.
    let keys: Vec<String> = anns
        .split("name=\"key\" value=\"")
        .skip(1)
        .map(|it| it.split('"').next().unwrap().to_owned())
        .collect();
    let of = |id: &str| keys.iter().find(|key| key.ends_with(id)).unwrap().clone();
    let (one, three) = (of("F-1"), of("F-3"));
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
async fn a_document_shows_both_sides_its_story_and_is_undone_after_a_look() {
    let (stage, running, visitor) = open().await;
    stage.drop_file("invoices-D-20261101T000000Z.jsonl", &invoice("D-1", 3));
    let path = "/documents/cm/invoice/D-1";
    until("it is in the books", || stage.books("D-").len() == 1).await;
    let page = shows(&visitor, path, "In the books").await;
    assert!(
        page.contains("33.33") && page.contains("the same"),
        "{page}"
    );
    assert!(
        page.contains("https://go.xero.com/"),
        "it leads into the books: {page}"
    );
    assert!(
        page.contains("lines[0].account_code") && page.contains("tieout.toml:"),
        "{page}"
    );
    assert!(page.contains("PUT"), "what was said is there: {page}");
    assert!(!page.contains("Customer 3</pre>"), "and masked");
    let read = visitor.page(&format!("{path}?now=1")).await;
    assert!(
        read.contains("just now") && read.contains("line 1 account"),
        "{read}"
    );
    let undo = visitor
        .page(&format!("{path}/undo?connection=books&back={path}"))
        .await;
    assert!(undo.contains("voided in the books"), "{undo}");
    let key = hidden(&undo, "key");
    let form = [
        ("key", key.as_str()),
        ("because", "wrong year"),
        ("back", path),
    ];
    visitor.does(&undo, "/documents/undo", &form).await;
    until("it is out of the books", || {
        stage.books("D-").iter().all(|it| !it.live)
    })
    .await;
    shows(&visitor, path, "wrong year").await;
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_of_everything_of_a_case_and_of_a_kind() {
    let (stage, running, visitor) = open().await;
    let with_case = |id: &str, case: &str| {
        let mut value: serde_json::Value = serde_json::from_str(&invoice(id, 1)).unwrap();
        value["references"] = serde_json::json!({ "case_numbers": [case] });
        format!("{value}\n")
    };
    let lines = [with_case("J-1", "C/77"), with_case("J-2", "C-78")].concat();
    stage.drop_file("invoices-J-20261101T000000Z.jsonl", &lines);
    until("they are in the books", || stage.books("J-").len() == 2).await;
    let page = shows(&visitor, "/journal?event=landed", "J-2").await;
    assert!(
        page.contains("J-1") && page.contains("the provider did create it"),
        "{page}"
    );
    let case = visitor.page("/journal?case=c%2F77").await;
    assert!(case.contains("J-1") && !case.contains("J-2"), "{case}");
    assert!(
        visitor
            .page("/journal?case=nobody")
            .await
            .contains("No document is about the case")
    );
    let one = visitor.page("/journal?document=J-2").await;
    assert!(one.contains("J-2") && !one.contains("J-1"), "{one}");
    assert!(
        visitor
            .page("/journal?to=2001-01-01")
            .await
            .contains("Nothing of that happened")
    );
    assert!(
        visitor
            .page("/journal?connection=other")
            .await
            .contains("Nothing of that happened")
    );
    assert_eq!(
        visitor.get("/journal?event=thing").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_are_exported_kept_and_deleted() {
    let (stage, running, visitor) = open().await;
    let lines = [
        invoice("E-1", 2),
        unmapped("E-2", "FRE", "=cmd|' /C calc'!A0"),
    ]
    .concat();
    stage.drop_file("invoices-E-20261101T000000Z.jsonl", &lines);
    until("it is in the books", || stage.books("E-").len() == 1).await;
    shows(&visitor, "/integrations?status=successful", "E-1").await;
    let failed = shows(&visitor, "/integrations?status=failed", "E-2").await;
    assert!(!failed.contains("E-1"), "{failed}");
    for form in ["csv", "xlsx"] {
        visitor
            .does(
                &failed,
                "/exports",
                &[("status", "all"), ("query", ""), ("form", form)],
            )
            .await;
        shows(&visitor, "/exports", &format!(".{form}\"")).await;
    }
    let page = visitor.page("/exports").await;
    let names: Vec<&str> = page
        .split("href=\"/exports/")
        .skip(1)
        .map(|it| it.split('"').next().unwrap())
        .collect();
    let csv = names.iter().find(|name| name.ends_with(".csv")).unwrap();
    let text = visitor.page(&format!("/exports/{csv}")).await;
    assert!(
        text.contains("E-1,invoice,Customer 2,2026-11-02,AUD,20.20,2.02,22.22,books,cm"),
        "{text}"
    );
    assert!(text.contains("'=cmd|"), "no formula: {text}");
    let xlsx = names.iter().find(|name| name.ends_with(".xlsx")).unwrap();
    let reply = visitor
        .client
        .get(format!("{}/exports/{xlsx}", visitor.base))
        .send()
        .await
        .unwrap();
    let disposition = reply.headers()["content-disposition"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(reply.bytes().await.unwrap().starts_with(b"PK"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(stage.path("store-exports").join(csv))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for name in ["..%2Ftieout.toml", "nothing.csv"] {
        assert_eq!(
            visitor.get(&format!("/exports/{name}")).await.status,
            StatusCode::NOT_FOUND,
            "{name}"
        );
    }
    let page = visitor
        .does(&page, &format!("/exports/{csv}/delete"), &[])
        .await;
    assert!(
        page.contains("is deleted") && !page.contains(&format!("href=\"/exports/{csv}\"")),
        "{page}"
    );
    assert_eq!(files(&stage.path("store-exports")).len(), 2);
    ends(running).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tie_out_is_made_shown_and_verified() {
    let (stage, running, visitor) = open().await;
    assert!(visitor.page("/tie-out").await.contains("Compare now"));
    stage.drop_file(
        "invoices-R-20261101T000000Z.jsonl",
        &[invoice("R-1", 1), invoice("R-2", 2)].concat(),
    );
    until("they are in the books", || stage.books("R-").len() == 2).await;
    shows(&visitor, "/documents?state=posted", "2 documents").await;
    let page = visitor.page("/tie-out").await;
    visitor.does(&page, "/tie-out/run", &[]).await;
    let page = shows(&visitor, "/tie-out", "agree to the cent").await;
    let first = newest(&page);
    assert!(
        visitor
            .page("/tie-out?by=contact")
            .await
            .contains("Control totals")
    );
    let by_contact = visitor.page(&format!("/tie-out/{first}?by=contact")).await;
    assert!(by_contact.contains("Customer 2"), "{by_contact}");

    // Somebody voids one in the books: the next one names it, with its cause.
    stage
        .sandbox
        .sandbox
        .people(chrono::Utc::now() + chrono::Duration::seconds(5))
        .void(AUSTRALIA, "R-2")
        .unwrap();
    visitor.does(&page, "/tie-out/run", &[]).await;
    let page = shows(&visitor, "/tie-out", "1 document differs").await;
    assert!(page.contains("/documents/cm/invoice/R-2"), "{page}");
    let second = newest(&page);
    assert!(second > first);

    let full = visitor.page("/tie-out/full").await;
    assert!(full.contains("Calls at least"), "{full}");
    let verified = visitor.does(&page, "/tie-out/verify", &[]).await;
    assert!(
        verified.contains("follow each other unchanged"),
        "{verified}"
    );
    let json = visitor
        .page(&format!("/tie-out/{second}/certificate.json"))
        .await;
    assert!(json.contains("tieout-certificate/1"), "{json}");
    let rows = visitor.page(&format!("/tie-out/{second}/rows.csv")).await;
    assert!(rows.contains("R-2"), "{rows}");
    assert_eq!(
        visitor
            .get(&format!("/tie-out/{second}/other"))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        visitor.get("/tie-out/999").await.status,
        StatusCode::NOT_FOUND
    );
    let number = second.to_string();
    visitor
        .does(
            &page,
            "/exports",
            &[("certificate", &number), ("form", "xlsx")],
        )
        .await;
    shows(&visitor, "/exports", "The documents of certificate").await;
    ends(running).await;
}

/// The number of the certificate on a page.
fn newest(page: &str) -> u64 {
    let (_, rest) = page.split_once("Certificate ").unwrap();
    rest.chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap()
}
