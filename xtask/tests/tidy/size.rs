//! Lengths and the list of exceptions.

use super::{finds_one, found, passes};

const LIST: &str = "xtask/tidy-exceptions.txt";

fn lines(count: usize) -> String {
    "let a = 1;\n".repeat(count)
}

fn function(count: usize) -> String {
    format!("//! A.\n\nfn long() {{\n{}}}\n", lines(count - 2))
}

fn trait_of(methods: usize) -> String {
    let body: String = (0..methods)
        .map(|number| format!("    fn m{number}(&self, f: fn(u8)) {{ fn inner() {{}} }}\n"))
        .collect();
    format!("//! A.\npub trait Wide: Sized {{\n{body}}}\n")
}

#[test]
fn files_up_to_the_limit_pass() {
    passes(
        "size",
        &[
            ("core/src/a.rs", &lines(500)),
            ("core/tests/a.rs", &lines(700)),
        ],
    );
    passes(
        "size",
        &[
            ("service/assets/htmx.min.js", &lines(900)),
            ("Cargo.lock", &lines(900)),
        ],
    );
}

#[test]
fn a_file_over_the_limit_is_refused() {
    finds_one(
        "size",
        &[("core/src/a.rs", &lines(501))],
        "core/src/a.rs:1: the source file has 501 lines",
    );
    finds_one(
        "size",
        &[("service/assets/page.css", &lines(501))],
        "the source file has 501 lines",
    );
    finds_one(
        "size",
        &[("tests/e2e/src/a.rs", &lines(701))],
        "the test file has 701 lines",
    );
    finds_one(
        "size",
        &[("core/src/engine/tests.rs", &lines(701))],
        "the test file has 701 lines",
    );
}

#[test]
fn functions_are_counted_from_their_signature_to_their_brace() {
    passes("size", &[("a.rs", &function(70))]);
    finds_one(
        "size",
        &[("a.rs", &function(71))],
        "a.rs:3: the function `long` has 71 lines",
    );
}

#[test]
fn braces_in_text_do_not_end_a_function() {
    let tricky = format!(
        "fn long(a: &'static str) -> [u8; {{ 2 }}]\nwhere\n    u8: Copy,\n{{\n    let _ = (\"}}\\\"}}\", '}}', '\\'', r#\"}}\"}}\"#, b'}}'); // }}\n    /* }} /* }} */ }} */\n{}}}\n",
        lines(70)
    );
    finds_one(
        "size",
        &[("a.rs", &tricky)],
        "the function `long` has 77 lines",
    );
}

#[test]
fn function_types_and_declarations_are_no_functions() {
    let text = format!(
        "trait A {{ fn a(); }}\ntype F = fn(u8);\nmod x {{\n{}}}\n",
        lines(90)
    );
    passes("size", &[("a.rs", &text)]);
}

#[test]
fn traits_are_counted_by_their_own_methods() {
    passes("size", &[("a.rs", &trait_of(12))]);
    finds_one(
        "size",
        &[("a.rs", &trait_of(13))],
        "a.rs:2: the trait `Wide` has 13 methods",
    );
}

#[test]
fn an_exception_allows_its_number_and_no_more() {
    let list = "# why\na.rs 600\nb.rs::long 80 # until the split\nc.rs::Wide 13\n";
    let (b, c) = (function(80), trait_of(13));
    passes(
        "size",
        &[
            ("a.rs", &lines(600)),
            ("b.rs", &b),
            ("c.rs", &c),
            (LIST, list),
        ],
    );
    finds_one(
        "size",
        &[("a.rs", &lines(601)), (LIST, "a.rs 600\n")],
        "allows 600, and that list only shrinks",
    );
}

#[test]
fn an_exception_that_is_no_longer_needed_must_go() {
    finds_one(
        "size",
        &[("a.rs", &lines(500)), (LIST, "\na.rs 600\n")],
        "txt:2: a.rs has 500 lines and needs no exception",
    );
    finds_one(
        "size",
        &[(LIST, "a.rs 600\n")],
        "a.rs is no longer there; remove this line",
    );
}

#[test]
fn an_exception_must_follow_its_file_down() {
    let list = (LIST, "a.rs 600\n");
    passes("size", &[("a.rs", &lines(575)), list]);
    finds_one(
        "size",
        &[("a.rs", &lines(574)), list],
        "a.rs has 574 lines by now; lower the 600 to 574",
    );
}

#[test]
fn the_longest_of_one_name_decides() {
    let twice = format!("{}mod b {{\n{}}}\n", function(75), function(72));
    passes("size", &[("a.rs", &twice), (LIST, "a.rs::long 75\n")]);
    assert_eq!(found("size", &[("a.rs", &twice)]).len(), 2);
}

#[test]
fn a_line_of_the_list_that_is_not_understood_is_refused() {
    for (line, expected) in [
        ("a.rs\n", "write `path NUMBER`"),
        ("a.rs many\n", "`many` is no number"),
        ("a.rs 600\na.rs 600\n", "stands here twice"),
    ] {
        let all = found("size", &[("a.rs", &lines(600)), (LIST, line)]).join("\n");
        assert!(all.contains(expected), "{all}");
    }
}
