//! Makes a large run database: `million FILE [TURNS]` records trials of 20 to 30 turns through the recorder, a million turns
//! where nothing else is said, so that reading and replaying can be measured (docs/replay.md).
//!
//! The turns are of an ordinary size: replies of some 300 bytes with their tokens, observations of some 500 bytes of which
//! every third was seen before in a trial of the same task, a patch that grows every fifth turn. One trial in 20 does the same
//! thing three times in a row. The same command makes the same database.

use std::{error::Error, path::Path};

use turnwise_core::{
    Action, AttemptEnd, AttemptStart, Ending, Grade, Message, ModelInfo, Protection, RecordError, Recorder,
    Reply, Role, RunEvent, RunId, RunStart, TestOutcome, TokenStats, TrialEnd, TrialId, TrialKey, TrialStart,
    TurnFacts, TurnRecord, Usage, VerdictKind, WorkspaceState,
};
use turnwise_store::StoreRecorder;

/// Trials that are recorded at once.
const AT_ONCE: u32 = 64;
/// Tasks of the suite.
const TASKS: u32 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("name the file to make")?;
    let turns: u32 = arguments.next().map_or(Ok(1_000_000), |n| n.parse())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(make(Path::new(&file), turns))
}

async fn make(path: &Path, turns: u32) -> Result<(), Box<dyn Error>> {
    let recorder = StoreRecorder::open(path).await?;
    recorder.record(RunEvent::RunStarted(run())).await?;
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..AT_ONCE {
        let recorder = recorder.clone();
        workers.spawn(async move {
            let (mut number, mut done) = (worker, 0);
            while done < turns / AT_ONCE {
                done += record(&recorder, number).await?;
                number += AT_ONCE;
            }
            Ok::<(), RecordError>(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    recorder.record(RunEvent::RunFinished { run: RunId::new("million"), at: 2 }).await?;
    recorder.close().await?;
    Ok(())
}

/// Records the trial of this number and gives its turns.
async fn record(recorder: &StoreRecorder, number: u32) -> Result<u32, RecordError> {
    let trial = TrialId::new(format!("million-{number}"));
    let length = 20 + number * 7 % 11;
    recorder.record(RunEvent::TrialStarted(start(&trial, number))).await?;
    let attempt = AttemptStart {
        trial: trial.clone(),
        attempt: 1,
        place: 1,
        behind: None,
        seed: 1,
        prompt_hash: String::new(),
        at: 1,
    };
    recorder.record(RunEvent::AttemptStarted(attempt)).await?;
    let mut seen = format!("Task {}.", number % TASKS);
    for turn in 1..=length {
        let step = Step { trial: number, turn, is_last: turn == length };
        let record = step.record(&trial, std::mem::take(&mut seen));
        seen.clone_from(&record.facts.observation);
        recorder.record(RunEvent::TurnFinished(Box::new(record))).await?;
    }
    recorder.record(RunEvent::AttemptFinished(attempt_end(&trial))).await?;
    recorder.record(RunEvent::TrialFinished(end(&trial, number, length))).await?;
    Ok(length)
}

/// A turn of a trial.
#[derive(Clone, Copy)]
struct Step {
    trial: u32,
    turn: u32,
    is_last: bool,
}

impl Step {
    fn record(self, trial: &TrialId, seen: String) -> TurnRecord {
        let command = if self.is_last { "submit".to_owned() } else { self.command() };
        let thought = format!(
            "The function at line {} does not do what it says. {}",
            self.turn * 3,
            "I should look at it. ".repeat(8)
        );
        let observation = if self.is_last { String::new() } else { self.observation(&command) };
        let usage =
            Usage { prompt_tokens: 400 + 180 * u64::from(self.turn), prefill_tokens: 180, decode_tokens: 90 };
        TurnRecord {
            trial: trial.clone(),
            attempt: 1,
            prompt: vec![Message::new(Role::Tool, seen)],
            reply: Reply {
                tokens: (0..90).map(|at| (self.trial + at * 17) % 2048).collect(),
                usage,
                stats: TokenStats { entropy_mean: Some(0.31), logprob_mean: Some(-0.22) },
                ..Reply::saying(format!("<think>\n{thought}\n</think>\n{command}"))
            },
            thought,
            facts: TurnFacts {
                turn: self.turn,
                exit_code: (!self.is_last).then_some(i32::from(self.chance(5))),
                action: if self.is_last { Action::Submit } else { Action::Shell(command) },
                observation,
                workspace: work(self.trial, self.turn),
                asks_more: false,
                usage,
                elapsed_ms: 31,
                cost: None,
                signals: [("action_repeat", 1.0), ("distinct_actions", 0.875), ("no_change", 2.0)]
                    .map(|(name, value)| (name.to_owned(), value))
                    .to_vec(),
            },
            votes: Vec::new(),
            vote_us: Vec::new(),
            verdict: if self.is_last { VerdictKind::Stop } else { VerdictKind::Continue },
            model_ms: 24.25,
            tool_ms: 6.75,
            started_at: i64::from(self.turn),
        }
    }

    /// Something that happens once in `times`.
    fn chance(self, times: u32) -> bool {
        (self.trial.wrapping_mul(2_654_435_761) ^ self.turn.wrapping_mul(40_503)).wrapping_mul(2_246_822_519)
            >> 8
            & 0xffff
            < 0x1_0000 / times
    }

    /// The turn itself, or for a trial that is stuck the first of those that it repeats.
    fn meant(self) -> u32 {
        match self.trial % 20 == 7 && (12..15).contains(&self.turn) {
            true => 12,
            false => self.turn,
        }
    }

    fn command(self) -> String {
        let turn = self.meant();
        match turn % 3 {
            0 => format!("sed -n '{},{}p' lib/module_{}.py", turn * 4, turn * 4 + 12, turn % 7),
            1 => format!("python3 -m pytest -q tests/test_{}.py", turn % 5),
            _ => format!(
                "sed -i 's/value_{turn}/value_{}/' lib/module_{}.py",
                self.trial % 97,
                self.trial % 13
            ),
        }
    }

    /// What looking at a file shows is the same in every trial of a task.
    fn observation(self, command: &str) -> String {
        let turn = self.meant();
        let of = if turn.is_multiple_of(3) {
            format!("task {}", self.trial % TASKS)
        } else {
            format!("trial {}", self.trial)
        };
        let line = format!("    total = total + values[{turn}]  # {of}\n");
        let mut text = format!("{of}, turn {turn}: {command}\n");
        text.push_str(&line.repeat(400 / line.len()));
        text.push_str(if turn % 3 == 1 { "1 failed, 4 passed in 0.02s\n" } else { "return total\n" });
        text
    }
}

/// A repair that grows every fifth turn.
fn work(trial: u32, turn: u32) -> WorkspaceState {
    let nth = turn / 5;
    if nth == 0 {
        return WorkspaceState::default();
    }
    let patch = format!(
        "--- a/lib/module.py\n+++ b/lib/module.py\n@@ -1,{nth} +1,{nth} @@ {trial}\n{}",
        "-    return total\n+    return total + values[0]\n".repeat(nth as usize)
    );
    WorkspaceState {
        patch_lines: u64::from(nth) * 2,
        digest: format!("{:064x}", u64::from(trial) << 8 | u64::from(nth)),
        patch: patch.into(),
    }
}

fn run() -> RunStart {
    RunStart {
        run: RunId::new("million"),
        fingerprint: "million".to_owned(),
        config: "{}".to_owned(),
        model: ModelInfo {
            name: "scripted".to_owned(),
            spec: "scripted:million".to_owned(),
            hash: "million".to_owned(),
            device: "none".to_owned(),
            context: None,
            profile: "pocket".to_owned(),
        },
        protection: Protection::default(),
        command: "million".to_owned(),
        at: 1,
    }
}

fn start(trial: &TrialId, number: u32) -> TrialStart {
    TrialStart {
        run: RunId::new("million"),
        trial: trial.clone(),
        key: TrialKey {
            suite: "large".to_owned(),
            task: format!("task-{}", number % TASKS),
            policy: "unlimited".to_owned(),
            seed: u64::from(number / TASKS),
        },
        policy: "{}".to_owned(),
        turn_limit: None,
        labels: vec![("bugs".to_owned(), (1 + number % 3).to_string())],
        at: 1,
    }
}

fn attempt_end(trial: &TrialId) -> AttemptEnd {
    AttemptEnd {
        trial: trial.clone(),
        attempt: 1,
        ending: Ending::Submitted,
        stop_rule: None,
        error: None,
        turn_limit: None,
        extensions: 0,
        reminders: 0,
        at: 2,
    }
}

fn end(trial: &TrialId, number: u32, turns: u32) -> TrialEnd {
    let passed = !number.is_multiple_of(3);
    let tests = vec![TestOutcome { id: "one".to_owned(), was_failing: true, passed }];
    TrialEnd {
        trial: trial.clone(),
        attempt: 1,
        ending: Ending::Submitted,
        stop_rule: None,
        grade: Some(Grade { tests, reward: None }),
        patch: work(number, turns).patch.to_string(),
        wall_ms: 800,
        at: 2,
    }
}
