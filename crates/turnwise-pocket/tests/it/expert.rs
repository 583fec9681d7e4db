//! The expert: it repairs what it is given, and everything it is shown is what the sandbox says.

use std::path::Path;
use turnwise_pocket::{
    confirm,
    expert::{Budget, Weight, solve},
    task::{Draw, Oracle, Size, Stream, generator, make},
    train::training_run,
};

#[test]
fn without_a_limit_it_repairs_nearly_everything() {
    let mut oracle = Oracle::start().unwrap();
    let mut solved = 0;
    for index in 0..50 {
        let mut rng = generator(Stream::Validation, 11, index);
        let program = make(
            &mut rng,
            Draw { bugs: 1 + (index % 5) as usize, seen: true, size: Size::Full },
            &mut oracle,
        )
        .unwrap();
        solved += usize::from(solve(&program, None, &mut rng, &mut oracle).unwrap().solved);
    }
    assert!(solved >= 48, "{solved} of 50");
}

#[test]
fn wrong_steps_stay_in_the_context_but_are_not_imitated() {
    let mut oracle = Oracle::start().unwrap();
    let runs: Vec<_> =
        (0..60).filter_map(|index| training_run(Stream::Training, 1, index, &mut oracle).unwrap()).collect();
    let ignored =
        runs.iter().flat_map(|(_, run)| &run.segments).filter(|s| s.weight == Weight::Ignore).count();
    assert!(ignored > 10, "{ignored} wrong steps in {} runs", runs.len());
    for (_, run) in &runs {
        for segment in run.segments.iter().filter(|segment| segment.role != "assistant") {
            assert_ne!(segment.weight, Weight::Imitate);
        }
    }
}

#[test]
fn it_hears_how_many_turns_are_left_and_asks_for_more() {
    let mut oracle = Oracle::start().unwrap();
    let mut rng = generator(Stream::Validation, 12, 4);
    let program = make(&mut rng, Draw { bugs: 5, seen: true, size: Size::Full }, &mut oracle).unwrap();
    let budget = Budget { limit: 5, extended: Some(20) };
    let run = solve(&program, Some(budget), &mut rng, &mut oracle).unwrap();
    let text: String = run.segments.iter().map(|segment| segment.text.as_str()).collect();
    assert!(text.contains("ENVIRONMENT REMINDER: You have 5 turns left to complete the task."));
    assert!(text.contains("Your limit was extended. You have 15 turns left to complete the task."));
    assert!(text.contains("<more>"));
}

/// `turnwise-pocket confirm` does this for 500 runs.
#[tokio::test]
async fn every_answer_is_what_the_sandbox_says() {
    let launcher = Path::new(env!("CARGO_BIN_EXE_turnwise-pocket"));
    match confirm(launcher, 0, 40).await {
        Ok(confirmed) => {
            assert_eq!(confirmed.runs, 40);
            assert!(confirmed.answers > 200);
            assert_eq!(confirmed.different, []);
        }
        Err(error) if error.to_string().contains("unavailable") => eprintln!("skipped: {error}"),
        Err(error) => panic!("{error:#}"),
    }
}
