//! Hand-worked thresholds, method by method, and what holds of all of them.

use proptest::{collection::vec, prelude::*};

use super::*;

/// Looks: a letter is a score, `a` 1, `b` 2 and so on; a capital is wrong.
fn run(task: &str, looks: &str) -> CalibrationRun {
    let look = |letter: char| {
        let score = f64::from(u32::from(letter.to_ascii_lowercase()) - u32::from('a') + 1);
        (score, letter.is_ascii_uppercase())
    };
    CalibrationRun::new(task, looks.chars().map(look))
}

/// Runs of a task each.
fn runs(looks: &[&str]) -> Calibration {
    let runs = looks.iter().enumerate().map(|(at, looks)| run(&format!("t{at}"), looks));
    Calibration { signal: "probe".into(), fires: Side::Above, runs: runs.collect() }
}

fn terms(method: Method, delta: f64) -> Terms {
    Terms { method, delta, ..Terms::default() }
}

fn value(calibration: &Calibration, method: Method, delta: f64) -> f64 {
    calibration.threshold(&terms(method, delta)).value
}

#[test]
fn per_run_takes_the_extreme_of_each_run() {
    // Extremes 2, 4, nothing, 1.
    let four = runs(&["ABc", "Da", "ef", "A"]);
    // ceil(5 * 0.8) = 4, ceil(5 * 0.6) = 3, ceil(5 * 0.4) = 2, ceil(5 * 0.2) = 1: every score may fire.
    let values = [0.1, 0.2, 0.4, 0.6, 0.8].map(|delta| value(&four, Method::PerRun, delta));
    assert_eq!(values, [f64::INFINITY, 4.0, 2.0, 1.0, f64::MIN]);
    let threshold = four.threshold(&terms(Method::PerRun, 0.1));
    assert_eq!((threshold.n, threshold.needed, threshold.missing()), (4, Some(9), Some(5)));
    assert_eq!(
        threshold.promise,
        "of future runs exchangeable with these, at most 10 % fire at a wrong point, on average over calibration sets: it \
         never fires, as it is calibrated on 5 too few of the 9 that it needs"
    );
    // Only the three runs that can be fired at wrongly: ceil(4 * 0.6) = 3.
    let at_risk = Terms { among: Among::AtRisk, ..terms(Method::PerRun, 0.4) };
    assert_eq!((four.threshold(&at_risk).value, four.threshold(&at_risk).n), (4.0, 3));
}

#[test]
fn below_is_above_turned_around() {
    // Smallest wrong scores 1, 1, nothing, 1; by ceil(5 * 0.4) = 2 the second largest.
    let below = Calibration { fires: Side::Below, ..runs(&["ABc", "DaC", "ef", "A"]) };
    assert_eq!(
        [0.2, 0.6, 0.8, 0.1].map(|delta| value(&below, Method::PerRun, delta)),
        [1.0, 3.0, f64::MAX, f64::NEG_INFINITY]
    );
    assert!(Side::Below.holds(7.0, f64::MAX) && !Side::Below.holds(-7.0, f64::NEG_INFINITY));
}

#[test]
fn a_task_is_as_bad_as_its_worst_run() {
    let mut seeds = runs(&["A", "D", "B", "C"]);
    seeds.runs[3].task = "t0".into();
    assert_eq!((seeds.by(), runs(&["A", "A"]).by()), (By::Task, By::Run));
    // Tasks 3, 4, 2: ceil(4 * 0.5) = 2. Runs 1, 4, 2, 3: ceil(5 * 0.5) = 3.
    let by = |by| seeds.threshold(&Terms { by, ..terms(Method::PerRun, 0.5) });
    assert_eq!((by(None).value, by(None).n), (3.0, 3));
    assert_eq!((by(Some(By::Run)).value, by(Some(By::Run)).n), (3.0, 4));
    let threshold = seeds.threshold(&terms(Method::PerRun, 0.25));
    assert_eq!((threshold.value, by(Some(By::Run)).needed), (4.0, Some(1)));
    assert!(
        threshold
            .promise
            .starts_with("of future tasks exchangeable with these, at most 25 % have a run that")
    );
    // Any of its runs loses a task: below 4 one of three is lost, below 3 two are.
    assert_eq!((value(&seeds, Method::Crc, 0.5), value(&seeds, Method::Crc, 0.75)), (3.0, 2.0));
}

#[test]
fn per_event_pools_the_looks_of_each_class() {
    // Wrong 1, 2, 3, 3; right 2, 5, 6.
    let three = runs(&["ABe", "CCb", "f"]);
    // ceil(5 * 0.5) = 3: 3. ceil(4 * 0.5) = 2: the second largest, 5, which is reached by itself.
    let set = three.prediction_set(0.5);
    assert_eq!((set.q_neg, set.least, set.negatives, set.positives), (3.0, 5.0, 4, 3));
    assert_eq!([3.0, 4.9, 5.0].map(|score| set.fires(score)), [false, false, true]);
    let threshold = three.threshold(&terms(Method::PerEvent, 0.5));
    assert!(
        Side::Above.holds(5.0, threshold.value) && !Side::Above.holds(5.0_f64.next_down(), threshold.value)
    );
    // ceil(5 * 0.8) = 4 of 4, and ceil(4 * 0.8) = 4 > 3: no right look is ruled out. With less, never.
    assert_eq!(
        (three.prediction_set(0.2).q_pos(), value(&three, Method::PerEvent, 0.2)),
        (f64::INFINITY, 3.0)
    );
    let never = three.threshold(&terms(Method::PerEvent, 0.1));
    assert_eq!((never.value, never.n, never.missing()), (f64::INFINITY, 4, Some(5)));
}

#[test]
fn q_pos_is_the_quantile_of_what_is_lacking_to_one() {
    let run = CalibrationRun::new("a", [(0.5, false), (0.75, false), (0.875, false), (0.25, true)]);
    let one = Calibration { runs: vec![run], ..runs(&[]) };
    // 1 - p: 0.125, 0.25, 0.5; ceil(4 * 0.5) = 2.
    assert_eq!(one.prediction_set(0.5).q_pos(), 0.25);
}

#[test]
fn pac_keeps_its_promise_for_most_calibration_sets() {
    // 0.9^22 = 0.098: 22 runs are just enough, and then the largest extreme it is.
    let letters: Vec<String> = ('A'..='V').map(|letter| letter.to_string()).collect();
    let looks: Vec<&str> = letters.iter().map(String::as_str).collect();
    let threshold = runs(&looks).threshold(&terms(Method::Pac, 0.1));
    assert_eq!((threshold.value, threshold.n, threshold.needed), (22.0, 22, Some(22)));
    assert_eq!(value(&runs(&looks[1..]), Method::Pac, 0.1), f64::INFINITY);
    // P(Bin(22, 0.2) <= 1) = 0.8^22 + 22 * 0.2 * 0.8^21 = 0.0074 + 0.0406; with <= 2 it is 0.154.
    assert_eq!(value(&runs(&looks), Method::Pac, 0.2), 21.0);
    assert!(threshold.promise.ends_with("drawn independently like these, at most 10 % fire at a wrong point, for at least 90 % of calibration sets"));
}

#[test]
fn ltt_counts_runs_by_their_first_firing() {
    // P(Bin(2, 0.5) <= 1) = 0.75, P(<= 0) = 0.25.
    let at =
        |looks: &[&str], risk: f64| runs(looks).threshold(&Terms { risk, ..terms(Method::Ltt, 0.5) }).value;
    // The first run's right look comes first, so that it is safe all the way down; the second is lost below 2.
    assert_eq!((at(&["cB", "aB"], 0.3), at(&["cB", "aB"], 0.8)), (2.0, f64::MIN));
    // Below 2 the wrong look fires first; below 1 the right one before it does, but it is too late to get there.
    assert_eq!((at(&["aBc", "d"], 0.3), at(&["aBc", "d"], 0.8)), (2.0, f64::MIN));
    assert_eq!(at(&["aB", "d"], 0.2), f64::INFINITY);
    // The same by extremes, where only the wrong looks count.
    assert_eq!(value(&runs(&["cB", "aB"]), Method::PerRun, 0.5), 2.0);
}

#[test]
fn crc_weighs_what_a_wrong_exit_costs() {
    let mut three = runs(&["AC", "B", "d"]);
    // Losses below 3, 2, 1: 1, 2, 2; (loss + 1) / 4.
    assert_eq!(
        [0.2, 0.25, 0.5, 0.75].map(|delta| value(&three, Method::Crc, delta)),
        [f64::INFINITY, 3.0, 2.0, f64::MIN]
    );
    // The first run's wrong look 3 costs 0.5 and its 1 costs 0.75: 0.5, 1.5, 1.75.
    three.runs[0].costs = vec![0.75, 0.5];
    assert_eq!(
        [0.375, 0.625, 0.675, 0.7].map(|delta| value(&three, Method::Crc, delta)),
        [2.0, 1.0, 1.0, f64::MIN]
    );
}

#[test]
fn old_runs_weigh_less() {
    // From the newest: 1 weighs 1/2, 5 weighs 1/4, 3 weighs 1/8; the run to come 1; all 15/8.
    let three = runs(&["C", "E", "A"]);
    let at = |delta| three.threshold(&Terms { half_life: Some(1.0), ..terms(Method::PerRun, delta) });
    // Sums 4/15, 5/15, 7/15.
    assert_eq!([0.75, 0.7, 0.6, 0.5].map(|delta| at(delta).value), [1.0, 3.0, 5.0, f64::INFINITY]);
    // Weights never add up to more than 1, the weight of the run to come.
    assert_eq!((at(0.6).needed, at(0.4).needed, at(0.4).missing()), (Some(2), None, None));
    assert!(at(0.4).promise.ends_with("as older ones lose weight too fast for any number to do"));
    // With a half-life beyond all bounds it is the quantile of old.
    let forever = Terms { half_life: Some(1e12), ..terms(Method::PerRun, 0.5) };
    assert_eq!(three.threshold(&forever).value, value(&three, Method::PerRun, 0.5));
    assert_eq!(three.threshold(&Terms { delta: 0.1, ..forever }).needed, Some(9));
}

#[test]
fn it_is_done_anew_only_when_there_is_twice_as_much() {
    let again: Vec<usize> = (0..=16)
        .scan(0, |then, now| {
            let is_due = due(*then, now);
            *then = if is_due { now } else { *then };
            Some(is_due.then_some(now))
        })
        .flatten()
        .collect();
    assert_eq!(again, [1, 2, 4, 8, 16]);
    assert!(!due(10, 19) && due(10, 20) && !due(10, 3));
}

#[test]
fn a_look_without_a_score_is_none() {
    let mut two = runs(&["B", "A"]);
    two.runs[1].events.push(Event { score: f64::NAN, wrong: true });
    for (_, method) in Method::WORDS {
        assert_eq!(value(&two, method, 0.5), value(&runs(&["B", "A"]), method, 0.5), "{method:?}");
    }
    let nothing = runs(&[]);
    assert!(Method::WORDS.into_iter().all(|(_, method)| value(&nothing, method, 0.5) == f64::INFINITY));
}

fn many() -> impl Strategy<Value = Calibration> {
    // Few different scores, so that there are ties; some without a score; tasks of more than one run.
    let score = prop_oneof![9 => (0_i32..12).prop_map(f64::from), 1 => Just(f64::NAN)];
    let run = (0_u8..20, vec((score, any::<bool>()), 0..6))
        .prop_map(|(task, looks)| CalibrationRun::new(&format!("t{task}"), looks));
    (vec(run, 0..60), any::<bool>()).prop_map(|(runs, above)| Calibration {
        signal: "probe".into(),
        fires: if above { Side::Above } else { Side::Below },
        runs,
    })
}

/// How many runs are fired at where that is wrong, at any look.
fn lost(calibration: &Calibration, threshold: f64) -> usize {
    let fires = |event: &Event| event.wrong && calibration.fires.holds(event.score, threshold);
    calibration.runs.iter().filter(|run| run.events.iter().any(fires)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Who puts up with more is never given a threshold that is harder to pass. The published rule is not like that: a larger
    /// `delta` rules more right looks out.
    #[test]
    fn thresholds_fall_as_delta_grows(many in many(), deltas in (0.01_f64..0.99, 0.01_f64..0.99)) {
        let (low, high) = (deltas.0.min(deltas.1), deltas.0.max(deltas.1));
        let methods = [Method::PerRun, Method::Pac, Method::Ltt, Method::Crc].map(|method| (method, None));
        for (method, half_life) in methods.into_iter().chain([(Method::PerRun, Some(5.0))]) {
            let at = |delta| many.threshold(&Terms { half_life, ..terms(method, delta) });
            let turned = |delta| many.fires.turned(at(delta).value);
            prop_assert!(turned(low) >= turned(high), "{method:?}: {} < {}", turned(low), turned(high));
            // It never fires exactly where something is missing.
            prop_assert_eq!(at(low).is_never(), at(low).missing() != Some(0), "{:?}", method);
        }
        let set = |delta| many.prediction_set(delta);
        prop_assert!(set(low).q_neg >= set(high).q_neg && set(low).least <= set(high).least);
    }

    /// On the calibration runs themselves the share of wrong firing is within what the quantile leaves.
    #[test]
    fn what_is_promised_holds_on_the_calibration_runs(many in many(), delta in 0.01_f64..0.99) {
        for (method, most) in [(Method::PerRun, delta), (Method::Pac, delta), (Method::Crc, delta)] {
            let threshold = many.threshold(&Terms { by: Some(By::Run), ..terms(method, delta) });
            prop_assert!(lost(&many, threshold.value) as f64 <= most * (many.runs.len() as f64 + 1.0));
        }
    }

    /// Without costs risk control is the quantile, and where each run has one look the test is the tolerance bound.
    #[test]
    fn methods_agree_where_they_must(many in many(), delta in 0.01_f64..0.99, by in any::<bool>()) {
        let by = Some(if by { By::Task } else { By::Run });
        let value = |many: &Calibration, method| many.threshold(&Terms { by, ..terms(method, delta) }).value;
        prop_assert_eq!(value(&many, Method::PerRun), value(&many, Method::Crc));
        let mut single = many;
        for run in &mut single.runs {
            run.events.truncate(1);
        }
        prop_assert_eq!(value(&single, Method::Pac), value(&single, Method::Ltt));
    }
}
