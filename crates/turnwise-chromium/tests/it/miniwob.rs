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

/// Pages without a solution that load, are acted on and graded like all others.
const MORE: [&str; 15] = [
    "click-widget",
    "click-color",
    "click-menu",
    "click-pie-nodelay",
    "click-scroll-list",
    "click-shape",
    "click-tab-2",
    "copy-paste",
    "email-inbox",
    "grid-coordinate",
    "search-engine",
    "social-media",
    "terminal",
    "tic-tac-toe",
    "use-autocomplete-nodelay",
];

/// Prints a table, of use with `--nocapture`: of forty pages, or of all with `TURNWISE_MINIWOB_ALL`.
#[tokio::test]
async fn pages_load_and_are_acted_on_and_graded() {
    let Some(pages) = pages() else { return };
    let Some(provider) = provider().await else { return };
    let provider = provider.with_miniwob(pages.clone());
    let chosen: Vec<&str> = match env::var_os("TURNWISE_MINIWOB_ALL") {
        Some(_) => pages.names().iter().map(String::as_str).collect(),
        None => pages_with_gold().chain(MORE).collect(),
    };
    let mut bad = Vec::new();
    for page in chosen {
        let task = pages.task(page, 0).unwrap();
        let clock = Instant::now();
        let mut trial = match provider.open(&task).await {
            Ok(trial) => trial,
            Err(error) => {
                bad.push(format!("{page}: {error:?}"));
                continue;
            }
        };
        let opened = clock.elapsed();
        let first = trial.execute("scroll up").await.unwrap();
        let clock = Instant::now();
        let act = trial.execute("click 1").await.unwrap();
        let clicked = clock.elapsed();
        let grade = trial.grade().await.unwrap();
        let state = trial.state().await.unwrap();
        trial.close().await.unwrap();
        let can_act = first.output.contains("[1]");
        eprintln!(
            "{page}\topen {opened:.0?}\tclick {clicked:.0?}\t{}\tlines changed {}\treward {:?}",
            if can_act { act.output.lines().next().unwrap_or_default() } else { "(nothing to click)" },
            state.patch_lines,
            grade.reward
        );
        if env::var_os("TURNWISE_MINIWOB_SHOW").is_some() {
            eprintln!("{}\n", first.output);
        }
        // What the page asks for is in the first observation.
        if first.output.lines().count() < 3 || grade.tests.len() != 1 {
            bad.push(format!("{page}: {}", first.output));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Prints how long things take; of use with `--nocapture`.
#[tokio::test]
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
