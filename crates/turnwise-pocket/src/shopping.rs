//! Runs of the shop's expert, made in the real shop through the real text browser: what the pocket model learns shopping from;
//! and what a model buys there.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use rand::{Rng, RngExt as _};
use tokio::runtime::{Builder, Runtime};
use turnwise_core::{Environment, EnvironmentProvider as _, Model, Observation, Task};
use turnwise_shop::{ShopSites, catalogue::Catalogues, expert::Expert, task::Recipe};
use turnwise_web::WebProvider;

use crate::{
    evaluate::converse,
    expert::{Segment, Trajectory, Weight},
    task::{Stream, generator},
};

/// The catalogues that training draws from; those of the shipped suites have other seeds.
const CATALOGUES: u64 = 40;
/// The first of their seeds.
const FIRST: u64 = 1000;
/// The seed of the catalogue that models are tried on: none of those.
const HELD_OUT: u64 = 5000;
/// A run that is longer than this goes in circles.
const TURN_CAP: usize = 30;
/// How many commands lead to the results of a search.
const SEARCH: usize = 3;
/// How many pages a drill has.
const JUDGED: usize = 5;

/// What a model bought of what it was told to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bought {
    /// Instructions tried.
    pub tried: u64,
    /// Orders that fulfil all that was wished.
    pub full: u64,
    /// The sum of WebShop's rewards.
    pub reward: f64,
    /// Turns taken.
    pub turns: usize,
}

/// Shops on and on.
pub struct Shopping {
    runtime: Runtime,
    provider: WebProvider,
    catalogues: Arc<Catalogues>,
}

impl Shopping {
    /// A shopper.
    ///
    /// # Errors
    /// When no runtime or no HTTP client can be made.
    pub fn new() -> Result<Self> {
        let catalogues = Arc::new(Catalogues::default());
        let sites = ShopSites::new(Arc::clone(&catalogues));
        let provider = WebProvider::new(vec![Box::new(sites)]).context("making a browser")?;
        let runtime = Builder::new_current_thread().enable_all().build().context("making a runtime")?;
        Ok(Self { runtime, provider, catalogues })
    }

    /// Run `index` of a seed: half of them know how many turns they have.
    ///
    /// # Errors
    /// When the shop or the browser fails.
    pub fn run(&self, seed: u64, index: u64) -> Result<Trajectory> {
        let mut rng = generator(Stream::Shopping, seed, index);
        let task = self.wanted(&mut rng)?;
        let limit = rng.random_bool(0.5).then(|| rng.random_range(6..=16));
        let mut shopper = Shopper { run: begun(&task, limit), limit };
        let expert = Expert::new(&shopper.run.segments[0].text, rng.next_u64())?;
        self.runtime.block_on(async {
            let mut environment = self.provider.open(&task).await?;
            shopper.shop(expert, &mut *environment).await?;
            shopper.run.solved = environment.grade().await?.solved();
            environment.close().await?;
            anyhow::Ok(())
        })?;
        Ok(shopper.run)
    }

    /// Drill `index` of a seed: pages of results and products that the expert holds against one instruction, with nothing
    /// between them. What a small model learns last is to say yes or no of what stands on a page, and to compare prices;
    /// a whole run asks for that a few times only.
    ///
    /// # Errors
    /// When the shop or the browser fails.
    pub fn drill(&self, seed: u64, index: u64) -> Result<Trajectory> {
        let mut rng = generator(Stream::Judging, seed, index);
        let task = self.wanted(&mut rng)?;
        let mut shopper = Shopper { run: begun(&task, None), limit: None };
        self.runtime.block_on(async {
            let mut environment = self.provider.open(&task).await?;
            shopper.judge(&task, &mut *environment, &mut rng).await?;
            environment.close().await?;
            anyhow::Ok(())
        })?;
        Ok(shopper.run)
    }

    /// Something to buy that is taught with.
    fn wanted(&self, rng: &mut impl Rng) -> Result<Task> {
        let recipe = Recipe { name: "training".to_owned(), seed: FIRST + rng.random_range(0..CATALOGUES) };
        Ok(recipe.task(rng.random_range(0..1_000_000), &self.catalogues)?)
    }

    /// Lets `model` buy, greedily and without a limit on its turns, what `n` instructions say that no training
    /// has shown.
    ///
    /// # Errors
    /// When the model, the shop or the browser fails.
    pub fn evaluate(&self, model: &dyn Model, n: u64) -> Result<Bought> {
        let recipe = Recipe { name: "held-out".to_owned(), seed: HELD_OUT };
        let mut bought = Bought::default();
        for index in 0..n {
            let task = recipe.task(index, &self.catalogues)?;
            let (grade, turns) = self.runtime.block_on(async {
                let mut environment = self.provider.open(&task).await?;
                let turns = converse(model, &task, async |command: &str| {
                    Ok(shown(&environment.execute(command).await?))
                })
                .await?;
                let grade = environment.grade().await?;
                environment.close().await?;
                anyhow::Ok((grade, turns))
            })?;
            bought.tried += 1;
            bought.full += u64::from(grade.solved());
            bought.reward += grade.score();
            bought.turns += turns;
        }
        Ok(bought)
    }
}

/// A run that has been told its task.
fn begun(task: &Task, limit: Option<usize>) -> Trajectory {
    let text = task.statement.clone() + &reminder(limit, 0);
    let told = Segment { role: "user", text, weight: Weight::Prompt };
    Trajectory { segments: vec![told], solved: false, turns: 0 }
}

/// What a policy with a fixed budget says.
fn reminder(limit: Option<usize>, turns: usize) -> String {
    let left = limit.map(|limit| limit.saturating_sub(turns));
    left.map_or_else(String::new, |left| {
        let turns = if left == 1 { "turn" } else { "turns" };
        format!("\nENVIRONMENT REMINDER: You have {left} {turns} left to complete the task.")
    })
}

struct Shopper {
    run: Trajectory,
    limit: Option<usize>,
}

impl Shopper {
    async fn shop(&mut self, mut expert: Expert, environment: &mut dyn Environment) -> Result<()> {
        let mut seen = String::new();
        for turns in 1..=self.limit.unwrap_or(TURN_CAP) {
            let turn = expert.next(&seen);
            let weight = if turn.imitate { Weight::Imitate } else { Weight::Ignore };
            self.say("assistant", turn.text(), weight);
            self.run.turns += 1;
            if turn.hands_in() {
                break;
            }
            seen = shown(&environment.execute(&turn.command).await?) + &reminder(self.limit, turns);
            // What stands on a page follows from nothing the model knows.
            self.say("tool", seen.clone(), Weight::Prompt);
        }
        Ok(())
    }

    /// Holds the results of the search, and products among them, against the instruction; each page for itself.
    async fn judge(
        &mut self,
        task: &Task,
        environment: &mut dyn Environment,
        rng: &mut impl Rng,
    ) -> Result<()> {
        let careful = || Expert::new(&task.statement, 0).map(Expert::careful);
        let mut expert = careful()?;
        let mut results = String::new();
        for _ in 0..SEARCH {
            results = environment.execute(&expert.next(&results).command).await?.output;
        }
        let Some(address) = address(&results) else { return Ok(()) };
        let results = format!("open {address}");
        for k in 0..JUDGED {
            let page = environment.execute(&results).await?;
            let page = match k {
                0 => page,
                _ => environment.execute(&format!("click {}", rng.random_range(7..=14))).await?,
            };
            let shown = shown(&page);
            let Some(address) = self::address(&shown) else { continue };
            self.say("assistant", format!("open {address}"), Weight::Ignore);
            self.say("tool", shown.clone(), Weight::Prompt);
            self.say("assistant", careful()?.next(&shown).text(), Weight::Imitate);
        }
        Ok(())
    }

    fn say(&mut self, role: &'static str, text: String, weight: Weight) {
        self.run.segments.push(Segment { role, text, weight });
    }
}

/// Where a page is.
fn address(page: &str) -> Option<&str> {
    page.lines().nth(1).filter(|address| address.starts_with("http"))
}

/// An observation as the profile `pocket` shows it.
fn shown(seen: &Observation) -> String {
    match seen.output.trim_end_matches('\n') {
        "" => "(no output)".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drills_hold_pages_against_an_instruction() {
        let shopping = Shopping::new().unwrap();
        let drills: Vec<Trajectory> = (0..6).map(|index| shopping.drill(1, index).unwrap()).collect();
        assert_eq!(shopping.drill(1, 2).unwrap(), drills[2]);
        let judged = drills.iter().flat_map(|drill| &drill.segments).filter(|s| s.weight == Weight::Imitate);
        let judged: String = judged.map(|segment| segment.text.clone() + "\n").collect();
        for word in [": yes", ": no", ": too dear", ": look", ": fine"] {
            assert!(judged.contains(word), "{word}: {judged}");
        }
    }

    #[test]
    fn runs_are_the_same_again_and_mostly_buy_what_is_wished() {
        let shopping = Shopping::new().unwrap();
        let runs: Vec<Trajectory> = (0..12).map(|index| shopping.run(1, index).unwrap()).collect();
        assert_eq!(shopping.run(1, 3).unwrap(), runs[3]);
        assert!(runs.iter().filter(|run| run.solved).count() >= 9);
        let reminded = |run: &&Trajectory| run.segments[0].text.contains("ENVIRONMENT REMINDER");
        assert!((2..=10).contains(&runs.iter().filter(reminded).count()));
    }
}
