//! Which runs are learned from, which say when to stop, and which are kept apart for the figures.

use std::collections::{BTreeMap, BTreeSet};

use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use crate::{Dataset, LearnError, Run, Split};

/// With fewer tasks than this, parts would stand for single tasks.
const FEWEST: usize = 5;

/// How many orders of the tasks are tried for one with both labels in every part.
const ORDERS: usize = 64;

/// The runs of each part.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) train: Vec<&'a Run>,
    pub(super) validation: Vec<&'a Run>,
    pub(super) held_out: Vec<&'a Run>,
    /// How many tasks each has.
    pub(super) tasks: Split,
}

/// Which labels there are, by task: whether one is untrue, and whether one is true.
type Labels<'a> = BTreeMap<&'a str, [bool; 2]>;

/// Splits by task: a fifth of the tasks for the figures, a fifth to validate, the rest to learn from. Tasks
/// without a label are left out. Of the drawn orders the first is taken that has both labels in every part,
/// or else the one that has them in more of them, first of all where it is learned.
pub(super) fn split(dataset: &Dataset, seed: u64) -> Result<Parts<'_>, LearnError> {
    let labels = labels(dataset)?;
    let mut tasks: Vec<&str> = labels.keys().copied().collect();
    let fifth = (tasks.len() + 2) / 5;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut best = None;
    for _ in 0..ORDERS {
        tasks.shuffle(&mut rng);
        let has =
            [&tasks[2 * fifth..], &tasks[..fifth], &tasks[fifth..2 * fifth]].map(|part| both(&labels, part));
        if best.as_ref().is_none_or(|(most, _)| has > *most) {
            best = Some((has, tasks.clone()));
        }
        if has == [true; 3] {
            break;
        }
    }
    let order = best.map_or(tasks, |(_, order)| order);

    let runs = |part: &[&str]| {
        let part: BTreeSet<&str> = part.iter().copied().collect();
        dataset.runs.iter().filter(|run| part.contains(run.task.as_str())).collect()
    };
    Ok(Parts {
        held_out: runs(&order[..fifth]),
        validation: runs(&order[fifth..2 * fifth]),
        train: runs(&order[2 * fifth..]),
        tasks: Split { train: order.len() - 2 * fifth, validation: fifth, held_out: fifth },
    })
}

/// The labels by task, refused where there is nothing to tell apart.
fn labels(dataset: &Dataset) -> Result<Labels<'_>, LearnError> {
    let mut labels: Labels<'_> = BTreeMap::new();
    let mut count = [0; 2];
    for run in &dataset.runs {
        for label in run.samples.iter().filter_map(|sample| sample.label) {
            labels.entry(&run.task).or_default()[usize::from(label)] = true;
            count[usize::from(label)] += 1;
        }
    }
    match count {
        [0, 0] => Err(LearnError::Empty { what: "labels", advice: "label the runs first" }),
        [0, count] => Err(LearnError::OneClass { count, label: true }),
        [count, 0] => Err(LearnError::OneClass { count, label: false }),
        _ if labels.len() < FEWEST => Err(LearnError::TooFew {
            what: "tasks with labels",
            found: labels.len(),
            wanted: FEWEST,
            advice: "record and label runs of more tasks",
        }),
        _ => Ok(labels),
    }
}

fn both(labels: &Labels<'_>, tasks: &[&str]) -> bool {
    (0..2).all(|label| tasks.iter().any(|task| labels[task][label]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layout, Sample};

    fn dataset(labels: &[(&str, &[Option<bool>])]) -> Dataset {
        let run = |(task, labels): &(&str, &[Option<bool>])| Run {
            task: (*task).to_owned(),
            samples: labels.iter().map(|&label| Sample { features: vec![], label, tokens: 1.0 }).collect(),
            outcome: 0.0,
        };
        Dataset { layout: Layout::default(), runs: labels.iter().map(run).collect() }
    }

    #[test]
    fn no_task_is_in_two_parts() {
        let names: Vec<String> = (0..13).map(|at| format!("t{}", at % 11)).collect();
        let labels: [&[Option<bool>]; 2] = [&[Some(true)], &[Some(false), None]];
        let rows: Vec<_> =
            names.iter().enumerate().map(|(at, name)| (name.as_str(), labels[at % 2])).collect();
        let data = dataset(&rows);
        for seed in 0..50 {
            let parts = split(&data, seed).unwrap();
            assert_eq!(parts.tasks, Split { train: 7, validation: 2, held_out: 2 });
            let of = |part: &[&Run]| part.iter().map(|run| run.task.clone()).collect::<BTreeSet<_>>();
            let (a, b, c) = (of(&parts.train), of(&parts.validation), of(&parts.held_out));
            assert!(a.is_disjoint(&b) && a.is_disjoint(&c) && b.is_disjoint(&c));
            assert_eq!(parts.train.len() + parts.validation.len() + parts.held_out.len(), 13);
            for part in [parts.train, parts.validation, parts.held_out] {
                let has: BTreeSet<_> =
                    part.iter().flat_map(|run| &run.samples).filter_map(|it| it.label).collect();
                assert_eq!(has.len(), 2, "seed {seed}");
            }
        }
    }

    #[test]
    fn a_single_true_task_is_learned_from() {
        let data = dataset(&[
            ("a", &[Some(false)]),
            ("b", &[Some(false)]),
            ("c", &[Some(true), Some(false)]),
            ("d", &[Some(false)]),
            ("e", &[Some(false)]),
            ("unknown", &[None]),
        ]);
        for seed in 0..20 {
            let parts = split(&data, seed).unwrap();
            assert!(parts.train.iter().any(|run| run.task == "c"));
            assert_eq!(parts.tasks, Split { train: 3, validation: 1, held_out: 1 });
        }
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let of = |rows| split(&dataset(rows), 1).unwrap_err();
        assert!(matches!(of(&[("a", &[None])]), LearnError::Empty { what: "labels", .. }));
        assert!(matches!(of(&[("a", &[Some(true); 3])]), LearnError::OneClass { count: 3, label: true }));
        assert!(matches!(of(&[("a", &[Some(false)])]), LearnError::OneClass { count: 1, label: false }));
        let four =
            of(&[("a", &[Some(false)]), ("b", &[Some(true)]), ("c", &[Some(true)]), ("d", &[Some(true)])]);
        assert!(matches!(four, LearnError::TooFew { found: 4, wanted: 5, .. }));
    }
}
