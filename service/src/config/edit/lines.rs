//! What a change does to the lines of a file: shown before it is saved, and carried over into the file as it is written.

use super::super::locate::without_secret;

/// A line of the difference between two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What becomes of it.
    pub(crate) fate: Fate,
    /// Its number, from 1: in the old text, or in the new one where it is added.
    pub(crate) number: usize,
    /// What stands in it, without what may be a secret.
    pub(crate) text: String,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays.
    Kept,
    /// It goes.
    Removed,
    /// It comes.
    Added,
}

/// Lines that stay which are shown around those that change.
const AROUND: usize = 2;
/// Beyond so many pairs of lines the middle of a file is replaced as a whole.
const PAIRS_MAX: usize = 4_000_000;

/// The difference of two texts, with some lines around each change.
pub(super) fn difference(before: &str, after: &str) -> Vec<Line> {
    let (old, new) = (lines(before), lines(after));
    let fates = fates(&old, &new);
    let is_near = |at: usize| {
        let near = at.saturating_sub(AROUND)..(at + AROUND + 1).min(fates.len());
        fates[near].iter().any(|(fate, _)| *fate != Fate::Kept)
    };
    let shown = fates.iter().enumerate().filter(|(at, _)| is_near(*at));
    shown
        .map(|(_, (fate, index))| {
            let text = match fate {
                Fate::Kept | Fate::Removed => bare(old[*index]),
                Fate::Added => bare(new[*index]),
            };
            Line {
                fate: *fate,
                number: index + 1,
                text: without_secret(text),
            }
        })
        .collect()
}

/// The new text with the old one's bytes wherever a line stays, and its way of ending lines where one comes.
pub(super) fn carried_over(before: &str, after: &str) -> String {
    let (old, new) = (lines(before), lines(after));
    let is_windows = 2 * before.matches("\r\n").count() > before.matches('\n').count();
    let ending = if is_windows { "\r\n" } else { "\n" };
    let mut text = String::with_capacity(before.len().max(after.len()));
    for (fate, index) in fates(&old, &new) {
        let line = match fate {
            Fate::Removed => continue,
            Fate::Kept => old[index],
            Fate::Added => new[index],
        };
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(ending);
        }
        if fate == Fate::Kept {
            text.push_str(line);
        } else {
            text.push_str(bare(line));
            text.push_str(ending);
        }
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn bare(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// Every line of both texts in order, with its index in the text that it is from.
fn fates(old: &[&str], new: &[&str]) -> Vec<(Fate, usize)> {
    let same = |(one, other): &(&&str, &&str)| bare(one) == bare(other);
    let head = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let ends = old_rest.iter().rev().zip(new_rest.iter().rev());
    let tail = ends.take_while(same).count();
    let old_middle = &old_rest[..old_rest.len() - tail];
    let new_middle = &new_rest[..new_rest.len() - tail];
    let mut fates: Vec<(Fate, usize)> = (0..head).map(|index| (Fate::Kept, index)).collect();
    middle(old_middle, new_middle, head, &mut fates);
    fates.extend((old.len() - tail..old.len()).map(|index| (Fate::Kept, index)));
    fates
}

/// The longest way through two middles that keeps lines; what is neither in the head nor in the tail that both share.
fn middle(old: &[&str], new: &[&str], offset: usize, fates: &mut Vec<(Fate, usize)>) {
    let width = new.len() + 1;
    let (mut at_old, mut at_new) = (0, 0);
    if old.len().saturating_mul(new.len()) <= PAIRS_MAX {
        // How many lines can be kept from each pair of places on.
        let mut kept = vec![0_u32; (old.len() + 1) * width];
        for row in (0..old.len()).rev() {
            for column in (0..new.len()).rev() {
                kept[row * width + column] = if bare(old[row]) == bare(new[column]) {
                    kept[(row + 1) * width + column + 1] + 1
                } else {
                    kept[(row + 1) * width + column].max(kept[row * width + column + 1])
                };
            }
        }
        while at_old < old.len() && at_new < new.len() {
            if bare(old[at_old]) == bare(new[at_new]) {
                fates.push((Fate::Kept, offset + at_old));
                (at_old, at_new) = (at_old + 1, at_new + 1);
            } else if kept[(at_old + 1) * width + at_new] >= kept[at_old * width + at_new + 1] {
                fates.push((Fate::Removed, offset + at_old));
                at_old += 1;
            } else {
                fates.push((Fate::Added, offset + at_new));
                at_new += 1;
            }
        }
    }
    fates.extend((at_old..old.len()).map(|index| (Fate::Removed, offset + index)));
    fates.extend((at_new..new.len()).map(|index| (Fate::Added, offset + index)));
}
