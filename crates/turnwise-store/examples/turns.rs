//! What recording costs: `turns [TURNS] [TRIALS AT ONCE] [THREADS]` writes turns of an ordinary size through the
//! recorder and prints the CPU and the disk a turn took. 0 threads is tokio's current-thread runtime, which takes about
//! half the CPU of two threads, as waking idle threads costs more than the writing. Uses `/proc` for the CPU time, so
//! Linux only.

#![expect(clippy::print_stdout, reason = "an example answers on standard output")]

use std::{error::Error, time::Instant};

use turnwise_core::{
    Action, AttemptStart, Message, ModelInfo, Protection, Recorder, Reply, Role, RunEvent, RunId, RunStart,
    TokenStats, TrialId, TrialKey, TrialStart, TurnFacts, TurnRecord, Usage, VerdictKind, Vote,
    WorkspaceState,
};
use turnwise_store::StoreRecorder;

/// Turns of a trial.
const LENGTH: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let turns: u32 = arguments.next().map_or(Ok(20_000), |n| n.parse())?;
    let at_once: u32 = arguments.next().map_or(Ok(4), |n| n.parse())?;
    let threads: usize = arguments.next().map_or(Ok(0), |n| n.parse())?;
    let mut runtime = match threads {
        0 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.worker_threads(threads.max(1)).build()?.block_on(measure(turns, at_once))
}

async fn measure(turns: u32, at_once: u32) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("turns.db");
    let recorder = StoreRecorder::open(&path).await?;
    recorder.record(RunEvent::RunStarted(run())).await?;

    let (began, cpu) = (Instant::now(), cpu_ms()?);
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..at_once {
        let recorder = recorder.clone();
        workers.spawn(async move { work(&recorder, worker, turns / at_once / LENGTH).await });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    let recorded = at_once * LENGTH * (turns / at_once / LENGTH);
    let (wall, cpu) = (began.elapsed().as_secs_f64() * 1e3, cpu_ms()? - cpu);
    let written = recorder.close().await?;
    let bytes = std::fs::metadata(&path)?.len();
    let n = f64::from(recorded);
    println!("{recorded} turns, {at_once} trials at once, {} transactions", written.commits);
    println!("CPU  {:.4} ms a turn", cpu / n);
    println!("wall {:.4} ms a turn", wall / n);
    println!("disk {:.0} bytes a turn", bytes as f64 / n);
    Ok(())
}

async fn work(recorder: &StoreRecorder, worker: u32, trials: u32) -> Result<(), turnwise_core::RecordError> {
    for nth in 0..trials {
        let trial = TrialId::new(format!("{worker:04}-{nth:06}"));
        recorder.record(RunEvent::TrialStarted(trial_start(&trial, nth))).await?;
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
        for number in 1..=LENGTH {
            recorder.record(RunEvent::TurnFinished(Box::new(turn(&trial, number)))).await?;
        }
    }
    Ok(())
}

fn run() -> RunStart {
    RunStart {
        run: RunId::new("r1"),
        fingerprint: "f".to_owned(),
        config: "{}".to_owned(),
        model: ModelInfo {
            name: "scripted".to_owned(),
            spec: "scripted:x".to_owned(),
            hash: "h".to_owned(),
            device: "none".to_owned(),
            context: None,
            profile: "plain".to_owned(),
        },
        protection: Protection::default(),
        command: "turns".to_owned(),
        at: 1,
    }
}

fn trial_start(trial: &TrialId, nth: u32) -> TrialStart {
    TrialStart {
        run: RunId::new("r1"),
        trial: trial.clone(),
        key: TrialKey {
            suite: "pocket".to_owned(),
            task: format!("task-{nth}"),
            policy: "unlimited".to_owned(),
            seed: 1,
        },
        policy: "{}".to_owned(),
        turn_limit: None,
        labels: vec![("bugs".to_owned(), "2".to_owned()), ("family".to_owned(), "lists".to_owned())],
        at: 1,
    }
}

fn turn(trial: &TrialId, number: u32) -> TurnRecord {
    let thought = format!("{}I look at line {number} of {trial}. ", "Hmm, wait. ".repeat(12));
    let command = format!("sed -n {number},40p lists.py");
    let text = format!("<think>\n{thought}\n</think>\n<act>{command}</act>");
    let observation = format!("{number} {trial}\n{}", "    total = total + values[index]\n".repeat(20));
    let usage = Usage { prompt_tokens: 900, prefill_tokens: 230, decode_tokens: 120 };
    TurnRecord {
        trial: trial.clone(),
        attempt: 1,
        prompt: vec![Message::new(Role::Tool, format!("[before {number}] {observation}"))],
        reply: Reply {
            tokens: (0..120).map(|i| i * 17 % 2048).collect(),
            usage,
            stats: TokenStats { entropy_mean: Some(0.3), logprob_mean: Some(-0.2) },
            ..Reply::saying(text)
        },
        thought,
        facts: TurnFacts {
            turn: number,
            action: Action::Shell(command),
            observation,
            exit_code: Some(0),
            workspace: workspace(trial, number),
            asks_more: false,
            usage,
            elapsed_ms: 30,
            cost: None,
            signals: vec![("entropy".to_owned(), 0.3), ("repeat".to_owned(), 1.0)],
        },
        votes: vec![Vote {
            rule: "repeat".to_owned(),
            verdict: VerdictKind::Continue,
            shadow: false,
            score: Some(1.0),
            threshold: Some(3.0),
            missing: None,
        }],
        vote_us: vec![1.5],
        verdict: VerdictKind::Continue,
        model_ms: 20.0,
        tool_ms: 10.0,
        started_at: 1,
    }
}

/// The work: a repair of some 400 bytes that every fourth turn changes.
fn workspace(trial: &TrialId, number: u32) -> WorkspaceState {
    let nth = number / 4;
    if nth == 0 {
        return WorkspaceState::default();
    }
    let patch = format!("+{trial} {nth}\n{}", "+    total = total + values[index]\n".repeat(12));
    WorkspaceState { patch_lines: 13, digest: format!("{nth:064x}"), patch: patch.into() }
}

/// CPU time of this process, in milliseconds, from `/proc/self/schedstat` of its threads.
fn cpu_ms() -> Result<f64, Box<dyn Error>> {
    let mut nanoseconds = 0.0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += stat.split(' ').next().unwrap_or("0").parse::<f64>()?;
    }
    Ok(nanoseconds / 1e6)
}
