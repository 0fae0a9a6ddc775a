//! How far the engine has read: the text that the store keeps for us.

use std::fmt;
use std::str::FromStr;

use super::documents::Mark;

/// Everything up to some document of some file.
///
/// Files are numbered in the order in which they were first read, not by their names, so that a file
/// that arrives late is still ahead of every position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The file's number.
    pub(super) file: u64,
    /// The beginning of its SHA-256, so that a file of the same number but another state is noticed.
    pub(super) hash: String,
    /// Documents of it that were told.
    pub(super) rows: u64,
    /// Where to read on, or `None` when the file was told to its end.
    pub(super) mark: Option<Mark>,
}

const FORM: &str = "f1";

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            hash,
            rows,
            mark,
        } = self;
        match mark {
            Some(Mark { offset, line }) => write!(f, "{FORM}/{file}/{hash}/{rows}/{offset}/{line}"),
            None => write!(f, "{FORM}/{file}/{hash}/{rows}/end"),
        }
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let parts: Vec<&str> = text.split('/').collect();
        let number = |text: &str| text.parse::<u64>().map_err(drop);
        let (file, hash, rows, mark) = match parts.as_slice() {
            [FORM, file, hash, rows, "end"] => (file, hash, rows, None),
            [FORM, file, hash, rows, offset, line] => {
                let mark = Mark {
                    offset: number(offset)?,
                    line: number(line)?,
                };
                (file, hash, rows, Some(mark))
            }
            _ => return Err(()),
        };
        Ok(Self {
            file: number(file)?,
            hash: (*hash).to_owned(),
            rows: number(rows)?,
            mark,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_as_text() {
        for text in ["f1/7/0123abcd/12/3456/13", "f1/7//0/end"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "f1",
            "f2/7/a/1/end",
            "f1/x/a/1/end",
            "f1/7/a/1/2",
            "f1/7/a/-1/end",
        ] {
            assert_eq!(text.parse::<Position>(), Err(()), "{text}");
        }
    }
}
