//! How often each thing goes wrong in a life: every seed draws a subset of all faults and a rate for each.

use crate::random::Random;

macro_rules! chances {
    ($( $(#[$doc:meta])* $name:ident = $text:literal, $most:literal; )*) => {
        /// Something that may go wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Chance { $( $(#[$doc])* $name, )* }

        impl Chance {
            /// All of them.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// The name in the trace and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The highest rate, in thousandths, that a seed may draw.
            #[must_use]
            pub fn permille_max(self) -> u32 {
                match self { $( Self::$name => $most, )* }
            }
        }
    };
}

chances! {
    /// A run of the node ends by a crash at some step.
    Crash = "crash", 900;
    /// A commit fails with an I/O error, done or not, and the store fails until it is opened again.
    StoreFails = "store_fails", 25;
    /// The node's clock jumps before a run or during it.
    ClockJumps = "clock_jumps", 300;
    /// The node is off for days.
    NodeOff = "node_off", 150;
    /// A request finds no connection.
    NotSent = "not_sent", 40;
    /// A request is lost on its way.
    RequestLost = "request_lost", 40;
    /// The caller gives up, and the request arrives after that.
    RequestLate = "request_late", 60;
    /// A request is done and its reply lost.
    ReplyLost = "reply_lost", 80;
    /// A reply takes long.
    ReplySlow = "reply_slow", 60;
    /// A reply ends after half of its body.
    ReplyCut = "reply_cut", 40;
    /// A proxy answers 200 with a page of its own.
    ReplyGarbled = "reply_garbled", 30;
    /// 5xx, nothing done.
    ErrorBefore = "error_before", 60;
    /// 5xx, all done.
    ErrorAfter = "error_after", 80;
    /// 5xx, the first documents of the batch done.
    ErrorMidway = "error_midway", 120;
    /// 503 with the maintenance text.
    Maintenance = "maintenance", 30;
    /// 401 although the token lives.
    TokenRefused = "token_refused", 40;
    /// A proxy hands a request over twice.
    HandedTwice = "handed_twice", 40;
    /// The provider cannot be reached for hours.
    ProviderDown = "provider_down", 200;
    /// Others have used up the minute.
    MinuteUsedUp = "minute_used_up", 200;
    /// Others have used up the day.
    DayUsedUp = "day_used_up", 150;
    /// Others have used up the places in the air.
    AirUsedUp = "air_used_up", 150;
    /// Others have used up the app's minute.
    AppUsedUp = "app_used_up", 150;
    /// The reply to a renewal of tokens is lost.
    TokensLost = "tokens_lost", 400;
    /// The sign-in service answers 5xx.
    SignInFails = "sign_in_fails", 300;
    /// The host cannot be reached for a while.
    HostDown = "host_down", 300;
    /// A delivery to the host is lost.
    DeliveryLost = "delivery_lost", 150;
    /// A delivery is taken, and the host's answer lost.
    DeliveryUnanswered = "delivery_unanswered", 150;
    /// The host answers with a result too few.
    DeliveryShort = "delivery_short", 100;
    /// The host refuses payments and settlements for a while.
    HostRefuses = "host_refuses", 150;
    /// The host tells what it told before.
    HostRepeats = "host_repeats", 250;
    /// A webhook comes twice.
    HintTwice = "hint_twice", 300;
    /// A webhook waits for the one after it.
    HintReordered = "hint_reordered", 300;
    /// The first events of a webhook are lost.
    HintGap = "hint_gap", 300;
    /// A webhook never reaches the node.
    HintLost = "hint_lost", 300;
    /// A webhook is wrongly signed.
    HintForged = "hint_forged", 200;
    /// What hands a request over twice takes the provider's last place with the first copy.
    CopyTurnedAway = "copy_turned_away", 1000;
    /// A push of the host is lost.
    PushLost = "push_lost", 300;
    /// A push of the host arrives hours or days later.
    PushLate = "push_late", 400;
    /// A push of the host comes twice at once.
    PushTwice = "push_twice", 300;
    /// Pushes of the host come the newest first.
    PushReordered = "push_reordered", 500;
    /// A push of the host is taken, and the answer lost.
    PushUnanswered = "push_unanswered", 300;
    /// Somebody else pushes in the host's name.
    PushForged = "push_forged", 200;
    /// The node dies when a push is stored and not answered yet.
    PushCrash = "push_crash", 200;
}

impl Chance {
    /// Those of pushes stand last.
    fn is_of_pushes(self) -> bool {
        self >= Self::PushLost
    }
}

/// The rates of one life.
#[derive(Clone, Debug)]
pub struct Odds(Vec<u32>);

impl Odds {
    /// Half of all faults at rates between nothing and their most; one life in eight has none at all.
    ///
    /// Those of pushes have numbers of their own, where the host pushes: lives without pushes know nothing of them.
    pub(crate) fn draw(random: &mut Random, mut of_pushes: Option<Random>) -> Self {
        let calm = random.one_in(8);
        let rates = Chance::ALL.iter().map(|chance| {
            let random = match (chance.is_of_pushes(), &mut of_pushes) {
                (false, _) => &mut *random,
                (true, Some(of_pushes)) => of_pushes,
                (true, None) => return 0,
            };
            let rate = random.between(1, u64::from(chance.permille_max()));
            let on = random.one_in(2) && !calm;
            if on {
                u32::try_from(rate).unwrap_or_default()
            } else {
                0
            }
        });
        Self(rates.collect())
    }

    /// The rate of a fault, in thousandths.
    #[must_use]
    pub fn of(&self, chance: Chance) -> u32 {
        let at = Chance::ALL.iter().position(|known| *known == chance);
        at.and_then(|at| self.0.get(at))
            .copied()
            .unwrap_or_default()
    }

    /// The faults of this life with their rates.
    #[must_use]
    pub fn shown(&self) -> String {
        let on = Chance::ALL.iter().filter(|chance| self.of(**chance) > 0);
        let shown: Vec<String> = on
            .map(|chance| format!("{}={}", chance.name(), self.of(*chance)))
            .collect();
        if shown.is_empty() {
            "none".to_owned()
        } else {
            shown.join(" ")
        }
    }
}
