//! How a Markdown file is read as a story: files to lay out, commands to run, and what each should print.

use std::path::Path;

use crate::place::Trouble;

/// A scenario as its file tells it.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// Its text.
    pub(crate) text: String,
    /// The ids of the features that its heading names, such as `II-03`.
    pub(crate) features: Vec<String>,
    /// What is done, in order.
    pub(crate) steps: Vec<Step>,
}

/// One thing that a story does.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A fenced block with a title: a file of this content.
    Write {
        /// The line of the fence.
        line: usize,
        /// Where, from the story's folder.
        path: String,
        /// The content, with a line break at its end.
        content: String,
    },
    /// A command of a `console` block.
    Command(Command),
}

/// A command with the answer that is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    /// The line of the prompt, from one.
    pub(crate) line: usize,
    /// What is typed.
    pub(crate) typed: String,
    /// The exit code: that of the line `? CODE` behind the prompt, else zero.
    pub(crate) code: i32,
    /// What is printed, without empty lines at the end.
    pub(crate) printed: String,
    /// The first line of the answer, counted from zero, and the one behind it: what a rewrite replaces. Empty lines
    /// before the next prompt stay.
    pub(crate) answer: (usize, usize),
}

impl Story {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, has no heading, or a fence is not closed.
    pub(crate) fn read(file: &Path) -> Result<Self, Trouble> {
        let text = std::fs::read_to_string(file).map_err(|error| Trouble::at(1, error))?;
        Self::parse(text)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// It has no heading, or a fence is not closed.
    pub(crate) fn parse(text: String) -> Result<Self, Trouble> {
        let lines: Vec<&str> = text.lines().collect();
        let features = heading(&lines)?;
        let mut steps = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            let Some(info) = lines[at].strip_prefix("```") else {
                at += 1;
                continue;
            };
            let end = (at + 1..lines.len())
                .find(|&line| lines[line] == "```")
                .ok_or_else(|| Trouble::at(at + 1, "the fence is not closed"))?;
            if info.trim() == "console" {
                steps.extend(commands(&lines, at + 1, end)?);
            } else if let Some((_, path)) = info.split_once("title=") {
                steps.push(Step::Write {
                    line: at + 1,
                    path: path.trim().to_owned(),
                    content: lines[at + 1..end].join("\n") + "\n",
                });
            }
            at = end + 1;
        }
        Ok(Self {
            features,
            steps,
            text,
        })
    }
}

/// The ids of `# II-03, CM-08: what it is about`.
fn heading(lines: &[&str]) -> Result<Vec<String>, Trouble> {
    let first = lines.first().and_then(|line| line.strip_prefix("# "));
    match first.and_then(|text| text.split_once(": ")) {
        Some((ids, title)) if !title.trim().is_empty() => {
            Ok(ids.split(", ").map(str::to_owned).collect())
        }
        Some(_) | None => Err(Trouble::at(
            1,
            "the first line must be `# II-03: what it is about`",
        )),
    }
}

/// The commands between two fences.
fn commands(lines: &[&str], from: usize, end: usize) -> Result<Vec<Step>, Trouble> {
    let mut steps = Vec::new();
    let mut at = from;
    while at < end {
        let Some(typed) = lines[at].strip_prefix("$ ") else {
            if lines[at].trim().is_empty() {
                at += 1;
                continue;
            }
            return Err(Trouble::at(at + 1, "a console block begins with `$ `"));
        };
        let line = at + 1;
        let mut typed = typed.to_owned();
        at += 1;
        while let Some(more) = (at < end).then(|| lines[at].strip_prefix("> ")).flatten() {
            typed.push('\n');
            typed.push_str(more);
            at += 1;
        }
        let begin = at;
        let code = match lines[at].strip_prefix("? ") {
            Some(code) if at < end => {
                at += 1;
                let unreadable = |_| Trouble::at(at, "an exit code is a number");
                code.trim().parse().map_err(unreadable)?
            }
            Some(_) | None => 0,
        };
        let next = (at..end)
            .find(|&line| lines[line].starts_with("$ "))
            .unwrap_or(end);
        let filled = (at..next).rfind(|&line| !lines[line].trim().is_empty());
        let last = filled.map_or(at, |line| line + 1);
        steps.push(Step::Command(Command {
            line,
            typed,
            code,
            printed: lines[at..last].join("\n"),
            answer: (begin, last),
        }));
        at = next;
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Story, Trouble> {
        Story::parse(text.to_owned())
    }

    #[test]
    fn files_and_commands_come_in_the_order_of_the_page() {
        let text = "# II-03, CM-08: x\n\n```toml title=a/b.toml\nk = 1\n```\n\n```text\nprose\n```\n\n```console\n$ one\n> more\n? 2\nout\n\nput\n\n$ two\n```\n";
        let story = parse(text).unwrap();
        assert_eq!(story.features, ["II-03", "CM-08"]);
        let [
            Step::Write {
                path,
                content,
                line: 3,
            },
            Step::Command(one),
            Step::Command(two),
        ] = story.steps.as_slice()
        else {
            panic!("{:?}", story.steps);
        };
        assert_eq!((path.as_str(), content.as_str()), ("a/b.toml", "k = 1\n"));
        let told = (one.line, one.typed.as_str(), one.code, one.printed.as_str());
        assert_eq!(told, (12, "one\nmore", 2, "out\n\nput"));
        assert_eq!((one.answer, two.answer), ((13, 17), (19, 19)));
        assert_eq!((two.typed.as_str(), two.code), ("two", 0));
    }

    #[test]
    fn a_page_that_is_no_story_names_its_line() {
        for (text, line) in [
            ("Some page\n", 1),
            ("# II-03: x\n```console\n$ one\n", 2),
            ("# II-03: x\n\n```console\nno prompt\n```\n", 4),
            ("# II-03: x\n```console\n$ one\n? three\n```\n", 4),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text}");
        }
    }
}
