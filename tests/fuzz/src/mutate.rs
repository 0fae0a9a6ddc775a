//! How an input is bent: bytes, lines and cells of a text, values of a JSON tree, each with what parsers stumble over.

use serde_json::Value;

use crate::random::Random;

/// What stands in for a piece of text.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1e5",
    "1E-30",
    "1e400",
    "NaN",
    "Infinity",
    "+1.00",
    "1,000.00",
    "1.000,00",
    "0.1000000000000000055511151231257827",
    "79228162514264337593543950335",
    "79228162514264337593543950336",
    "99999999999999999999999999999999999999999.99",
    ".5",
    "5.",
    "0x10",
    "١٢٣",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "-262144-01-01",
    "2026-11-02T25:61:61Z",
    "/Date(1542585600000+0000)/",
    "/Date(99999999999999999999)/",
    "/Date(-9223372036854775808)/",
    "AUD",
    "XXX",
    "aud",
    "null",
    "true",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "\u{1f4a9}",
    "\r",
    "\n",
    "\"",
    "'",
    "=1+1",
    "@SUM(A1)",
    "../../etc/passwd",
    "/",
    "\\",
    "%00",
    "#trailer,1,1.00",
    "{",
    "[",
    "]]]]",
    "00000000-0000-0000-0000-000000000000",
    "not-a-uuid",
];

/// Longest input that is made, in bytes: longer ones are refused for their size alone.
const BYTES_MAX: usize = 256 * 1024;

/// Bends an input once to a few times.
#[must_use]
pub fn bytes(input: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bent = input.to_vec();
    for _ in 0..=random.below(3) {
        bent = match random.below(4) {
            0 => bits(bent, random),
            1 => lines(&bent, random),
            _ => cells(&bent, random),
        };
    }
    bent.truncate(BYTES_MAX);
    bent
}

/// Bends a JSON text: mostly in its values, and sometimes in its bytes. What is no JSON is bent in its bytes.
#[must_use]
pub fn json(input: &[u8], random: &mut Random) -> Vec<u8> {
    let Ok(mut tree) = serde_json::from_slice::<Value>(input) else {
        return bytes(input, random);
    };
    if random.one_in(6) {
        return bytes(input, random);
    }
    for _ in 0..=random.below(3) {
        value(&mut tree, random);
    }
    let mut bent = serde_json::to_vec(&tree).unwrap_or_default();
    if random.one_in(8) {
        bent = number(&bent, random);
    }
    bent.truncate(BYTES_MAX);
    bent
}

/// Bends one value somewhere in a tree.
pub fn value(tree: &mut Value, random: &mut Random) {
    let goes_on = !random.one_in(5);
    match tree {
        Value::Array(items) if goes_on && !items.is_empty() => match random.below(8) {
            0 => drop(items.remove(random.below(items.len()))),
            1 => {
                let again = items[random.below(items.len())].clone();
                items.push(again);
            }
            _ => {
                let at = random.below(items.len());
                value(&mut items[at], random);
            }
        },
        Value::Object(fields) if goes_on && !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = random.pick(&names);
            match random.below(10) {
                0 => drop(fields.remove(&name)),
                1 => {
                    let moved = fields.remove(&name).unwrap_or_default();
                    let other = random.pick(&names);
                    fields.insert(other, moved);
                }
                _ => {
                    if let Some(field) = fields.get_mut(&name) {
                        value(field, random);
                    }
                }
            }
        }
        leaf => *leaf = strange(leaf, random),
    }
}

fn strange(leaf: &Value, random: &mut Random) -> Value {
    match random.below(9) {
        0 => Value::Null,
        1 => Value::Bool(random.one_in(2)),
        2 => Value::Array(vec![leaf.clone(), Value::Null]),
        3 => Value::Object([("Value".to_owned(), leaf.clone())].into_iter().collect()),
        4 => Value::String("x".repeat(random.below(70_000))),
        5 => nested(random.below(140)),
        6 => Value::from(random.below(usize::MAX)),
        _ => Value::String(hostile(random)),
    }
}

fn hostile(random: &mut Random) -> String {
    HOSTILE[random.below(HOSTILE.len())].to_owned()
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]))
}

/// Replaces some number of a JSON text by one that no tree would hold.
fn number(text: &[u8], random: &mut Random) -> Vec<u8> {
    const NUMBERS: &[&str] = &[
        "1e-29",
        "1e29",
        "0.00000000000000000000000000001",
        "12.3456789012345678901234567890123",
        "-0.0",
        "1e999999999",
        "9007199254740993",
        "123456789012345678901234567890",
        "1.10E+2",
    ];
    let starts: Vec<usize> = (1..text.len())
        .filter(|at| text[*at].is_ascii_digit() && text[*at - 1] == b':')
        .collect();
    let Some(start) = starts.get(random.below(starts.len())).copied() else {
        return text.to_vec();
    };
    let is_number = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
    let length = text[start..]
        .iter()
        .take_while(|byte| is_number(byte))
        .count();
    let with = NUMBERS[random.below(NUMBERS.len())];
    [&text[..start], with.as_bytes(), &text[start + length..]].concat()
}

fn bits(mut bent: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let at = random.below(bent.len().max(1));
    match random.below(5) {
        0 => bent.truncate(at),
        1 if at < bent.len() => bent[at] ^= 1 << random.below(8),
        2 if at < bent.len() => drop(bent.remove(at)),
        3 => {
            let end = (at + random.below(400)).min(bent.len());
            let again = bent[at.min(end)..end].to_vec();
            bent.splice(end..end, again);
        }
        _ => {
            let alien: &[u8] = [
                &b"\xff\xfe"[..],
                b"\xc3\x28",
                b"\xed\xa0\x80",
                b"\0",
                b"\xef\xbb\xbf",
            ][random.below(5)];
            bent.splice(
                at.min(bent.len())..at.min(bent.len()),
                alien.iter().copied(),
            );
        }
    }
    bent
}

fn lines(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let (at, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(4) {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[other]),
        2 => lines.swap(at, other),
        _ => return lines.join(&b"\r\n"[..]),
    }
    lines.join(&b"\n"[..])
}

/// Replaces one piece between two marks of a text.
fn cells(text: &[u8], random: &mut Random) -> Vec<u8> {
    let is_mark = |byte: &u8| b",:;\"'\n=[]{}".contains(byte);
    let marks: Vec<usize> = (0..text.len()).filter(|at| is_mark(&text[*at])).collect();
    let Some(start) = marks.get(random.below(marks.len())).copied() else {
        return [text, hostile(random).as_bytes()].concat();
    };
    let length = text[start + 1..]
        .iter()
        .take_while(|byte| !is_mark(byte))
        .count();
    let end = start + 1 + length;
    [&text[..=start], hostile(random).as_bytes(), &text[end..]].concat()
}
