//! How well a number tells failed trials from solved ones: the share of pairs, one of each and of the same
//! configuration, in which the failed one has the higher number, ties counted half (the area under the ROC curve).

/// A trial's number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) group: usize,
    pub(super) task: usize,
    pub(super) score: f64,
    pub(super) solved: bool,
}

/// Items in the order of their scores.
#[derive(Clone, Debug)]
pub(super) struct Ranked(Vec<Item>);

impl Ranked {
    pub(super) fn new(mut items: Vec<Item>) -> Self {
        items.sort_by(|one, other| (one.group.cmp(&other.group)).then(one.score.total_cmp(&other.score)));
        Self(items)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// How many were solved.
    pub(super) fn solved(&self) -> usize {
        self.0.iter().filter(|item| item.solved).count()
    }

    /// The share of pairs of which the failed one is higher, where each item counts as often as its task does. `None`
    /// without a pair.
    pub(super) fn failed_higher(&self, times: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut higher, mut pairs) = (0.0, 0.0);
        for group in self.0.chunk_by(|one, other| one.group == other.group) {
            let (mut solved_below, mut failed_all) = (0.0, 0.0);
            for equal in group.chunk_by(|one, other| one.score == other.score) {
                let (mut solved, mut failed) = (0.0, 0.0);
                for item in equal {
                    let times = times(item.task);
                    if item.solved { solved += times } else { failed += times }
                }
                higher += failed * (solved_below + 0.5 * solved);
                solved_below += solved;
                failed_all += failed;
            }
            pairs += solved_below * failed_all;
        }
        (pairs > 0.0).then(|| higher / pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_of_one_configuration_and_ties_are_halves() {
        let item = |group, score, solved| Item { group, task: 0, score, solved };
        let ranked = Ranked::new(vec![
            item(0, 1.0, true),
            item(0, 2.0, false),
            item(0, 1.0, false),
            item(1, 9.0, true),
            item(1, 0.0, false),
        ]);
        // Of group 0: one higher, one tie; of group 1: one lower.
        assert_eq!(ranked.failed_higher(|_| 1.0), Some(1.5 / 3.0));
        assert_eq!(Ranked::new(vec![item(0, 1.0, true)]).failed_higher(|_| 1.0), None);
        assert_eq!((ranked.len(), ranked.solved()), (5, 2));
    }
}
