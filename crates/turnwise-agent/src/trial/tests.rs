//! Trials against the scripted model and the toy environment: endings, grades, failures, and the two laws of
//! replay and resumption.

use proptest::prelude::*;
use turnwise_core::{Model, Price, Reply, ToolCall};
use turnwise_policy::{Baseline, Caps, PolicySpec, Spoken, Untimed, shipped, signals};
use turnwise_testkit::{
    CountingClock, MemoryRecorder, MoodyModel, ScriptedModel, ToyEnvironments, reply, task,
};

use super::*;
use crate::{Interrupt, KeepStates, Progress, Silent, profile::tests::profile};

/// Everything a test of trials needs; the parts are shared so that they can be looked at afterwards.
pub(crate) struct Workplace {
    pub(crate) recorder: Arc<MemoryRecorder>,
    pub(crate) environments: Arc<ToyEnvironments>,
    pub(crate) parts: Parts,
}

pub(crate) fn workplace(model: impl Model + 'static) -> Workplace {
    let recorder = Arc::new(MemoryRecorder::default());
    let environments = Arc::new(ToyEnvironments::default());
    let parts = Parts {
        model: Arc::new(model),
        price: Some(Price { input: 1.0, cached_input: None, output: 20_000.0 }),
        profile: profile("pocket"),
        environments: environments.clone(),
        recorder: recorder.clone(),
        clock: Arc::new(CountingClock::default()),
        progress: Arc::new(Silent),
        keep_states: KeepStates::AsNeeded,
        interrupt: Interrupt::default(),
    };
    Workplace { recorder, environments, parts }
}

pub(crate) fn policy(name: &str, settings: &[&str]) -> Arc<Policy> {
    let source = shipped().into_iter().find(|source| source.name == name);
    let settings: Vec<String> = settings.iter().map(|&s| s.to_owned()).collect();
    let spec = PolicySpec::parse(&source.unwrap(), &settings).unwrap();
    Arc::new(spec.resolve(&Baseline::new("toy", "m", vec![3, 5, 7, 9]), Caps::default()).unwrap())
}

pub(crate) fn plan(id: &str, policy: &Arc<Policy>) -> TrialPlan {
    TrialPlan {
        run: RunId::new("r"),
        trial: TrialId::new(format!("r-{id}")),
        key: TrialKey { suite: "toy".into(), task: id.into(), policy: policy.name.clone(), seed: 7 },
        task: Arc::new(task(id)),
        policy: Arc::clone(policy),
        sampling: Sampling::greedy(64),
        begun: Vec::new(),
    }
}

/// The first attempt as it was begun.
fn first(turns: Vec<TurnRecord>) -> BegunAttempt {
    BegunAttempt { attempt: 1, place: 1, behind: None, turns }
}

async fn run(replies: &[&str], policy: &Arc<Policy>) -> (TrialReport, Vec<RunEvent>) {
    let place = workplace(ScriptedModel::new(replies));
    let report = run_trial(&place.parts, &plan("a", policy)).await.unwrap();
    assert_eq!(place.environments.open_now(), 0);
    (report, place.recorder.events())
}

#[tokio::test]
async fn a_task_that_nothing_grades_has_a_patch_and_no_grade() {
    let place = workplace(ScriptedModel::new(&["edit", "submit"]));
    let mut plan = plan("a", &policy("unlimited", &[]));
    plan.task = Arc::new(turnwise_core::Task { fail_to_pass: vec![], pass_to_pass: vec![], ..task("a") });
    let report = run_trial(&place.parts, &plan).await.unwrap();
    assert_eq!((report.finished.end.ending, report.grade), (Ending::Submitted, None));
    let Some(RunEvent::TrialFinished(end)) = place.recorder.events().pop() else { panic!("not finished") };
    assert!(end.grade.is_none() && !end.patch.is_empty());
}

#[tokio::test]
async fn a_trial_is_recorded_from_start_to_grade() {
    let (report, events) = run(&["edit", "submit"], &policy("unlimited", &[])).await;
    assert_eq!((report.finished.end.ending, report.finished.turns), (Ending::Submitted, 2));
    assert!(report.grade.unwrap().solved());
    let kinds: Vec<_> = events
        .iter()
        .map(|event| match event {
            RunEvent::TrialStarted(_) => "trial",
            RunEvent::AttemptStarted(_) => "attempt",
            RunEvent::TurnFinished(_) => "turn",
            RunEvent::AttemptFinished(_) => "attempt end",
            RunEvent::TrialFinished(_) => "trial end",
            RunEvent::RunStarted(_) | RunEvent::RunFinished { .. } => "run",
        })
        .collect();
    assert_eq!(kinds, ["trial", "attempt", "turn", "turn", "attempt end", "trial end"]);
    let Some(RunEvent::TrialFinished(end)) = events.last() else { panic!("no end") };
    assert_eq!(end.patch, "+\n");
}

#[tokio::test]
async fn work_at_a_limit_is_graded_or_thrown_away() {
    let replies = ["edit", "say a", "say b"];
    let (kept, _) = run(&replies, &policy("fixed", &["budget.limit=3"])).await;
    assert_eq!((kept.finished.end.ending, kept.grade.unwrap().solved()), (Ending::TurnLimit, true));
    let discard = policy("fixed", &["budget.limit=3", "budget.at_limit=discard"]);
    let (thrown, _) = run(&replies, &discard).await;
    assert_eq!((thrown.finished.end.ending, thrown.grade.unwrap().solved()), (Ending::TurnLimit, false));
    // What is handed in before the limit is never thrown away.
    let (handed, _) = run(&["edit", "submit"], &discard).await;
    assert!(handed.grade.unwrap().solved());
}

#[tokio::test]
async fn money_ends_a_trial_and_what_was_paid_counts_when_it_goes_on_at_other_prices() {
    let mut place = workplace(ScriptedModel::new(&["edit", "say a", "say b"]));
    place.parts.price = Some(Price { input: 0.0, cached_input: None, output: 100_000.0 });
    let plan = plan("a", &policy("fixed", &["budget.limit=9", "limits.cost=1"]));
    let report = run_trial(&place.parts, &plan).await.unwrap();
    // Four bytes and then five, at a tenth each: the third turn brings 1.4.
    assert_eq!((report.finished.end.ending, report.finished.turns), (Ending::CostLimit, 3));
    assert!(report.grade.unwrap().solved());
    let turns = place.recorder.turns();
    assert_eq!(turns.iter().map(|turn| turn.facts.cost.unwrap()).collect::<Vec<_>>(), [0.4, 0.5, 0.5]);

    // What it costs now, a fiftieth each, makes a whole with what it cost then.
    let later = workplace(ScriptedModel::new(&["edit", "say a", "say b"]));
    let begun = vec![first(turns[..2].to_vec())];
    let report = run_trial(&later.parts, &TrialPlan { begun, ..plan }).await.unwrap();
    assert_eq!((report.finished.end.ending, report.finished.turns), (Ending::CostLimit, 3));
    assert_eq!(later.recorder.turns().len(), 1);
}

#[tokio::test]
async fn a_failure_of_the_harness_is_no_observation_and_no_grade() {
    let (report, events) = run(&["edit", "crash"], &policy("unlimited", &[])).await;
    assert_eq!((report.finished.end.ending, report.grade), (Ending::InfraError, None));
    assert_eq!(
        report.finished.error.unwrap(),
        "the sandbox of task `a` is gone; run the same command again to retry"
    );
    assert_eq!(events.iter().filter(|event| matches!(event, RunEvent::TurnFinished(_))).count(), 1);
    let (silent, _) = run(&[], &policy("unlimited", &[])).await;
    assert_eq!(silent.finished.end.ending, Ending::InfraError);
}

#[tokio::test]
async fn what_cannot_be_recorded_does_not_go_on() {
    let mut place = workplace(ScriptedModel::new(&["say a"]));
    place.parts.recorder = Arc::new(MemoryRecorder::with_room(4));
    let result = run_trial(&place.parts, &plan("a", &policy("unlimited", &[]))).await;
    assert!(matches!(result, Err(RecordError::Gone)));
    assert_eq!(place.environments.open_now(), 0);
}

/// Raises the interruption when a turn is done.
struct InterruptAfter(Interrupt, u32);

impl Progress for InterruptAfter {
    fn report(&self, update: Update<'_>) {
        if matches!(update, Update::Turn { turn, .. } if turn == self.1) {
            self.0.raise();
        }
    }
}

pub(crate) const MOODS: [&str; 8] = [
    "say a",
    "edit",
    "count",
    "<think>hm</think>fail",
    "hang",
    "<more>say b",
    "<think>lost",
    "<report>all is lost</report>say c",
];

/// The moody model in the words of a profile; in tools it calls the next mood as well.
fn moody_in(name: &str) -> Workplace {
    let replies = match name {
        "mini-tool" => {
            (0..MOODS.len()).map(|at| calling(&[MOODS[at], MOODS[(at + 1) % MOODS.len()]])).collect()
        }
        _ => MOODS.iter().map(|text| reply(text)).collect(),
    };
    let mut place = workplace(MoodyModel::of(replies));
    place.parts.profile = profile(name);
    place
}

fn calling(commands: &[&str]) -> Reply {
    let calls = commands.iter().map(|command| ToolCall {
        id: (*command).to_owned(),
        name: "bash".to_owned(),
        arguments: format!("{{\"command\": \"{command}\"}}"),
    });
    Reply { tool_calls: calls.collect(), ..reply(commands[0]) }
}

/// Runs a trial of the moody model and gives its record; cut after `cut` turns if that is given.
async fn moody(plan: &TrialPlan, profile: &str, cut: Option<u32>) -> Vec<TurnRecord> {
    let mut place = moody_in(profile);
    if let Some(turn) = cut {
        place.parts.progress = Arc::new(InterruptAfter(place.parts.interrupt.clone(), turn));
    }
    let report = run_trial(&place.parts, plan).await.unwrap();
    assert_eq!(report.finished.end.ending == Ending::Interrupted, cut.is_some());
    assert_eq!(place.environments.open_now(), 0);
    place.recorder.turns()
}

/// A record without its times, which a clock decides.
pub(crate) fn timeless(turns: Vec<TurnRecord>) -> Vec<TurnRecord> {
    let still = |mut turn: TurnRecord| {
        (turn.started_at, turn.model_ms, turn.tool_ms, turn.facts.elapsed_ms) = (0, 0.0, 0.0, 0);
        turn.vote_us.clear();
        turn
    };
    turns.into_iter().map(still).collect()
}

fn any_policy(choice: u8) -> Arc<Policy> {
    match choice % 11 {
        10 => policy(
            "window",
            &["context.turns=2", "limits.tokens=900", "trial_answer.checks=3", "drift.after=4"],
        ),
        6 => policy("window", &["context.turns=2", "limits.tokens=1500", "limits.max_invalid=0"]),
        7 => policy("report", &["limits.cost=0.9", "limits.max_invalid=0"]),
        8 => policy(
            "observations",
            &["context.old_observations=1", "limits.tokens=1500", "limits.max_invalid=0"],
        ),
        9 => {
            let rules = [
                "budget.limit=9",
                "limits.max_invalid=0",
                "trial_answer.checks=2",
                "trial_answer.confidence=0.6",
                "drift.z=1",
                "drift.gap=1",
                "drift.after=4",
                "monitor.signal=low_probs",
                "monitor.fires=below",
                "monitor.threshold=0.02",
            ];
            policy("fixed", &rules)
        }
        0 => policy("unlimited", &["limits.tokens=1500", "limits.max_invalid=0"]),
        1 => policy("fixed", &["budget.limit=11", "limits.max_invalid=0"]),
        2 => policy("unlimited", &["limits.cost=0.9", "limits.max_invalid=0"]),
        3 => policy("dynamic-asked", &["budget.start=4", "budget.extend_to=10"]),
        4 => policy("dynamic-no-patch", &["repeat.times=2", "repeat.window=6", "repeat.shadow=true"]),
        _ => {
            let rules = [
                "budget.limit=12",
                "spinning.turns=2",
                "spinning.verdict=remind",
                "alternation.turns=5",
                "monitor.signal=error_share",
                "monitor.fires=above",
                "monitor.threshold=0.9",
                "monitor.when=sustained",
                "monitor.times=3",
                "conformal.fires=above",
                "conformal.threshold=0.5",
                "barrier.needed=2",
            ];
            policy("fixed", &rules)
        }
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A trial cut after any turn and gone on with is the trial that was never cut.
    #[test]
    fn a_resumed_trial_equals_the_uncut_one(
        task in 0_u32..1000, choice in 0_u8..11, pick in 0_usize..1000, tool in any::<bool>(),
    ) {
        let profile = if tool { "mini-tool" } else { "pocket" };
        let mut plan = plan(&task.to_string(), &any_policy(choice));
        let whole = block_on(moody(&plan, profile, None));
        prop_assume!(whole.len() >= 2);
        let cut = 1 + pick % (whole.len() - 1);
        let begun = block_on(moody(&plan, profile, u32::try_from(cut).ok()));
        prop_assert_eq!(begun.len(), cut);
        plan.begun = vec![first(begun.clone())];
        let rest = block_on(moody(&plan, profile, None));
        prop_assert_eq!(timeless(whole), timeless([begun, rest].concat()));
    }

    /// Deciding again over the recorded facts gives the recorded verdicts and votes, bit for bit (law 1).
    #[test]
    fn a_replay_gives_the_recorded_verdicts(task in 0_u32..1000, choice in 0_u8..11) {
        let plan = plan(&task.to_string(), &any_policy(choice));
        let stored = plan.policy.to_json();
        let mut controller = Policy::from_json(&stored).unwrap().controller();
        for turn in block_on(moody(&plan, "pocket", None)) {
            // The signals are measured anew, so that runs recorded without them can be decided on too.
            // Those of the model are there only where they are recorded.
            let mut facts = turn.facts.clone();
            facts.signals.retain(|(name, _)| signals::signal(name).unwrap().origin == signals::Origin::Model);
            let decision = controller.decide(&mut facts, Spoken::of(&turn), &mut Untimed);
            prop_assert_eq!(decision.verdict.kind(), turn.verdict);
            prop_assert_eq!(turn.vote_us.len(), turn.votes.len());
            prop_assert_eq!(decision.votes, turn.votes);
            prop_assert_eq!(facts, turn.facts);
        }
    }
}

#[tokio::test]
async fn a_record_that_comes_out_differently_is_started_over() {
    let mut plan = plan("a", &policy("unlimited", &["limits.tokens=900"]));
    let whole = moody(&plan, "pocket", None).await;
    let mut begun = whole[..2].to_vec();
    begun[1].facts.observation = "something else".to_owned();
    plan.begun = vec![first(begun)];

    let place = workplace(MoodyModel::new(&MOODS));
    let report = run_trial(&place.parts, &plan).await.unwrap();
    assert_eq!(report.finished.turns as usize, whole.len());
    let again = place.recorder.turns();
    assert!(again.iter().all(|turn| turn.attempt == 2));
    let facts =
        |turns: Vec<TurnRecord>| timeless(turns).into_iter().map(|turn| turn.facts).collect::<Vec<_>>();
    assert_eq!(facts(again), facts(whole));
    let ended = place.recorder.events().into_iter().find_map(|event| match event {
        RunEvent::AttemptFinished(end) => Some((end.attempt, end.ending)),
        RunEvent::RunStarted(_)
        | RunEvent::TrialStarted(_)
        | RunEvent::AttemptStarted(_)
        | RunEvent::TurnFinished(_)
        | RunEvent::TrialFinished(_)
        | RunEvent::RunFinished { .. } => None,
    });
    assert_eq!(ended, Some((1, Ending::Interrupted)));
}

#[tokio::test]
async fn a_trial_killed_before_its_grade_is_graded_without_the_model() {
    let mut plan = plan("a", &policy("unlimited", &[]));
    let place = workplace(ScriptedModel::new(&["edit", "submit"]));
    run_trial(&place.parts, &plan).await.unwrap();
    plan.begun = vec![first(place.recorder.turns())];
    let again = workplace(ScriptedModel::new(&[]));
    let report = run_trial(&again.parts, &plan).await.unwrap();
    assert_eq!((report.finished.end.ending, report.finished.turns), (Ending::Submitted, 2));
    assert!(report.grade.unwrap().solved());
    assert!(again.recorder.turns().is_empty());
}
