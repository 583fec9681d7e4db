//! Policies: a TOML file becomes a [`PolicySpec`], which becomes, with the turns of recorded baseline
//! trials, a resolved [`Policy`], whose [`Controller`] says after each turn what is to be done.
//!
//! Everything here is pure: no files, clocks, randomness, models, environments or stores. A verdict is a
//! function of recorded facts (law 1), so a replay over stored turns gives the same verdicts.

mod asides;
mod attach;
mod attempts;
mod baseline;
mod budgets;
pub mod calibration;
mod choice;
mod context;
mod controller;
mod error;
mod example;
mod expectation;
mod experience;
mod explain;
mod gate;
mod laps;
mod learned;
mod made_for;
mod policy;
mod read;
mod reads;
mod rehearsal;
mod reminder;
mod replay;
mod rules;
mod shipped;
pub mod signals;
mod spec;

pub use asides::Asides;
pub use attempts::{Attempts, Behind, Ended, Standing, Start};
pub use baseline::{Baseline, BaselineTrial};
pub use budgets::{Grant, TurnCount};
pub use calibration::quantile;
pub use choice::{Arm, Block, Choice, Chosen, Outcome};
pub use context::{Context, Cut, History, Report, Shrink, View, Window};
pub use controller::{Controller, Decision, End};
pub use error::PolicyError;
pub use example::Example;
pub use experience::{Experience, Recalled};
pub use gate::{Gate, GateFinding, Rehearsal};
pub use laps::{Laps, Untimed};
pub use learned::Learned;
pub use made_for::MadeFor;
pub use policy::{Caps, Extension, Origin, Policy, TurnBudget};
pub use reads::Reads;
pub use reminder::Texts;
pub use replay::{Fate, Replay, Replayed};
pub use rules::{Rule, Think};
pub use shipped::{shipped, shipped_files};
pub use signals::{Signal, Spoken};
pub use spec::{AtLimit, Limits, PolicySource, PolicySpec, Reminders};
pub use turnwise_toml::{Place, TomlError};
