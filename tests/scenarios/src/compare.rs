//! When an answer is the expected one: which parts differ from run to run, how a difference is shown, how a file is rewritten.

use std::path::Path;

use chrono::{TimeDelta, Utc};
use regex::Regex;
use snapbox::Redactions;
use snapbox::data::Data;
use snapbox::filter::NormalizeToExpected;
use snapbox::report::{Palette, write_diff};

use crate::script::{Command, Story};

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Its exit code.
    pub(crate) code: i32,
    /// Standard output and standard error, as they came.
    pub(crate) printed: String,
}

/// What differs from run to run, and what stands for it.
#[derive(Debug)]
pub(crate) struct Eyes {
    redactions: Redactions,
    /// What a run says every few seconds of how far it is: how often depends on the machine.
    passing: Regex,
}

impl Eyes {
    /// For a story that plays in `folder`, today.
    pub(crate) fn new(folder: &Path) -> Self {
        let mut redactions = Redactions::new();
        // Elsewhere it may be the day before or after, and midnight may pass.
        let days: Vec<String> = [-1, 0, 1]
            .map(|days| (Utc::now() + TimeDelta::days(days)).format("%Y-%m-%d"))
            .iter()
            .map(ToString::to_string)
            .collect();
        let folder = regex::escape(&folder.display().to_string());
        for (stands, pattern) in [
            ("[FOLDER]", format!("(?<redacted>{folder})")),
            ("[TODAY]", format!("(?<redacted>{})", days.join("|"))),
            (
                "[TIME]",
                r"(?<redacted>[0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?Z?)\b".to_owned(),
            ),
            (
                "[CONSENT]",
                r"/identity/connect/authorize(?<redacted>\?\S+)".to_owned(),
            ),
            (
                "[PORT]",
                r"(127\.0\.0\.1|localhost):(?<redacted>\d{4,5})".to_owned(),
            ),
            (
                "[ID]",
                r"(?<redacted>\b[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\b)".to_owned(),
            ),
            (
                "[MARK]",
                r"(?<redacted>tieout-[0-9a-f]{12}-[0-9a-f]{8})".to_owned(),
            ),
            (
                "[RUN]",
                r"(?<redacted>\brun-\d{8}(-\d{6}(-\d+)?)?)\b".to_owned(),
            ),
            ("[MS]", r"\bafter (?<redacted>\d+) ms\b".to_owned()),
            ("[HASH]", r"(?<redacted>\b[0-9a-f]{64}\b)".to_owned()),
        ] {
            let pattern = Regex::new(&pattern).expect("the patterns above are well-formed");
            redactions
                .insert(stands, pattern)
                .expect("the placeholders above are in brackets");
        }
        let passing = Regex::new(r"^read \d+, posted \d+[^;]*$").expect("it is well-formed");
        Self {
            redactions,
            passing,
        }
    }

    /// The answer in the words of the expected one: what differs from run to run is replaced, and what the expected one
    /// leaves out (`...` for lines, `[..]` within one) is left out.
    fn seen(&self, printed: &str, expected: &str) -> String {
        let told = printed.lines().filter(|line| !self.passing.is_match(line));
        let trimmed: Vec<&str> = told.map(str::trim_end).collect();
        let text = trimmed.join("\n").trim_end().to_owned();
        // Both end with a line break, else `...` at the end would stand for something else than between lines.
        let ended = |text: &str| Data::text(format!("{text}\n"));
        let normal = NormalizeToExpected::new()
            .redact_with(&self.redactions)
            .normalize(ended(&text), &ended(expected));
        normal.render().unwrap_or_default().trim_end().to_owned()
    }

    /// Nothing when the answer is the expected one; else the difference, for a person.
    pub(crate) fn difference(&self, command: &Command, answer: &Answer) -> Option<String> {
        let seen = self.seen(&answer.printed, &command.printed);
        let mut told = String::new();
        if answer.code != command.code {
            told = format!("it ended with {}, not {}\n", answer.code, command.code);
        }
        if seen != command.printed {
            let (expected, actual) = (&command.printed, seen);
            write_diff(
                &mut told,
                &Data::text(expected.clone()),
                &Data::text(actual),
                Some(&"what the story says"),
                Some(&"what was printed"),
                Palette::plain(),
            )
            .expect("a string takes every text");
        }
        (!told.is_empty()).then_some(told)
    }
}

/// The text of a story with the answers that came in place of the expected ones.
pub(crate) fn rewritten(story: &Story, eyes: &Eyes, answers: &[(Command, Answer)]) -> String {
    let lines: Vec<&str> = story.text.lines().collect();
    let mut text = Vec::new();
    let mut at = 0;
    for (command, answer) in answers {
        let (from, to) = command.answer;
        text.extend(lines[at..from].iter().map(|line| (*line).to_owned()));
        if answer.code != 0 {
            text.push(format!("? {}", answer.code));
        }
        let seen = eyes.seen(&answer.printed, &command.printed);
        text.extend(seen.lines().map(str::to_owned));
        at = to;
    }
    text.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    text.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# II-03: x\n\n```console\n$ a\none [ID]\n...\nlast\n\n$ b\n? 3\n```\n\nEnd.\n";

    fn answer(code: i32, printed: &str) -> Answer {
        Answer {
            code,
            printed: printed.to_owned(),
        }
    }

    fn told(first: Answer, second: Answer) -> (Vec<Option<String>>, String) {
        let story = Story::parse(TEXT.to_owned()).unwrap();
        let eyes = Eyes::new(Path::new("/somewhere"));
        let commands = story.steps.iter().map(|step| match step {
            crate::script::Step::Command(command) => command.clone(),
            crate::script::Step::Write { .. } => panic!("no file is written"),
        });
        let answers: Vec<(Command, Answer)> = commands.zip([first, second]).collect();
        let differences = answers
            .iter()
            .map(|(command, answer)| eyes.difference(command, answer));
        (differences.collect(), rewritten(&story, &eyes, &answers))
    }

    #[test]
    fn what_differs_from_run_to_run_is_no_difference_and_stays_when_rewritten() {
        let id = "1b2c3d4e-0000-4000-8000-0123456789ab";
        let first = answer(0, &format!("one {id}\ntwo\nthree  \nlast\n\n"));
        let (differences, text) = told(first, answer(3, ""));
        assert_eq!(differences, [None, None]);
        assert_eq!(text, TEXT);
    }

    #[test]
    fn another_answer_or_exit_code_is_a_difference_and_is_written_down() {
        let (differences, text) = told(answer(1, "one\nlast\n"), answer(0, "new\n"));
        assert!(differences.iter().all(Option::is_some), "{differences:?}");
        let first = differences[0].as_deref().unwrap();
        assert!(first.contains("it ended with 1, not 0"), "{first}");
        let wanted =
            "# II-03: x\n\n```console\n$ a\n? 1\none\n...\nlast\n\n$ b\nnew\n```\n\nEnd.\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn how_far_a_run_was_after_some_seconds_is_nobodys_business() {
        let eyes = Eyes::new(Path::new("/somewhere"));
        let printed = "read 1, posted 0, in doubt 1\nread 1, posted 1; 1 request that writes\n";
        assert_eq!(
            eyes.seen(printed, ""),
            "read 1, posted 1; 1 request that writes"
        );
    }
}
