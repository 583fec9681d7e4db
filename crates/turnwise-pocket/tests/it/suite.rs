//! Tasks: the same everywhere, every bug visible, the stored suite fresh.

use std::collections::BTreeMap;
use turnwise_pocket::{
    suite::{Recipe, line},
    task::{Draw, Oracle, Size, Stream, families, generator, make},
};

#[test]
fn there_are_enough_families_and_some_are_never_shown() {
    let families = families().unwrap();
    let unseen = families.iter().filter(|family| !family.seen).count();
    assert!(families.len() - unseen >= 40, "{} seen families", families.len() - unseen);
    assert!(unseen >= 8, "{unseen} unseen families");
    let names: BTreeMap<&str, ()> = families.iter().map(|family| (family.name.as_str(), ())).collect();
    assert_eq!(names.len(), families.len(), "a family's name comes twice");
}

#[test]
fn the_stored_suite_is_what_the_recipe_makes() {
    let stored = include_str!("../../../../tasks/pocket/tasks.jsonl");
    let recipe = Recipe { name: "pocket".to_owned(), seed: 2026 };
    let mut oracle = Oracle::start().unwrap();
    assert_eq!(stored.lines().count(), 60);
    for (index, stored) in (0..).zip(stored.lines()) {
        let made = line(&recipe.task(index, &mut oracle).unwrap()).to_string();
        assert!(
            made == stored,
            "task {index} is stale; write the suite again (tasks/pocket/suite.toml says how)"
        );
    }
}

#[test]
fn difficulty_and_families_are_spread_evenly() {
    let draws: Vec<Draw> = (0..60).map(Recipe::draw).collect();
    for bugs in 1..=5 {
        assert_eq!(draws.iter().filter(|draw| draw.bugs == bugs).count(), 12);
        assert_eq!(draws.iter().filter(|draw| draw.bugs == bugs && !draw.seen).count(), 3);
    }
}

#[test]
fn the_check_fails_before_and_passes_after_and_hidden_tests_agree() {
    let mut oracle = Oracle::start().unwrap();
    for index in 0..40 {
        let draw = Draw { bugs: 1 + (index % 5) as usize, seen: index % 3 != 0, size: Size::Full };
        let program = make(&mut generator(Stream::Validation, 3, index), draw, &mut oracle).unwrap();
        assert_eq!(program.bugs.len(), draw.bugs);
        assert_eq!(oracle.run(&program.start(), "check.py").unwrap().status, 1);
        let after = oracle.run(&program.solution(), "check.py").unwrap();
        assert_eq!(after.status, 0, "{}", after.output);
        let mut graded = program.start();
        graded.insert("hidden_test.py".to_owned(), program.hidden_script.clone());
        let printed = oracle.run(&graded, "hidden_test.py").unwrap().output;
        let expected: String = program
            .hidden
            .iter()
            .map(|case| format!("{} {}\n", if case.passes_before { "PASS" } else { "FAIL" }, case.id))
            .collect();
        assert_eq!(printed, expected);
    }
}

#[test]
fn the_same_numbers_draw_the_same_program() {
    let mut oracle = Oracle::start().unwrap();
    let mut draw = |stream| {
        make(&mut generator(stream, 5, 17), Draw { bugs: 3, seen: true, size: Size::Full }, &mut oracle)
            .unwrap()
            .start()
    };
    assert_eq!(draw(Stream::Suite), draw(Stream::Suite));
    assert_ne!(draw(Stream::Suite), draw(Stream::Training));
}
