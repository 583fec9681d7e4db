//! How many held-out programs a model repairs, in memory and without a harness around it: what the trainer
//! looks at while it trains. The real figure comes from `turnwise compare`.

use crate::{
    expert::Shell,
    task::{Draw, Oracle, OracleError, Program, Size, Stream, generator, make},
};
use anyhow::Result;
use turnwise_core::{Finish, Message, Model, Reply, Role, Sampling, SessionSpec, Style, Task};

/// What a model did on the held-out programs with one number of bugs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Programs tried.
    pub tried: usize,
    /// Programs repaired.
    pub solved: usize,
    /// Turns taken.
    pub turns: usize,
}

/// The most turns of a run.
const TURN_CAP: usize = 40;

/// Lets `model` work, greedily, on `n` programs of `stream`; the scores are by number of bugs, from 1.
///
/// # Errors
/// When the model or the oracle fails.
pub async fn evaluate(model: &dyn Model, stream: Stream, seen: bool, n: u64) -> Result<[Score; 5]> {
    let mut oracle = Oracle::start()?;
    let mut scores = [Score::default(); 5];
    for index in 0..n {
        let bugs = 1 + usize::try_from(index % 5)?;
        let program =
            make(&mut generator(stream, 7, index), Draw { bugs, seen, size: Size::Full }, &mut oracle)?;
        let (solved, turns) = work(model, &program, &mut oracle).await?;
        let score = &mut scores[bugs - 1];
        score.tried += 1;
        score.solved += usize::from(solved);
        score.turns += turns;
    }
    Ok(scores)
}

/// One run: whether the program is whole at the end, and how many turns it took.
async fn work(model: &dyn Model, program: &Program, oracle: &mut Oracle) -> Result<(bool, usize)> {
    let mut shell = Shell::new(program.start());
    let turns = converse(model, &task(program), async |command: &str| {
        let output = match shell.run(command, oracle) {
            Err(OracleError::Program { kind }) => kind,
            other => other?,
        };
        Ok(if output.is_empty() { "(no output)".to_owned() } else { output.trim_end().to_owned() })
    })
    .await?;
    Ok((solved(program, &shell, oracle)?, turns))
}

/// Lets the model act, greedily, with `answer` to each of its commands, until it hands in or has no room left: how many
/// turns it took.
pub(crate) async fn converse(
    model: &dyn Model,
    task: &Task,
    mut answer: impl AsyncFnMut(&str) -> Result<String>,
) -> Result<usize> {
    let (sampling, style) = (Sampling::greedy(320), &Style::PLAIN);
    let mut conversation = model.open(SessionSpec { task, sampling, seed: 0, style })?;
    conversation.push(Message::new(Role::User, &task.statement));
    let mut turns = 0;
    while turns < TURN_CAP {
        let reply = conversation.reply().await?;
        let Some(command) = command(&reply) else { break };
        let answer = answer(command).await?;
        turns += 1;
        conversation.push(Message::new(Role::Tool, answer));
    }
    Ok(turns)
}

/// The command of a reply; `None` when it submits or there is no room left for another.
fn command(reply: &Reply) -> Option<&str> {
    let command =
        reply.text.rsplit("</think>").next().unwrap_or_default().trim_start_matches("<more>").trim();
    (command != "submit" && reply.finish != Finish::ContextFull).then_some(command)
}

/// Whether every hidden case has the value it should have.
fn solved(program: &Program, shell: &Shell, oracle: &mut Oracle) -> Result<bool> {
    let calls: Vec<String> = program.hidden.iter().map(|case| case.call.clone()).collect();
    match oracle.values(shell.files(), &program.modules(), &calls) {
        Err(OracleError::Program { .. }) => Ok(false),
        values => Ok(values?.iter().zip(&program.hidden).all(|(value, case)| *value == case.want)),
    }
}

/// What [`Model::open`] wants to know of a task; nothing here is read by a model that computes.
fn task(program: &Program) -> Task {
    Task {
        id: "held-out".to_owned(),
        suite: "held-out".to_owned(),
        statement: program.statement.clone(),
        ..Task::default()
    }
}
