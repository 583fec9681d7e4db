//! The plain shape: one object with the facts of a run and its `steps`; see [`crate::step`].

use serde_json::{Map, Value, json};

use crate::{
    Trajectory,
    endings::hand_in,
    fields::Fields,
    source::Fault,
    step::{self, RUN_KEYS, STEP_KEYS},
};

/// Writes a run.
pub(crate) fn write(t: &Trajectory) -> Value {
    let mut run = flat(step::of_trajectory(t), &RUN_KEYS);
    let steps = t.turns.iter().enumerate().map(|(index, turn)| {
        let mut numbered = Map::from_iter([("n".to_owned(), Value::from(index + 1))]);
        numbered.extend(flat(step::of_turn(turn), &STEP_KEYS));
        Value::Object(numbered)
    });
    run.insert("steps".to_owned(), steps.collect());
    Value::Object(run)
}

/// The unknown keys beside the known ones, as they were read, where they cannot be taken for known ones.
fn flat(mut facts: Map<String, Value>, known: &[&str]) -> Map<String, Value> {
    let Some(Value::Object(extra)) = facts.shift_remove("extra") else { return facts };
    let (nested, beside): (Map<_, _>, Map<_, _>) =
        extra.into_iter().partition(|(key, _)| known.contains(&key.as_str()));
    facts.extend(beside);
    if !nested.is_empty() {
        facts.insert("extra".to_owned(), Value::Object(nested));
    }
    facts
}

/// The steps of a run that only says how many there were, and of which kind each was: a letter a turn in `acts`. The letter
/// stands for the action, and nothing else is known.
fn summed_up(f: &mut Fields) -> Option<Vec<Value>> {
    let turns = f.get("turns").as_u64()?;
    let kinds = f.get("acts").as_str()?;
    if f.has("steps") || kinds.chars().count() as u64 != turns {
        return None;
    }
    let steps = kinds.chars().map(|kind| json!({ "act": kind.to_string() })).collect();
    let _they_are_the_steps_now = f.text("acts");
    Some(steps)
}

/// Reads a run. Its steps are put in the order of their numbers and counted anew from 1; a number that was another is
/// kept.
pub(crate) fn read(run: Value, _stem: &str) -> Result<Vec<Trajectory>, Fault> {
    let mut f = Fields::of(run).ok_or(Fault::Lacks { what: "an object with the facts of a run" })?;
    let steps = match f.list("steps") {
        Some(steps) => steps,
        None => summed_up(&mut f).ok_or(Fault::Lacks { what: "a list `steps`" })?,
    };
    let mut numbered = Vec::with_capacity(steps.len());
    for (index, step) in (1_u64..).zip(steps) {
        let mut step = Fields::of(step).ok_or(Fault::Lacks { what: "an object for each step" })?;
        let number = step.count("n").unwrap_or(index);
        numbered.push((number, step));
    }
    numbered.sort_by_key(|(number, _)| *number);
    let plain_end = numbered.last().is_some_and(|(_, step)| !step.has("kind"));
    let turns = (1_u64..).zip(numbered).map(|(index, (number, step))| {
        let mut turn = step::to_turn(step);
        if number != index {
            turn.extra.insert("n".to_owned(), Value::from(number));
        }
        turn
    });
    let turns = turns.collect();
    let mut t = step::to_trajectory(f, turns).ok_or(Fault::Lacks { what: "a `task`" })?;
    if plain_end {
        hand_in(&mut t);
    }
    Ok(vec![t])
}
