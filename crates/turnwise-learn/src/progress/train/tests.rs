//! The training graphs: that nothing is cut, and that they compute what scoring computes.

use rand::SeedableRng as _;

use super::*;
use crate::{
    Dataset,
    progress::{
        random::normal,
        synthetic::{Recipe, make_up},
        tests::estimator,
    },
};

/// Runs of 1 to 70 turns: more than there are positions.
fn runs() -> Dataset {
    let recipe = Recipe { tasks: 5, seeds: 1, width: 5, turns: (1, 6), noise: 0.0, seed: 1 };
    let mut data = make_up(&recipe).0;
    let one = data.runs[0].samples[0].clone();
    let vary = |turn: usize| {
        let mut sample = one.clone();
        sample.features.rotate_left(turn % 20);
        sample
    };
    data.runs[4].samples = (0..70).map(vary).collect();
    data
}

/// A network whose every parameter is drawn, gains and biases too.
fn drawn(kind: ProgressKind, width: usize) -> Result<Net<Var>> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    Net::plan(kind, width).map(|_, plan| {
        let mut matrix = plan.draw(&mut rng);
        matrix.values.iter_mut().for_each(|value| *value += 0.1 * normal(&mut rng));
        let shape = (matrix.rows, matrix.columns);
        Var::from_tensor(&Tensor::from_vec(matrix.values, shape, &candle_core::Device::Cpu)?)
    })
}

fn scaler(data: &Dataset) -> Standardiser {
    let rows = data.runs.iter().flat_map(|run| run.samples.iter().map(|sample| sample.features.as_slice()));
    Standardiser::fit(&data.layout, rows).unwrap()
}

#[test]
fn every_variable_gets_a_gradient() {
    let data = runs();
    let scaler = scaler(&data);
    let batch = Batch::new(&data.runs.iter().collect::<Vec<_>>(), &scaler).unwrap();
    for (kind, variables) in [(ProgressKind::Mlp, 6), (ProgressKind::Transformer, 2 + 1 + 2 * 10 + 1 + 2)] {
        let net = drawn(kind, scaler.width()).unwrap();
        let loss =
            (predicted(&net, &batch).unwrap() - &batch.outcomes).unwrap().sqr().unwrap().mean_all().unwrap();
        let gradients = loss.backward().unwrap();
        let named = net.named();
        assert_eq!(named.len(), variables);
        for (name, variable) in named {
            let gradient = gradients.get(variable).unwrap_or_else(|| panic!("{kind:?}: {name} is cut off"));
            let sum = gradient.abs().unwrap().sum_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(sum.is_finite() && sum > 0.0, "{kind:?}: {name}: {sum}");
        }
    }
}

#[test]
fn scoring_gives_the_credits_of_the_graph() {
    let data = runs();
    let scaler = scaler(&data);
    let batch = Batch::new(&data.runs.iter().collect::<Vec<_>>(), &scaler).unwrap();
    for kind in [ProgressKind::Mlp, ProgressKind::Transformer] {
        let net = drawn(kind, scaler.width()).unwrap();
        let graph: Vec<f32> = credits(&net, &batch).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let sums: Vec<f32> = predicted(&net, &batch).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let estimator = estimator(&data.layout, kind, scaler.clone(), numbers(&net).unwrap());
        let scored: Vec<f64> = data.runs.iter().flat_map(|run| estimator.credits(&run.samples)).collect();
        assert_eq!(scored.len(), graph.len());
        for (scored, graph) in scored.iter().zip(graph) {
            assert!((scored - f64::from(graph)).abs() < 1e-5, "{kind:?}: {scored} {graph}");
        }
        for (run, sum) in data.runs.iter().zip(sums) {
            let predicted = estimator.predict(&run.samples);
            assert!(
                (predicted - f64::from(sum)).abs() < 1e-5 * run.samples.len() as f64,
                "{predicted} {sum}"
            );
        }
    }
}

#[test]
fn a_fresh_network_predicts_the_mean_on_average() {
    let data = make_up(&Recipe { tasks: 40, seeds: 1, width: 4, turns: (3, 9), noise: 0.0, seed: 3 }).0;
    let runs: Vec<&Run> = data.runs.iter().collect();
    let scaler = scaler(&data);
    let net = start(ProgressKind::Mlp, &runs, scaler.width(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
    let batch = Batch::new(&runs, &scaler).unwrap();
    let mean = |tensor: &Tensor| tensor.mean_all().unwrap().to_scalar::<f32>().unwrap();
    let (found, wanted) = (mean(&predicted(&net, &batch).unwrap()), mean(&batch.outcomes));
    assert!((found - wanted).abs() < 0.1, "{found} {wanted}");
}
