//! Pages as they are read: what is shown, in which lines, and which element has which number.

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use url::Url;

use super::{BadForm, Kind, Limits, Page, Screen};
use crate::act::Direction;
use crate::fetch::Method;

fn page(html: &str) -> Page {
    Page::of_html(Url::parse("http://shop.test/a/b?c=1").unwrap(), html)
}

fn text(html: &str) -> String {
    page(html).lines.join("\n")
}

#[test]
fn pages_become_lines() {
    let cases = [
        ("<p>one\n two</p><p> </p><p>three<br>four<br><br>five", "one two\nthree\nfour\nfive"),
        ("<h1>A</h1><h3> B <i>c</i></h3>text", "# A\n### B c\ntext"),
        (
            "<ul><li>a<li><p>b</p><ul><li>c</ul></ul><ol start=3><li>x<li>y</ol>",
            "- a\n- b\n  - c\n3. x\n4. y",
        ),
        ("<table><tr><th>a<th>b<tr><td>1<td>2<tr><td><td></table>", "| a | b |\n| 1 | 2 |"),
        ("<table><tr><td><p>a</p><p>b</p><td><ul><li>c<li>d</ul></table>z", "| a b | - c - d |\nz"),
        (
            "<table><tr><td>1.<td>left</tr><tr><td><table><tr><td>x<td>y</table><td>after</table>",
            "1. left\n| x | y |\nafter",
        ),
        ("<pre>  a\n\n\tb</pre>c", "  a\n\n    b\nc"),
        ("a<hr>b", "a\n---\nb"),
        ("<img src=x alt='A mug'> <img src=y alt=''>", "A mug"),
        ("a&nbsp;&amp;&shy;\u{200b} b &lt;i&gt;", "a & b <i>"),
        ("<div>a<div>b</div>c</div>", "a\nb\nc"),
        ("<p>x <span>y</span>z<b> w</b>", "x yz w"),
        ("see <a href=/t>terms</a>.", "see [1] terms."),
        ("foo<a href=/t>bar</a>", "foo [1] bar"),
        ("see (<a href=/t>terms</a>)", "see ([1] terms)"),
        ("<a href=/x><div><h2>Blue mug</h2><p>9.50</p></div></a>", "## [1] Blue mug\n9.50"),
        ("<li><a href=/x><img alt='Blue mug'></a>", "- [1] Blue mug"),
        ("<a href=/p/mug-1/></a><a href=# title=Top></a>", "[1] mug-1 [2] Top"),
        ("<a name=x>plain</a>", "plain"),
        ("<iframe src=/f title=Frame><p>no</iframe>", "[1] Frame"),
        ("<noscript>no scripts</noscript>", "no scripts"),
        ("<dl><dt>Weight<dd>200 g</dl>", "Weight\n200 g"),
    ];
    for (html, lines) in cases {
        assert_eq!(text(html), lines, "{html}");
    }
}

#[test]
fn what_browsers_hide_is_not_shown() {
    let html = "<head><title>T &amp; U</title><style>a{}</style></head><script>x</script><template><a href=/>t</a></template>\
        <p hidden>a<p style='color:red; Display : None'>b<p style=visibility:hidden>c<dialog>d</dialog><!-- e -->\
        <svg><title>f</title></svg><input type=hidden name=g value=h>shown";
    let page = page(html);
    assert_eq!((page.title.as_str(), page.lines.join("\n").as_str()), ("T & U", "shown"));
    assert!(page.elements.is_empty());
}

#[test]
fn controls_show_what_they_hold() {
    let cases = [
        ("<input name=q placeholder=Search>", "[1] (field) Search = \"\""),
        ("<label>Name: <input value=Ann></label>", "[1] (field) Name = \"Ann\""),
        ("<label for=x>Mail *</label><p><input id=x type=email>", "[1] (field) Mail = \"\""),
        (
            "<input aria-label=Code name=c><input type=password name=p value=abc>",
            "[1] (field) Code = \"\" [2] (field) p = \"***\"",
        ),
        ("<textarea name=t>\na\nb</textarea>", "[1] (field) t = \"a\\nb\""),
        (
            "<label>Size <select><option>M<option disabled>L<option selected>XL</select></label>",
            "[1] (list) Size = XL; M, XL",
        ),
        ("<select aria-label=S><option>M<option>L</select>", "[1] (list) S = M; M, L"),
        ("<label><input type=checkbox checked> Gift</label>", "[1] (box) Gift = on"),
        ("<input type=radio name=s value=fast>", "[1] (radio) s fast = off"),
        ("<button><b>Add</b> to basket</button>x", "[1] (button) Add to basket x"),
        (
            "<input type=submit value=Go disabled><input type=submit>",
            "[1] (button, disabled) Go [2] (button) Submit",
        ),
        ("<fieldset disabled><input name=a></fieldset>", "[1] (field, disabled) a = \"\""),
        (
            "<label>I take the <a href=/t>terms</a> <input type=checkbox></label>",
            "[1] terms [2] (box) I take the terms = off",
        ),
        ("<input type=file name=f>", "[1] (file) f"),
        ("<table><tr><td>Name:<td><input name=n></table>", "| Name: | [1] (field) n = \"\" |"),
        ("<div data-turnwise-click data-turnwise-node=7><p>Roll</p></div>", "[1] Roll"),
        ("<div data-turnwise-click><span></span></div>", "[1] (no text)"),
    ];
    for (html, lines) in cases {
        assert_eq!(text(html), lines, "{html}");
    }
    let live =
        "<body><noscript>&lt;p&gt;no</noscript><div data-turnwise-click data-turnwise-node=7>Roll</div>";
    let page = Page::of_live_html(Url::parse("http://m.test/").unwrap(), live);
    assert_eq!(page.lines, ["[1] Roll"]);
    assert_eq!((page.elements[0].node.as_deref(), &page.elements[0].kind), (Some("7"), &Kind::Clickable));
}

#[test]
fn links_are_resolved_as_browsers_do() {
    let html = "<base href=/base/><a href=x>1</a><a href='?q=1'>2</a><a href=//b.test/c>3</a><a href=mailto:a@b>4</a>\
        <a href='javascript:x()'>5</a>";
    let page = page(html);
    let targets: Vec<Option<String>> = page
        .elements
        .iter()
        .map(|it| {
            let Kind::Link(target) = &it.kind else { panic!("{it:?}") };
            target.as_ref().map(ToString::to_string)
        })
        .collect();
    let expected = [
        Some("http://shop.test/base/x"),
        Some("http://shop.test/base/?q=1"),
        Some("http://b.test/c"),
        None,
        None,
    ];
    assert_eq!(targets, expected.map(|it| it.map(str::to_owned)));
}

const FORM: &str = "<form action=/s?old=1 method=GET><input name=q value='a b&c'><input type=hidden name=h value=1>\
    <p hidden><input name=secret value=s></p><select name=o><option value=1>One<option value=2 selected>Two</select>\
    <input type=checkbox name=on checked><input type=checkbox name=off><textarea name=t>x\ny</textarea>\
    <input name=gone value=1 disabled><button name=b value=1>B1</button><button name=b value=2>B2</button>\
    <button formaction=/p formmethod=post>P</button></form><input name=alone>";

#[test]
fn forms_are_sent_as_browsers_do() {
    let page = page(FORM);
    let at = |label: &str| page.elements.iter().position(|it| it.label == label).unwrap();
    let query = "q=a+b%26c&h=1&secret=s&o=2&on=on&t=x%0D%0Ay";
    let url = |index: usize| page.submission(index).unwrap().url.to_string();
    assert_eq!(url(at("q")), format!("http://shop.test/s?{query}&b=1"));
    assert_eq!(url(at("B2")), format!("http://shop.test/s?{query}&b=2"));
    let post = page.submission(at("P")).unwrap();
    assert_eq!((post.method, post.url.as_str()), (Method::POST, "http://shop.test/p"));
    assert_eq!(String::from_utf8(post.body).unwrap(), query);
    assert_eq!(
        page.submission(at("alone")),
        Err(BadForm::NoForm { number: page.elements[at("alone")].number })
    );
}

#[test]
fn forms_that_cannot_be_sent_say_why() {
    let cases = [
        ("<form method=post enctype=multipart/form-data><input name=a></form>", "multipart/form-data"),
        ("<form action='javascript:x()'><input name=a></form>", "a script"),
        ("<form method=dialog><input name=a></form>", "dialog"),
        ("<form><label>Name <input required></label></form>", "[1] Name has to be filled in first"),
        ("<form><label>Yes <input type=checkbox required></label></form>", "[1] Yes has to be filled in"),
    ];
    for (html, why) in cases {
        let said = page(html).submission(0).unwrap_err().to_string();
        assert!(said.contains(why), "{html}: {said}");
    }
    assert!(page("<form novalidate><input required></form>").submission(0).is_ok());
}

#[test]
fn a_broken_form_keeps_its_inputs() {
    // The parser moves the inputs out of the form's element, and remembers whose they are.
    let page =
        page("<table><form action=/x><tr><td><input name=a value=1><td><input type=submit></form></table>");
    assert_eq!(page.submission(0).unwrap().url.as_str(), "http://shop.test/x?a=1");
    let outside = self::page("<form id=f action=/y></form><input form=f name=a value=2>");
    assert_eq!(outside.submission(0).unwrap().url.as_str(), "http://shop.test/y?a=2");
}

#[test]
fn enormous_pages_are_cut_quickly() {
    let began = std::time::Instant::now();
    for html in ["<div>".repeat(400_000), "<b><p>x".repeat(200_000), "<table><tr><td>".repeat(100_000)] {
        let page = page(&html);
        assert_eq!(page.lines.last().unwrap(), "(the page is too large; its end is missing)");
    }
    assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
}

#[test]
fn a_window_moves_over_a_page() {
    let html: String = (1..=130).map(|n| format!("<p id=p{n}>line {n}")).collect();
    let page = page(&html);
    let mut screen = Screen::new(Limits { lines: 60, characters: 20 });
    let shown = screen.show(&page);
    assert!(shown.starts_with("(no title)\nhttp://shop.test/a/b?c=1\nline 1\n"), "{shown}");
    assert!(shown.ends_with("line 60\n(lines 1-60 of 130; scroll down for more)"), "{shown}");
    assert!(screen.scroll(&page, Direction::Down) && screen.scroll(&page, Direction::Down));
    assert!(screen.show(&page).ends_with("line 130\n(lines 71-130 of 130; scroll up for more)"));
    assert!(!screen.scroll(&page, Direction::Down));
    screen.go_to(&page, page.line_of("p90").unwrap());
    assert!(screen.show(&page).contains("?c=1\nline 71\n"));
    screen.go_to(&page, page.line_of("p40").unwrap());
    assert!(screen.show(&page).contains("(lines 40-99 of 130; scroll up or down for more)"));
    let found = screen.find(&page, "LINE  13").unwrap();
    assert!(found.ends_with("(2 lines hold the text)\nline 13\nline 130"), "{found}");
    assert_eq!(screen.find(&page, "nothing"), None);
}

#[test]
fn long_lines_are_broken_and_found() {
    let page = page(&format!("<p>{}<p>{}", "word ".repeat(20), "ä".repeat(50)));
    let screen = Screen::new(Limits { lines: 60, characters: 24 });
    let shown = screen.show(&page);
    assert!(shown.lines().all(|line| line.chars().count() <= 24), "{shown}");
    assert_eq!(shown.matches("word").count(), 20);
    assert_eq!(shown.matches('ä').count(), 50);
    assert!(screen.find(&page, "word word").unwrap().contains("word…"));
}

#[test]
fn a_reset_brings_everything_back() {
    let mut page = page("<form><input name=a value=1><input type=reset></form>");
    let changed = Kind::Field { value: "2".to_owned(), secret: false, required: false };
    page.set(0, changed);
    assert_eq!(page.lines, ["[1] (field) a = \"2\" [2] (button) Reset"]);
    page.reset(Some(0));
    assert_eq!(page.lines, ["[1] (field) a = \"1\" [2] (button) Reset"]);
}

proptest! {
    #[test]
    fn every_text_is_a_page(parts in proptest::collection::vec(proptest::sample::select(vec![
        "<table>", "<tr>", "<td>", "</table>", "<form>", "</form>", "<p>", "<a href=x>", "</a>", "<b>", "</b>", "x", " ",
        "<select>", "<option>", "<svg>", "<title>", "<template>", "</template>", "<li>", "<ul>", "</ul>", "<pre>", "\n",
        "<label>", "<input>", "<button>", "</button>", "<frameset>", "<body>", "<math>", "<br>", "&amp;", "<!--", "-->",
        "<h1>", "</h1>", "<div data-turnwise-click>", "</div>", "<textarea>", "<iframe src=x>",
    ]), 0..60)) {
        let page = page(&parts.concat());
        for (at, element) in page.elements.iter().enumerate() {
            prop_assert_eq!(element.number as usize, at + 1);
            prop_assert!(page.lines[element.line].contains(&format!("[{}]", element.number)), "{:?}", page.lines);
        }
        prop_assert!(page.lines.iter().all(|line| !line.contains('\n')));
    }

    #[test]
    fn nothing_invisible_is_shown(text in "[a\\x00-\\x20\u{ad}\u{202e}\u{85}]{0,20}") {
        let html = format!("<title>{text}</title><p>{text}<input aria-label='{text}' value='{text}'><button>{text}</button>\
            <textarea>{text}</textarea><select><option>{text}</select><img alt='{text}'><a href=/ title='{text}'></a>");
        let shown = Screen::new(Limits::default()).show(&page(&html));
        prop_assert!(!shown.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}')), "{shown:?}");
    }

    #[test]
    fn any_text_at_all_is_a_page(html in any::<String>(), width in 1_usize..50) {
        let page = page(&html);
        let shown = Screen::new(Limits { lines: 5, characters: width }).show(&page);
        prop_assert!(shown.lines().count() <= 8);
        prop_assert!(!shown.contains(|c: char| c != '\n' && c.is_control()));
    }
}
