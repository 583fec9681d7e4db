//! Acts on a page as a person does: by mouse and keys.

use serde_json::{Value, json};

use super::{SHORT, Tab, Trouble};

/// A key as the protocol wants it: name, code, text.
type Key = (&'static str, u32, &'static str);
const ENTER: Key = ("Enter", 13, "\r");
const BACKSPACE: Key = ("Backspace", 8, "");
const END: Key = ("End", 35, "");

impl Tab {
    /// Clicks an element, which the page script knows by this name, in its middle.
    pub(crate) async fn click(&self, node: &str) -> Result<(), Trouble> {
        let place = self.script("place", &[node]).await?;
        complain(&place)?;
        let (x, y) = (&place["x"], &place["y"]);
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let params = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", params, SHORT).await?;
        }
        self.settle_after_act().await
    }

    /// Puts text into a field, in place of what is there.
    pub(crate) async fn type_into(&self, node: &str, text: &str) -> Result<(), Trouble> {
        let ready = self.script("ready", &[node, text]).await?;
        complain(&ready)?;
        if ready["ready"] == true {
            match text.is_empty() {
                true => self.press(BACKSPACE).await?,
                false => {
                    self.call("Input.insertText", json!({ "text": text }), SHORT).await?;
                    // Pages that listen to keys and not to text hear this one, which changes nothing.
                    self.press(END).await?;
                }
            }
        }
        self.settle_after_act().await
    }

    /// Chooses an option of a list by its text.
    pub(crate) async fn select(&self, node: &str, option: &str) -> Result<(), Trouble> {
        complain(&self.script("choose", &[node, option]).await?)?;
        self.settle_after_act().await
    }

    /// Hands in the form of an element; presses Enter in one that has no form.
    pub(crate) async fn submit(&self, node: &str) -> Result<(), Trouble> {
        let done = self.script("submit", &[node]).await?;
        complain(&done)?;
        if done["enter"] == true {
            self.press(ENTER).await?;
        }
        self.settle_after_act().await
    }

    /// Moves what is in sight by most of a window's height.
    pub(crate) async fn scroll(&self, down: bool) -> Result<(), Trouble> {
        let sign = if down { "" } else { "-" };
        self.evaluate(&format!("window.scrollBy(0,{sign}0.8*innerHeight)"), SHORT).await?;
        self.settle_after_act().await
    }

    async fn press(&self, (name, code, text): Key) -> Result<(), Trouble> {
        let mut params = json!({ "key": name, "code": name, "windowsVirtualKeyCode": code });
        for kind in [if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "keyUp"] {
            params["type"] = json!(kind);
            if kind == "keyDown" {
                params["text"] = json!(text);
            }
            self.call("Input.dispatchKeyEvent", params.clone(), SHORT).await?;
        }
        Ok(())
    }
}

fn complain(answer: &Value) -> Result<(), Trouble> {
    let said = |text: String| Err(Trouble::Said(text));
    if answer["gone"] == true {
        return said("it is no longer on the page; look at the page again".to_owned());
    }
    if answer["hidden"] == true {
        return said("it cannot be seen on the page".to_owned());
    }
    if answer["locked"] == true {
        return said("it is disabled".to_owned());
    }
    match (answer["covered"].as_str(), answer["wrong"].as_str()) {
        (Some(cover), _) => said(format!("it is covered by something else ({cover})")),
        (None, Some(wrong)) => said(wrong.to_owned()),
        (None, None) => Ok(()),
    }
}
