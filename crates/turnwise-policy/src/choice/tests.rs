//! Choices worked out by hand, and files that make no sense.

use turnwise_core::Task;

use super::{
    Block, Choice, Chooser, Chosen, Outcome,
    bandit::{Bandit, Sums, Way},
};
use crate::{PolicySource, PolicySpec};

fn spec(text: &str) -> Result<PolicySpec, String> {
    let text = format!("summary = 's'\n{text}");
    let source = PolicySource { name: "p".into(), file: "p.toml".into(), text };
    PolicySpec::parse(&source, &[]).map_err(|error| error.to_string())
}

fn choice(text: &str) -> Choice {
    spec(&format!("[choice]\narms = ['a', 'b']\n{text}")).unwrap().choice.unwrap()
}

fn bandit(text: &str) -> Bandit {
    let Chooser::Bandit(bandit) = choice(text).chooser else { panic!() };
    bandit
}

fn block(arm: usize, solved: usize, trials: usize, cost: f64) -> Block {
    let outcome = |trial| Outcome { solved: Some(trial < solved), cost };
    Block { arm, outcomes: (0..trials).map(outcome).collect() }
}

fn sums(arm: usize, solved: usize, trials: usize, cost: f64) -> (usize, Sums) {
    (arm, Sums { solved, failed: trials - solved, cost: cost * trials as f64 })
}

fn task(id: &str, bugs: &str, statement: usize) -> Task {
    let labels = vec![("bugs".to_owned(), bugs.to_owned())];
    let statement = "x".repeat(statement);
    Task { id: id.into(), suite: "s".into(), statement, labels, ..Task::default() }
}

#[test]
fn the_first_route_that_takes_a_task_decides_and_then_the_learned_one() {
    let router = choice(
        "kind = 'router'\notherwise = 'b'\n\
         route = [{ policy = 'a', suite = 's', labels = { bugs = 1 }, statement_to = 10 }, { policy = 'b', task = '^x-\\d+$' }]\n\
         learned = { features = ['statement_chars', 'label:bugs'], mean = [100, 0], scale = [50, 1], sure = 0.7, \
         weights = { a = [1, 0.5, 0], b = [0, 0, 1] } }",
    );
    let went = |task: &Task| {
        let Chosen { arm, by } = router.route(task).unwrap();
        format!("{} by {by}", router.arms[arm])
    };
    assert_eq!(went(&task("y", "1", 10)), "a by route 1");
    assert_eq!(went(&task("x-3", "1", 11)), "b by route 2");
    // Scores 1 + 0.5 · (150 − 100) / 50 = 1.5 and 0.5: e^1 / (e^1 + 1) = 0.731 for the first.
    assert_eq!(went(&task("y", "0.5", 150)), "a by learned");
    // 1.0 against 0.5: 0.62 is not sure enough.
    assert_eq!(went(&task("y", "0.5", 100)), "b by otherwise");
    // Without the label nothing is learned.
    assert_eq!(went(&task("y", "many", 150)), "b by otherwise");
    assert_eq!((router.block(), router.next(&[])), (None, None));
}

#[test]
fn thompson_draws_for_what_is_solved_and_divides_by_what_it_costs() {
    let thompson = choice("kind = 'thompson'\nblock = 4");
    assert_eq!((thompson.block(), thompson.route(&Task::default())), (Some(4), None));
    // Equally good, a hundred times dearer; and equally dear, hopeless.
    let chosen = |played: &[Block]| thompson.next(played).unwrap();
    for seed in 0..20 {
        let mut played = vec![block(0, 40, 40, 100.0), block(1, 40, 40, 1.0)];
        played.extend((0..seed).map(|_| block(1, 0, 0, 0.0)));
        assert_eq!(chosen(&played), Chosen { arm: 1, by: format!("block {}", played.len() + 1) });
        played[1] = block(1, 0, 400, 100.0);
        assert_eq!(chosen(&played).arm, 0);
    }
    // The same outcomes give the same choice, and another seed another series.
    let series = |seed: u64| {
        let choice = choice(&format!("kind = 'thompson'\nseed = {seed}"));
        (0..32).map(|played| choice.next(&vec![block(0, 0, 0, 0.0); played]).unwrap().arm).collect::<Vec<_>>()
    };
    assert_eq!(series(3), series(3));
    assert_ne!(series(3), series(4));
    assert!(series(3).contains(&0) && series(3).contains(&1));
}

#[test]
fn hedge_weighs_what_was_lost_by_how_likely_it_was_played() {
    let Way::Hedge(hedge) = bandit("kind = 'hedge'\neta = 0.5\nlambda = 1\nexplore = 0.2").way else {
        panic!()
    };
    let near = |found: Vec<f64>, expected: [f64; 2]| {
        assert!(
            found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6),
            "{found:?}"
        );
    };
    near(hedge.probabilities(2, &[]), [0.5, 0.5]);
    // Half of 4 failed at the dearest cost: ℓ = 1 + 0.5, ℓ̂ = 3, and twice that with the guess: e^-3 / (1 + e^-3) = 0.047426,
    // of which 0.8, and 0.1.
    let first = sums(0, 2, 4, 10.0);
    near(hedge.probabilities(2, &[first]), [0.137_941, 0.862_059]);
    // Then the other for half the cost, all solved: ℓ = 0.5, ℓ̂ = 0.5 / 0.862059 = 0.580007, twice 1.160013. The first now once:
    // e^(-0.5 · 3) = 0.223130 against e^(-0.5 · 1.160013) = 0.559895: 0.284959 and 0.715041.
    near(hedge.probabilities(2, &[first, sums(1, 4, 4, 5.0)]), [0.327_967, 0.672_033]);
    // A block of which nothing is known changes nothing.
    near(hedge.probabilities(2, &[first, sums(1, 0, 0, 0.0)]), [0.137_941, 0.862_059]);
}

#[test]
fn trials_that_settle_or_were_lost_do_not_count() {
    let bandit = bandit("kind = 'thompson'\nblock = 3\nsettle = 1\ncost = 'turns'");
    let lost = Outcome { solved: None, cost: 9.0 };
    let mut played = vec![block(0, 1, 3, 2.0), block(0, 1, 3, 2.0), block(1, 3, 3, 4.0)];
    played[2].outcomes[2] = lost;
    let counted: Vec<_> = bandit
        .sums(&played)
        .into_iter()
        .map(|(arm, sums)| (arm, sums.solved, sums.failed, sums.cost))
        .collect();
    assert_eq!(counted, [(0, 0, 2, 4.0), (0, 1, 2, 6.0), (1, 1, 0, 4.0)]);
    assert_eq!(choice("kind = 'thompson'\ncost = 'turns'").cost(7, 900), 7.0);
    assert_eq!(choice("kind = 'thompson'").cost(7, 900), 900.0);
}

#[test]
fn what_makes_no_sense_is_said() {
    for (text, message) in [
        (
            "[choice]\nkind = 'greedy'",
            "p.toml:3: `choice.kind` cannot be \"greedy\"; give it \"router\", \"thompson\" or \"hedge\"",
        ),
        (
            "[choice]\nkind = 'hedge'\narms = ['a']",
            "p.toml:4: `choice.arms` cannot be a list; give it a list of the names of at least two policies, each once",
        ),
        (
            "[choice]\nkind = 'hedge'\narms = ['a', 'b']\n[budget]\nkind = 'unlimited'",
            "p.toml:5: a policy with `[choice]` has no `budget` of its own, as its trials run under its arms; put it into the files of the arms",
        ),
        (
            "[choice]\nkind = 'hedge'\narms = ['a', 'b']\n[repeat]\ntimes = 3",
            "p.toml:1: a policy with `[choice]` has no rule of its own, such as `repeat`; put it into the files of the arms",
        ),
        (
            "[choice]\nkind = 'hedge'\narms = ['a', 'b']\nblok = 3",
            "p.toml:5: unknown key `choice.blok`; did you mean `choice.block`?",
        ),
        (
            "[choice]\nkind = 'thompson'\narms = ['a', 'b']\neta = 3",
            "p.toml:5: unknown key `choice.eta`; known here: kind, arms, block, settle, cost, seed",
        ),
        (
            "[choice]\nkind = 'hedge'\narms = ['a', 'b']\nblock = 3\nsettle = 3",
            "p.toml:6: nothing is left to judge by, as `choice.settle = 3` leaves out whole blocks of 3; make `settle` less or `block` more",
        ),
        (
            "[choice]\nkind = 'router'\narms = ['a', 'b']\notherwise = 'a'",
            "p.toml:2: every task goes the same way, as there is no `[[choice.route]]` and no `[choice.learned]`; add one, or name the one policy instead of this",
        ),
        (
            "[choice]\nkind = 'router'\narms = ['a', 'b']\notherwise = 'c'\nroute = [{ policy = 'a', suite = 's' }]",
            "p.toml:5: `choice.otherwise` cannot be \"c\"; give it one of `choice.arms`: a, b",
        ),
        (
            "[choice]\nkind = 'router'\narms = ['a', 'b']\notherwise = 'a'\nroute = [{ policy = 'b' }]",
            "p.toml:6: a route without a condition takes every task; give it one, or say it with `otherwise`",
        ),
        (
            "[choice]\nkind = 'router'\narms = ['a', 'b']\notherwise = 'a'\nroute = [{ policy = 'b', task = '(' }]",
            "p.toml:6: `choice.route.task` cannot be \"(\"; give it a regular expression for ids of tasks",
        ),
        (
            "[choice]\nkind = 'router'\narms = ['a', 'b']\notherwise = 'a'\n[choice.learned]\nfeatures = ['files']\nweights = { a = [1, 2], c = [1, 2] }",
            "p.toml:8: `choice.learned.weights` cannot be a table; give it a table with a list of 2 numbers for each arm: the constant, then the weight of each feature",
        ),
    ] {
        assert_eq!(spec(text).unwrap_err(), message);
    }
}

#[test]
fn a_choice_has_no_turns_of_its_own() {
    let spec = spec("[choice]\nkind = 'hedge'\narms = ['a', 'b']").unwrap();
    assert!(!spec.is_baseline() && !spec.needs_baseline());
    let refused = spec.resolve(&crate::Baseline::new("s", "m", vec![]), crate::Caps::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "policy `p` chooses among others while a run goes on, and has no turns of its own; name one of these instead: a, b"
    );
    assert_eq!(
        spec.explain(),
        "Each trial runs under one of the policies `a`, `b`. 10 trials of a suite, one after another, have the same one; the \
         next block gets the one that optimistic Hedge draws (rate 0.3, 1 for a failed trial against the dearest block's mean \
         cost, 5 % at random), counted in prompt and reply tokens."
    );
}
