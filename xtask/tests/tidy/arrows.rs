//! Dependencies between rooms.

use super::{finds_one, found, passes};

const CORE: (&str, &str) = ("core/Cargo.toml", "[package]\nname = \"tieout-core\"\n");
const XERO: (&str, &str) = (
    "adapters/xero/Cargo.toml",
    "[package]\nname = \"tieout-xero\"\n",
);
const HOST: (&str, &str) = (
    "hosts/contract/Cargo.toml",
    "[package]\nname = \"tieout-host-contract\"\n",
);
const SANDBOX: (&str, &str) = (
    "sandbox/xero/Cargo.toml",
    "[package]\nname = \"tieout-sandbox-xero\"\n",
);
const SERVICE: (&str, &str) = ("service/Cargo.toml", "[package]\nname = \"tieout\"\n");
const SUITE: (&str, &str) = (
    "tests/conformance/Cargo.toml",
    "[package]\nname = \"tieout-conformance\"\n",
);

fn with(crate_: (&str, &str), rest: &str) -> Vec<String> {
    let text = format!("{}{rest}", crate_.1);
    let others = [CORE, XERO, HOST, SANDBOX, SERVICE, SUITE];
    let mut files: Vec<(&str, &str)> = others
        .into_iter()
        .filter(|other| other.0 != crate_.0)
        .collect();
    files.push((crate_.0, &text));
    found("arrows", &files)
}

#[test]
fn the_arrows_of_the_house_pass() {
    for (crate_, rest) in [
        (
            CORE,
            "[dependencies]\nsled.workspace = true\n[dev-dependencies]\ntieout-conformance.workspace = true\n",
        ),
        (
            XERO,
            "[dependencies]\ntieout-core.workspace = true\n[dev-dependencies]\ntieout-sandbox-xero.workspace = true\n",
        ),
        (
            HOST,
            "[dependencies]\ntieout-core = { path = \"../../core\" }\n",
        ),
        (SANDBOX, "[dependencies]\ntieout-core.workspace = true\n"),
        (
            SERVICE,
            "[dependencies]\ntieout-core.workspace = true\ntieout-xero.workspace = true\ntieout-sandbox-xero.workspace = true\n",
        ),
        (
            SUITE,
            "[dependencies]\ntieout-core.workspace = true\ntieout.workspace = true\n",
        ),
    ] {
        assert_eq!(with(crate_, rest), Vec::<String>::new());
    }
}

#[test]
fn a_forbidden_arrow_is_refused_at_its_line() {
    for (crate_, target) in [
        (CORE, "tieout-xero"),
        (CORE, "tieout-conformance"),
        (XERO, "tieout-host-contract"),
        (XERO, "tieout-sandbox-xero"),
        (HOST, "tieout-xero"),
        (HOST, "tieout"),
        (SANDBOX, "tieout-xero"),
        (SERVICE, "tieout-conformance"),
    ] {
        for line in [
            format!("{target}.workspace = true"),
            format!("{target} = {{ path = \"x\" }}"),
        ] {
            let found = with(crate_, &format!("[dependencies]\nserde = \"1\"\n{line}\n"));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].starts_with(&format!("{}:5: ", crate_.0)),
                "{found:?}"
            );
            assert!(found[0].contains(&format!("`{target}`")), "{found:?}");
        }
    }
}

#[test]
fn no_way_of_writing_a_dependency_hides_it() {
    for rest in [
        "[dependencies.tieout-xero]\npath = \"x\"\n",
        "[build-dependencies]\ntieout-xero.workspace = true\n",
        "[dev-dependencies]\ntieout-xero.workspace = true\n",
        "[target.'cfg(unix)'.dependencies]\ntieout-xero.workspace = true\n",
        "[dependencies]\nbooks = { package = \"tieout-xero\", path = \"x\" }\n",
    ] {
        let found = with(CORE, rest);
        assert_eq!(found.len(), 1, "{rest}: {found:?}");
        assert!(
            found[0].contains("core must not depend on `tieout-xero`"),
            "{found:?}"
        );
    }
}

#[test]
fn a_name_that_the_workspace_gives_hides_nothing() {
    let root = (
        "Cargo.toml",
        "[workspace.dependencies]\nbooks = { package = \"tieout-xero\", path = \"x\" }\n",
    );
    let core = (
        CORE.0,
        "[package]\nname = \"tieout-core\"\n[dependencies]\nbooks.workspace = true\n",
    );
    finds_one(
        "arrows",
        &[root, core, XERO],
        "core/Cargo.toml:4: core must not depend on `tieout-xero`",
    );
}

#[test]
fn a_crate_outside_the_rooms_is_refused() {
    finds_one(
        "arrows",
        &[("tools/Cargo.toml", "[package]\nname = \"tools\"\n")],
        "`tools` is no room",
    );
}

#[test]
fn a_manifest_that_is_not_toml_is_refused() {
    finds_one(
        "arrows",
        &[("core/Cargo.toml", "[package]\nname = \n")],
        "core/Cargo.toml:2: not readable",
    );
    passes("arrows", &[("core/notes.toml", "[package\n")]);
}
