//! The gate: how often may be tried, for how many at once, in how much memory.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use tieout_identity::{Gate, Pace, Paces, TooSoon};

fn start() -> DateTime<Utc> {
    "2026-11-22T09:00:00Z".parse().unwrap()
}

const PACE: Pace = Pace {
    burst: 3,
    every: TimeDelta::seconds(10),
};

#[test]
fn so_many_at_once_and_then_one_at_a_time() {
    let mut paces = Paces::new(PACE, 10);
    let now = start();
    for _ in 0..3 {
        assert_eq!(paces.take("a", now), Ok(()));
    }
    assert_eq!(paces.take("a", now), Err(TimeDelta::seconds(10)));
    assert_eq!(paces.take("b", now), Ok(()));
    let later = now + TimeDelta::seconds(9);
    assert_eq!(paces.take("a", later), Err(TimeDelta::seconds(1)));
    let later = now + TimeDelta::seconds(10);
    assert_eq!(paces.look("a", later), Ok(()));
    assert_eq!(paces.take("a", later), Ok(()));
    assert_eq!(paces.take("a", later), Err(TimeDelta::seconds(10)));
    let rested = now + TimeDelta::hours(1);
    for _ in 0..3 {
        assert_eq!(paces.take("a", rested), Ok(()));
    }
    assert!(paces.take("a", rested).is_err());
}

#[test]
fn a_flood_of_names_takes_bounded_memory_and_does_not_free_who_tried_most() {
    let mut paces = Paces::new(PACE, 100);
    let now = start();
    for _ in 0..3 {
        paces.take("guesser", now).unwrap();
    }
    for number in 0..10_000 {
        paces.take(&format!("n{number}"), now).unwrap();
        assert!(paces.names() <= 100);
    }
    assert!(paces.take("guesser", now).is_err());
}

#[test]
fn one_network_is_one_sender_however_many_addresses_it_has() {
    let gate = Gate::default();
    let now = start();
    let mut refused = None;
    for number in 0..201 {
        let address: IpAddr = format!("2001:db8:1:2::{number:x}").parse().unwrap();
        refused = gate.sign_in(address, now).err();
    }
    assert_eq!(refused, Some(TooSoon { retry_after_s: 2 }));
    let neighbour: IpAddr = "2001:db8:1:3::1".parse().unwrap();
    assert_eq!(gate.sign_in(neighbour, now), Ok(()));
    let (plain, mapped): (IpAddr, IpAddr) = (
        "192.0.2.7".parse().unwrap(),
        "::ffff:192.0.2.7".parse().unwrap(),
    );
    for _ in 0..100 {
        gate.sign_in(plain, now).unwrap();
        gate.sign_in(mapped, now).unwrap();
    }
    assert!(gate.sign_in(plain, now).is_err());
}

#[test]
fn keys_that_open_nothing_close_the_gate_and_good_ones_do_not() {
    let gate = Gate::default();
    let address: IpAddr = "192.0.2.7".parse().unwrap();
    for _ in 0..20 {
        assert_eq!(gate.key(address, start()), Ok(()));
        gate.bad_key(address, start());
    }
    assert!(gate.key(address, start()).is_err());
    assert_eq!(gate.key(address, start() + TimeDelta::seconds(11)), Ok(()));
}

#[test]
fn a_person_is_not_asked_for_more_often_under_other_spellings() {
    let gate = Gate::default();
    for number in 0..10 {
        let name = if number % 2 == 0 {
            "Ann@x.test"
        } else {
            "ann@X.test"
        };
        gate.person(name, start()).unwrap();
    }
    assert!(gate.person("ANN@X.TEST", start()).is_err());
}
