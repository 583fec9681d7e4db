//! The pages of MiniWoB++.

use std::{env, path::Path, time::Instant};

use turnwise_chromium::miniwob::{Miniwob, pages_with_gold};
use turnwise_core::EnvironmentProvider;

use crate::provider;

#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
fn pages() -> Option<Miniwob> {
    let Some(folder) = env::var_os("TURNWISE_MINIWOB") else {
        eprintln!("not tested here: TURNWISE_MINIWOB names no folder with the MiniWoB++ pages");
        return None;
    };
    Some(Miniwob::in_folder(Path::new(&folder)).unwrap())
}

#[tokio::test]
async fn solutions_solve_their_pages() {
    let Some(pages) = pages() else { return };
    let Some(provider) = provider().await else { return };
    let provider = provider.with_miniwob(pages.clone());
    let mut missed = Vec::new();
    for page in pages_with_gold() {
        for seed in 0..3 {
            let task = pages.task(page, seed).unwrap();
            let gold = provider.gold(&task).await.unwrap().unwrap_or_default();
            let mut environment = provider.open(&task).await.unwrap();
            let mut said = Vec::new();
            for command in &gold {
                said.push(environment.execute(command).await.unwrap().output);
            }
            let grade = environment.grade().await.unwrap();
            environment.close().await.unwrap();
            if !grade.solved() {
                missed.push(format!("{}: {gold:?} {:?}\n{}", task.id, grade.reward, said.join("\n--\n")));
            }
        }
    }
    assert!(missed.is_empty(), "{} not solved:\n{}", missed.len(), missed.join("\n======\n"));
}

/// Prints how long things take; of use with `--nocapture`.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "whoever reads the test's output wants to know")]
async fn times() {
    let Some(pages) = pages() else { return };
    let clock = Instant::now();
    let Some(provider) = provider().await else { return };
    let provider = provider.with_miniwob(pages.clone());
    eprintln!("start {:?}", clock.elapsed());
    let (mut opens, mut acts, mut grades, mut closes) = (vec![], vec![], vec![], vec![]);
    for seed in 0..10 {
        let task = pages.task("click-checkboxes-large", seed).unwrap();
        let clock = Instant::now();
        let mut environment = provider.open(&task).await.unwrap();
        opens.push(clock.elapsed());
        for command in ["scroll up", "click 1", "click 2", "click 3", "find \"Submit\""] {
            let clock = Instant::now();
            environment.execute(command).await.unwrap();
            if command.starts_with("click") {
                acts.push(clock.elapsed());
            }
        }
        let clock = Instant::now();
        environment.grade().await.unwrap();
        grades.push(clock.elapsed());
        let clock = Instant::now();
        environment.close().await.unwrap();
        closes.push(clock.elapsed());
    }
    for (name, mut times) in [("open", opens), ("click", acts), ("grade", grades), ("close", closes)] {
        times.sort();
        eprintln!("{name}: median {:?}, most {:?}", times[times.len() / 2], times[times.len() - 1]);
    }
}
