//! When a product may be asked again, so that its limits are never reached: pure, fed with the clock and its replies.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, header};

/// How many requests a product takes within a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Requests.
    pub requests_max: usize,
    /// Within this time, however it is laid.
    pub within: Duration,
}

impl Window {
    /// So many requests a second. A tenth more than a second is kept between, since requests arrive otherwise than they
    /// leave.
    #[must_use]
    pub fn per_second(requests_max: usize) -> Self {
        Self {
            requests_max,
            within: Duration::from_millis(1_100),
        }
    }

    /// So many requests a minute.
    #[must_use]
    pub fn per_minute(requests_max: usize) -> Self {
        Self {
            requests_max,
            within: Duration::from_secs(61),
        }
    }

    /// So many requests an hour.
    #[must_use]
    pub fn per_hour(requests_max: usize) -> Self {
        Self {
            requests_max,
            within: Duration::from_secs(3_601),
        }
    }
}

/// What is known of a product's patience.
#[derive(Clone, Debug)]
pub struct Governor {
    windows: Vec<Window>,
    /// When requests left, the oldest at the front, as far back as the longest window.
    left: VecDeque<DateTime<Utc>>,
    /// Nothing may leave before it.
    not_before: Option<DateTime<Utc>>,
    /// How often in a row the product said that too much was asked.
    refused: u32,
}

/// Without a word of the product, the longest that is stayed away after it was asked too much: at first only as long
/// as its shortest window, since others who ask it too are mostly what fills that.
const PAUSE_USUAL: TimeDelta = TimeDelta::seconds(30);
/// The longest pause that a product is believed: a day.
const PAUSE_MAX: TimeDelta = TimeDelta::days(1);
/// Requests that the product says it still takes today below which it is left alone for a while.
const REMAINING_LOW: u64 = 1;

impl Governor {
    /// The patience of a product with these limits.
    #[must_use]
    pub fn new(windows: Vec<Window>) -> Self {
        Self {
            windows,
            left: VecDeque::new(),
            not_before: None,
            refused: 0,
        }
    }

    /// Takes a place for a request that leaves now, or says when there is one.
    pub fn take(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let longest = self.windows.iter().map(|window| window.within).max();
        let oldest = now - delta(longest.unwrap_or_default());
        while self.left.front().is_some_and(|at| *at <= oldest) {
            self.left.pop_front();
        }
        let free_at = self
            .windows
            .iter()
            .filter_map(|window| self.free_at(window))
            .chain(self.not_before)
            .max();
        match free_at {
            Some(at) if at > now => Err(at),
            Some(_) | None => {
                // Clocks may be set back: the queue stays in order.
                let at = self.left.back().map_or(now, |last| now.max(*last));
                self.left.push_back(at);
                Ok(())
            }
        }
    }

    /// Learns from a reply: a pause that it asks for, and that little is left for today.
    pub fn hear(&mut self, status: StatusCode, headers: &HeaderMap, now: DateTime<Utc>) {
        let asked = retry_after(headers, now);
        let remaining = number(headers, "x-ratelimit-remaining");
        let is_refused = status == StatusCode::TOO_MANY_REQUESTS;
        let pause_usual = self.pause_usual();
        self.refused = if is_refused { self.refused + 1 } else { 0 };
        let pause = match (status, asked, remaining) {
            (StatusCode::TOO_MANY_REQUESTS, Some(until), _) => Some(until),
            // The day's quota: nobody says when it begins anew, so it is asked for now and then.
            (StatusCode::TOO_MANY_REQUESTS, None, Some(0)) => Some(now + TimeDelta::minutes(15)),
            (StatusCode::TOO_MANY_REQUESTS, None, _) => Some(now + pause_usual),
            (_, _, Some(left)) if left < REMAINING_LOW => Some(now + TimeDelta::minutes(15)),
            (StatusCode::SERVICE_UNAVAILABLE, until, _) => until,
            (_, _, _) => None,
        };
        let Some(until) = pause else { return };
        let until = until.min(now + PAUSE_MAX);
        self.not_before = Some(self.not_before.map_or(until, |known| known.max(until)));
    }

    /// The shortest window, twice as long after each refusal in a row.
    fn pause_usual(&self) -> TimeDelta {
        let shortest = self.windows.iter().map(|window| delta(window.within)).min();
        let doubled = 2_i32.checked_pow(self.refused);
        let pause = shortest
            .zip(doubled)
            .and_then(|(span, by)| span.checked_mul(by));
        pause.map_or(PAUSE_USUAL, |pause| pause.min(PAUSE_USUAL))
    }

    /// When a window has room again; `None` while it has.
    fn free_at(&self, window: &Window) -> Option<DateTime<Utc>> {
        let place = self.left.len().checked_sub(window.requests_max.max(1))?;
        self.left.get(place).map(|at| *at + delta(window.within))
    }
}

/// The moment that a `Retry-After` names, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        // The product counts whole seconds: what is left of the present one does not count.
        return Some(now + TimeDelta::seconds(i64::from(seconds)) + TimeDelta::milliseconds(200));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some(at.to_utc())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::<Utc>::UNIX_EPOCH + TimeDelta::milliseconds(ms)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn no_window_ever_sees_more_than_it_takes_however_it_is_laid() {
        let mut governor = Governor::new(vec![Window::per_second(10), Window::per_minute(50)]);
        let (mut now, mut sent) = (at(0), Vec::new());
        while sent.len() < 200 {
            match governor.take(now) {
                Ok(()) => sent.push(now),
                Err(until) => {
                    assert!(until > now, "it says when, and not to ask at once");
                    now = until;
                }
            }
        }
        let most = |within: i64| {
            let span = TimeDelta::milliseconds(within);
            let from = |start: &DateTime<Utc>| {
                let inside = |at: &&DateTime<Utc>| **at >= *start && **at < *start + span;
                sent.iter().filter(inside).count()
            };
            sent.iter().map(from).max().unwrap()
        };
        assert!(most(1_000) <= 10 && most(60_000) <= 50);
        assert!(
            sent[199] <= at(4 * 61_000),
            "and no more is given away than must be"
        );
    }

    #[test]
    fn a_pause_that_the_product_asks_for_is_kept() {
        let mut governor = Governor::new(vec![Window::per_hour(1_000)]);
        assert_eq!(governor.take(at(0)), Ok(()));
        let told = headers(&[("retry-after", "7")]);
        governor.hear(StatusCode::TOO_MANY_REQUESTS, &told, at(0));
        assert_eq!(governor.take(at(7_000)), Err(at(7_200)));
        assert_eq!(governor.take(at(7_200)), Ok(()));
        let date = headers(&[("retry-after", "Thu, 01 Jan 1970 00:01:00 GMT")]);
        governor.hear(StatusCode::TOO_MANY_REQUESTS, &date, at(8_000));
        assert_eq!(governor.take(at(9_000)), Err(at(60_000)));
        let far = headers(&[("retry-after", "4000000000")]);
        governor.hear(StatusCode::TOO_MANY_REQUESTS, &far, at(0));
        assert!(governor.take(at(61_000)).unwrap_err() <= at(0) + PAUSE_MAX);
    }

    #[test]
    fn without_a_word_the_pause_is_short_at_first_and_grows_until_something_is_answered() {
        let mut governor = Governor::new(vec![Window::per_second(10), Window::per_minute(50)]);
        let (none, mut now) = (HeaderMap::new(), at(0));
        let mut pauses = Vec::new();
        for _ in 0..7 {
            governor.hear(StatusCode::TOO_MANY_REQUESTS, &none, now);
            let until = governor.take(now).unwrap_err();
            pauses.push((until - now).num_milliseconds());
            now = until;
        }
        assert_eq!(pauses, [1_100, 2_200, 4_400, 8_800, 17_600, 30_000, 30_000]);
        governor.hear(StatusCode::OK, &none, now);
        governor.hear(StatusCode::TOO_MANY_REQUESTS, &none, now);
        assert_eq!(
            governor.take(now),
            Err(now + TimeDelta::milliseconds(1_100))
        );
    }

    #[test]
    fn a_spent_day_is_not_asked_for_at_once() {
        let mut governor = Governor::new(Vec::new());
        governor.hear(
            StatusCode::OK,
            &headers(&[("x-ratelimit-remaining", "5")]),
            at(0),
        );
        assert_eq!(governor.take(at(0)), Ok(()));
        governor.hear(
            StatusCode::OK,
            &headers(&[("x-ratelimit-remaining", "0")]),
            at(0),
        );
        assert_eq!(governor.take(at(1)), Err(at(900_000)));
    }
}
