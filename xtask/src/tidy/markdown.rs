//! What is a link and what is an anchor in a Markdown page, as GitHub sees it.

use std::collections::{BTreeMap, BTreeSet};

/// A link of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its line, from 1.
    pub line: usize,
    /// Where it leads, as written.
    pub target: String,
}

/// Every link, image, reference and `href` or `src` outside code.
#[must_use]
pub fn links(page: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, text) in prose(page) {
        let text = without_code(text);
        let mut targets: Vec<&str> = inline_targets(&text);
        targets.extend(reference_target(&text));
        targets.extend(html_values(&text, "href"));
        targets.extend(html_values(&text, "src"));
        links.extend(targets.into_iter().map(|target| Link {
            line,
            target: target.to_owned(),
        }));
    }
    links
}

/// Every anchor: those of the headings, and those set by hand with `id` or `name`.
#[must_use]
pub fn anchors(page: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut repeats: BTreeMap<String, usize> = BTreeMap::new();
    let mut above = "";
    for (_, text) in prose(page) {
        anchors.extend(html_values(text, "id").into_iter().map(String::from));
        anchors.extend(html_values(text, "name").into_iter().map(String::from));
        if let Some(heading) = heading(above, text) {
            let slug = slug(heading);
            let seen = repeats.entry(slug.clone()).or_default();
            anchors.insert(match *seen {
                0 => slug,
                before => format!("{slug}-{before}"),
            });
            *seen += 1;
        }
        above = text;
    }
    anchors
}

/// The lines outside fenced code, with their numbers.
fn prose(page: &str) -> Vec<(usize, &str)> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for (index, text) in page.lines().enumerate() {
        match (fence, fence_mark(text)) {
            (None, None) => lines.push((index + 1, text)),
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if mark.starts_with(open) && text.trim() == mark => {
                fence = None;
            }
            (Some(_), Some(_) | None) => {}
        }
    }
    lines
}

/// The run of backticks or tildes that opens or closes a fence.
fn fence_mark(text: &str) -> Option<&str> {
    let text = text.trim_start().trim_start_matches("> ");
    ['`', '~'].into_iter().find_map(|sign| {
        let len = text.len() - text.trim_start_matches(sign).len();
        (len >= 3 && !text[len..].contains(sign)).then(|| &text[..len])
    })
}

/// `text` with its code spans blanked.
fn without_code(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let after = &rest[open..];
        let len = after.len() - after.trim_start_matches('`').len();
        let mark = &after[..len];
        kept.push_str(&rest[..open]);
        match closing_mark(&after[len..], mark) {
            Some(end) => {
                kept.push_str("``");
                rest = &after[len + end + len..];
            }
            None => {
                kept.push_str(mark);
                rest = &after[len..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// Where a run of backticks of just this length begins.
fn closing_mark(text: &str, mark: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let len = text[start..].len() - text[start..].trim_start_matches('`').len();
        if len == mark.len() {
            return Some(start);
        }
        at = start + len;
    }
    None
}

/// The targets of `[text](target)` and `![text](target "title")`.
fn inline_targets(text: &str) -> Vec<&str> {
    text.match_indices("](")
        .filter_map(|(at, mark)| {
            let rest = &text[at + mark.len()..];
            if let Some(inner) = rest.strip_prefix('<') {
                return inner.split_once('>').map(|(target, _)| target);
            }
            let end = closing_parenthesis(rest)?;
            rest[..end].split_whitespace().next()
        })
        .collect()
}

fn closing_parenthesis(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The target of `[name]: target`; footnotes have none.
fn reference_target(text: &str) -> Option<&str> {
    let (name, target) = text.trim_start().strip_prefix('[')?.split_once("]:")?;
    if name.starts_with('^') || name.contains(']') {
        return None;
    }
    let target = target.split_whitespace().next()?;
    Some(target.trim_start_matches('<').trim_end_matches('>'))
}

/// The values of the HTML attribute `name` inside tags.
fn html_values<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let start = format!(" {name}=\"");
    text.match_indices(&start)
        .filter(|(at, _)| text[..*at].rfind('<') > text[..*at].rfind('>'))
        .filter_map(|(at, start)| text[at + start.len()..].split('"').next())
        .collect()
}

/// The heading that `text` is, or that it underlines in the line `above`.
fn heading<'t>(above: &'t str, text: &'t str) -> Option<&'t str> {
    let marks = text.len() - text.trim_start_matches('#').len();
    let after = &text[marks..];
    if (1..=6).contains(&marks) && (after.is_empty() || after.starts_with([' ', '\t'])) {
        return Some(after.trim().trim_end_matches('#').trim_end());
    }
    let line = text.trim_end();
    let underlines = !line.is_empty()
        && ['=', '-']
            .iter()
            .any(|sign| line.chars().all(|c| c == *sign));
    (underlines && !above.trim().is_empty() && !above.starts_with('#')).then_some(above.trim())
}

/// The anchor that GitHub makes of a heading.
fn slug(heading: &str) -> String {
    link_texts(heading)
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// `heading` with `[text](target)` reduced to its text.
fn link_texts(heading: &str) -> String {
    let mut kept = String::with_capacity(heading.len());
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        kept.push_str(before);
        rest = closing_parenthesis(after).map_or("", |end| &after[end + 1..]);
    }
    kept.push_str(rest);
    kept
}
