//! Charts without a script: bars as SVG with a title and a description, which a table beside it says again.

use maud::{Markup, html};

/// One bar.
pub(super) struct Bar {
    /// What stands below it, where there is room.
    pub(super) label: String,
    /// How high it is.
    pub(super) value: u64,
    /// What a pointer on it is told.
    pub(super) told: String,
}

/// The space that bars are drawn in, in units of the drawing.
const WIDTH: u64 = 720;
const HEIGHT: u64 = 150;
/// The room above for the highest value, and below for labels.
const HEAD: u64 = 16;
const FOOT: u64 = 20;
/// Labels that fit side by side.
const LABELS_MAX: usize = 12;

/// Bars side by side, with a line where `limit` is. `id` names it on the page.
pub(super) fn bars(id: &str, title: &str, told: &str, bars: &[Bar], limit: Option<u64>) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or_default();
    let top = most.max(limit.unwrap_or_default()).max(1);
    let count = u64::try_from(bars.len()).unwrap_or(1).max(1);
    let room = HEIGHT - HEAD - FOOT;
    let height = |value: u64| value.saturating_mul(room).div_ceil(top);
    let every = bars.len().div_ceil(LABELS_MAX).max(1);
    let place = |index: usize| u64::try_from(index).unwrap_or_default() * WIDTH / count;
    let wide = (WIDTH / count)
        .saturating_sub(if count > 40 { 1 } else { 3 })
        .max(1);
    html! {
        svg class="chart" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img"
            aria-labelledby={ (id) "-title " (id) "-told" } preserveAspectRatio="xMidYMid meet" {
            title id={ (id) "-title" } { (title) }
            desc id={ (id) "-told" } { (told) }
            line class="axis" x1="0" x2=(WIDTH) y1=(HEIGHT - FOOT) y2=(HEIGHT - FOOT) {}
            @if let Some(limit) = limit {
                @let y = HEIGHT - FOOT - height(limit);
                line class="limit" x1="0" x2=(WIDTH) y1=(y) y2=(y) {}
                text x=(WIDTH) y=(y.saturating_sub(4).max(14)) text-anchor="end" { (limit) " a day" }
            }
            @for (index, bar) in bars.iter().enumerate() {
                @let tall = height(bar.value);
                rect class="bar" x=(place(index)) y=(HEIGHT - FOOT - tall) width=(wide) height=(tall) { title { (bar.told) } }
                // One that would end outside, over the one before it, is left out.
                @if index % every == 0 && index + every <= bars.len() {
                    text x=(place(index)) y=(HEIGHT - 4) { (bar.label) }
                }
            }
            @if most > 0 && limit.is_none() { text x="0" y="14" { "most: " (most) } }
        }
    }
}

/// A bar of what is used of a whole, in another colour when little is left; read aloud.
pub(super) fn meter(label: &str, used: u64, whole: u64) -> Markup {
    let part = thousandths(used, whole);
    let class = match part {
        0..750 => "used",
        750..950 => "used much",
        _ => "used all",
    };
    drawn(label, used, whole, part, class)
}

/// A bar of what is done of a whole, read aloud.
pub(super) fn progress(label: &str, done: u64, whole: u64) -> Markup {
    drawn(label, done, whole, thousandths(done, whole), "used")
}

fn thousandths(part: u64, whole: u64) -> u64 {
    let part = part.min(whole).saturating_mul(1_000);
    part.checked_div(whole).unwrap_or_default()
}

fn drawn(label: &str, part: u64, whole: u64, width: u64, class: &str) -> Markup {
    html! {
        svg class="meter" viewBox="0 0 1000 24" preserveAspectRatio="none" role="img" aria-label={ (label) ": " (part) " of " (whole) } {
            rect class="whole" x="0" y="0" width="1000" height="24" rx="6" {}
            rect class=(class) x="0" y="0" width=(width) height="24" rx="6" {}
        }
    }
}
