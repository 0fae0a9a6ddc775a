//! Links and anchors in Markdown.

use super::{finds_one, found, passes};

const GUIDE: (&str, &str) = (
    "docs/guide.md",
    "# The Guide\n\n## Let's go: step_1 & `more`\n\n## Let's go: step_1 & `more`\n\nUnder lined\n====\n\n<a id=\"by-hand\"></a>\n\n### [Linked](x.md) heading ##\n",
);

fn page(text: &str) -> Vec<String> {
    let x = ("docs/x.md", "# X\n");
    let code = ("core/src/lib.rs", "a\nb\nc\n");
    let image = ("docs/a b.png", "\0");
    found("links", &[GUIDE, x, code, image, ("README.md", text)])
}

#[test]
fn links_that_lead_somewhere_pass() {
    let text = "# Read me\n\
        [a](docs/guide.md) [b](./docs/guide.md#the-guide) [c](#read-me) [d](docs/) [e](/docs/guide.md)\n\
        [f](docs/guide.md#lets-go-step_1--more) [g](docs/guide.md#lets-go-step_1--more-1)\n\
        [h](docs/guide.md#under-lined \"title\") [i](docs/guide.md#by-hand) [j](docs/guide.md#linked-heading)\n\
        ![k](docs/a%20b.png) ![l](<docs/a b.png>) <img alt=\"m\" src=\"docs/a%20b.png\"> [n](core/src/lib.rs?plain=1#L2-L3)\n\
        [o]: docs/guide.md\n\
        [![p](docs/a%20b.png)](docs/x.md#x) [q](docs/../README.md)\n";
    assert_eq!(page(text), Vec::<String>::new());
}

#[test]
fn full_addresses_are_not_followed() {
    assert_eq!(
        page("[a](https://example.com/x.md#y) [b](mailto:a@b.c) [c](//example.com/x)\n"),
        Vec::<String>::new()
    );
}

#[test]
fn code_holds_no_links() {
    let text = "`[a](b.md)` and ``x ` [a](b.md)``\n\n```md\n[a](b.md)\n~~~\n```\n\n~~~\n[a](b.md)\n```\n~~~\n";
    assert_eq!(page(text), Vec::<String>::new());
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    for link in [
        "[a](docs/gone.md)",
        "[a](guide.md)",
        "[a](docs/guide.md#gone)",
        "[a](#gone)",
        "[a](../outside.md)",
        "[a](core/src/lib.rs#L4)",
        "[a](docs/a%20b.png#x)",
        "![a](gone.png)",
        "[a]: gone.md",
        "<a href=\"gone.md\">a</a>",
        "[![p](docs/a%20b.png)](gone.md)",
        "a ` lone mark [a](gone.md)",
    ] {
        let found = page(&format!("# Read me\n\n```\ncode\n```\n{link}\n"));
        assert_eq!(found.len(), 1, "{link}: {found:?}");
        assert!(found[0].starts_with("README.md:6: "), "{found:?}");
    }
}

#[test]
fn a_heading_in_code_is_no_anchor() {
    finds_one(
        "links",
        &[("a.md", "```sh\n# comment\n```\n[a](#comment)\n")],
        "a.md:4: there is no `#comment`",
    );
}

#[test]
fn footnotes_and_tables_are_no_links() {
    passes(
        "links",
        &[(
            "a.md",
            "a[^1]\n\n[^1]: Not a link.\n\n| a | b |\n|---|---|\n| [x] | y |\n",
        )],
    );
}
