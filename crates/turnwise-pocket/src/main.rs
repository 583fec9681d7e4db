//! The command `turnwise-pocket`: makes pocket tasks and trains the pocket model.

fn main() -> anyhow::Result<()> {
    let out = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&out)?;
    let arg = |k: usize, d: f64| std::env::args().nth(k).map_or(d, |x| x.parse().unwrap());
    let shape = turnwise_pocket::train::Shape::pocket();
    if !out.join("tokenizer.json").exists() {
        let mut oracle = turnwise_pocket::task::Oracle::start()?;
        let mut runs = Vec::new();
        for k in 0..3000 { if let Some(r) = turnwise_pocket::train::sample(k, &mut oracle)? { runs.push(r) } }
        turnwise_pocket::train::make_tokenizer(&runs, shape.vocabulary).unwrap().save(out.join("tokenizer.json"), true).unwrap();
    }
    let plan = turnwise_pocket::train::Plan { shape, out, tokens: (arg(2, 1.0) * 1e6) as u64, step_tokens: arg(3, 8192.0) as usize, workers: arg(4, 2.0) as usize, rate: arg(5, 0.02), decay: arg(6, 0.3), seed: 1, device: candle_core::Device::Cpu };
    turnwise_pocket::train::train(&plan, &mut |l| eprintln!("{l}"))
}
