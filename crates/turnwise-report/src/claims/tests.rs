//! The claims on made-up runs of which the answers are known.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use turnwise_core::Ending;

use super::*;

const SETTINGS: Settings = Settings { splits: 6, draws: 200, seed: 3 };

/// What a made-up suite is like.
#[derive(Clone, Copy)]
struct World {
    tasks: usize,
    /// From which turn on the errors of a failing trial are higher, if ever.
    telling_from: Option<usize>,
    /// Whether errors are a bad sign in each configuration.
    bad: &'static [bool],
}

/// Trials of 10 turns, of which those that fail take 20; every second task is solved, one trial for each configuration.
fn made_up(world: World) -> Recorded {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut recorded = Recorded::new(["errors", "news", "probe"].map(str::to_owned).to_vec());
    for task in 0..world.tasks {
        for (number, bad) in world.bad.iter().enumerate() {
            let solved = task % 2 == 0;
            let turns = if solved { 8 + task % 5 } else { 16 + task % 7 };
            let values: Vec<Vec<f32>> = (1..=turns)
                .map(|turn| {
                    let tells = world.telling_from.is_some_and(|from| turn >= from) && !solved;
                    let sign = if *bad { 1.0 } else { -1.0 };
                    let noise: f32 = rng.random_range(-1.0..1.0);
                    vec![noise + if tells { 4.0 * sign } else { 0.0 }, 1.0, f32::NAN]
                })
                .collect();
            recorded.add(Observed {
                task: format!("t{task}"),
                configuration: format!("c{number}"),
                limit: Some(30),
                solved: Some(solved),
                ending: Some(if task % 10 == 1 { Ending::TurnLimit } else { Ending::Submitted }),
                tokens: Some((1..=turns as u64).map(|turn| 100 * turn).collect()),
                values: &values,
            });
        }
    }
    recorded
}

fn finding(claims: &Claims, claim: &str) -> Finding {
    claims.findings.iter().find(|finding| finding.claim == claim).unwrap().clone()
}

fn number(value: &serde_json::Value, path: &str) -> f64 {
    value.pointer(path).and_then(serde_json::Value::as_f64).unwrap_or_else(|| panic!("{path} in {value}"))
}

#[test]
fn a_signal_that_tells_beats_the_cap_at_the_rate_that_was_asked_for() {
    let recorded = made_up(World { tasks: 300, telling_from: Some(3), bad: &[true] });
    let claims = examine(&recorded, SETTINGS, &|| {});
    let found = finding(&claims, "beats-duration");
    assert_eq!(found.verdict, Verdict::Confirmed, "{}", found.found);
    let chosen = found.numbers.pointer("/chosen/savings/1").unwrap();
    // Nearly every failed trial is stopped on its third turn of about nineteen.
    assert!(
        number(chosen, "/detected/value") > 0.95 && number(chosen, "/false_aborts/value") < 0.15,
        "{chosen}"
    );
    assert!(number(chosen, "/waste/value") > 0.7, "{chosen}");
    // Tokens are as turns here.
    assert!((number(chosen, "/tokens/value") - number(chosen, "/turns/value")).abs() < 1e-9);
    // Failed trials are longer than all solved ones, so that the cap works, too, but later.
    let cap = found.numbers.pointer("/duration/savings/1").unwrap();
    assert!(
        number(cap, "/detected/value") > 0.95 && number(cap, "/turns/value") < number(chosen, "/turns/value")
    );
    assert_eq!(finding(&claims, "waste-for-utility").verdict, Verdict::Confirmed);
    // A signal that is the same everywhere, and one that was never measured, are no monitors.
    assert_eq!(found.numbers.pointer("/monitors").and_then(|rows| rows.as_array()).unwrap().len(), 3);
    let early = finding(&claims, "early-signal");
    assert_eq!((number(&early.numbers, "/0/turn"), number(&early.numbers, "/2/turn")), (1.0, 3.0));
    assert!(
        number(&early.numbers, "/0/auroc") < 0.65 && number(&early.numbers, "/2/auroc") > 0.99,
        "{}",
        early.found
    );
    assert_eq!(finding(&claims, "length-reverses").verdict, Verdict::Undecided);
    let ended = finding(&claims, "failures-claim-success");
    assert_eq!((number(&ended.numbers, "/failed"), number(&ended.numbers, "/submitted")), (150.0, 120.0));
}

#[test]
fn noise_saves_nothing_and_pooled_turns_break_the_promise() {
    let recorded = made_up(World { tasks: 400, telling_from: None, bad: &[true] });
    let claims = examine(&recorded, SETTINGS, &|| {});
    let kept = finding(&claims, "rate-per-run");
    assert_eq!(kept.verdict, Verdict::Confirmed, "{}", kept.found);
    // At 10 %: per run about that, pooled about 1 - 0.9^9, by tolerance below.
    let at = |row: usize| number(&kept.numbers, &format!("/{row}/most"));
    assert!((0.04..0.17).contains(&at(3)) && at(4) > 0.4 && at(5) < at(3) + 0.02, "{}", kept.found);
    let early = finding(&claims, "early-signal");
    assert!(
        early.numbers.as_array().unwrap().iter().all(|after| number(after, "/auroc") < 0.6),
        "{}",
        early.found
    );
}

#[test]
fn a_sign_is_learned_for_each_configuration() {
    let recorded = made_up(World { tasks: 200, telling_from: Some(2), bad: &[true, false] });
    let claims = examine(&recorded, SETTINGS, &|| {});
    let directions = finding(&claims, "directions");
    assert_eq!(directions.verdict, Verdict::Confirmed, "{}", directions.found);
    let errors = directions.numbers.pointer("/0").unwrap();
    assert_eq!((number(errors, "/bad_above"), number(errors, "/bad_below")), (1.0, 1.0));
    // A sign for both together would detect half of them.
    let found = finding(&claims, "beats-duration");
    assert!(number(&found.numbers, "/chosen/savings/2/detected/value") > 0.95, "{}", found.found);
}

#[test]
fn what_cannot_be_decided_says_why() {
    let recorded = made_up(World { tasks: 4, telling_from: Some(1), bad: &[true] });
    let claims = examine(&recorded, SETTINGS, &|| {});
    for (claim, why) in [
        ("beats-duration", "every threshold is `never`"),
        ("rate-per-run", "only 2 solved trials"),
        ("early-ranking", "a ranking needs 5"),
        ("early-signal", "no turn leaves 20 solved"),
        ("budget-per-turn", "each needs"),
        ("confidence", "no confidence, probe, trial answer or judge was recorded"),
        ("impossible", "none said so"),
        ("richness", "50 words"),
        ("cut-is-not-told", "under two limits"),
        ("error-sign", "no configuration has 10 solved trials"),
    ] {
        let found = finding(&claims, claim);
        assert_eq!(found.verdict, Verdict::Undecided, "{claim}");
        assert!(found.found.contains(why), "{claim}: {}", found.found);
    }
    let empty = examine(&Recorded::new(vec!["errors".to_owned()]), SETTINGS, &|| {});
    assert!(empty.findings.iter().all(|finding| finding.verdict == Verdict::Undecided));
}

#[test]
fn the_same_seed_gives_the_same_text() {
    let recorded = made_up(World { tasks: 60, telling_from: Some(4), bad: &[true, true] });
    let found = examine(&recorded, SETTINGS, &|| {});
    assert_eq!(found, examine(&recorded, SETTINGS, &|| {}));
    let text = found.text();
    assert!(text.starts_with("120 trials (60 solved, 60 not) of 60 tasks by 2 configurations"), "{text}");
    assert!(found.markdown().contains("### `turn-cap`"));
    for finding in &found.findings {
        assert!(text.contains(&format!("\n{}: {}\n", finding.claim, finding.verdict.as_str())));
    }
}

#[test]
fn a_told_limit_is_held_against_a_cut() {
    let mut recorded = Recorded::new(Vec::new());
    for task in 0..40_usize {
        // With a limit of 5 it takes five turns; told 3, it takes three and solves every second task all the same.
        for (limit, turns, solved) in [(5, 5, true), (3, 3, task % 2 == 0)] {
            recorded.add(Observed {
                task: format!("t{task}"),
                configuration: "c".to_owned(),
                limit: Some(limit),
                solved: Some(solved),
                ending: None,
                tokens: None,
                values: &vec![Vec::new(); turns],
            });
        }
    }
    let told = finding(&examine(&recorded, SETTINGS, &|| {}), "cut-is-not-told");
    assert_eq!(told.verdict, Verdict::Confirmed, "{}", told.found);
    let counts = ["/pairs", "/solved_when_cut", "/solved_when_told"].map(|path| number(&told.numbers, path));
    assert_eq!(counts, [40.0, 0.0, 20.0]);
}
