//! A turn or a cue as a row of features: from what is recorded, and alike where it is learned from and where it is looked at live.

use turnwise_core::{Action, Cue, States, TurnFacts};

use crate::{Layout, Scalar};

/// Facts of a turn that are no signals and may stand among the scalars: its number, and whether its command ended well (1 with exit
/// status 0, else 0; absent without one).
pub const PLAIN_FACTS: [&str; 2] = ["turn", "exit_ok"];

/// The features of a turn, `[features]`; `None` where states that the layout wants are not there.
pub fn turn_row(layout: &Layout, facts: &TurnFacts, states: Option<&States>) -> Option<Vec<f32>> {
    row(layout, states, |name| number(facts, name))
}

/// The features of a cue, `[features]`; `None` where its states are not those that the layout wants.
pub fn cue_row(layout: &Layout, cue: &Cue<'_>) -> Option<Vec<f32>> {
    row(layout, Some(cue.states), |name| cue.number(name))
}

/// The scalars of cues.
pub fn cue_scalars() -> Vec<Scalar> {
    Cue::NUMBERS.iter().map(|name| Scalar { name: (*name).to_owned(), version: 1 }).collect()
}

/// The signals among the scalars of turns.
pub(crate) fn signals(layout: &Layout) -> Vec<String> {
    let names = layout.scalars.iter().map(|scalar| scalar.name.clone());
    names.filter(|name| !PLAIN_FACTS.contains(&name.as_str())).collect()
}

fn row(layout: &Layout, states: Option<&States>, number: impl Fn(&str) -> Option<f64>) -> Option<Vec<f32>> {
    let mut row = Vec::with_capacity(layout.features());
    if !layout.layers.is_empty() {
        let states = states.filter(|states| states.width() == layout.width)?;
        if !states.extend(&layout.layers, &mut row) {
            return None;
        }
    }
    row.extend(layout.scalars.iter().map(|scalar| number(&scalar.name).map_or(f32::NAN, single)));
    Some(row)
}

fn number(facts: &TurnFacts, name: &str) -> Option<f64> {
    match name {
        "turn" => Some(f64::from(facts.turn)),
        "exit_ok" => match facts.action {
            Action::Invalid { .. } => Some(0.0),
            Action::Shell(_) | Action::Submit => facts.exit_code.map(|code| f64::from(u8::from(code == 0))),
        },
        name => facts.signal(name),
    }
}

/// In single precision, as features are; what is no finite number is absent.
#[expect(clippy::cast_possible_truncation, reason = "features are in single precision")]
fn single(value: f64) -> f32 {
    let value = value as f32;
    if value.is_finite() { value } else { f32::NAN }
}

#[cfg(test)]
mod tests {
    use turnwise_core::{Cue, States};

    use super::{cue_row, cue_scalars, turn_row};
    use crate::{Layout, Scalar, tests::facts};

    #[test]
    fn a_row_is_states_and_then_scalars_and_absent_ones_are_nan() {
        let scalars = ["turn", "probe", "exit_ok", "nothing"];
        let scalars: Vec<Scalar> =
            scalars.iter().map(|name| Scalar { name: (*name).to_owned(), version: 1 }).collect();
        let layout = Layout { layers: vec![1], width: 2, scalars };
        let states = States::of(&[0, 1], &[&[9.0, 9.0], &[0.5, -0.5]]).unwrap();
        let row = turn_row(&layout, &facts(3, &[("probe", 0.25)]), Some(&states)).unwrap();
        assert_eq!(row[..5], [0.5, -0.5, 3.0, 0.25, 1.0]);
        assert!(row[5].is_nan() && row.len() == layout.features());
        assert_eq!(turn_row(&layout, &facts(3, &[]), None), None);
        let narrow = States::of(&[1], &[&[0.5]]).unwrap();
        assert_eq!(turn_row(&layout, &facts(3, &[]), Some(&narrow)), None);
    }

    #[test]
    fn a_cue_has_numbers_of_its_own() {
        let layout = Layout { layers: vec![1], width: 1, scalars: cue_scalars() };
        let states = States::of(&[1], &[&[2.0]]).unwrap();
        let cue = Cue { nth: 2, spent: 30, entropy: 0.5, logprob: -0.25, states: &states };
        assert_eq!(cue_row(&layout, &cue).unwrap(), [2.0, 2.0, 30.0, 0.5, -0.25]);
    }
}
