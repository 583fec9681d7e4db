//! What an agent does on pages, good and bad.

use turnwise_core::{EnvError, Environment, EnvironmentProvider, Observation};

use crate::{provider, site::task};

type Trial = Box<dyn Environment>;

async fn run(trial: &mut Trial, command: &str) -> Observation {
    trial.execute(command).await.unwrap()
}

/// Does what works, and says what is shown.
async fn see(trial: &mut Trial, command: &str) -> String {
    let seen = run(trial, command).await;
    assert_eq!(seen.exit_code, Some(0), "{command}: {}", seen.output);
    seen.output
}

/// The number of the first element whose line holds a text, right before it.
fn number(page: &str, text: &str) -> u32 {
    let (before, _) = page.split_once(text).unwrap_or_else(|| panic!("no {text} in:\n{page}"));
    before.rsplit('[').next().unwrap().split(']').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn pages_are_shown_as_they_are_and_acted_on() {
    let Some(provider) = provider().await else { return };
    let mut trial = provider.open(&task()).await.unwrap();
    let page = see(&mut trial, "scroll up").await;
    assert!(page.starts_with("Start seen=once\nhttp://pages.test/"), "{page}");
    for text in ["In a shadow", "In a frame", "(shape) circle red 10x10 at 15,15", "seven", "count 0"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("invisible") && !page.contains("unseen"), "{page}");
    let card = number(&page, " A card");
    assert_eq!(see(&mut trial, &format!("click {card}")).await, "count 1");
    let shape = number(&page, " (shape)");
    assert_eq!(see(&mut trial, &format!("click {shape}")).await, "count 11");
    for text in ["In a shadow", "In a frame"] {
        let inner = number(&page, &format!(" (button) {text}"));
        assert_eq!(see(&mut trial, &format!("click {inner}")).await, "(nothing on the page changed)");
    }
    let missing = run(&mut trial, "click 99").await;
    assert_eq!(missing.exit_code, Some(1));
    assert!(
        missing.output.starts_with("error: there is no [99]: the page has [1] to ["),
        "{}",
        missing.output
    );
    // Cookies stay with the trial, and only with it.
    assert!(see(&mut trial, "open /").await.starts_with("Start seen=again"));
    let mut other = provider.open(&task()).await.unwrap();
    assert!(see(&mut other, "open /").await.starts_with("Start seen=once"));
    trial.reset().await.unwrap();
    assert!(see(&mut trial, "scroll up").await.starts_with("Start seen=once"));
    other.close().await.unwrap();
    see(&mut trial, "answer \"42\"").await;
    assert!(trial.grade().await.unwrap().solved());
    trial.close().await.unwrap();
}

#[tokio::test]
async fn forms_are_filled_in_and_sent() {
    let Some(provider) = provider().await else { return };
    let mut trial = provider.open(&task()).await.unwrap();
    let page = see(&mut trial, "open /form.html").await;
    let field = |name: &str| number(&page, &format!(" ({name}"));
    let name = field("field) Name");
    let line = see(&mut trial, &format!("type {name} \"Ada \\\"L\\\"\"")).await;
    assert!(line.starts_with(&format!("[{name}] (field) Name = \"Ada \"L\"\"")), "{line}");
    see(&mut trial, &format!("type {} \"2020-02-03\"", field("field) Day"))).await;
    let bad = run(&mut trial, &format!("type {} \"soon\"", field("field) Day"))).await;
    assert!(bad.output.contains("a field of type date does not take this text"), "{}", bad.output);
    see(&mut trial, &format!("type {} \"2020-02-03\"", field("field) Day"))).await;
    see(&mut trial, &format!("select {} \"large\"", field("list) Size"))).await;
    see(&mut trial, &format!("type {} \"two\\nlines\"", field("field) Text"))).await;
    assert!(see(&mut trial, &format!("click {}", field("box) Agreed"))).await.contains("Agreed = on"));
    let bad = run(&mut trial, &format!("select {} \"huge\"", field("list) Size"))).await;
    assert!(bad.output.contains("it has no option \"huge\""), "{}", bad.output);
    let bad = run(&mut trial, &format!("click {}", field("list) Size"))).await;
    assert!(bad.output.contains("use select"), "{}", bad.output);
    let loose = field("field) Loose");
    see(&mut trial, &format!("type {loose} \"words\"")).await;
    assert!(see(&mut trial, &format!("submit {loose}")).await.contains("entered words"));
    let done = see(&mut trial, &format!("submit {name}")).await;
    assert!(
        done.contains("?name=Ada \"L\"&day=2020-02-03&size=large&text=two\r\nlines&ok=on")
            || done.contains("name=Ada \"L\"&day=2020-02-03&size=large&text=two lines&ok=on"),
        "{done}"
    );
    assert!(see(&mut trial, "back").await.starts_with("Form\n"));
    trial.close().await.unwrap();
}

#[tokio::test]
async fn dialogs_and_windows_are_told_and_do_not_block() {
    let Some(provider) = provider().await else { return };
    let mut trial = provider.open(&task()).await.unwrap();
    let page = see(&mut trial, "open /dialogs.html").await;
    let button = |name: &str| format!("click {}", number(&page, &format!(" (button) {name}")));
    let told = see(&mut trial, &button("Tell")).await;
    assert!(
        told.starts_with("The page said (alert): \"careful\"; accepted.\n") && told.contains("told"),
        "{told}"
    );
    let asked = see(&mut trial, &button("Ask")).await;
    assert!(asked.contains("(confirm): \"really?\"") && asked.contains("\nyes\n"), "{asked}");
    assert!(see(&mut trial, &button("Prompt")).await.contains("answered \"nobody\""));
    assert!(see(&mut trial, &button("Blank")).await.contains("a window, which was closed"));
    let covered = run(&mut trial, &button("Under")).await;
    assert!(covered.output.contains("covered by something else (div cover)"), "{}", covered.output);
    let window = see(&mut trial, &button("Window")).await;
    assert!(
        window.contains("http://pages.test/form.html is shown here instead") && window.contains("\nForm\n"),
        "{window}"
    );
    let start = see(&mut trial, "open /").await;
    let link = number(&start, " New window");
    assert!(see(&mut trial, &format!("click {link}")).await.contains("\nForm\n"));
    trial.close().await.unwrap();
}

#[tokio::test]
async fn a_page_that_hangs_costs_one_act_and_no_more() {
    let Some(provider) = provider().await else { return };
    let mut trial = provider.open(&task()).await.unwrap();
    let page = see(&mut trial, "open /dialogs.html").await;
    let hung = run(&mut trial, &format!("click {}", number(&page, " (button) Hang"))).await;
    assert!(hung.timed_out && hung.exit_code.is_none(), "{hung:?}");
    assert!(hung.output.contains("stuck in a script"), "{}", hung.output);
    assert!(see(&mut trial, "open /").await.starts_with("Start seen=once"));
    let hung = run(&mut trial, "open /hang.html").await;
    assert!(hung.timed_out, "{hung:?}");
    assert!(see(&mut trial, "open /form.html").await.starts_with("Form\n"));
    trial.close().await.unwrap();
}

#[tokio::test]
async fn what_the_task_does_not_name_is_not_reached_and_huge_pages_are_cut() {
    let Some(provider) = provider().await else { return };
    let mut trial = provider.open(&task()).await.unwrap();
    let page = see(&mut trial, "scroll up").await;
    for command in ["open http://foreign.example/", "open http://127.0.0.1/", "open file:///etc/passwd"] {
        let refused = run(&mut trial, command).await;
        assert_eq!(refused.exit_code, Some(1), "{command}: {}", refused.output);
    }
    let foreign = run(&mut trial, &format!("click {}", number(&page, " Foreign"))).await;
    assert!(!foreign.output.contains("Start seen"), "{}", foreign.output);
    let huge = see(&mut trial, "open http://pages.test/huge.html").await;
    assert!(huge.starts_with("Huge\n") && huge.contains("scroll down for more"), "{}", &huge[..500]);
    assert!(see(&mut trial, "find \"too large\"").await.contains("its end is missing"));
    // A server of the task's own that does not answer is the harness's fault, not the model's.
    let dead = trial.execute("open http://dead.test/").await;
    assert!(matches!(dead, Err(EnvError::Pages { .. })), "{dead:?}");
    trial.close().await.unwrap();
}
