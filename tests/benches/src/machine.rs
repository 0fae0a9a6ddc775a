//! What the kernel says of processes and of the whole machine. Linux only; elsewhere there is nothing to read.

use std::fs;
use std::time::Duration;

/// What a process has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The most memory that it ever had, in KiB.
    pub peak_kib: u64,
    /// Time on processors, its own and the kernel's for it.
    pub cpu: Duration,
}

/// Of the kernel's ticks, in which it counts time for programs, there are 100 a second on every platform.
const TICK: Duration = Duration::from_millis(10);

impl Used {
    /// What a process has used so far; `None` when it has ended.
    #[must_use]
    pub fn by(process: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let peak = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let peak_kib = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(Self {
            peak_kib,
            cpu: cpu_of(process)?,
        })
    }
}

/// Time that a process has spent on processors; `None` when it has ended.
#[must_use]
pub fn cpu_of(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold blanks; user and system time are the 12th and 13th after it.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}

/// Time that all processes together have spent on processors; `None` where the kernel does not say.
#[must_use]
pub fn cpu_of_all() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let all = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = all
        .split_whitespace()
        .map_while(|count| count.parse().ok())
        .collect();
    // user, nice, system, idle, waiting for disks, interrupts, soft interrupts
    let busy: u64 = [0, 1, 2, 5, 6].iter().filter_map(|at| ticks.get(*at)).sum();
    Some(Duration::from_millis(busy * 10))
}
