//! A folder of HTML files by hand, as an agent sees it: commands from standard input, pages to standard output.
//! `cargo run -p turnwise-web --example browse FOLDER`, then `open /`

#![expect(clippy::print_stdout, reason = "what it shows is all that it is for")]

use turnwise_web::{Access, Act, FetchLimits, Fetcher, Limits, Network, Routes, TextBrowser};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("give a folder: browse FOLDER")?;
    let access = Access { routes: Routes::new().folder("files.test", folder), ..Access::default() };
    let fetcher = Fetcher::new(&Network::new()?, access, FetchLimits::default());
    let mut browser = TextBrowser::new(fetcher, Limits::default(), "http://files.test/");
    for command in std::io::stdin().lines() {
        match Act::parse(&command?) {
            Ok(act) => println!("{}\n", browser.act(&act).await?.text),
            Err(bad) => println!("{bad}\n"),
        }
    }
    Ok(())
}
