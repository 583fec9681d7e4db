//! Rows of the views as values: each field is the column of its name.

use sqlx::{Error, Row, sqlite::SqliteRow};

use crate::{AttemptRow, PolicyRow, RunSummary, TrialRow};

/// A value that is made of a row.
pub(super) trait FromColumns: Sized {
    /// Reads each field from the column of its name.
    fn from_columns(row: &SqliteRow) -> Result<Self, Error>;
}

macro_rules! from_columns {
    ($type:ident { $($field:ident)* }) => {
        impl FromColumns for $type {
            fn from_columns(row: &SqliteRow) -> Result<Self, Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),* })
            }
        }
    };
}

from_columns!(RunSummary {
    run_id suites policies model finished unfinished solved turns tokens started_at ended_at command
});
from_columns!(PolicyRow {
    run_id suite policy model trials solved solve_rate solve_lo solve_hi turns_mean prompt_tokens prefill_tokens
    decode_tokens tokens_per_solved wall_ms graded unfinished compute_tokens_per_solved cost aside_tokens
});
from_columns!(TrialRow {
    run_id trial_id suite task policy seed model ending stop_rule solved score turns turn_limit extensions reminders
    attempts prompt_tokens prefill_tokens decode_tokens model_ms tool_ms wall_ms started_at ended_at finished cost
    counted aside_tokens
});
from_columns!(AttemptRow {
    attempt place from_attempt from_turn seed prompt_hash ending stop_rule error turn_limit extensions reminders turns started_at ended_at
});
