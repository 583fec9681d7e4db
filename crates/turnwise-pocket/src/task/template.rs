//! A program text with places where a bug may be planted: `‹right|wrong|wrong›`.

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Fixed text.
    Text(String),
    /// The forms of a place; the first is the right one.
    Site(Vec<String>),
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pieces: Vec<Piece>,
}

impl Template {
    /// Parses a template; a mark that is not closed stands for itself.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('‹') {
            let Some((site, after)) = after.split_once('›') else { break };
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Site(site.split('|').map(str::to_owned).collect()));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self { pieces }
    }

    /// The text that was parsed, marks and all.
    pub(super) fn source(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Site(forms) => format!("‹{}›", forms.join("|")),
        };
        self.pieces.iter().map(piece).collect()
    }

    /// The places, in order: for each, its line (from 0) and how many wrong forms it has.
    pub(super) fn sites(&self) -> Vec<(usize, usize)> {
        let mut line = 0;
        let mut sites = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => line += text.matches('\n').count(),
                Piece::Site(forms) => sites.push((line, forms.len() - 1)),
            }
        }
        sites
    }

    /// The text with form `choice(k)` at the `k`-th place; 0 is right.
    pub(super) fn render(&self, choice: impl Fn(usize) -> usize) -> String {
        let mut text = String::new();
        let mut site = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Site(forms) => {
                    text.push_str(&forms[choice(site)]);
                    site += 1;
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    #[test]
    fn a_template_knows_its_places() {
        let template = Template::parse("def f(x):\n    return ‹x|-x|0› ‹+|-› 1\n");
        assert_eq!(template.sites(), [(1, 2), (1, 1)]);
        assert_eq!(template.render(|_| 0), "def f(x):\n    return x + 1\n");
        assert_eq!(template.render(|site| if site == 0 { 2 } else { 1 }), "def f(x):\n    return 0 - 1\n");
    }
}
