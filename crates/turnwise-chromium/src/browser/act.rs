//! Carries out one command, and says what the page looks like then.

use turnwise_web::{Act, Direction, Refusal, Url};

use super::{Broken, ChromiumBrowser, Outcome};
use crate::{
    tab::Trouble,
    view::{Change, View},
};

/// How long an agent's own words may be in what it is shown, in characters.
const LONGEST_ECHO: usize = 2000;

impl ChromiumBrowser {
    /// Carries a command out. What goes wrong on the page is for the model to see; what goes wrong in the harness is an
    /// error.
    pub(crate) async fn carry_out(&mut self, act: &Act) -> Result<Outcome, Broken> {
        let cut = |text: &str| text.chars().take(LONGEST_ECHO).collect::<String>();
        match act {
            Act::Echo(text) => return Ok(done(cut(text))),
            Act::Answer(text) => {
                self.answer = Some(text.clone());
                return Ok(done(format!("the answer is: {}", cut(text))));
            }
            // Opens a page of its own; the one to begin with is not needed.
            Act::Open(_) => drop(self.stand().await?),
            Act::Click(_)
            | Act::Type(..)
            | Act::Select(..)
            | Act::Submit(_)
            | Act::Back
            | Act::Find(_)
            | Act::Scroll(_) => drop(self.begin().await?),
        }
        if let Act::Find(text) = act {
            let found = self.stand().await?.view.find(text);
            return Ok(found.map_or_else(|| complaint(format!("no line of the page holds \"{text}\"")), done));
        }
        let performed = match self.perform(act).await {
            Ok(()) => self.look().await,
            Err(trouble) => Err(trouble),
        };
        self.faultless()?;
        match performed {
            Ok(change) => self.shown(act, &change).await,
            Err(trouble) => self.complained(trouble).await,
        }
    }

    async fn perform(&mut self, act: &Act) -> Result<(), Trouble> {
        let url = if let Act::Open(text) = act { Some(self.resolved(text)?) } else { None };
        let Some(stand) = &mut self.stand else { return Err(Trouble::Crashed) };
        let tab = &stand.tab;
        let node = |number: u32| stand.view.node(number, act).map_err(Trouble::Said);
        match act {
            Act::Open(_) => tab.go(url.as_ref().map(Url::as_str).unwrap_or_default()).await,
            Act::Back => tab.back().await,
            Act::Click(number) => tab.click(&node(*number)?).await,
            Act::Type(number, text) => tab.type_into(&node(*number)?, text).await,
            Act::Select(number, option) => tab.select(&node(*number)?, option).await,
            Act::Submit(number) => tab.submit(&node(*number)?).await,
            Act::Scroll(direction) => {
                tab.scroll(*direction == Direction::Down).await?;
                stand.view.scroll(*direction);
                Ok(())
            }
            Act::Find(_) | Act::Answer(_) | Act::Echo(_) => Ok(()),
        }
    }

    /// A URL as a model writes it, which is one of a page.
    fn resolved(&self, text: &str) -> Result<Url, Trouble> {
        let page = self.seen().map(|page| &page.url).filter(|url| !url.cannot_be_a_base());
        let url = self.hosts.resolve(text, page, &self.start).and_then(|url| match url.scheme() {
            "http" | "https" => Ok(url),
            _ => Err(Refusal::BadUrl { url: text.trim().to_owned() }),
        });
        url.map_err(|bad| Trouble::Said(bad.to_string()))
    }

    /// Looks at the page, once more if it went away under the look.
    async fn look(&mut self) -> Result<Change, Trouble> {
        let Some(stand) = &mut self.stand else { return Err(Trouble::Crashed) };
        let page = match stand.tab.look().await {
            Err(Trouble::Moved) => {
                stand.tab.settle_after_act().await?;
                stand.tab.look().await?
            }
            other => other?,
        };
        Ok(stand.view.update(page))
    }

    /// What the agent sees after an act that was done.
    async fn shown(&mut self, act: &Act, change: &Change) -> Result<Outcome, Broken> {
        let stand = self.stand().await?;
        let mut lines = stand.tab.take_notes();
        let first = !std::mem::replace(&mut stand.shown, true);
        lines.push(match (act, change) {
            _ if first => stand.view.show(),
            (Act::Type(..) | Act::Select(..) | Act::Click(_), Change::Line(line)) => stand.view.line(*line),
            (Act::Click(_) | Act::Submit(_), Change::Nothing) => "(nothing on the page changed)".to_owned(),
            _ => stand.view.show(),
        });
        Ok(done(lines.join("\n")))
    }

    /// What the agent sees after an act that was not done.
    async fn complained(&mut self, trouble: Trouble) -> Result<Outcome, Broken> {
        let stand = self.stand().await?;
        match trouble {
            Trouble::Gone(why) => return Err(Broken::Gone(why)),
            Trouble::Moved | Trouble::Said(_) => {
                let mut lines = stand.tab.take_notes();
                lines.push(complaint(trouble.to_string()).text);
                if !std::mem::replace(&mut stand.shown, true) {
                    lines.push(stand.view.show());
                }
                return Ok(complaint(lines.join("\n")));
            }
            Trouble::Stuck | Trouble::Crashed => {}
        }
        stand.tab.replace().await.map_err(|error| Broken::Gone(error.to_string()))?;
        let page = stand.tab.look().await.map_err(|error| Broken::Gone(error.to_string()))?;
        stand.view = View::new(page);
        Ok(Outcome { stuck: matches!(trouble, Trouble::Stuck), ..complaint(trouble.to_string()) })
    }
}

fn done(text: String) -> Outcome {
    Outcome { text, ok: true, stuck: false }
}

fn complaint(text: String) -> Outcome {
    let text = if text.contains("error: ") { text } else { format!("error: {text}") };
    Outcome { text, ok: false, stuck: false }
}
