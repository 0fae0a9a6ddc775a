//! What of a Rust file is code: comments, strings and characters are blanked, so that words and braces in
//! them mean nothing.

use std::ops::Range;

/// A Rust source text with everything that is not code turned into spaces. Offsets and lines stay.
#[derive(Debug)]
pub struct Code {
    text: String,
    line_starts: Vec<usize>,
}

impl Code {
    /// The code in `source`, which need not compile.
    #[must_use]
    pub fn of(source: &str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(source.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            text: blanked(source),
            line_starts,
        }
    }

    /// The code, as long as the source.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line of `offset`, from 1.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Where `needle` stands in the code as words of their own: `rand` is not found in `operand`.
    pub fn occurrences<'c>(&'c self, needle: &'c str) -> impl Iterator<Item = usize> + 'c {
        let matches = self.text.match_indices(needle).map(|(at, _)| at);
        matches.filter(move |at| {
            let (before, after) = (&self.text[..*at], &self.text[at + needle.len()..]);
            let grown_in_front = needle.starts_with(is_word) && before.ends_with(is_word);
            let grown_behind = needle.ends_with(is_word) && after.starts_with(is_word);
            !grown_in_front && !grown_behind
        })
    }

    /// Every item that `keyword` opens, such as `fn` or `trait`, with its name and its body.
    #[must_use]
    pub fn items(&self, keyword: &str) -> Vec<Item<'_>> {
        self.occurrences(keyword)
            .filter_map(|start| {
                let after = start + keyword.len();
                let name_start =
                    after + (self.text[after..].len() - self.text[after..].trim_start().len());
                let name = self.text[name_start..].split(|c| !is_word(c)).next()?;
                // `fn(u8) -> u8` is a type and `r#fn` a name; neither opens an item.
                if name.is_empty() || self.text[..start].ends_with("r#") {
                    return None;
                }
                let body = self.body(name_start)?;
                Some(Item { name, start, body })
            })
            .collect()
    }

    /// The parts that `#[cfg(test)]` keeps out of the product.
    #[must_use]
    pub fn test_parts(&self) -> Vec<Range<usize>> {
        self.text
            .match_indices("#[cfg(test)]")
            .filter_map(|(at, attribute)| {
                let body = self.body(at + attribute.len())?;
                Some(at..body.end)
            })
            .collect()
    }

    /// The braces that follow `from`, before a `;` ends the item without any.
    fn body(&self, from: usize) -> Option<Range<usize>> {
        let mut depth = 0_usize;
        for (at, byte) in self.text.bytes().enumerate().skip(from) {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                b';' if depth == 0 => return None,
                b'{' if depth == 0 => return Some(at..self.closing_brace(at)?),
                _ => {}
            }
        }
        None
    }

    /// The offset after the brace that closes the one at `open`.
    fn closing_brace(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, byte) in self.text.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }
}

/// A named item with a body in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'c> {
    /// Its name.
    pub name: &'c str,
    /// Where its keyword stands.
    pub start: usize,
    /// Its body, braces included.
    pub body: Range<usize>,
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn blanked(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut kept = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        if let Some(end) = end_of_non_code(source, at) {
            kept.extend(
                bytes[at..end]
                    .iter()
                    .map(|byte| if *byte == b'\n' { '\n' } else { ' ' }),
            );
            at = end;
        } else if is_word(first) {
            // A word is taken whole, so that the `r` of `for` never opens a raw string.
            let word = source[at..]
                .split(|c| !is_word(c))
                .next()
                .unwrap_or_default();
            kept.push_str(word);
            at += word.len();
        } else {
            kept.push(first);
            at += first.len_utf8();
        }
    }
    kept
}

/// The end of the comment, string or character that begins at `at`; `None` where code begins.
fn end_of_non_code(source: &str, at: usize) -> Option<usize> {
    let rest = &source[at..];
    if rest.starts_with("//") {
        return Some(at + rest.find('\n').unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(at + block_comment_len(rest));
    }
    for prefix in ["r", "br", "cr"] {
        if let Some(len) = rest.strip_prefix(prefix).and_then(raw_string_len) {
            return Some(at + prefix.len() + len);
        }
    }
    for prefix in ["", "b", "c"] {
        if rest
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('"'))
        {
            return Some(at + prefix.len() + quoted_len(&rest[prefix.len()..], '"'));
        }
    }
    for prefix in ["", "b"] {
        if rest.strip_prefix(prefix).is_some_and(opens_character) {
            return Some(at + prefix.len() + quoted_len(&rest[prefix.len()..], '\''));
        }
    }
    None
}

/// Whether a character literal begins here, and not a lifetime or a label.
fn opens_character(rest: &str) -> bool {
    let mut chars = rest.chars();
    chars.next() == Some('\'')
        && match chars.next() {
            Some('\\') => true,
            Some(_) => chars.next() == Some('\''),
            None => false,
        }
}

/// The length of a literal that `quote` opens and closes, where a backslash protects what follows it.
fn quoted_len(rest: &str, quote: char) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return at + quote.len_utf8();
        }
    }
    rest.len()
}

/// The length of `#"…"#` with any number of marks, after the `r`.
fn raw_string_len(rest: &str) -> Option<usize> {
    let marks = rest.len() - rest.trim_start_matches('#').len();
    if !rest[marks..].starts_with('"') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(marks));
    let content = marks + 1;
    let end = rest[content..]
        .find(&close)
        .map(|at| content + at + close.len());
    Some(end.unwrap_or(rest.len()))
}

fn block_comment_len(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let ahead = &rest.as_bytes()[at..];
        if ahead.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if ahead.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}
