//! What a lib.rs may hold.

use super::{finds_one, passes};

#[test]
fn modules_reexports_attributes_and_docs_pass() {
    let text = "//! The crate.\n#![warn(missing_docs)]\n\n/// Money; see [`a`].\npub mod money;\nmod a;\npub(crate) mod b;\n\
        #[cfg(feature = \"postgres\")]\n#[doc(inline)]\npub use a::{B, C as D};\npub(crate) use b::*;\n#[cfg(test)]\nmod tests;\n";
    passes("shape", &[("core/src/lib.rs", text)]);
    passes("shape", &[("core/src/other.rs", "fn a() {}\n")]);
}

#[test]
fn anything_else_is_refused_at_its_line() {
    for item in [
        "pub fn a() {}",
        "pub struct A;",
        "const A: u8 = 1;",
        "use std::fmt;",
        "mod tests { use super::*; }",
        "macro_rules! m { () => {}; }",
        "impl A {}",
        "pub mod",
    ] {
        let text = format!("//! The crate.\n\npub mod money;\n{item}\n");
        finds_one(
            "shape",
            &[("core/src/lib.rs", &text)],
            "core/src/lib.rs:4: lib.rs holds modules",
        );
    }
}
