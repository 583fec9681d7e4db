//! What watching costs: replies of 200 tokens of a checkpoint in Hugging Face layout, with and without a watcher that sees
//! the states of four layers at every token, by turns:
//! `cargo run --release -p turnwise-engine --example watch -- PATH [CONVERSATIONS] [ROUNDS]`.

use std::{
    error::Error,
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
    time::Instant,
};

use futures_util::future::try_join_all;
use turnwise_core::{
    Conversation, Message, Model, Outlook, Role, Sampling, Seen, SessionSpec, Style, Task, Watcher,
};
use turnwise_engine::{ArtifactBytes, EngineOptions, LocalModel, ModelFacts, Named};

/// Looks at everything it is shown.
struct Sum {
    layers: Vec<usize>,
    total: f64,
}

impl Watcher for Sum {
    fn layers(&self) -> Vec<usize> {
        self.layers.clone()
    }

    fn token(&mut self, seen: &Seen<'_>) -> Outlook {
        let states: f32 = seen.hidden.iter().map(|state| state.iter().sum::<f32>()).sum();
        self.total += seen.entropy + seen.logprob + f64::from(states);
        Outlook::Continue
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which checkpoint?")?;
    let conversations: u64 = arguments.next().map_or(Ok(8), |text| text.parse())?;
    let rounds: usize = arguments.next().map_or(Ok(15), |text| text.parse())?;
    let artifacts = ArtifactBytes::at(Path::new(&path))?.ok_or("there is no checkpoint")?;
    let layers = ModelFacts::of(&artifacts)?.shape.num_hidden_layers;
    let tapped: Vec<usize> = (1..=4).map(|quarter| (layers * quarter).div_ceil(4) - 1).collect();
    let named = Named { name: path.clone(), spec: path };
    let model = LocalModel::new(named, &artifacts, &EngineOptions::cpu())?;
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        without.push(seconds(&model, conversations, None).await?);
        with.push(seconds(&model, conversations, Some(&tapped)).await?);
    }
    let (without, with) = (middle(without), middle(with));
    writeln!(
        std::io::stdout(),
        "{conversations} conversations, layers {tapped:?}: {:.1} ms alone, {:.1} ms watched, {:+.1} %",
        without * 1e3,
        with * 1e3,
        100.0 * (with / without - 1.0)
    )?;
    Ok(())
}

/// How long replies of 200 tokens take, all at once.
async fn seconds(
    model: &LocalModel,
    conversations: u64,
    layers: Option<&[usize]>,
) -> Result<f64, Box<dyn Error>> {
    let task = Task::default();
    let open = |seed| {
        let sampling = Sampling { temperature: 2.0, ..Sampling::greedy(200) };
        let mut conversation =
            model.open(SessionSpec { task: &task, sampling, seed, style: &Style::PLAIN })?;
        if let Some(layers) = layers {
            conversation.watch(Some(Arc::new(Mutex::new(Sum { layers: layers.to_vec(), total: 0.0 }))));
        }
        conversation.push(Message::new(Role::User, "Say something."));
        Ok::<_, Box<dyn Error>>(conversation)
    };
    let mut open: Vec<Box<dyn Conversation>> = (0..conversations).map(open).collect::<Result<_, _>>()?;
    let began = Instant::now();
    try_join_all(open.iter_mut().map(|conversation| conversation.reply())).await?;
    Ok(began.elapsed().as_secs_f64())
}

fn middle(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}
