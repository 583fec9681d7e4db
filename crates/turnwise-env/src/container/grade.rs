//! The hidden tests, in a fresh container: nothing the agent left running or changed outside the work tree is there.

use std::{collections::BTreeMap, sync::atomic::Ordering, time::Duration};

use turnwise_core::{EnvError, Grade, Task};

use super::{
    environment::{Place, setup_limit},
    error::ContainerError,
    provider::Shared,
    shell::{By, How, Outcome, Shell, quoted},
    work::{self, Fit, Unfit},
};
use crate::{
    WorkspaceError,
    capture::Capture,
    grader::{self, GraderError, TESTS_OUTPUT},
    logs,
    workspace::path_parts,
};

/// Says whether the task can be graded at all.
pub(super) fn check(task: &Task) -> Result<(), EnvError> {
    let command = if task.eval_script.trim().is_empty() { &task.test_command } else { &task.eval_script };
    grader::check(task, command)
}

/// Runs the tests on a patch.
pub(super) async fn grade(shared: &Shared, task: &Task, image: &str, patch: &str) -> Result<Grade, EnvError> {
    check(task)?;
    let mut place = Place::start(shared, task, image).await.map_err(ContainerError::of(&task.id))?;
    let output = tests(shared, task, &mut place, patch).await?;
    place.container.remove().await.map_err(ContainerError::of(&task.id))?;
    if let Some(folder) = &shared.config.logs {
        let number = shared.graded.fetch_add(1, Ordering::Relaxed) + 1;
        grader::keep_log(folder, &task.id, &number.to_string(), &output)
            .map_err(|source| EnvError::Grader { task: task.id.clone(), source: source.into() })?;
    }
    Ok(outcomes(task, &output))
}

/// What the output makes of the task's tests. A script marks where its tests begin and end, and says why they did not; then none has
/// passed, as officially.
fn outcomes(task: &Task, output: &str) -> Grade {
    if task.eval_script.trim().is_empty() {
        return grader::outcomes(task, output);
    }
    let said = logs::evaluation(task.test_log, output).unwrap_or_else(|why| {
        tracing::warn!(task = task.id, %why, "an evaluation has no result");
        BTreeMap::new()
    });
    grader::graded(task, &said)
}

async fn tests(shared: &Shared, task: &Task, place: &mut Place, patch: &str) -> Result<String, EnvError> {
    let (limit, shell) = (setup_limit(shared), &mut place.shell);
    let broken = ContainerError::of(&task.id);
    let untestable = |error: GraderError| grader::failed(task, error);
    let brings_all = !task.eval_script.trim().is_empty();
    let test_files = match brings_all {
        // The script puts its tests in their places itself.
        true => Vec::new(),
        false => grader::test_files(task)?.into_iter().collect(),
    };
    work::with_paths(shell, "keep", &test_files, limit).await.map_err(&broken)?;
    work::apply(shell, patch, Fit::Lenient, limit).await.map_err(Unfit::of(&task.id))?;
    work::with_paths(shell, "put_back", &test_files, limit).await.map_err(&broken)?;
    if !brings_all {
        work::apply(shell, &task.test_patch, Fit::Exact, limit).await.map_err(|unfit| match unfit {
            Unfit::Patch(said) => untestable(GraderError::TestPatch { said }),
            Unfit::Container(error) => broken(error),
        })?;
    }
    for file in &task.hidden_files {
        path_parts(&file.path).map_err(|error| untestable(GraderError::BadFile(error)))?;
        shell.lay(&file.path, &file.content).await.map_err(&broken)?;
    }
    let assets = put_assets(shell, task).await?;
    if brings_all {
        let script = format!("{}/eval.sh", shell.store);
        let text = logs::before_tests(&task.eval_script, &assets);
        shell.put(&script, &text).await.map_err(&broken)?;
        let command = format!("\"$(command -v bash || command -v sh)\" {script}");
        return run(shared, place, &command).await.map(|seen| seen.0).map_err(broken);
    }
    if !assets.is_empty() {
        shell.script("lay test assets", &assets, limit).await.map_err(&broken)?;
    }
    let (output, status) = run(shared, place, &task.test_command).await.map_err(&broken)?;
    if status == Some(grader::NOT_FOUND) && grader::says_nothing(task, &output) {
        let program = grader::program(&task.test_command);
        let look = format!("command -v -- {}", quoted(program));
        if run(shared, place, &look).await.map_err(&broken)?.1 != Some(0) {
            return Err(untestable(GraderError::NotInImage { program: program.to_owned() }));
        }
    }
    Ok(output)
}

/// Brings the assets of the tests into the container, beside the work; returns the commands that lay them over it, for where a script
/// has first to apply its patch.
async fn put_assets(shell: &mut Shell, task: &Task) -> Result<String, EnvError> {
    let mut commands = Vec::new();
    for (number, asset) in task.test_assets.iter().enumerate() {
        let bad = |error| grader::failed(task, GraderError::BadFile(error));
        path_parts(&asset.path).map_err(bad)?;
        let read = tokio::fs::read(&asset.source).await;
        let bytes = read.map_err(WorkspaceError::file(&asset.source, "read")).map_err(bad)?;
        let beside = format!("{}/asset-{number}", shell.store);
        shell.put_bytes(&beside, &bytes).await.map_err(ContainerError::of(&task.id))?;
        let path = quoted(&format!("./{}", asset.path));
        commands.push(format!("mkdir -p \"$(dirname {path})\" && rm -rf {path} && cp {beside} {path}\n"));
    }
    Ok(commands.concat())
}

async fn run(
    shared: &Shared,
    place: &mut Place,
    command: &str,
) -> Result<(String, Option<i32>), ContainerError> {
    let limits = &shared.config.limits;
    let how = How {
        by: By::Agent,
        limit: Duration::from_millis(limits.tests_ms),
        flood: limits.flood_bytes.max(2 * TESTS_OUTPUT as u64),
        keep: TESTS_OUTPUT,
    };
    let Outcome { status, written, head, tail } = place.shell.run(command, how).await?;
    let left_out = written - (head.len() + tail.len()) as u64;
    Ok((Capture::of_ends(head, left_out, tail).finish().0, status))
}
