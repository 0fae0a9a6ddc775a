//! Which crate may depend on which.

use std::collections::BTreeMap;

use toml_edit::{Document, Item, TableLike};

use super::Violation;
use super::tree::Tree;

/// The name of the rule.
pub const RULE: &str = "arrows";

/// A room of the house and where its crates may point.
struct Room {
    folder: &'static str,
    /// What its product code may use.
    uses: &'static [&'static str],
    /// What its tests may use besides.
    tests_use: &'static [&'static str],
    why: &'static str,
}

const ROOMS: &[Room] = &[
    Room {
        folder: "core",
        uses: &[],
        tests_use: &["tests"],
        why: "core knows no product, so it depends on none of our crates",
    },
    Room {
        folder: "adapters",
        uses: &["core"],
        tests_use: &["sandbox", "tests"],
        why: "an adapter knows its provider and core, never a host or the service",
    },
    Room {
        folder: "hosts/web",
        uses: &["core"],
        tests_use: &["tests"],
        why: "what all hosts share knows none of them",
    },
    Room {
        folder: "hosts/sftp",
        uses: &["hosts/web"],
        tests_use: &["tests"],
        why: "how files cross is known without knowing whose they are",
    },
    Room {
        folder: "hosts",
        uses: &["core", "hosts/sftp", "hosts/web"],
        tests_use: &["sandbox", "tests"],
        why: "a host knows its product, core and what all hosts share, never a provider or the service",
    },
    Room {
        folder: "sandbox",
        uses: &["core"],
        tests_use: &["tests"],
        why: "a sandbox that shared code with an adapter would share its mistakes",
    },
    Room {
        folder: "service/identity",
        uses: &["core"],
        tests_use: &["tests"],
        why: "who may do what is decided without knowing what there is to do",
    },
    Room {
        folder: "service/notices",
        uses: &["core"],
        tests_use: &["tests"],
        why: "whoever tells people what happened knows the journal, never a product or a provider",
    },
    Room {
        folder: "service",
        uses: &[
            "core",
            "adapters",
            "hosts",
            "hosts/sftp",
            "sandbox",
            "service/identity",
            "service/notices",
        ],
        tests_use: &["tests"],
        why: "the service puts the product together; tests and tools stay outside",
    },
    Room {
        folder: "tests",
        uses: &[
            "core",
            "adapters",
            "hosts",
            "hosts/sftp",
            "hosts/web",
            "sandbox",
            "service",
            "tests",
        ],
        tests_use: &[],
        why: "tests know the product, not the tools",
    },
    Room {
        folder: "xtask",
        uses: &[],
        tests_use: &[],
        why: "xtask is compiled first by everybody and must not wait for the product",
    },
];

/// Every dependency between our crates that the rooms do not allow.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut manifests = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| is_manifest(path)) {
        match Document::parse(text.to_owned()) {
            Ok(document) => manifests.push(Manifest {
                path,
                text,
                document,
            }),
            Err(error) => {
                let line = line_of(text, error.span().map_or(0, |span| span.start));
                let message = format!("not readable as TOML: {}", error.message());
                violations.push(Violation {
                    path: path.to_owned(),
                    line,
                    rule: RULE,
                    message,
                });
            }
        }
    }
    let ours: BTreeMap<&str, &str> = manifests
        .iter()
        .filter_map(|manifest| Some((manifest.package()?, folder(manifest.path))))
        .collect();
    let renamed = workspace_names(&manifests);
    for manifest in manifests
        .iter()
        .filter(|manifest| manifest.package().is_some())
    {
        violations.extend(check_manifest(manifest, &ours, &renamed));
    }
    violations
}

fn check_manifest(
    manifest: &Manifest<'_>,
    ours: &BTreeMap<&str, &str>,
    renamed: &BTreeMap<String, String>,
) -> Vec<Violation> {
    let violation = |line, message| Violation {
        path: manifest.path.to_owned(),
        line,
        rule: RULE,
        message,
    };
    let Some(room) = ROOMS
        .iter()
        .find(|room| room.folder == folder(manifest.path))
    else {
        let message = format!(
            "the folder `{}` is no room of the house; say in xtask/src/tidy/arrows.rs what it may depend on",
            folder(manifest.path)
        );
        return vec![violation(1, message)];
    };
    let own = manifest.package();
    let mut violations = Vec::new();
    for arrow in manifest.arrows(renamed) {
        let Some(target) = ours.get(arrow.package.as_str()) else {
            continue;
        };
        let allowed = room.uses.contains(target)
            || (arrow.kind == Kind::Test && room.tests_use.contains(target))
            || (arrow.kind == Kind::Test && own == Some(arrow.package.as_str()));
        if !allowed {
            let message = format!(
                "{} must not depend on `{}`: {}; move the code or turn the arrow",
                room.folder, arrow.package, room.why
            );
            violations.push(violation(line_of(manifest.text, arrow.offset), message));
        }
    }
    violations
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Product,
    Test,
}

/// One dependency: from the manifest that holds it to `package`.
struct Arrow {
    package: String,
    kind: Kind,
    offset: usize,
}

struct Manifest<'t> {
    path: &'t str,
    text: &'t str,
    document: Document<String>,
}

impl Manifest<'_> {
    fn package(&self) -> Option<&str> {
        self.document
            .as_table()
            .get("package")?
            .get("name")?
            .as_str()
    }

    /// Every dependency, for every target.
    fn arrows(&self, renamed: &BTreeMap<String, String>) -> Vec<Arrow> {
        let root = self.document.as_table();
        let mut arrows = arrows_in(root, renamed);
        let targets = root.get("target").and_then(Item::as_table_like);
        for (_, target) in targets.into_iter().flat_map(|targets| targets.iter()) {
            if let Some(table) = target.as_table_like() {
                arrows.extend(arrows_in(table, renamed));
            }
        }
        arrows
    }
}

fn arrows_in(table: &dyn TableLike, renamed: &BTreeMap<String, String>) -> Vec<Arrow> {
    let sections = [
        ("dependencies", Kind::Product),
        ("build-dependencies", Kind::Product),
        ("dev-dependencies", Kind::Test),
    ];
    let mut arrows = Vec::new();
    for (section, kind) in sections {
        let Some(dependencies) = table.get(section).and_then(Item::as_table_like) else {
            continue;
        };
        for (name, item) in dependencies.iter() {
            let spelt = item.get("package").and_then(Item::as_str);
            let inherited = renamed.get(name).map(String::as_str);
            let key = dependencies
                .get_key_value(name)
                .and_then(|(key, _)| key.span());
            arrows.push(Arrow {
                package: spelt.or(inherited).unwrap_or(name).to_owned(),
                kind,
                offset: key.map_or(0, |span| span.start),
            });
        }
    }
    arrows
}

/// The dependencies of the workspace that go by another name than their package.
fn workspace_names(manifests: &[Manifest<'_>]) -> BTreeMap<String, String> {
    manifests
        .iter()
        .filter_map(|manifest| {
            let workspace = manifest.document.as_table().get("workspace")?;
            workspace.get("dependencies")?.as_table_like()
        })
        .flat_map(|dependencies| dependencies.iter())
        .filter_map(|(name, item)| {
            Some((name.to_owned(), item.get("package")?.as_str()?.to_owned()))
        })
        .collect()
}

fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// The room that a file lies in: its first folder, unless a folder in that is a room of its own.
fn folder(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    ROOMS
        .iter()
        .map(|room| room.folder)
        .find(|room| room.contains('/') && path.starts_with(&format!("{room}/")))
        .unwrap_or(first)
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}
