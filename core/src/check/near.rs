//! Which entries of a chart somebody may have meant: a slip of a key, or the name instead of the code.

/// Candidates in one finding.
const CANDIDATES_MAX: usize = 5;
/// Characters that are compared; what is longer is no slip of a key.
const CHARS_MAX: usize = 40;
/// Behind every slip of a key.
const BEGINS_RANK: usize = 4;

/// The entries nearest to `wanted`, nearest first. An entry is its code and its name.
///
/// Nearest are entries whose code or name is the wanted text in other capitals, then names that hold
/// it, then codes one or two keys away, then codes that begin with it.
pub(crate) fn near<'a>(
    wanted: &str,
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) -> Vec<String> {
    let wanted = wanted.trim().to_lowercase();
    if wanted.is_empty() || wanted.chars().count() > CHARS_MAX {
        return Vec::new();
    }
    let mut ranked: Vec<(usize, &str, &str)> = entries
        .filter_map(|(code, name)| Some((distance(&wanted, code, name)?, code, name)))
        .collect();
    ranked.sort_unstable();
    ranked
        .into_iter()
        .take(CANDIDATES_MAX)
        .map(|(_, code, name)| entry(code, name))
        .collect()
}

/// The names nearest to `wanted`, nearest first, each in backticks; none where nothing is near.
#[must_use]
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    near(wanted, names.map(|name| (name, "")))
}

/// The first entries as they come, for when nothing is near.
pub(crate) fn some<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    entries
        .take(CANDIDATES_MAX)
        .map(|(code, name)| entry(code, name))
        .collect()
}

fn entry(code: &str, name: &str) -> String {
    if name.is_empty() {
        format!("`{code}`")
    } else {
        format!("`{code}` ({name})")
    }
}

fn distance(wanted: &str, code: &str, name: &str) -> Option<usize> {
    let (code, name) = (code.to_lowercase(), name.to_lowercase());
    if code == wanted || name == wanted {
        return Some(0);
    }
    if wanted.chars().count() >= 3 && name.contains(wanted) {
        return Some(1);
    }
    let slips = slips(wanted, &code);
    let allowed = if wanted.chars().count() <= 3 { 1 } else { 2 };
    let begins = (slips > allowed && code.starts_with(wanted)).then_some(BEGINS_RANK);
    (slips <= allowed).then_some(1 + slips).or(begins)
}

/// Keys to press to make one text of the other: characters put in, left out or replaced.
fn slips(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(CHARS_MAX + 1).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, from) in left.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHART: [(&str, &str); 4] = [
        ("200", "Sales"),
        ("210", "Travel Recovered"),
        ("OUTPUT", "GST on Income"),
        ("EXEMPTOUTPUT", "GST Free Income"),
    ];

    fn found(wanted: &str) -> Vec<String> {
        near(wanted, CHART.into_iter())
    }

    #[test]
    fn a_name_in_place_of_a_code_is_recognised() {
        assert_eq!(found("gst on income"), ["`OUTPUT` (GST on Income)"]);
        assert_eq!(found("Travel"), ["`210` (Travel Recovered)"]);
    }

    #[test]
    fn a_slip_of_a_key_is_recognised_and_nearer_ones_come_first() {
        assert_eq!(found("OUTPT"), ["`OUTPUT` (GST on Income)"]);
        assert_eq!(found("20O"), ["`200` (Sales)"]);
        assert_eq!(found("220"), ["`200` (Sales)", "`210` (Travel Recovered)"]);
        assert_eq!(found("2"), ["`200` (Sales)", "`210` (Travel Recovered)"]);
        assert_eq!(found("EX"), ["`EXEMPTOUTPUT` (GST Free Income)"]);
        assert!(found("999").is_empty());
        assert!(found("").is_empty());
        assert!(found(&"9".repeat(500)).is_empty());
    }
}
