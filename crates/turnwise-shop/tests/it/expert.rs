//! Through the real text browser: the expert buys what is wished, with and without mistakes, and hurries when it has to.

use crate::suite::Suite;
use turnwise_shop::expert::{Expert, Turn};

struct Run {
    turns: Vec<Turn>,
    text: String,
    solved: bool,
    reward: f64,
}

/// How an expert works.
#[derive(Clone, Copy)]
struct Way {
    careful: bool,
    limit: Option<usize>,
}

async fn run(suite: &Suite, number: u64, way: Way) -> Run {
    let task = suite.task(number);
    let mut environment = suite.open(&task).await;
    let remind = |turn: usize| {
        let left = way.limit.map(|limit| limit.saturating_sub(turn));
        left.map_or(String::new(), |left| {
            format!("\nENVIRONMENT REMINDER: You have {left} turns left to complete the task.")
        })
    };
    let mut text = task.statement.clone() + &remind(0);
    let expert = Expert::new(&text, number).unwrap();
    let mut expert = if way.careful { expert.careful() } else { expert };
    let (mut seen, mut turns) = (String::new(), Vec::new());
    while turns.len() < way.limit.unwrap_or(40) {
        let turn = expert.next(&seen);
        text.extend(["\n\n", &turn.text()]);
        turns.push(turn.clone());
        if turn.hands_in() {
            break;
        }
        let shown = environment.execute(&turn.command).await.unwrap();
        seen = shown.output + &remind(turns.len());
        text.extend(["\n\n", &seen]);
    }
    let grade = environment.grade().await.unwrap();
    Run { turns, text, solved: grade.solved(), reward: grade.score() }
}

/// What runs of the first tasks come to.
struct Sums {
    solved: f64,
    reward: f64,
    turns: f64,
    bytes: f64,
    /// The share of turns that are wrong on purpose.
    wrong: f64,
    /// The share of runs in which it asked for more turns.
    asked: f64,
}

async fn measure(tasks: u64, way: Way) -> Sums {
    let suite = Suite::new("shop", 51);
    let mut sums = Sums { solved: 0.0, reward: 0.0, turns: 0.0, bytes: 0.0, wrong: 0.0, asked: 0.0 };
    for number in 0..tasks {
        let run = run(&suite, number, way).await;
        if way.limit.is_none() && !run.solved {
            println!("--- task {number}: {}\n{}\n", run.reward, run.text);
        }
        sums.solved += f64::from(run.solved);
        sums.reward += run.reward;
        sums.turns += run.turns.len() as f64;
        sums.bytes += run.text.len() as f64;
        sums.wrong += run.turns.iter().filter(|turn| !turn.imitate).count() as f64;
        sums.asked += f64::from(run.turns.iter().any(|turn| turn.more));
    }
    let n = tasks as f64;
    sums.wrong /= sums.turns;
    for sum in [&mut sums.solved, &mut sums.reward, &mut sums.turns, &mut sums.bytes, &mut sums.asked] {
        *sum /= n;
    }
    println!(
        "careful {}, limit {:?}: solved {:.3}, reward {:.3}, turns {:.2}, bytes {:.0}, wrong {:.3}",
        way.careful, way.limit, sums.solved, sums.reward, sums.turns, sums.bytes, sums.wrong
    );
    sums
}

#[tokio::test(flavor = "multi_thread")]
async fn a_careful_expert_buys_what_is_wished() {
    let sums = measure(60, Way { careful: true, limit: None }).await;
    assert!(sums.solved > 0.97 && sums.wrong == 0.0 && sums.asked == 0.0, "{}", sums.solved);
    assert!((7.0..13.0).contains(&sums.turns) && sums.bytes < 6_000.0, "{} {}", sums.turns, sums.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expert_recovers_from_its_mistakes() {
    let sums = measure(120, Way { careful: false, limit: None }).await;
    assert!(sums.solved > 0.95 && (0.01..0.1).contains(&sums.wrong), "{} {}", sums.solved, sums.wrong);
    assert!((7.0..14.0).contains(&sums.turns) && sums.bytes < 6_000.0, "{} {}", sums.turns, sums.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expert_in_a_hurry_buys_what_it_can() {
    let sums = measure(60, Way { careful: true, limit: Some(9) }).await;
    assert!(
        sums.solved < 0.9 && sums.reward > sums.solved && sums.reward > 0.5,
        "{} {}",
        sums.solved,
        sums.reward
    );
    assert!(sums.turns <= 9.0 && sums.asked > 0.5, "{} {}", sums.turns, sums.asked);
}

#[test]
fn a_statement_of_another_shop_is_refused() {
    let error = Expert::new("Repair lib.py.", 1).err().unwrap();
    assert!(error.to_string().contains("does not understand the statement \"Repair lib.py.\""), "{error}");
}

#[test]
fn an_expert_has_an_answer_to_anything() {
    let suite = Suite::new("shop", 51);
    let shown = [
        "",
        "\n",
        "error: there is no page before this one",
        "(no title)\nhttp://shop.test/",
        "Error\nhttp://shop.test/order (status 500)\n[1] Home\nThe shop has a problem. Open the page again.",
        "Basket\nhttp://shop.test/basket\n1 ä, $\n1 , $1.0\n[1] (button) Remove [2",
        "Results\nhttp://shop.test/search?q=ö&page=x\n[[3] [4] [5] (list) = ;;\n[99999999999] Rug $1.00",
        "Rug\nhttp://shop.test/item/1\n$1.\nFeatures:\n[1] (button) Add to basket",
        "Results\nhttp://shop.test/search\n[3] (field) Search = \"\"\n[4] Rug $1.00",
        "Sign in\nhttp://shop.test/login\n[3] (field) User = \"x",
        "Checkout\nhttp://shop.test/checkout\nENVIRONMENT REMINDER: You have no turns",
        "About\nhttp://shop.test/item/1/about\nGood to know: ",
        "Elsewhere\nhttp://shop.test/a/b/c",
    ];
    for seed in 0..50 {
        let mut expert = Expert::new(&suite.task(seed).statement, seed).unwrap();
        for turn in 0..100 {
            let turn = expert
                .next(shown[(turn * 7 + turn * turn * 3 + usize::try_from(seed).unwrap()) % shown.len()]);
            assert!(!turn.command.is_empty() && !turn.command.contains('\n'), "{turn:?}");
        }
    }
}
