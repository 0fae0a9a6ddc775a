//! What the pure rooms of core must not name: they are functions of their arguments and nothing else.

use super::Violation;
use super::tree::Tree;

/// The name of the rule.
pub const RULE: &str = "pure";

/// The rooms, as folders or files of this name in `core/src`.
const ROOMS: &[&str] = &[
    "engine", "mapping", "check", "tieout", "document", "settings", "advice", "panel", "erase",
];
/// The rooms whose names only begin like this.
const ROOM_BEGINNINGS: &[&str] = &["routing"];

const FORBIDDEN: &[(&str, &str)] = &[
    ("tokio", "a runtime; let the driver wait and call"),
    ("reqwest", "the network; ask for it as an effect"),
    ("sled", "a store; ask for it as an effect"),
    ("Utc::now", "a clock; take the time as an argument"),
    ("Local::now", "a clock; take the time as an argument"),
    ("SystemTime::now", "a clock; take the time as an argument"),
    ("Instant::now", "a clock; take the time as an argument"),
    ("Uuid::now_v7", "a clock; take the id as an argument"),
    (
        "Uuid::new_v4",
        "a random number; take the id as an argument",
    ),
    ("rand", "random numbers; take them as an argument"),
    ("getrandom", "random numbers; take them as an argument"),
];

/// Every forbidden name in a pure room.
#[must_use]
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (path, code) in tree.rust().filter(|(path, _)| is_pure(path)) {
        for (name, instead) in FORBIDDEN {
            violations.extend(code.occurrences(name).map(|at| Violation {
                path: path.to_owned(),
                line: code.line(at),
                rule: RULE,
                message: format!("`{name}` is {instead}"),
            }));
        }
    }
    violations
}

fn is_pure(path: &str) -> bool {
    let Some(inside) = path.strip_prefix("core/src/") else {
        return false;
    };
    let room = inside
        .split('/')
        .next()
        .unwrap_or(inside)
        .trim_end_matches(".rs");
    ROOMS.contains(&room)
        || ROOM_BEGINNINGS
            .iter()
            .any(|beginning| room.starts_with(beginning))
}
