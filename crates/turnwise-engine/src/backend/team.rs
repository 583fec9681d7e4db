//! Threads that share out one operation: a caller and its helpers, which take pieces until there are none left.
//!
//! Operations of a small model last microseconds, so helpers look for work in a loop for a while before they sleep.
//! Whoever is held up by the operating system holds up nobody else: the caller takes what is left, and waits only
//! for pieces that somebody has begun. Which thread computes a piece changes nothing in it.
#![expect(unsafe_code, reason = "work that borrows from the caller's stack is handed to other threads")]

use std::{
    cell::UnsafeCell,
    hint, io,
    panic::resume_unwind,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle, Thread},
};

/// How often a helper looks for work before it sleeps: some tens of microseconds.
const LOOKS: u32 = 600;

/// Of the word that says what is open, the bits that count pieces; the others number the jobs.
const COUNT: u64 = u32::MAX as u64;

/// The work of one job, called with the number of a piece.
type Work = *const (dyn Fn(usize) + Sync);

/// A caller's helpers. They end with it.
#[derive(Debug)]
pub(super) struct Team {
    board: Arc<Board>,
    helpers: Vec<Helper>,
    /// Held by whoever has put up a job; others compute alone.
    caller: Mutex<()>,
}

#[derive(Debug)]
struct Helper {
    thread: Thread,
    is_asleep: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

/// Where a job is put up.
struct Board {
    /// The job's number, and how many of its pieces nobody has begun.
    open: AtomicU64,
    /// Pieces that are not finished.
    unfinished: AtomicUsize,
    work: UnsafeCell<Option<Work>>,
    has_failed: AtomicBool,
    is_closed: AtomicBool,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("open", &self.open).finish_non_exhaustive()
    }
}

// SAFETY: `work` is written by the one caller while no piece is open or unfinished, and read only by threads that
// have begun a piece of the job it belongs to; the atomics order the two.
unsafe impl Send for Board {}
// SAFETY: as for `Send`.
unsafe impl Sync for Board {}

impl Team {
    /// A team of this many threads, the caller's own among them.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub(super) fn new(threads: usize) -> io::Result<Self> {
        let board = Arc::new(Board {
            open: AtomicU64::new(0),
            unfinished: AtomicUsize::new(0),
            work: UnsafeCell::new(None),
            has_failed: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        });
        let helpers = (1..threads).map(|_| Helper::start(&board)).collect::<io::Result<_>>()?;
        Ok(Self { board, helpers, caller: Mutex::new(()) })
    }

    /// How many threads there are, the caller's among them.
    pub(super) fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Does `work` on every piece, on whichever thread is free, and returns when all are done.
    pub(super) fn share<T: Send>(&self, pieces: Vec<T>, work: impl Fn(T) + Sync) {
        let free = self.caller.try_lock();
        if self.helpers.is_empty() || pieces.len() < 2 || free.is_err() {
            return pieces.into_iter().for_each(work);
        }
        let pieces: Vec<_> = pieces.into_iter().map(|piece| Mutex::new(Some(piece))).collect();
        let take = |index: usize| {
            let piece =
                pieces.get(index).and_then(|p| p.lock().unwrap_or_else(PoisonError::into_inner).take());
            if let Some(piece) = piece {
                work(piece);
            }
        };
        self.run(pieces.len(), &take);
    }

    fn run(&self, pieces: usize, work: &(dyn Fn(usize) + Sync)) {
        let board = &*self.board;
        // SAFETY: only the lifetime changes. Nobody calls it after `wait` below has seen every piece finished, and
        // this function does not return before.
        let work: Work = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), Work>(work) };
        // SAFETY: this is the only caller (it holds `self.caller`), and no piece of an earlier job is open or
        // unfinished, so nobody reads.
        unsafe { *board.work.get() = Some(work) };
        board.unfinished.store(pieces, Ordering::Relaxed);
        let job = (board.open.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        board.open.store(job << 32 | pieces as u64, Ordering::SeqCst);
        for helper in &self.helpers {
            if helper.is_asleep.load(Ordering::SeqCst) {
                helper.thread.unpark();
            }
        }
        let finished = Wait(board);
        while board.do_one() {}
        drop(finished);
        if board.has_failed.load(Ordering::Acquire) {
            resume_unwind(Box::new("a piece of the work panicked on another thread"));
        }
    }
}

/// Waits, when dropped, until every piece is finished, even if the caller's own piece panics.
struct Wait<'a>(&'a Board);

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            // What nobody has begun is not begun any more.
            let left = self.0.open.fetch_and(!COUNT, Ordering::AcqRel) & COUNT;
            self.0.unfinished.fetch_sub(usize::try_from(left).unwrap_or(0), Ordering::AcqRel);
        }
        let mut looks = 0_u32;
        while self.0.unfinished.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks < LOOKS { hint::spin_loop() } else { thread::yield_now() }
        }
    }
}

impl Board {
    /// Begins and finishes one piece, if there is one that nobody has begun.
    fn do_one(&self) -> bool {
        let mut open = self.open.load(Ordering::Acquire);
        while open & COUNT > 0 {
            match self.open.compare_exchange_weak(open, open - 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    let _finished = Finish(self);
                    // SAFETY: a piece of the job that is up has been begun, so its caller waits, and what it
                    // wrote before it put the job up can be read and called until this piece is finished.
                    let work = unsafe { (*self.work.get()).map(|work| &*work) };
                    if let Some(work) = work {
                        work(usize::try_from((open & COUNT) - 1).unwrap_or(0));
                    }
                    return true;
                }
                Err(now) => open = now,
            }
        }
        false
    }
}

/// Counts a piece as finished when dropped.
struct Finish<'a>(&'a Board);

impl Drop for Finish<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.has_failed.store(true, Ordering::Release);
        }
        self.0.unfinished.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Helper {
    fn start(board: &Arc<Board>) -> io::Result<Self> {
        let is_asleep = Arc::new(AtomicBool::new(false));
        let (board, asleep) = (Arc::clone(board), Arc::clone(&is_asleep));
        let help = move || help(&board, &asleep);
        let handle = thread::Builder::new().name("turnwise-helper".into()).spawn(help)?;
        Ok(Self { thread: handle.thread().clone(), is_asleep, handle: Some(handle) })
    }
}

fn help(board: &Board, is_asleep: &AtomicBool) {
    let mut looks = 0;
    while !board.is_closed.load(Ordering::Acquire) {
        if board.do_one() {
            looks = 0;
        } else if looks < LOOKS {
            looks += 1;
            hint::spin_loop();
        } else {
            is_asleep.store(true, Ordering::SeqCst);
            // Whoever puts up a job after this look sees the helper asleep, and wakes it.
            if board.open.load(Ordering::SeqCst) & COUNT == 0 && !board.is_closed.load(Ordering::SeqCst) {
                thread::park();
            }
            is_asleep.store(false, Ordering::SeqCst);
            looks = 0;
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.board.is_closed.store(true, Ordering::SeqCst);
        for helper in &mut self.helpers {
            helper.thread.unpark();
            if let Some(handle) = helper.handle.take() {
                // A helper that panicked has said so already.
                drop(handle.join());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{panic::AssertUnwindSafe, sync::atomic::AtomicUsize, thread, time::Duration};

    use super::{Ordering, Team};

    #[test]
    fn every_piece_is_done_once_whoever_does_it() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for round in 0..500 {
                let mut numbers = vec![0_usize; round % 40];
                let pieces: Vec<_> = numbers.iter_mut().enumerate().collect();
                team.share(pieces, |(index, number)| *number += index + round);
                assert!(numbers.iter().enumerate().all(|(index, number)| *number == index + round));
                if round % 100 == 0 {
                    // Long enough for the helpers to fall asleep.
                    thread::sleep(Duration::from_millis(3));
                }
            }
        }
    }

    #[test]
    fn callers_at_the_same_time_do_not_meet() {
        let team = Team::new(2).unwrap();
        let done = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..300 {
                        team.share((0..7).collect(), |_: i32| {
                            done.fetch_add(1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        assert_eq!(done.into_inner(), 3 * 300 * 7);
    }

    #[test]
    fn a_piece_that_panics_fails_the_caller_and_leaves_nothing_running() {
        let team = Team::new(2).unwrap();
        let done = AtomicUsize::new(0);
        let share = || {
            team.share((0..20).collect(), |piece: usize| {
                assert_ne!(piece, 7);
                done.fetch_add(1, Ordering::Relaxed);
            });
        };
        assert!(std::panic::catch_unwind(AssertUnwindSafe(share)).is_err());
        let before = done.load(Ordering::Relaxed);
        thread::sleep(Duration::from_millis(2));
        assert_eq!(done.load(Ordering::Relaxed), before);
    }
}
