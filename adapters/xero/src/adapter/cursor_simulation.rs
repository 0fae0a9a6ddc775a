//! A list that changes while it is read, over hundreds of seeds: whatever moves, every last change is told.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::cursor::{Cursor, Row, Stream};
use crate::wire::Pagination;

/// Pages of one run; more mean that it gets nowhere.
const PAGES_MAX: usize = 2_000;

/// A generator of numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What may differ between worlds.
struct World {
    inclusive: bool,
    with_paging: bool,
    page_rows_max: usize,
    served_rows_max: usize,
    chance_of_change_percent: u64,
}

/// The other side: rows by their last change.
struct List {
    now_ms: i64,
    changed_ms: BTreeMap<u32, i64>,
}

impl List {
    fn page(
        &self,
        since: Option<DateTime<Utc>>,
        page: usize,
        size: usize,
        inclusive: bool,
    ) -> (Vec<(u32, i64)>, usize) {
        let from_ms = since.map_or(i64::MIN, |since| {
            (since.timestamp() + i64::from(!inclusive)) * 1_000
        });
        let mut rows: Vec<(u32, i64)> = self
            .changed_ms
            .iter()
            .map(|(&id, &ms)| (id, ms))
            .filter(|&(_, ms)| ms >= from_ms)
            .collect();
        rows.sort_by_key(|&(id, ms)| (ms, id));
        let count = rows.len();
        (
            rows.into_iter()
                .skip((page - 1) * size)
                .take(size)
                .collect(),
            count,
        )
    }

    fn change(&mut self, dice: &mut Dice, chance_percent: u64, rows_max: u64) {
        self.now_ms += i64::try_from(dice.below(1_500)).unwrap();
        if dice.below(100) >= chance_percent {
            return;
        }
        // A crowd in one instant, mostly of rows that exist and now move to the end.
        for _ in 0..dice.below(rows_max) {
            let id = u32::try_from(dice.below(120)).unwrap();
            self.changed_ms.insert(id, self.now_ms);
        }
    }
}

fn run(
    world: &World,
    list: &mut List,
    dice: &mut Dice,
    stream: &mut Stream,
    told: &mut BTreeMap<u32, i64>,
) {
    for _ in 0..PAGES_MAX {
        let ask = stream.ask(world.page_rows_max);
        let size = ask.page_size.min(world.served_rows_max);
        let (rows, count) = list.page(ask.since, ask.page, size, world.inclusive);
        let paging = Pagination {
            page: ask.page,
            page_size: size,
            page_count: count.div_ceil(size),
            item_count: count,
        };
        let keys: Vec<Row> = rows
            .iter()
            .map(|&(id, ms)| {
                Row::new(
                    &id.to_string(),
                    DateTime::from_timestamp_millis(ms).unwrap(),
                )
            })
            .collect();
        let now = DateTime::from_timestamp_millis(list.now_ms).unwrap();
        let taken = stream.take(ask, &keys, world.with_paging.then_some(paging), now);
        for at in taken.fresh {
            told.insert(rows[at].0, rows[at].1);
        }
        if taken.done {
            return;
        }
        list.change(dice, world.chance_of_change_percent, 12);
    }
    panic!("the run gets nowhere");
}

#[test]
fn whatever_moves_while_pages_are_read_every_last_change_is_told() {
    let mut pages_of_one_window = 0;
    for seed in 0..150 {
        let mut dice = Dice(seed);
        let page_rows_max = 10 + usize::try_from(dice.below(40)).unwrap();
        let world = World {
            inclusive: dice.below(2) == 0,
            with_paging: dice.below(4) != 0,
            page_rows_max,
            served_rows_max: if dice.below(4) == 0 {
                page_rows_max / 2 + 5
            } else {
                page_rows_max
            },
            chance_of_change_percent: dice.below(60),
        };
        let mut list = List {
            now_ms: 1_700_000_000_000,
            changed_ms: BTreeMap::new(),
        };
        let crowd = u32::try_from(dice.below(120)).unwrap();
        list.changed_ms
            .extend((0..crowd).map(|id| (id, 1_699_999_000_000)));
        let mut told = BTreeMap::new();
        let mut cursor = Cursor::new();
        for _ in 0..6 {
            run(&world, &mut list, &mut dice, cursor.current(), &mut told);
            pages_of_one_window +=
                usize::from(usize::try_from(crowd).unwrap() > world.served_rows_max);
            // Every position passes through its stored form.
            cursor = Cursor::parse(&cursor.to_text()).unwrap();
            list.now_ms += i64::try_from(dice.below(400_000)).unwrap();
            list.change(&mut dice, 100, 100);
            // Often so much that the overlap between runs does not heal what a run misses.
            list.now_ms += i64::try_from(dice.below(800_000)).unwrap();
        }
        run(
            &World {
                chance_of_change_percent: 0,
                ..world
            },
            &mut list,
            &mut dice,
            cursor.current(),
            &mut told,
        );
        assert_eq!(
            told, list.changed_ms,
            "seed {seed} paging {} inclusive {} rows {} served {}",
            world.with_paging, world.inclusive, world.page_rows_max, world.served_rows_max
        );
    }
    assert!(
        pages_of_one_window > 50,
        "the crowded case must happen often"
    );
}
