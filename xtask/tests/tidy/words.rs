//! Words that must not be checked in.

use super::{finds_one, found, passes};

#[test]
fn paths_of_the_product_and_addresses_pass() {
    let text = concat!(
        "see https://example.com/wo",
        "rk/a and ./ho",
        "me/x and target/wo",
        "rk/b in /var/lib/tieout\n"
    );
    passes("words", &[("README.md", text)]);
}

#[test]
fn a_path_of_one_machine_is_refused_in_any_text() {
    for path in [
        concat!("/wo", "rk/main"),
        concat!("/ho", "me/me/x"),
        concat!("/Us", "ers/me"),
    ] {
        for quote in ["", " ", "\"", "(", "=", "file:"] {
            let text = format!("first\n{quote}{path}\n");
            finds_one("words", &[("notes.txt", &text)], "notes.txt:2: `");
        }
    }
}

#[test]
fn unfinished_code_is_refused() {
    for word in [
        "todo!()",
        "unimplemented!(\"later\")",
        "let a = dbg!(b);",
        "#[ignore]",
        "#[ignore = \"slow\"]",
    ] {
        finds_one(
            "words",
            &[("a.rs", &format!("//! A.\n{word}\n"))],
            "a.rs:2: `",
        );
    }
}

#[test]
fn words_about_unfinished_code_pass() {
    let text = "//! A.\n// No todo!() here.\nlet a = \"dbg!\"; my_todo!(); mytodo!();\n";
    passes(
        "words",
        &[("a.rs", text), ("a.md", "Never write `todo!`.\n")],
    );
}

#[test]
fn a_sleep_is_refused_in_tests_only() {
    let text = "//! A.\nfn back_off() { std::thread::sleep(d); }\n#[cfg(test)]\nmod tests {\n    fn t() { std::thread::sleep(d); }\n}\n";
    finds_one(
        "words",
        &[("core/src/a.rs", text)],
        "core/src/a.rs:5: a test that sleeps",
    );
    assert_eq!(found("words", &[("core/tests/a.rs", text)]).len(), 2);
}
