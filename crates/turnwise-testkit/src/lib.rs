//! Stand-ins for tests: a scripted model, a toy environment, a recorder in memory and a clock that counts.
//!
//! A dev-dependency only. Nothing here starts a process, opens a file or waits.

mod clock;
mod environment;
mod model;
mod recorder;
mod task;

pub use clock::CountingClock;
pub use environment::{ToyEnvironment, ToyEnvironments};
pub use model::{HURRIED, MoodyModel, ScriptedModel, reply, said};
pub use recorder::MemoryRecorder;
pub use task::task;
