//! Figures that can be worked by hand.

use super::*;
use crate::{
    Layout, Sample, Scalar, Standardiser,
    progress::{
        ProgressKind,
        matrix::Matrix,
        net::{Linear, Net, Trunk},
        tests::estimator,
    },
};

/// An estimator whose credit is the one feature that there is, times 0.5, plus 0.25.
fn half() -> Estimator {
    let layout = Layout { scalars: vec![Scalar { name: "x".to_owned(), version: 1 }], ..Layout::default() };
    let rows: [&[f32]; 2] = [&[1.0], &[-1.0]];
    let scaler = Standardiser::fit(&layout, rows.into_iter()).unwrap();
    let one = |value: f32| Matrix { rows: 1, columns: 1, values: vec![value] };
    let net = Net { trunk: Trunk::Ridge, credit: Linear { weight: one(0.5), bias: one(0.25) } };
    estimator(&layout, ProgressKind::Ridge, scaler, net)
}

fn run(task: &str, values: &[f32], outcome: f64) -> Run {
    let samples = values.iter().map(|value| Sample { features: vec![*value], label: None, tokens: 0.0 });
    Run { task: task.to_owned(), samples: samples.collect(), outcome }
}

#[test]
fn figures_worked_by_hand() {
    let runs = [
        // Credits 0.75 0.25 −0.25 0.25: progress 0.75 1 0.75 1.
        run("a", &[1.0, 0.0, -1.0, 0.0], 1.0),
        // Credits 0.25: progress 0.25, at every point after its one turn.
        run("b", &[0.0], 0.0),
        // Credits −0.25 0.75: progress −0.25 0.5.
        run("c", &[-1.0, 1.0], 1.0),
        // Credits 0.25 0.25 0.25: progress 0.25 0.5 0.75.
        run("d", &[0.0, 0.0, 0.0], 0.75),
        run("e", &[], 0.0),
    ];
    let found = progress_figures(&half(), &runs, 3).unwrap();
    assert_eq!((found.runs, found.tasks, found.successes), (4, 4, 2));
    // Errors 0, 0.25, −0.5, 0.
    assert!((found.mse.value - 0.3125 / 4.0).abs() < 1e-12);
    assert_eq!(found.within.value, 0.5);
    // Outcomes 1 0 1 0.75 around 0.6875: 0.09765625 + 0.47265625 + 0.09765625 + 0.00390625 = 0.671875.
    assert!((found.r2.unwrap().value - (1.0 - 0.3125 / 0.671875)).abs() < 1e-12);
    // At 25 % each has done one turn: 0.75 and −0.25 against 0.25 and 0.25; the turns are all the same.
    let area = |estimate: Option<Estimate>| estimate.unwrap().value;
    assert_eq!((area(found.early[0].progress), area(found.early[0].turns)), (0.5, 0.5));
    // At 50 % after 2, 1, 1, 2 turns: 1 and −0.25 against 0.25 and 0.5; turns −2 −1 against −1 −2.
    assert_eq!((area(found.early[1].progress), area(found.early[1].turns)), (0.5, 0.5));
    // At 75 % after 3, 1, 2, 3: 0.75 and 0.5 against 0.25 and 0.75: of four pairs 2.5; turns −3 −2 against −1
    // −3: 0.5 + 0 + 1 + 0.
    assert_eq!((area(found.early[2].progress), area(found.early[2].turns)), (2.5 / 4.0, 1.5 / 4.0));
    assert_eq!(area(found.early[2].gain), 0.25);
    assert!(found.gap < 1e-12);
}

#[test]
fn intervals_are_of_tasks_and_come_again() {
    let runs: Vec<Run> = (0..60_u8)
        .map(|nth| run(&format!("task {}", nth / 3), &[f32::from(nth % 5) - 2.0], f64::from(nth % 4) / 3.0))
        .collect();
    let found = progress_figures(&half(), &runs, 3).unwrap();
    assert_eq!(found, progress_figures(&half(), &runs, 3).unwrap());
    assert!(found.mse.lo < found.mse.value && found.mse.value < found.mse.hi);
    // Runs of one task that are all the same say no more than one of them.
    let copied: Vec<Run> = runs.iter().flat_map(|run| [run.clone(), run.clone()]).collect();
    let copied = progress_figures(&half(), &copied, 3).unwrap().mse;
    for (one, other) in
        [(found.mse.value, copied.value), (found.mse.lo, copied.lo), (found.mse.hi, copied.hi)]
    {
        assert!((one - other).abs() < 1e-12, "{one} {other}");
    }
}

#[test]
fn what_has_no_figure_says_so() {
    assert!(matches!(progress_figures(&half(), &[], 1), Err(LearnError::Empty { .. })));
    let found = progress_figures(&half(), &[run("a", &[0.0], 0.5)], 1).unwrap();
    assert_eq!((found.r2, found.early[0].progress, found.early[0].gain), (None, None, None));
}
