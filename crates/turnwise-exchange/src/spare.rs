//! The spare places of a format: what it has no words for is written under one key of ours, in the plain shape.
//!
//! Nothing is written there that a stranger's reader of the format's own words would get right.

use serde_json::{Map, Value};

use crate::{
    fields::Fields,
    step,
    trajectory::{Trajectory, Turn},
};

/// The key that is ours in other tools' files.
pub(crate) const KEY: &str = "turnwise";

/// What of `want` is missing or different in `got`; a key that should not be there is `null`.
fn difference(want: Map<String, Value>, got: &Map<String, Value>) -> Map<String, Value> {
    let absent = got.keys().filter(|key| !want.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let mut differing: Map<String, Value> = absent.collect();
    differing.extend(want.into_iter().filter(|(key, value)| got.get(key) != Some(value)));
    differing
}

fn overlaid(mut map: Map<String, Value>, over: Map<String, Value>) -> Fields {
    for (key, value) in over {
        if value.is_null() {
            map.shift_remove(&key);
        } else {
            map.insert(key, value);
        }
    }
    Fields::from_map(map)
}

/// What of a turn its format loses.
fn of_turn(want: &Turn, got: &Turn) -> Map<String, Value> {
    difference(step::of_turn(want), &step::of_turn(got))
}

/// Gives each turn what its format lost, which its reader left among its unknown keys.
pub(crate) fn fill_turns(t: &mut Trajectory) {
    for turn in &mut t.turns {
        if let Some(Value::Object(spare)) = turn.extra.shift_remove(KEY) {
            *turn = step::to_turn(overlaid(step::of_turn(turn), spare));
        }
    }
}

/// What of a trajectory, but for its turns, its format loses.
fn of_trajectory(want: &Trajectory, got: &Trajectory) -> Map<String, Value> {
    difference(step::of_trajectory(want), &step::of_trajectory(got))
}

/// A trajectory with what its format lost; the turns are as they were.
pub(crate) fn to_trajectory(mut t: Trajectory, spare: Option<Fields>) -> Trajectory {
    let Some(mut spare) = spare else { return t };
    let turns = match spare.list("steps") {
        Some(steps) => steps.into_iter().filter_map(Fields::of).map(step::to_turn).collect(),
        None => std::mem::take(&mut t.turns),
    };
    let facts = overlaid(step::of_trajectory(&t), spare.left());
    match step::to_trajectory(facts, turns.clone()) {
        Some(read) => read,
        None => Trajectory { turns, ..t },
    }
}

/// Writes into the spare places of a document what its reader does not get from the format's own words. `place` finds
/// the object of a turn, by its number from 0, or of the whole, in which [`KEY`] may stand.
pub(crate) fn fill(
    doc: &mut Value,
    (want, got): (&Trajectory, &Trajectory),
    mut place: impl FnMut(&mut Value, Option<usize>) -> Option<&mut Map<String, Value>>,
) {
    let mut whole = of_trajectory(want, got);
    if want.turns.len() == got.turns.len() {
        for (index, (want, got)) in want.turns.iter().zip(&got.turns).enumerate() {
            let lost = of_turn(want, got);
            if !lost.is_empty()
                && let Some(place) = place(doc, Some(index))
            {
                place.insert(KEY.to_owned(), Value::Object(lost));
            }
        }
    } else {
        let steps = want.turns.iter().map(|turn| Value::Object(step::of_turn(turn))).collect();
        whole.insert("steps".to_owned(), steps);
    }
    if !whole.is_empty()
        && let Some(place) = place(doc, None)
    {
        place.insert(KEY.to_owned(), Value::Object(whole));
    }
}
