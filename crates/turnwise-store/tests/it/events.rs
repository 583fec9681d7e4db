//! Events to record.

use turnwise_core::{
    Action, AttemptEnd, AttemptStart, Ending, Grade, Message, ModelInfo, Protection, Reply, Role, RunEvent,
    RunId, RunStart, TestOutcome, TokenStats, TrialEnd, TrialId, TrialKey, TrialStart, TurnFacts, TurnRecord,
    Usage, VerdictKind, Vote, WorkspaceState,
};

/// A trial of the fixture.
pub(crate) struct Trial {
    pub(crate) run: &'static str,
    pub(crate) id: String,
    pub(crate) task: String,
    pub(crate) policy: &'static str,
    pub(crate) turn_limit: Option<u32>,
    pub(crate) turns: u32,
    pub(crate) ending: Option<Ending>,
    pub(crate) solved: Option<bool>,
}

impl Trial {
    /// Every event of the trial.
    pub(crate) fn events(&self) -> Vec<RunEvent> {
        let trial = TrialId::new(&*self.id);
        let mut events = vec![
            RunEvent::TrialStarted(self.start()),
            RunEvent::AttemptStarted(AttemptStart {
                trial: trial.clone(),
                attempt: 1,
                place: 1,
                behind: None,
                seed: 7,
                prompt_hash: "ab".to_owned(),
                at: 10,
            }),
        ];
        for number in 1..=self.turns {
            events.push(RunEvent::TurnFinished(Box::new(turn(&trial, number))));
        }
        let Some(ending) = self.ending else { return events };
        let stop_rule = (ending == Ending::Stopped).then(|| "repeat".to_owned());
        events.push(RunEvent::AttemptFinished(AttemptEnd {
            trial: trial.clone(),
            attempt: 1,
            ending,
            stop_rule: stop_rule.clone(),
            error: (ending == Ending::InfraError).then(|| "the sandbox is gone".to_owned()),
            turn_limit: self.turn_limit.map(|limit| limit + 5),
            extensions: u32::from(self.turn_limit.is_some()),
            reminders: 2,
            at: 90,
        }));
        events.push(RunEvent::TrialFinished(TrialEnd {
            attempt: 1,
            trial,
            ending,
            stop_rule,
            grade: self.solved.map(grade),
            patch: "--- a\n+++ b\n".to_owned(),
            wall_ms: 80,
            at: 95,
        }));
        events
    }

    fn start(&self) -> TrialStart {
        TrialStart {
            run: RunId::new(self.run),
            trial: TrialId::new(&*self.id),
            key: TrialKey {
                suite: "pocket".to_owned(),
                task: self.task.clone(),
                policy: self.policy.to_owned(),
                seed: u64::MAX,
            },
            policy: format!(r#"{{"name":"{}"}}"#, self.policy),
            turn_limit: self.turn_limit,
            labels: [("bugs", "2"), ("family", "lists"), ("seen", "yes")]
                .map(|(label, value)| (label.to_owned(), value.to_owned()))
                .to_vec(),
            at: 5,
        }
    }
}

pub(crate) fn run(id: &str) -> RunEvent {
    RunEvent::RunStarted(RunStart {
        run: RunId::new(id),
        fingerprint: format!("print of {id}"),
        config: r#"{"seeds":1}"#.to_owned(),
        model: ModelInfo {
            name: "pocket".to_owned(),
            spec: "pocket".to_owned(),
            hash: "cafe".to_owned(),
            device: "cpu".to_owned(),
            context: Some(4096),
            profile: "plain".to_owned(),
        },
        protection: Protection {
            kind: "namespaces".to_owned(),
            facts: vec![("network".to_owned(), "none".to_owned())],
        },
        command: "turnwise compare".to_owned(),
        at: 1,
    })
}

/// A turn that reads first, changes something in its second, and repeats itself from then on.
pub(crate) fn turn(trial: &TrialId, number: u32) -> TurnRecord {
    let command = if number == 1 { "cat a.py".to_owned() } else { "sed -i s/1/2/ a.py".to_owned() };
    let usage = Usage { prompt_tokens: 100, prefill_tokens: 20, decode_tokens: 10 };
    let changed = number > 1;
    TurnRecord {
        trial: trial.clone(),
        attempt: 1,
        prompt: vec![Message::new(Role::User, format!("turn {number}"))],
        reply: Reply {
            tokens: vec![1, 200, 70_000],
            usage,
            stats: TokenStats { entropy_mean: Some(0.5), logprob_mean: Some(-0.25) },
            ..Reply::saying(format!("wait\n{command}"))
        },
        thought: "wait".to_owned(),
        facts: TurnFacts {
            turn: number,
            action: Action::Shell(command),
            observation: "ok".to_owned(),
            exit_code: Some(0),
            workspace: WorkspaceState {
                patch_lines: u64::from(changed) * 2,
                digest: if changed { "d1".to_owned() } else { String::new() },
                patch: if changed { "the patch".into() } else { "".into() },
            },
            asks_more: false,
            usage,
            elapsed_ms: 12,
            cost: Some(0.25),
            signals: vec![("entropy".to_owned(), 0.1 * f64::from(number))],
        },
        votes: vec![Vote {
            rule: "repeat".to_owned(),
            verdict: VerdictKind::Continue,
            shadow: true,
            score: Some(f64::from(number)),
            threshold: Some(3.0),
            missing: None,
        }],
        vote_us: vec![1.5],
        verdict: VerdictKind::Continue,
        model_ms: 8.0,
        tool_ms: 4.0,
        started_at: 20,
    }
}

fn grade(solved: bool) -> Grade {
    let tests = [true, solved]
        .into_iter()
        .enumerate()
        .map(|(nth, passed)| TestOutcome { id: format!("t{nth}"), was_failing: nth == 1, passed })
        .collect();
    Grade { tests, reward: None }
}

/// Two runs: `r1` of three policies with every kind of outcome, `r2` of one lost trial.
pub(crate) fn fixture() -> Vec<RunEvent> {
    let of = |run, id: &str, task: &str, policy, turn_limit, turns, ending, solved| Trial {
        run,
        id: id.to_owned(),
        task: task.to_owned(),
        policy,
        turn_limit,
        turns,
        ending,
        solved,
    };
    let trials = [
        of("r1", "u1", "k1", "unlimited", None, 4, Some(Ending::Submitted), Some(true)),
        of("r1", "u2", "k2", "unlimited", None, 8, Some(Ending::ContextFull), Some(false)),
        of("r1", "u3", "k3", "unlimited", None, 2, Some(Ending::InfraError), None),
        of("r1", "f1", "k1", "fixed", Some(3), 3, Some(Ending::TurnLimit), Some(false)),
        of("r1", "f2", "k2", "fixed", Some(3), 3, Some(Ending::Stopped), None),
        of("r1", "d1", "k1", "dynamic", Some(2), 2, None, None),
        of("r2", "x1", "k1", "unlimited", None, 1, Some(Ending::Interrupted), None),
    ];
    let mut events = vec![run("r1"), run("r2")];
    events.extend(trials.iter().flat_map(Trial::events));
    events.push(RunEvent::RunFinished { run: RunId::new("r1"), at: 99 });
    events
}
