//! Through the real text browser: every task's own solution is worth everything, and doing nothing is worth nothing.

use std::time::Instant;

use crate::suite::Suite;
use turnwise_core::{Environment, Task};

async fn buy(environment: &mut dyn Environment, task: &Task) -> usize {
    let gold = &task.web.as_ref().unwrap().gold;
    for command in gold {
        let shown = environment.execute(command).await.unwrap();
        assert_eq!(shown.exit_code, Some(0), "{}: {command}: {}", task.id, shown.output);
    }
    gold.len()
}

async fn check(suite: &Suite, number: u64) -> usize {
    let task = suite.task(number);
    let mut environment = suite.open(&task).await;
    let nothing = environment.grade().await.unwrap();
    assert!(nothing.score() == 0.0 && !nothing.tests.iter().any(|test| test.passed), "{nothing:?}");
    assert_eq!(environment.state().await.unwrap().patch_lines, 0);
    let turns = buy(&mut *environment, &task).await;
    let grade = environment.grade().await.unwrap();
    assert!(grade.solved() && grade.score() >= 1.0, "{}: {grade:?}\n{}", task.id, task.statement);
    let ids: Vec<&str> = grade.tests.iter().map(|test| test.id.as_str()).collect();
    assert_eq!(ids, task.fail_to_pass);
    environment.close().await.unwrap();
    turns
}

async fn check_all(suite: &Suite, tasks: u64) {
    let began = Instant::now();
    let mut turns = 0;
    for number in 0..tasks {
        turns += check(suite, number).await;
    }
    let took = began.elapsed();
    println!("{tasks} tasks, {turns} commands, {:.1} a task, {took:?}", turns as f64 / tasks as f64);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_task_of_the_small_suite_has_a_solution() {
    check_all(&Suite::new("shop", 51), 60).await;
}

/// All thousand are checked by `turnwise suite check shop-large`.
#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_the_large_suite_have_solutions() {
    let suite = Suite::new("shop-large", 52);
    for number in (3..1000).step_by(37) {
        check(&suite, number).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_shop_can_be_bought_in_again() {
    let suite = Suite::new("shop", 51);
    let task = suite.task(7);
    let mut environment = suite.open(&task).await;
    buy(&mut *environment, &task).await;
    let bought = environment.state().await.unwrap();
    assert!(bought.patch.starts_with("+order: #"), "{}", bought.patch);
    environment.reset().await.unwrap();
    assert_eq!(environment.grade().await.unwrap().score(), 0.0);
    buy(&mut *environment, &task).await;
    assert_eq!(environment.state().await.unwrap(), bought);
    assert!(environment.grade().await.unwrap().solved());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_no_shops_are_refused() {
    use turnwise_shop::ShopSites;
    use turnwise_web::Sites as _;
    let suite = Suite::new("shop", 51);
    let mut task = suite.task(0);
    let sites = ShopSites::default();
    task.web.as_mut().unwrap().settings = "{}".to_owned();
    let error = sites.open(&task).await.err().unwrap();
    assert!(error.to_string().starts_with("the settings of task `shop-0000` are not a shop's"), "{error}");
    task.web = None;
    let error = sites.open(&task).await.err().unwrap();
    assert!(error.to_string().starts_with("task `shop-0000` has no pages"), "{error}");
}
