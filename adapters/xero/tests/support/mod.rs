//! What several tests share: a Xero that counts calls in fixed windows, in virtual time.

#![allow(dead_code, reason = "each test uses a part of this")]

pub(crate) mod identity;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use http::{Request, Response, StatusCode};
use tieout_core::clock::{Clock, TokioClock};
use tieout_core::transport::{Transport, TransportError};

/// The present when a test starts.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
}

/// The limits of the counting Xero.
#[derive(Clone)]
pub(crate) struct Windows {
    pub(crate) concurrent: u32,
    pub(crate) minute: u32,
    pub(crate) day: u32,
    pub(crate) minute_offset: TimeDelta,
    pub(crate) day_offset: TimeDelta,
    pub(crate) latency_ms: u64,
}

impl Default for Windows {
    fn default() -> Self {
        Self {
            concurrent: 5,
            minute: 60,
            day: 5_000,
            minute_offset: TimeDelta::zero(),
            day_offset: TimeDelta::hours(20),
            latency_ms: 200,
        }
    }
}

/// What it has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) calls: u32,
    pub(crate) refused: u32,
    pub(crate) at_once_max: u32,
    in_air: u32,
    minute: (i64, u32),
    day: (i64, u32),
}

/// A Xero that enforces fixed windows at an offset that its client does not know.
#[derive(Clone)]
pub(crate) struct CountingXero {
    windows: Windows,
    clock: TokioClock,
    seen: Arc<Mutex<Seen>>,
}

impl CountingXero {
    pub(crate) fn new(windows: Windows, clock: TokioClock) -> Self {
        Self {
            windows,
            clock,
            seen: Arc::default(),
        }
    }

    pub(crate) fn seen<R>(&self, look: impl FnOnce(&Seen) -> R) -> R {
        look(&self.seen.lock().unwrap())
    }

    fn pause(&self) -> Duration {
        // Deterministic and uneven: half to one and a half of the latency for the whole trip.
        let calls = u64::from(self.seen.lock().unwrap().calls);
        let uneven = (calls * 7_919) % (self.windows.latency_ms + 1);
        Duration::from_millis((self.windows.latency_ms / 2 + uneven) / 2)
    }

    fn count(&self) -> Response<Bytes> {
        let now = self.clock.now();
        let windows = &self.windows;
        let mut seen = self.seen.lock().unwrap();
        seen.calls += 1;
        seen.in_air += 1;
        seen.at_once_max = seen.at_once_max.max(seen.in_air);
        let minute = (now - windows.minute_offset)
            .timestamp_millis()
            .div_euclid(60_000);
        let day = (now - windows.day_offset)
            .timestamp_millis()
            .div_euclid(86_400_000);
        if seen.minute.0 != minute {
            seen.minute = (minute, 0);
        }
        if seen.day.0 != day {
            seen.day = (day, 0);
        }
        let end_of = |window: i64, ms: i64, offset: TimeDelta| {
            let end = DateTime::from_timestamp_millis((window + 1) * ms).unwrap() + offset;
            (end - now).num_seconds()
        };
        let problem = if seen.in_air > windows.concurrent {
            Some(("Concurrent", None))
        } else if seen.day.1 >= windows.day {
            Some(("day", Some(end_of(day, 86_400_000, windows.day_offset))))
        } else if seen.minute.1 >= windows.minute {
            Some((
                "minute",
                Some(end_of(minute, 60_000, windows.minute_offset)),
            ))
        } else {
            seen.minute.1 += 1;
            seen.day.1 += 1;
            None
        };
        let mut reply = Response::builder()
            .header("X-DayLimit-Remaining", windows.day - seen.day.1)
            .header("X-MinLimit-Remaining", windows.minute - seen.minute.1)
            .header("X-AppMinLimit-Remaining", 9_000);
        if let Some((name, after)) = problem {
            seen.refused += 1;
            reply = reply
                .status(StatusCode::TOO_MANY_REQUESTS)
                .header("X-Rate-Limit-Problem", name);
            if let Some(after) = after {
                reply = reply.header("Retry-After", after);
            }
        }
        reply.body(Bytes::from_static(b"{}")).unwrap()
    }
}

#[async_trait]
impl Transport for CountingXero {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        tokio::time::sleep(self.pause()).await;
        let reply = self.count();
        tokio::time::sleep(self.pause()).await;
        self.seen.lock().unwrap().in_air -= 1;
        Ok(reply)
    }
}
