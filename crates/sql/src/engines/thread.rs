//! The thread that a session with a driver lives on while something is done in it: a driver's calls wait.

use std::{sync::Arc, time::Duration};

use model::{Column, Failure, FailureKind, edges::Rows};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::watch::{Places, Watch, silent};
use crate::rows::{Piece, Stream, channel};

/// A database behind a driver, as threads need to know it.
pub(super) trait Driven: Clone + Send + 'static {
    /// A session with it.
    type Session: Send + 'static;

    /// What its threads are called.
    const THREAD: &'static str;

    /// Opens a session. May take as long as the network and the driver like.
    fn open(&self) -> Result<Self::Session, Failure>;

    /// How what runs in a session is stopped from another thread; `None` where nothing stops it.
    fn stop_of(session: &Self::Session) -> Option<Box<dyn Fn() + Send>>;

    /// How long opening may take.
    fn connect_limit(&self) -> Duration;

    /// How long a statement may take; 0 for as long as it likes.
    fn statement_limit_ms(&self) -> u32;

    /// Where its statements count that were given up.
    fn places(&self) -> &Places;
}

/// Works in a session on a thread of its own: in this one, or in one that is opened there. `work` answers, and may go on behind its answer;
/// what is then to be told goes into `pieces`. When `unwanted` is cancelled, or the time is up, the statement is stopped; where it cannot be,
/// nobody waits for it any more.
///
/// # Errors
/// Those of opening and of `work`; `SqlUnreachable` when there is no session in time, or no place for one more; `SqlTimeout` when the
/// statement's time is up.
pub(super) async fn on_thread<D, T, W>(
    database: &D,
    at_hand: Option<D::Session>,
    unwanted: &CancellationToken,
    pieces: Option<mpsc::Sender<Piece>>,
    work: W,
) -> Result<T, Failure>
where
    D: Driven,
    T: Send + 'static,
    W: FnOnce(D::Session, &Watch, oneshot::Sender<Result<T, Failure>>) + Send + 'static,
{
    if let Err(failure) = database.places().free() {
        // To hang up may wait for the network.
        drop(tokio::task::spawn_blocking(move || drop(at_hand)));
        return Err(failure);
    }
    let watch = Watch::new(database.statement_limit_ms(), database.places().clone());
    let (answer, answered) = oneshot::channel();
    let (connected, is_connected) = oneshot::channel::<()>();
    let (opening, working, leaving) = (database.clone(), Arc::clone(&watch), unwanted.clone());
    let started = std::thread::Builder::new().name(D::THREAD.to_owned()).spawn(move || {
        let _ends = working.done.clone().drop_guard();
        match at_hand.map_or_else(|| opening.open(), Ok) {
            // Nobody waits for it when sending fails.
            Err(failure) => drop(answer.send(Err(failure))),
            Ok(_) if leaving.is_cancelled() => {}
            Ok(session) => {
                let _ = connected.send(());
                if let Some(stop) = D::stop_of(&session) {
                    working.watches(stop);
                }
                working.begins();
                work(session, &working, answer);
            }
        }
    });
    started.map_err(|error| Failure::new(FailureKind::Internal, "starting a thread to read on").because(error))?;
    tokio::spawn(Arc::clone(&watch).keep(unwanted.clone()));
    if let Some(pieces) = pieces {
        tokio::spawn(tell_when_given_up(Arc::clone(&watch), pieces));
    }
    let died = |_| Failure::new(FailureKind::Internal, "the driver's thread ended without an answer");
    let limit = database.connect_limit();
    let answered = async move {
        tokio::pin!(answered);
        tokio::select! {
            biased;
            answer = &mut answered => return answer.map_err(died)?,
            connected = tokio::time::timeout(limit, is_connected) => {
                if connected.is_err() {
                    return Err(silent(limit));
                }
            }
        }
        answered.await.map_err(died)?
    };
    tokio::select! {
        biased;
        answer = answered => answer,
        () = watch.given_up.cancelled() => Err(watch.explains().unwrap_or_else(|| silent(limit))),
    }
}

/// Whoever waits for rows hears that they will not come.
async fn tell_when_given_up(watch: Arc<Watch>, pieces: mpsc::Sender<Piece>) {
    tokio::select! {
        () = watch.done.cancelled() => {}
        () = watch.given_up.cancelled() => {
            if let Some(failure) = watch.explains() {
                // Nobody listens when this fails.
                let _ = pieces.send(Piece::Failed(failure)).await;
            }
        }
    }
}

/// Rows that `work` sends from a thread of its own, of the columns that it answers.
///
/// # Errors
/// As [`on_thread`].
pub(super) async fn rows<D, W>(database: &D, at_hand: Option<D::Session>, work: W) -> Result<Box<dyn Rows>, Failure>
where
    D: Driven,
    W: FnOnce(D::Session, &Watch, oneshot::Sender<Result<Vec<Column>, Failure>>, &mpsc::Sender<Piece>) + Send + 'static,
{
    let unwanted = CancellationToken::new();
    let guard = unwanted.clone().drop_guard();
    let (pieces, receiver) = channel();
    let sending = pieces.clone();
    let reading =
        on_thread(database, at_hand, &unwanted, Some(pieces), move |session, watch, answer| work(session, watch, answer, &sending));
    Ok(Box::new(Stream::new(reading.await?, receiver, guard)))
}

/// Nobody listens any more when this fails: nothing is left to be done.
pub(super) fn tell(pieces: &mpsc::Sender<Piece>, piece: Piece) {
    drop(pieces.blocking_send(piece));
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc::Receiver};

    use super::*;

    /// A driver whose sessions open when somebody says so.
    #[derive(Clone)]
    struct Slow {
        opens: Arc<Mutex<Receiver<()>>>,
        limit: Duration,
        places: Places,
    }

    impl Driven for Slow {
        type Session = ();
        const THREAD: &'static str = "slow";

        fn open(&self) -> Result<(), Failure> {
            let _ = self.opens.lock().unwrap().recv();
            Ok(())
        }

        fn stop_of((): &()) -> Option<Box<dyn Fn() + Send>> {
            None
        }

        fn connect_limit(&self) -> Duration {
            self.limit
        }

        fn statement_limit_ms(&self) -> u32 {
            0
        }

        fn places(&self) -> &Places {
            &self.places
        }
    }

    #[tokio::test]
    async fn a_session_that_does_not_open_is_not_waited_for() {
        let (open, opens) = std::sync::mpsc::channel();
        let places = Places::of("a driver that ignores its login timeout", 1);
        let slow = Slow { opens: Arc::new(Mutex::new(opens)), limit: Duration::from_millis(20), places };
        let unwanted = CancellationToken::new();
        let asked = on_thread(&slow, None, &unwanted, None, |(), _, answer| drop(answer.send(Ok(())))).await;
        let failure = asked.unwrap_err();
        assert_eq!(failure.kind, FailureKind::SqlUnreachable);
        assert!(failure.doing.contains("`connect_timeout_ms`"), "{}", failure.doing);
        open.send(()).unwrap();
        // One that does is worked in.
        open.send(()).unwrap();
        let patient = Slow { limit: Duration::from_secs(60), ..slow };
        on_thread(&patient, None, &unwanted, None, |(), _, answer| drop(answer.send(Ok(())))).await.unwrap();
    }
}
