//! What is seen as code.

use xtask::tidy::code::Code;

fn code(source: &str) -> String {
    let code = Code::of(source);
    assert_eq!(code.text().len(), source.len(), "offsets must stay");
    assert_eq!(code.text().lines().count(), source.lines().count());
    code.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn comments_and_literals_are_not_code() {
    assert_eq!(code("a // b\nc /* d /* e */ f */ g"), "a c g");
    assert_eq!(
        code("f(\"x \\\" y\", b\"z\", c\"w\", 'q', b'\\'', '\\u{7d}')"),
        "f( , , , , , )"
    );
    assert_eq!(
        code("r\"a\\\" + r#\"b\"c\"# + br##\"d\"#e\"## + f"),
        "+ + + f"
    );
    assert_eq!(code("\"two\nlines\" a"), "a");
    assert_eq!(code("\"Größe €\" größe '€'"), "größe");
}

#[test]
fn lifetimes_labels_and_raw_names_are_code() {
    assert_eq!(
        code("fn f<'a, 'b>(x: &'a u8) {}"),
        "fn f<'a, 'b>(x: &'a u8) {}"
    );
    assert_eq!(
        code("'outer: loop { break 'outer; }"),
        "'outer: loop { break 'outer; }"
    );
    assert_eq!(
        code("r#fn + br + for x in r {}"),
        "r#fn + br + for x in r {}"
    );
    assert_eq!(code("var\"x\" + number\"y\""), "var + number");
}

#[test]
fn an_unfinished_literal_reaches_to_the_end() {
    assert_eq!(code("a \"b"), "a");
    assert_eq!(code("a /* b"), "a");
    assert_eq!(code("a r#\"b\""), "a");
    assert_eq!(code("a '"), "a '");
}

#[test]
fn only_whole_words_are_found() {
    let code = Code::of("rand operand rands a::rand() rand_core r\u{e4}nd");
    let found: Vec<usize> = code.occurrences("rand").collect();
    assert_eq!(found, [0, 22]);
}

#[test]
fn items_have_a_name_and_a_body() {
    let code =
        Code::of("fn a() {}\nfn b(f: fn(u8) -> u8) -> u8 { { 1 } }\nfn c();\nlet r#fn = 1;\n");
    let names: Vec<&str> = code.items("fn").iter().map(|item| item.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(&code.text()[code.items("fn")[1].body.clone()], "{ { 1 } }");
}

#[test]
fn lines_are_counted_from_one() {
    let code = Code::of("a\nb\n");
    assert_eq!([code.line(0), code.line(1), code.line(2)], [1, 1, 2]);
}
