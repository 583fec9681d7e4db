//! The hidden tests, in a fresh container: nothing the agent left running or changed outside the work tree is there.

use std::{collections::BTreeMap, time::Duration};

use turnwise_core::{EnvError, Grade, Task};

use super::{
    environment::{Place, setup_limit},
    error::ContainerError,
    provider::Shared,
    shell::{By, How, Outcome},
    work::{self, Fit, Unfit},
};
use crate::{
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
    let mut place = Place::start(shared, image).await.map_err(ContainerError::of(&task.id))?;
    let output = tests(shared, task, &mut place, patch).await?;
    place.container.remove(&shared.engine.docker).await.map_err(ContainerError::of(&task.id))?;
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
        false => touched(&task.test_patch).map_err(untestable)?,
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
    if brings_all {
        let script = format!("{}/eval.sh", shell.store);
        shell.put(&script, &task.eval_script).await.map_err(&broken)?;
        let command = format!("\"$(command -v bash || command -v sh)\" {script}");
        return run(shared, place, &command).await.map(|seen| seen.0).map_err(broken);
    }
    let (output, status) = run(shared, place, &task.test_command).await.map_err(&broken)?;
    if status == Some(grader::NOT_FOUND) && grader::says_nothing(task, &output) {
        let program = grader::program(&task.test_command);
        let look = format!("command -v -- {}", super::shell::quoted(program));
        if run(shared, place, &look).await.map_err(&broken)?.1 != Some(0) {
            return Err(untestable(GraderError::NotInImage { program: program.to_owned() }));
        }
    }
    Ok(output)
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

/// The files that a patch touches.
fn touched(patch: &str) -> Result<Vec<String>, GraderError> {
    if patch.trim().is_empty() {
        return Ok(Vec::new());
    }
    let unread = |error: git2::Error| GraderError::TestPatch { said: error.message().to_owned() };
    let diff = git2::Diff::from_buffer(patch.as_bytes()).map_err(unread)?;
    let mut paths: Vec<_> = diff
        .deltas()
        .flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()])
        .flatten()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect();
    paths.sort();
    paths.dedup();
    for path in &paths {
        path_parts(path).map_err(GraderError::BadFile)?;
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::touched;

    #[test]
    fn a_patch_touches_what_it_makes_changes_and_removes() {
        let patch = "diff --git a/t/a.py b/t/a.py\n--- a/t/a.py\n+++ b/t/a.py\n@@ -1 +1 @@\n-A\n+B\n\
            diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+C\n";
        assert_eq!(touched(patch).unwrap(), ["new.py", "t/a.py"]);
        assert_eq!(touched(" \n").unwrap(), Vec::<String>::new());
        assert!(touched(&patch.replace("new.py", "../new.py")).is_err());
    }
}
