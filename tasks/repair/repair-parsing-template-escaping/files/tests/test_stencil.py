"""Templates are filled in, and what comes from outside is escaped."""

import unittest

from stencil import Safe, Template, TemplateError, escape


def render(source, **values):
    return Template(source).render(**values)


class TemplateTests(unittest.TestCase):
    def test_values_are_put_in(self):
        self.assertEqual(render("{{ a }}-{{b.c}}", a=1, b={"c": "x"}), "1-x")

    def test_blocks_nest(self):
        source = "{% for row in rows %}{% if row %}[{% for x in row %}{{ x }},{% end %}]{% else %}none{% end %}{% end %}"
        self.assertEqual(render(source, rows=[[1, 2], [], [3]]), "[1,2,]none[3,]")

    def test_a_name_ends_with_its_loop(self):
        self.assertEqual(render("{% for x in xs %}{{ x }}{% end %}{{ x }}", xs=[1, 2], x="end"), "12end")

    def test_a_template_can_be_used_again(self):
        template = Template("{{ x }}")
        self.assertEqual([template.render(x=1), template.render(x=2)], ["1", "2"])

    def test_faults_are_found_when_a_template_is_read(self):
        for source in ["{% for x in y %}", "{% end %}", "{{ x|none }}", "{{ 1 + 1 }}", "{% while x %}{% end %}"]:
            with self.assertRaises(TemplateError, msg=source):
                Template(source)


class EscapeTests(unittest.TestCase):
    def test_values_are_escaped(self):
        self.assertEqual(render("<i>{{ x }}</i>", x="<b> & 'c'"), "<i>&lt;b&gt; &amp; &#39;c&#39;</i>")

    def test_safe_text_is_not(self):
        self.assertEqual(render("{{ x }}{{ y|safe }}", x=Safe("<b>"), y="</b>"), "<b></b>")
        self.assertEqual(escape(escape("<")), "&lt;")

    def test_other_methods_give_plain_text(self):
        self.assertEqual(render("{{ x|upper }}", x=Safe("<b>")), "&lt;B&gt;")

    def test_safe_texts_join_to_safe_text(self):
        both = Safe("<b>") + Safe("</b>")
        self.assertIsInstance(both, Safe)
        self.assertEqual(both, "<b></b>")
        self.assertEqual(render("{{ x }}", x=Safe("<hr>").join([both, both])), "<b></b><hr><b></b>")


class FilterTests(unittest.TestCase):
    def test_default_stands_in_for_what_is_missing(self):
        self.assertEqual(render('{{ x|default:"-" }}{{ y|default:"-" }}', y=0), "-0")

    def test_items_are_joined(self):
        self.assertEqual(render("{{ x|join }}", x=[1, 2]), "1, 2")
        self.assertEqual(render('{{ x|join:"<br>" }}', x=["a", Safe("<b>b</b>")]), "a<br><b>b</b>")

    def test_line_breaks_are_shown(self):
        self.assertEqual(render("{{ x|lines }}", x="a\nb\n"), "a<br>\nb")

    def test_quotation_marks_are_added(self):
        self.assertEqual(render("{{ x|quote }}", x="a"), "&ldquo;a&rdquo;")
