//! The attempt as a pure state machine, its driver, and the scheduler of many trials.
//!
//! This crate does not know which model, environment or recorder it drives: it has them as the contracts of
//! `turnwise-core`. It starts no process, opens no file and prints nothing.

mod asides;
mod attempt;
mod attempts;
mod context;
mod driver;
mod format;
mod interrupt;
mod laps;
mod opening;
mod parts;
mod profile;
mod progress;
mod relive;
mod resume;
mod scheduler;
mod seed;
mod trial;
mod watching;

pub use asides::{Branches, Questions, Recited, Subgoals};
pub use attempt::{
    Asking, Attempt, Deciding, Executing, Finished, Inspecting, Recording, Step, Taken, Wondering,
};
pub use context::{Past, shown};
pub use driver::{Driven, drive};
pub use interrupt::{Interrupt, Level};
pub use opening::{opening, prompt_hash};
pub use parts::{Parts, Spans};
pub use profile::{Profile, ProfileError, ProfileSource, shipped as shipped_profiles};
pub use progress::{Progress, Silent, Update};
pub use relive::{Relived, RelivedCue, Reliving};
pub use scheduler::{Summary, run_trials};
pub use seed::{attempt_seed, trial_seed};
pub use trial::{BegunAttempt, TrialPlan, TrialReport, run_trial};
pub use watching::{CueFinder, Found, KeepStates};
