//! How long deciding takes: every shipped policy over the same turns, in microseconds a turn.
//!
//! `cargo run --release -p turnwise-policy --example deciding -- 1000000`: so many turns, in attempts of 40. The times are
//! of the processor, so that others on the machine do not count, and without those of making the turns.

use std::{error::Error, hint::black_box, io::Write};

use turnwise_core::{Action, TokenStats, TurnFacts, Usage, WorkspaceState};
use turnwise_policy::{Baseline, BaselineTrial, Caps, PolicySpec, Spoken, Untimed, shipped};

/// Turns of an attempt.
const ATTEMPT: u32 = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let turns: u32 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let trial =
        |turns: u32| BaselineTrial { task: format!("t{turns}"), turns: 1000 + turns, solved: Some(true) };
    let baseline = Baseline::of_trials("s", "m", (0..20).map(trial).collect());
    let attempt: Vec<TurnFacts> = (1..=ATTEMPT).map(facts).collect();
    let stats = TokenStats { entropy_mean: Some(0.5), logprob_mean: Some(-0.4) };
    let attempts = turns.div_ceil(ATTEMPT);
    let began = cpu_us()?;
    for _ in 0..attempts {
        black_box(attempt.clone());
    }
    let making = cpu_us()? - began;
    let mut out = std::io::stdout().lock();
    for source in shipped() {
        let spec = PolicySpec::parse(&source, &[])?;
        if spec.choice.is_some() {
            continue;
        }
        let policy = spec.resolve(&baseline, Caps::default())?;
        let began = cpu_us()?;
        for _ in 0..attempts {
            let mut shown = attempt.clone();
            let mut controller = policy.controller();
            for facts in &mut shown {
                let spoken = Spoken {
                    reply: "I look at it again.",
                    thought: "Maybe it is the loop.",
                    stats,
                    states: None,
                };
                black_box(controller.decide(facts, spoken, &mut Untimed));
            }
            black_box(shown);
        }
        let each = (cpu_us()? - began - making) / f64::from(attempts * ATTEMPT);
        writeln!(out, "{:20} {each:8.3} us a turn", policy.name)?;
    }
    Ok(())
}

/// What this thread has had of the processor, in microseconds.
fn cpu_us() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(stat.split(' ').next().unwrap_or("0").parse::<f64>()? / 1e3)
}

/// A turn with an observation of about a kilobyte.
fn facts(turn: u32) -> TurnFacts {
    let command = format!("sed -n {turn},40p src/module_{}.py", turn % 7);
    TurnFacts {
        turn,
        action: Action::Shell(command),
        observation: format!("def f_{turn}(x):\n    return x + {turn}\n").repeat(28) + "3 passed, 2 failed",
        exit_code: Some(i32::from(turn.is_multiple_of(5))),
        workspace: WorkspaceState {
            patch_lines: u64::from(turn / 4),
            digest: format!("d{}", turn / 4),
            ..WorkspaceState::default()
        },
        asks_more: false,
        usage: Usage { prompt_tokens: 900, prefill_tokens: 90, decode_tokens: 60 },
        elapsed_ms: 900,
        cost: None,
        signals: [
            "blame",
            "exit_hazard",
            "goal_kl",
            "hidden_cosine",
            "judge",
            "probe",
            "trial_answer",
            "trial_yes",
        ]
        .map(|name| (name.to_owned(), 0.01))
        .to_vec(),
    }
}
