//! How many commands a second one core carries out: `click` and `back` on a page of 60 lines, through the environment, from
//! a server of this machine, on one thread. `cargo run --release -p turnwise-web --example actions [SECONDS]`

#![expect(clippy::print_stdout, reason = "what it measures is all that it is for")]

use std::time::{Duration, Instant};

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use turnwise_core::{BoxFuture, EnvironmentProvider, Grade, Source, Task, WebSetup};
use turnwise_web::{Done, Routes, Site, Sites, WebProvider};

struct Bench(Routes);

impl Site for Bench {
    fn routes(&self) -> Routes {
        self.0.clone()
    }

    fn start(&self) -> &'static str {
        "http://bench.test/"
    }

    fn work(&mut self) -> Vec<String> {
        Vec::new()
    }

    fn grade<'a>(&'a mut self, _done: Done<'a>) -> BoxFuture<'a, Result<Grade, Source>> {
        Box::pin(async { Ok(Grade::default()) })
    }

    fn reset(&mut self) -> BoxFuture<'_, Result<(), Source>> {
        Box::pin(async { Ok(()) })
    }
}

impl Sites for Bench {
    fn kind(&self) -> &'static str {
        "bench"
    }

    fn open<'a>(&'a self, _task: &'a Task) -> BoxFuture<'a, Result<Box<dyn Site>, Source>> {
        let site = Self(self.0.clone());
        Box::pin(async move { Ok(Box::new(site) as Box<dyn Site>) })
    }
}

/// A page of a shop: a table of goods with links and buttons, a form, and text.
fn page() -> String {
    let rows: String = (1..=45)
        .map(|n| {
            format!(
                "<tr><td><a href='/item/{n}'>Mug number {n}</a></td><td>{n}.50</td><td><form method=post action=/basket>\
                 <input type=hidden name=id value={n}><button>Add to basket</button></form></td></tr>"
            )
        })
        .collect();
    let text = "<p>Every mug is <b>hand made</b> and leaves the house within a day.</p>".repeat(12);
    format!(
        "<!doctype html><title>Mugs</title><h1>Mugs</h1><form action=/search><label>Search <input name=q></label><button>Go\
         </button></form><table>{rows}</table>{text}"
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Source> {
    let seconds = std::env::args().nth(1).map_or(Ok(3), |text| text.parse())?;
    let body = page();
    let router = Router::new().fallback(get(move || async move { Html(body) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let routes = Routes::new().server("bench.test", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let provider = WebProvider::new(vec![Box::new(Bench(routes))])?;
    let web = WebSetup { site: "bench".to_owned(), ..WebSetup::default() };
    let task = Task { id: "bench".to_owned(), web: Some(web), ..Task::default() };
    let mut environment = provider.open(&task).await?;
    let first = environment.execute("scroll up").await?;
    println!("{} lines, {} characters", first.output.lines().count(), first.output.chars().count());
    let (began, mut clicks) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(seconds) {
        for command in ["click 3", "back"] {
            let seen = environment.execute(command).await?;
            if seen.exit_code != Some(0) {
                return Err(seen.output.into());
            }
        }
        clicks += 1;
    }
    let per_second = f64::from(2 * clicks) / began.elapsed().as_secs_f64();
    println!(
        "{per_second:.0} actions a second (click and back; {:.0} pages fetched a second)",
        per_second / 2.0
    );
    Ok(())
}
