//! Traces, as a collector sees them: how they nest, who is told where they go, what is never in them, and that a collector
//! that fails changes nothing else.

use std::process::Output;

use tieout_sandbox_xero::{Fault, FaultRule, WEB_CLIENT_SECRET};

use crate::api::Api;
use crate::collector::{Collector, Manner, Seen};
use crate::http_host::{Product, staged};
use crate::stage::{KEY, Stage, text};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

fn run(stage: &Stage, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = stage.command(arguments);
    command.envs(environment.iter().copied());
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn must(stage: &Stage, code: i32, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = run(stage, arguments, environment);
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{told}");
    told
}

/// Whether a span lies in another, however deep.
fn is_below(spans: &[Seen], span: &Seen, above: &Seen) -> bool {
    let mut at = span.clone();
    while let Some(parent) = spans.iter().find(|it| it.id == at.parent) {
        if parent.id == above.id {
            return true;
        }
        at = parent.clone();
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_one_trace_whose_spans_lie_in_each_other_as_the_work_does() {
    let stage = Stage::connected().await;
    let collector = Collector::that(Manner::Takes).await;
    stage.drop_invoices("T", 3);
    let environment = [(ENDPOINT, collector.base.as_str())];
    must(&stage, 0, &["sync", "--once"], &environment);

    let spans = collector.spans();
    let root = collector.only("tieout sync");
    assert_eq!(root.parent, "");
    assert_eq!(root.told["process.exit.code"], "0");
    assert!(root.told.contains_key("tieout.run"), "{root:?}");
    assert!(!root.is_failed);
    for span in &spans {
        assert_eq!(span.trace, root.trace, "one run is one trace: {span:?}");
        assert!(*span == root || is_below(&spans, span, &root), "{span:?}");
    }
    let once = collector.only("run once");
    assert_eq!(once.parent, root.id);
    let plan = collector.only("plan");
    assert_eq!(plan.parent, once.id);
    assert_eq!(plan.told["tieout.documents"], "3");
    let send = collector.only("send");
    assert_eq!(send.parent, once.id);
    assert_eq!(send.told["tieout.connection"], "books");
    assert_eq!(send.told["tieout.documents"], "3");
    assert!(send.told.contains_key("tieout.flight"), "{send:?}");
    let put = collector.only("PUT /Invoices");
    assert_eq!(put.parent, send.id);
    assert!(put.is_client && !put.is_failed);
    assert_eq!(put.told["http.request.method"], "PUT");
    assert_eq!(put.told["url.template"], "/Invoices");
    assert_eq!(put.told["server.address"], "127.0.0.1");
    assert_eq!(put.told["http.response.status_code"], "200");
    assert!(put.told.contains_key("tieout.budget.day_left"), "{put:?}");
    let read = spans
        .iter()
        .find(|span| {
            span.name == "read host" && span.told.get("tieout.documents") == Some(&"3".into())
        })
        .unwrap();
    assert_eq!(read.told["tieout.host"], "cm");
    assert_eq!(read.parent, once.id);
    let asked = spans
        .iter()
        .find(|span| span.name == "read changes" && span.parent == read.id)
        .unwrap();
    assert_eq!(asked.told["tieout.host.kind"], "folder");
    let told = spans
        .iter()
        .find(|span| span.name == "tell host")
        .expect("the host is told");
    assert!(
        spans
            .iter()
            .any(|span| span.name == "deliver" && span.parent == told.id)
    );
    let look = collector.only("look for changes");
    assert!(
        spans
            .iter()
            .any(|span| span.is_client && is_below(&spans, span, &look)),
        "{spans:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_is_heeded_and_nothing_secret_or_of_persons_leaves() {
    let stage = Stage::connected().await;
    let collector = Collector::that(Manner::Takes).await;
    stage.drop_invoices("S", 3);
    let environment = [
        (ENDPOINT, collector.base.as_str()),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20hunter2,x-tenant=acme",
        ),
        ("OTEL_SERVICE_NAME", "books-of-acme"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        ),
        ("TIEOUT_LOG", "trace"),
    ];
    let log = must(&stage, 0, &["sync", "--once"], &environment);
    assert!(!log.contains("hunter2"));
    for heard in collector.heard() {
        assert_eq!(heard.path, "/v1/traces");
        assert_eq!(heard.headers["content-type"], "application/x-protobuf");
        assert_eq!(heard.headers["authorization"], "Bearer hunter2");
        assert_eq!(heard.headers["x-tenant"], "acme");
        let body = heard.text();
        for never in [
            "hunter2",
            WEB_CLIENT_SECRET,
            KEY,
            "Bearer",
            "Customer",
            "Work",
            "@",
            "Wattle",
            "where=",
            "eyJ",
        ] {
            assert!(!body.contains(never), "`{never}` is in {body}");
        }
    }
    let told: String = collector.heard().iter().map(|it| it.text()).collect();
    assert!(
        told.contains("tieout.flight"),
        "what leaves is looked at: {told}"
    );
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "books-of-acme");
    assert_eq!(resource["deployment.environment.name"], "test");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_where_traces_go_by_whose_word_and_whether_they_are_taken() {
    let stage = Stage::connected().await;
    let taking = Collector::that(Manner::Takes).await;
    let refusing = Collector::that(Manner::Refuses).await;
    let file = stage.path("tieout.toml");
    let plain = std::fs::read_to_string(&file).unwrap();
    let named = format!("[telemetry]\notlp = \"{}\"\n{plain}", taking.base);
    std::fs::write(&file, named).unwrap();
    let told = must(&stage, 0, &["check"], &[]);
    let expected = format!("traces go to {}/v1/traces (telemetry.otlp)", taking.base);
    assert!(told.contains(&expected), "{told}");
    assert_eq!(taking.only("tieout check").told["process.exit.code"], "0");

    let told = must(&stage, 1, &["check"], &[(ENDPOINT, &refusing.base)]);
    let expected = format!("{}/v1/traces ({ENDPOINT}) takes no spans", refusing.base);
    assert!(
        told.contains(&expected),
        "the environment comes first: {told}"
    );
    assert!(told.contains("403"), "{told}");

    let heard = taking.heard().len();
    let told = must(&stage, 0, &["check"], &[("OTEL_SDK_DISABLED", "true")]);
    assert!(
        told.contains("no traces: OTEL_SDK_DISABLED says so"),
        "{told}"
    );
    assert_eq!(taking.heard().len(), heard);

    let spoken = [
        (ENDPOINT, taking.base.as_str()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    let told = must(&stage, 1, &["check"], &spoken);
    assert!(told.contains("speaks `http/protobuf`"), "{told}");
    assert_eq!(taking.heard().len(), heard);

    let secret = plain.replace(
        "[store]\n",
        "[telemetry]\notlp = \"http://name:hunter2@localhost:4318\"\n[store]\n",
    );
    std::fs::write(&file, secret).unwrap();
    let told = must(&stage, 2, &["status"], &[]);
    assert!(
        told.contains("telemetry.otlp: must be the address"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_refuses_or_is_silent_costs_spans_and_nothing_else() {
    let stage = Stage::connected().await;
    let refusing = Collector::that(Manner::Refuses).await;
    let silent = Collector::that(Manner::Silent).await;
    let down = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    // Longer than any test: who waits for an answer never ends.
    let patience = ("OTEL_EXPORTER_OTLP_TIMEOUT", "36000000");
    for (batch, base) in [
        ("D", down.as_str()),
        ("R", refusing.base.as_str()),
        ("Q", silent.base.as_str()),
    ] {
        stage.drop_invoices(batch, 2);
        let environment = [(ENDPOINT, base), patience, ("TIEOUT_LOG", "warn")];
        let told = must(&stage, 0, &["sync", "--once"], &environment);
        assert!(told.contains("posted 2"), "{told}");
        assert_eq!(stage.books(&format!("{batch}-")).len(), 2);
        let warnings = told.matches("does not take spans").count();
        let expected = usize::from(base != silent.base);
        assert_eq!(warnings, expected, "one warning and no flood: {told}");
    }
    assert!(!refusing.heard().is_empty() && !silent.heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_told_by_its_kind_and_never_in_words() {
    let stage = Stage::connected().await;
    let collector = Collector::that(Manner::Takes).await;
    let fault = Fault::ErrorBeforeCommit { status: 500 };
    let rule = FaultRule::once("PUT", "/Invoices", fault);
    stage.sandbox.sandbox.faults().push(rule);
    stage.drop_invoices("E", 1);
    let environment = [(ENDPOINT, collector.base.as_str()), ("TIEOUT_LOG", "debug")];
    let log = must(&stage, 0, &["sync", "--once"], &environment);
    let spans = collector.spans();
    // A line of the log says where it belongs.
    let placed = |line: &&str| {
        let here =
            |span: &&Seen| line.ends_with(&format!(" trace_id={} span_id={}", span.trace, span.id));
        spans.iter().any(|span| here(&span))
    };
    let told = log.lines().filter(|line| line.contains(" trace_id="));
    let (known, unknown): (Vec<&str>, Vec<&str>) = told.partition(placed);
    assert!(!known.is_empty() && unknown.is_empty(), "{log}");
    let failed: Vec<&Seen> = spans.iter().filter(|span| span.is_failed).collect();
    let call = failed
        .iter()
        .find(|span| span.name == "PUT /Invoices")
        .unwrap();
    assert_eq!(call.told["error.type"], "500");
    assert_eq!(call.told["http.response.status_code"], "500");
    // Then it was looked for, or sent again, in the same run: one document, which its spans name.
    let settled: Vec<&Seen> = spans
        .iter()
        .filter(|span| ["repeat", "look up"].contains(&span.name.as_str()))
        .collect();
    assert!(!settled.is_empty(), "{spans:#?}");
    for span in settled {
        assert_eq!(span.told["tieout.document"], "cm/invoice/E-1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_on_with_the_trace_of_its_caller_and_names_nobody() {
    let stage = Stage::connected().await;
    let collector = Collector::that(Manner::Takes).await;
    stage.drop_invoices("P", 1);
    let more = format!("[telemetry]\notlp = \"{}\"\n", collector.base);
    let mut api = Api::serving(stage, &more).await;
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let ask = async |path: &str| {
        let request = reqwest::Client::new()
            .get(format!("{}{path}", api.base))
            .bearer_auth(&api.reader)
            .header("traceparent", format!("00-{trace}-{caller}-01"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("/v1/connections/books").await, 200);
    assert_eq!(
        ask("/v1/documents/cm/invoice/jane.doe%40example.com").await,
        404
    );
    assert_eq!(ask("/nowhere/jane.doe%40example.com").await, 404);
    assert_eq!(ask("/health").await, 200);
    api.running.signal("TERM");
    assert!(api.running.ends().await.success());

    let spans = collector.spans();
    let answers: Vec<&Seen> = spans.iter().filter(|span| span.is_server).collect();
    assert_eq!(
        answers.len(),
        3,
        "a monitor's question is none: {answers:#?}"
    );
    for answer in &answers {
        assert_eq!(
            (answer.trace.as_str(), answer.parent.as_str()),
            (trace, caller)
        );
    }
    let known = answers
        .iter()
        .find(|span| span.name == "GET /v1/connections/{connection}")
        .unwrap_or_else(|| panic!("{answers:#?}"));
    assert_eq!(known.told["http.response.status_code"], "200");
    assert_eq!(known.told["http.route"], "/v1/connections/{connection}");
    assert!(!known.is_failed);
    for heard in collector.heard() {
        let body = heard.text();
        for never in ["jane", "example.com", api.reader.as_str()] {
            assert!(!body.contains(never), "`{never}` is in {body}");
        }
    }
    // Nobody asked for the run of a process that serves as a whole: each piece of its work is a trace of its own.
    assert!(spans.iter().all(|span| span.name != "tieout serve"));
    let send = spans.iter().find(|span| span.name == "send");
    assert!(send.is_none_or(|send| send.parent.is_empty()), "{send:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_product_is_told_without_its_address_and_its_failure_by_its_kind() {
    let stage = staged(&Product::default()).await;
    let collector = Collector::that(Manner::Takes).await;
    let environment = [(ENDPOINT, collector.base.as_str())];
    must(&stage, 0, &["sync", "--once"], &environment);
    let spans = collector.spans();
    let read = spans.iter().find(|span| span.name == "read changes");
    let read = read.expect("the product is read");
    assert_eq!(read.told["tieout.host.kind"], "http");
    let call = spans.iter().find(|span| span.parent == read.id).unwrap();
    assert!(call.is_client && call.name == "GET", "{call:?}");
    assert_eq!(call.told["http.response.status_code"], "200");
    assert!(!call.told.contains_key("url.template"));

    std::fs::write(stage.path("product.key"), "another-key\n").unwrap();
    must(&stage, 1, &["sync", "--once"], &environment);
    let spans = collector.spans();
    let failed = |name: &str| {
        let mut failed = spans.iter().filter(|it| it.is_failed && it.name == name);
        failed.next().unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(failed("GET").told["error.type"], "401");
    assert_eq!(
        failed("read changes").told["error.type"],
        "host.unauthorised"
    );
    assert_eq!(failed("read host").told["error.type"], "host.unauthorised");
    assert_eq!(failed("tieout sync").told["process.exit.code"], "1");
    for heard in collector.heard() {
        let body = heard.text();
        for never in [
            "/api/v1",
            "product-key",
            "another-key",
            "cursor",
            "no such key",
        ] {
            assert!(!body.contains(never), "`{never}` is in {body}");
        }
    }
}
