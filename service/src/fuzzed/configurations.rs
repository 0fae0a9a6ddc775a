//! Configurations as people write them, bent: what is refused says where and why, and never shows what stands for a secret.

use std::path::Path;

use tieout_fuzz::mutate;
use tieout_fuzz::random::Random;
use tieout_fuzz::targets::{Target, Verdict, corpus};

use crate::config::{ANNOTATED, Mistake, Secrets, read};
use crate::exit::Failure;

/// A name of no file, in a folder of no files: references to files lead nowhere.
const FILE: &str = "/nonexistent/tieout/tieout.toml";

/// What somebody may write where a reference to a secret belongs.
const SECRET: &str = "hunter2-is-a-secret";

pub(super) struct Configurations {
    samples: Vec<(String, Vec<u8>)>,
}

impl Configurations {
    pub(super) fn new() -> std::io::Result<Self> {
        let mut samples = corpus("tests/fuzz/corpus/configs")?;
        samples.push(("annotated.toml".to_owned(), ANNOTATED.as_bytes().to_vec()));
        Ok(Self { samples })
    }
}

impl Target for Configurations {
    fn draw(&mut self, random: &mut Random) -> Vec<u8> {
        let (_, sample) = random.pick(&self.samples);
        let bent = mutate::bytes(&sample, random);
        match (random.one_in(4), String::from_utf8(bent)) {
            (true, Ok(text)) => in_clear(&text, random).into_bytes(),
            (false, Ok(text)) => text.into_bytes(),
            (_, Err(bytes)) => bytes.into_bytes(),
        }
    }

    fn feed(&mut self, input: &[u8], _: &mut Random) -> Verdict {
        let Ok(text) = std::str::from_utf8(input) else {
            return Verdict::Refused;
        };
        let file = Path::new(FILE);
        match read(file, text, Secrets::Spared) {
            Ok(loaded) => {
                let again = read(file, text, Secrets::Spared);
                if again.map(|again| again.fingerprint).ok() != Some(loaded.fingerprint.clone()) {
                    return Verdict::Broken("read twice, it is not the same".to_owned());
                }
                let placeholders = told(&loaded.placeholders(), text);
                // Whatever the routes say, they say it without a panic.
                drop(loaded.config.routes());
                placeholders.map_or(Verdict::Taken, Verdict::Broken)
            }
            Err(mistakes) if mistakes.is_empty() => {
                Verdict::Broken("it is refused for nothing".to_owned())
            }
            Err(mistakes) => told(&mistakes, text).map_or(Verdict::Refused, Verdict::Broken),
        }
    }
}

/// The text with a secret in place of one reference.
fn in_clear(text: &str, random: &mut Random) -> String {
    let starts: Vec<usize> = text.match_indices("{ env").map(|(at, _)| at).collect();
    let Some(start) = starts.get(random.below(starts.len())).copied() else {
        return text.to_owned();
    };
    let end = text[start..]
        .find('}')
        .map_or(text.len(), |end| start + end + 1);
    let quotes = ["\"", "'", "", "\"\"\""][random.below(4)];
    format!("{}{quotes}{SECRET}{quotes}{}", &text[..start], &text[end..])
}

/// Whether the key of the secret was left as it is: under another name nobody knows it for one.
fn is_recognisable(text: &str) -> bool {
    let names = ["client_secret", "webhook_key", "api_key", "key"];
    let mut lines = text.lines().filter(|line| line.contains(SECRET));
    lines.all(|line| match line.split_once('=') {
        Some((key, _)) => names.contains(&key.trim()),
        None => true,
    })
}

/// What is wrong with how mistakes are told.
fn told(mistakes: &[Mistake], text: &str) -> Option<String> {
    let lines = text.lines().count().max(1);
    let wrong = mistakes.iter().find_map(|mistake| {
        if mistake.message.trim().is_empty() {
            return Some(format!("a mistake without a word: {mistake:?}"));
        }
        let line = mistake.line?;
        (line == 0 || line > lines).then(|| format!("line {line} of {lines}: {mistake:?}"))
    });
    let shown = Failure::mistakes(mistakes.to_vec());
    wrong.or_else(|| {
        let of_ours = format!("{}{:?}", shown.message, shown.as_json());
        (is_recognisable(text) && of_ours.contains(SECRET))
            .then(|| format!("it shows a secret: {of_ours}"))
    })
}
