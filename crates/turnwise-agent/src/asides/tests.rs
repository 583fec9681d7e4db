//! What is asked aside in whole trials: the numbers, what they cost, and that the attempt never sees any of it.

use std::sync::{Arc, Mutex, PoisonError};

use turnwise_core::{
    BoxFuture, Conversation, Likely, Message, Model, ModelError, ModelInfo, Recital, Reply, Said, Seen,
    SessionSpec, SharedWatcher, TurnRecord,
};
use turnwise_testkit::{MoodyModel, ScriptedModel, reply};

use crate::{
    run_trial,
    trial::tests::{block_on, plan, policy, timeless, workplace},
};

/// Writes down what it is told in which branch, says `edit`, and answers whatever is asked aside with these odds.
struct Witness {
    info: ModelInfo,
    heard: Arc<Mutex<Vec<String>>>,
}

/// A branch: what was said in it, and who watches.
#[derive(Clone)]
struct Branch {
    heard: Arc<Mutex<Vec<String>>>,
    said: String,
    watcher: Option<SharedWatcher>,
    recital: Option<Vec<u32>>,
}

impl Model for Witness {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn open(&self, _spec: SessionSpec<'_>) -> Result<Box<dyn Conversation>, ModelError> {
        let heard = Arc::clone(&self.heard);
        Ok(Box::new(Branch { heard, said: String::new(), watcher: None, recital: None }))
    }
}

impl Conversation for Branch {
    fn push(&mut self, message: Message) {
        self.said = format!("{}[{}]", self.said, message.content);
    }

    fn reply(&mut self) -> BoxFuture<'_, Result<Reply, ModelError>> {
        let mut answer = reply("edit");
        // What it was told is what it reads; every letter of what it says a token.
        answer.usage.prefill_tokens = self.said.len() as u64;
        if let Some(tokens) = self.recital.take() {
            answer.tokens = tokens;
        }
        self.heard.lock().unwrap().push(self.said.clone());
        if let Some(watcher) = &self.watcher {
            let mut watcher = watcher.lock().unwrap_or_else(PoisonError::into_inner);
            // Three quarters against one where much was said, and even where little was.
            let much = (0.75_f64, [-0.287_682_07, -1.386_294_4]);
            let (p, logprobs) =
                if self.said.contains("edit") { much } else { (0.5, [-std::f32::consts::LN_2; 2]) };
            let likely = |text: &str, p: f64| Likely { token: 0, text: text.to_owned(), logprob: p.ln() };
            for (index, token) in answer.tokens.clone().into_iter().enumerate() {
                let seen = Seen {
                    token,
                    text: "",
                    adds: "",
                    index,
                    logprob: p.ln(),
                    entropy: 0.0,
                    likeliest: &[likely("Yes", p), likely("No", 1.0 - p)],
                    logprobs: &logprobs,
                    hidden: &[],
                };
                if watcher.token(&seen) == turnwise_core::Outlook::Stop {
                    answer.tokens.truncate(index + 1);
                    break;
                }
            }
            answer.measured = watcher.measured();
        }
        answer.usage.decode_tokens = answer.tokens.len() as u64;
        self.restore(&answer.clone());
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn restore(&mut self, reply: &Reply) {
        self.said = format!("{}({})", self.said, reply.text);
    }

    fn rebuild(&mut self, said: &[Said]) {
        self.said.clear();
        for said in said {
            match said {
                Said::Told(message) => self.push(message.clone()),
                Said::Replied(reply) => self.restore(reply),
            }
        }
    }

    fn watch(&mut self, watcher: Option<SharedWatcher>) -> bool {
        self.watcher = watcher;
        true
    }

    fn recite(&mut self, recital: Recital<'_>) -> bool {
        self.recital = Some(recital.tokens().to_vec());
        true
    }

    fn fork(&self, _seed: u64) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Self { watcher: None, recital: None, ..self.clone() }))
    }
}

fn signals(turn: &TurnRecord, names: &[&str]) -> Vec<Option<f64>> {
    names.iter().map(|name| turn.facts.signal(name)).collect()
}

#[test]
fn what_is_asked_aside_is_told_in_branches_and_charged() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let info = ScriptedModel::new(&[]).info().clone();
    let place = workplace(Witness { info, heard: Arc::clone(&heard) });
    let settings = ["budget.limit=2", "budget.reminders=never", "trial_answer.question=Done?", "drift.z=9"];
    let low = ["monitor.signal=low_probs", "monitor.fires=below", "monitor.threshold=0.1"];
    let policy = policy("fixed", &[&settings[..], &low].concat());
    block_on(run_trial(&place.parts, &plan("x", &policy))).unwrap();
    let heard = heard.lock().unwrap().clone();
    let (opening, seen) = ("[Repair x.]", "(no output)");
    let turns = place.recorder.turns();
    assert_eq!(turns[0].facts.observation, seen);
    let told = format!("{opening}(edit)[{seen}]");
    let first = format!("{opening}(edit)[{seen}\nDone?]");
    let second = format!("{told}(edit)[{seen}\nDone?]");
    let little = format!("{opening}[{seen}]");
    // The attempt, its question; the attempt again, which saw no question, its question, and its reply recited twice.
    let expected = [opening, &first, &told, &second, &told, &little];
    assert_eq!(heard, expected);
    let names = ["trial_yes", "trial_answer", "goal_kl", "low_probs", "aside_tokens"];
    let near = |found: Vec<Option<f64>>, expected: [Option<f64>; 5]| {
        let near = |(found, expected): (&Option<f64>, &Option<f64>)| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
            (None, None) => true,
            _ => false,
        };
        assert!(found.iter().zip(&expected).all(near), "{found:?}");
    };
    near(
        signals(&turns[0], &names),
        [Some(0.75), Some(1.0), None, Some(0.5), Some(first.len() as f64 + 1.0)],
    );
    // 3/4 ln (3/4 / 1/2) + 1/4 ln (1/4 / 1/2); both recitals of four letters.
    let kl = 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln();
    let tokens = second.len() + 1 + little.len() + 4 + 4;
    near(signals(&turns[1], &names), [Some(0.75), Some(1.0), Some(kl), Some(0.75), Some(tokens as f64)]);
}

#[test]
fn subgoals_are_listed_once_and_asked_about_after_each_turn() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let info = ScriptedModel::new(&[]).info().clone();
    let place = workplace(Witness { info, heard: Arc::clone(&heard) });
    let settings = ["budget.limit=2", "budget.reminders=never"];
    let watched =
        ["monitor.signal=subgoals", "monitor.fires=above", "monitor.threshold=2", "monitor.shadow=true"];
    let policy = policy("fixed", &[&settings[..], &watched].concat());
    block_on(run_trial(&place.parts, &plan("x", &policy))).unwrap();
    let heard = heard.lock().unwrap().clone();
    let (opening, seen) = ("[Repair x.]", "(no output)");
    let told = format!("{opening}(edit)[{seen}]");
    let question = "The step \"edit\": is it done by now? Answer yes or no.";
    let first = format!("{opening}(edit)[{seen}\n{question}]");
    let second = format!("{told}(edit)[{seen}\n{question}]");
    assert_eq!((heard.len(), heard[0].as_str()), (5, opening));
    assert!(heard[1].starts_with("[Repair x.\nBefore you begin: which steps"), "{}", heard[1]);
    assert_eq!(heard[2..], [first.clone(), told, second.clone()]);
    let turns = place.recorder.turns();
    let names = ["subgoals", "aside_tokens"];
    // `edit` is what the model says to all, four letters of it; it finds it done by three to one.
    let listing = heard[1].len() as f64 + 4.0;
    assert_eq!(signals(&turns[0], &names), [Some(1.0), Some(listing + first.len() as f64 + 1.0)]);
    assert_eq!(signals(&turns[1], &names), [Some(1.0), Some(second.len() as f64 + 1.0)]);
}

#[test]
fn a_model_that_cannot_branch_is_asked_nothing() {
    let place = workplace(ScriptedModel::new(&["edit", "submit"]));
    let policy = policy("trial-answer", &[]);
    block_on(run_trial(&place.parts, &plan("x", &policy))).unwrap();
    let turns = place.recorder.turns();
    assert!(turns.iter().all(|turn| turn.facts.signal("aside_tokens").is_none()));
    assert_eq!(turns[0].votes[0].missing.as_deref(), Some("trial_answer"));
}

#[test]
fn asking_aside_changes_nothing_of_the_attempt() {
    let moods = ["say a", "edit", "count", "say b"];
    let turns = |name: &str, settings: &[&str]| {
        let place = workplace(MoodyModel::new(&moods));
        block_on(run_trial(&place.parts, &plan("x", &policy(name, settings)))).unwrap();
        timeless(place.recorder.turns())
    };
    let shadow =
        ["trial_answer.shadow=true", "drift.shadow=true", "limits.max_invalid=0", "limits.tokens=60"];
    let (asked, alone) = (turns("unlimited", &shadow), turns("unlimited", &shadow[2..]));
    assert!(asked.len() > 1 && asked[0].facts.signal("trial_yes").is_some());
    let bare = |turns: Vec<TurnRecord>| {
        let bare = |mut turn: TurnRecord| {
            turn.votes.clear();
            turn.facts.signals.clear();
            turn
        };
        turns.into_iter().map(bare).collect::<Vec<_>>()
    };
    assert_eq!(bare(asked), bare(alone));
}
