//! Trajectories in other tools' files: what SWE-agent, mini-swe-agent, Inspect, ATIF's users and OpenHands write down
//! of a run, and the plain shape of one run a line, read into a [`Trajectory`] and written from one.
//!
//! A reader takes what it understands and keeps the rest as JSON; what a file does not say is `None`, never a zero.
//! A writer says all it can in the format's own words, reads that back as any stranger's file, and puts what got lost
//! on the way where the format has room for other people's facts. So what is written is read again as it was.
//!
//! This crate knows no database and runs nothing.

mod cut;
mod endings;
mod fields;
mod format;
mod formats;
mod moment;
mod read;
mod source;
mod spare;
mod step;
mod trajectory;
mod write;

pub use cut::LONGEST_TEXT;
pub use format::{Format, UnknownFormat};
pub use read::{Found, read};
pub use source::{Fault, Meter, Unreadable, files_of};
pub use trajectory::{Extra, Trajectory, Turn, Work};
pub use write::{Export, Unwritable};
