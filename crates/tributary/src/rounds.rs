//! The server's own checks: every connection once in an interval, so that its health is known before anybody asks.
//!
//! A round takes one interval and spreads its checks evenly over it, the first one share of the interval after the start: never many at
//! once, whatever was restarted. Checks that take long hold up the next ones instead of gathering; then a round takes longer than its
//! interval. What is new meanwhile is checked from the next round on.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Shorter intervals would be a burden on those that are checked.
const LEAST: Duration = Duration::from_secs(10);

/// Longer ones are as good as none.
const MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Most checks of a round that are on their way at once.
const AT_ONCE: usize = 4;

/// How often the server checks every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckEvery {
    /// Once in this time.
    Interval(Duration),
    /// Only when somebody asks.
    Off,
}

impl FromStr for CheckEvery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let every = humantime::parse_duration(text).map_err(|error| format!("{error}; write it as `30s`, `5m` or `1h`, or `off`"))?;
        if !(LEAST..=MOST).contains(&every) {
            return Err("between 10s and 24h, or `off`".to_owned());
        }
        Ok(Self::Interval(every))
    }
}

impl fmt::Display for CheckEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interval(every) => humantime::format_duration(*every).fmt(f),
            Self::Off => f.write_str("off"),
        }
    }
}

/// Checks every connection once in the interval until `stop`; checks that are on their way then end unfinished, and nothing of them is kept.
pub async fn run(app: App, every: CheckEvery, stop: CancellationToken) {
    let CheckEvery::Interval(every) = every else { return };
    let list = || async {
        app.connections_to_check().await.unwrap_or_else(|refusal| {
            tracing::warn!(reason = %refusal, "the connections to check could not be listed");
            Vec::new()
        })
    };
    let check = |(organization, id)| {
        let app = app.clone();
        async move {
            match app.check_unasked(organization, id).await {
                Ok(Some(check)) if !check.passed => {
                    let code = check.code.map(model::Code::as_str);
                    tracing::info!(connection = %id, %organization, step = check.step, code, "a connection does not work");
                }
                Ok(_) => {}
                Err(refusal) => tracing::warn!(connection = %id, %organization, reason = %refusal, "a connection could not be checked"),
            }
        }
    };
    let _ = stop.run_until_cancelled(pace(every, list, check)).await;
}

/// Round after round: lists, then begins the work on each thing in its share of `every`.
async fn pace<T, L, W>(every: Duration, list: impl Fn() -> L, work: impl Fn(T) -> W)
where
    L: Future<Output = Vec<T>>,
    W: Future<Output = ()> + Send + 'static,
{
    let mut on_the_way = JoinSet::new();
    let mut begins = Instant::now();
    loop {
        let things = list().await;
        let share = every / u32::try_from(things.len()).ok().and_then(NonZeroU32::new).map_or(1, NonZeroU32::get);
        for (thing, nth) in things.into_iter().zip(1..) {
            tokio::time::sleep_until(begins + share * nth).await;
            while on_the_way.len() >= AT_ONCE {
                on_the_way.join_next().await;
            }
            while on_the_way.try_join_next().is_some() {}
            on_the_way.spawn(work(thing));
        }
        tokio::time::sleep_until(begins + every).await;
        // A round that took too long does not make the next one hurry.
        begins = Instant::now().max(begins + every);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    const EVERY: Duration = Duration::from_secs(60);

    /// Which thing was begun how many seconds after the start.
    type Begun = Arc<Mutex<Vec<(char, u64)>>>;

    fn noting(begun: &Begun, takes: Duration) -> impl Fn(char) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + use<> {
        let (begun, start) = (begun.clone(), Instant::now());
        move |thing| {
            begun.lock().unwrap().push((thing, start.elapsed().as_secs()));
            Box::pin(tokio::time::sleep(takes))
        }
    }

    async fn for_seconds(seconds: u64, work: impl Future<Output = ()>) {
        let _ = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_is_spread_over_the_interval_and_begins_with_a_share_of_it() {
        let begun = Begun::default();
        for_seconds(100, pace(EVERY, || async { vec!['a', 'b', 'c', 'd'] }, noting(&begun, Duration::ZERO))).await;
        assert_eq!(*begun.lock().unwrap(), [('a', 15), ('b', 30), ('c', 45), ('d', 60), ('a', 75), ('b', 90)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_new_is_in_the_next_round_and_nothing_is_waited_for_while_there_is_nothing() {
        let (begun, rounds) = (Begun::default(), AtomicUsize::new(0));
        let list = || async {
            match rounds.fetch_add(1, Ordering::SeqCst) {
                0 => vec![],
                1 => vec!['a'],
                _ => vec!['a', 'b'],
            }
        };
        for_seconds(185, pace(EVERY, list, noting(&begun, Duration::ZERO))).await;
        assert_eq!(*begun.lock().unwrap(), [('a', 120), ('a', 150), ('b', 180)]);
        assert_eq!(rounds.load(Ordering::SeqCst), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_long_holds_up_the_next_and_never_gathers() {
        let begun = Begun::default();
        let (at_once, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = |thing: usize| {
            let (begun, at_once, most) = (begun.clone(), at_once.clone(), most.clone());
            async move {
                begun.lock().unwrap().push((char::from_digit(thing as u32 % 10, 10).unwrap(), 0));
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(40)).await;
                at_once.fetch_sub(1, Ordering::SeqCst);
            }
        };
        for_seconds(401, pace(EVERY, || async { (0..20).collect() }, work)).await;
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
        let begun = begun.lock().unwrap().len();
        assert!((36..=44).contains(&begun), "{begun}: four each 40 s");
    }

    #[test]
    fn intervals_are_read_as_people_write_them_within_bounds() {
        for (text, expected) in [
            ("5m", Some(CheckEvery::Interval(Duration::from_secs(300)))),
            ("10s", Some(CheckEvery::Interval(LEAST))),
            ("24h", Some(CheckEvery::Interval(MOST))),
            ("off", Some(CheckEvery::Off)),
            ("9s", None),
            ("25h", None),
            ("0s", None),
            ("5", None),
            ("never", None),
        ] {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        assert_eq!(CheckEvery::Interval(Duration::from_secs(300)).to_string(), "5m");
    }
}
