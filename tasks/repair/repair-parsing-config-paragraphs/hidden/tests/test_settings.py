"""Settings files are read, and written so that they read back."""

import unittest

from settings import Settings, SettingsError, dump, load

MAIL = """\
; who gets what
[mail]
to = a@example.org
     b@example.org
quiet = Yes

[backup]
note =
    nightly
"""


class LoadTests(unittest.TestCase):
    def test_values_by_section_and_key(self):
        settings = load(MAIL)
        self.assertEqual(settings.sections(), ["mail", "backup"])
        self.assertIs(settings.flag("mail", "quiet"), True)
        self.assertEqual(settings.get("backup", "note"), "nightly")

    def test_indented_lines_go_on_with_a_value(self):
        self.assertEqual(load(MAIL).items("mail", "to"), ["a@example.org", "b@example.org"])

    def test_comments_within_a_value_are_no_part_of_it(self):
        text = "[a]\nlist = one\n    # two\n; three\n    four\n"
        self.assertEqual(load(text).get("a", "list"), "one\nfour")

    def test_blank_lines_around_a_value_are_no_part_of_it(self):
        text = "[a]\n\nfirst = 1\n\n\nsecond = 2\n   \n[b]\nthird =\n\n    3\n\n"
        settings = load(text)
        self.assertEqual(settings.section("a"), {"first": "1", "second": "2"})
        self.assertEqual(settings.section("b"), {"third": "3"})

    def test_faults_name_their_line(self):
        for text, number in [
            ("a = 1\n", 1),
            ("[a]\nb\n", 2),
            ("[a]\n\n    b\n", 3),
            ("[a]\nb = 1\n\nb = 2\n", 4),
            ("[a]\n[b\n", 2),
            ("[a]\n[a]\n", 2),
        ]:
            with self.assertRaisesRegex(SettingsError, f"line {number}:", msg=text):
                load(text)

    def test_getters_say_what_is_missing(self):
        with self.assertRaisesRegex(SettingsError, "no 'cc' in section 'mail'"):
            load(MAIL).get("mail", "cc")
        with self.assertRaisesRegex(SettingsError, "neither yes nor no"):
            load(MAIL).flag("backup", "note")


class DumpTests(unittest.TestCase):
    def test_settings_are_written_in_order(self):
        settings = Settings()
        settings.set("b", "z", "1\n2")
        settings.set("a", "y", "")
        self.assertEqual(dump(settings), "[b]\nz = 1\n    2\n\n[a]\ny =\n")

    def test_what_was_dumped_loads_to_the_same(self):
        settings = load(MAIL)
        self.assertEqual(load(dump(settings)), settings)

    def test_values_that_would_not_come_back_are_refused(self):
        for value in ["\na", "a\n", " a", "a\n# b"]:
            settings = Settings()
            settings.set("a", "b", value)
            with self.assertRaises(SettingsError, msg=repr(value)):
                dump(settings)


class BlankLineTests(unittest.TestCase):
    def test_a_blank_line_within_a_value_belongs_to_it(self):
        self.assertEqual(load("[a]\nb = one\n\n    two\n").get("a", "b"), "one\n\ntwo")

    def test_so_do_several(self):
        text = "[a]\nb =\n\n    one\n\n    two\n \t\n\n    three\n\n\nc = 4\n"
        self.assertEqual(load(text).section("a"), {"b": "one\n\ntwo\n\n\nthree", "c": "4"})

    def test_a_comment_between_them_is_no_blank_line(self):
        text = "[a]\nb = one\n    # not this\n\n    two\n\n# nor this\n    three\n    ; nor this\n\n[c]\n"
        self.assertEqual(load(text).get("a", "b"), "one\n\ntwo\n\nthree")

    def test_paragraphs_are_told_apart(self):
        text = "[mail]\nbody = Hello,\n    it failed.\n\n    Yours,\n    cron\n"
        self.assertEqual(load(text).paragraphs("mail", "body"), ["Hello, it failed.", "Yours, cron"])

    def test_windows_line_ends_make_no_difference(self):
        self.assertEqual(load("[a]\r\nb = one\r\n\r\n    two\r\n\r\n").get("a", "b"), "one\n\ntwo")

    def test_values_with_blank_lines_survive_a_round_trip(self):
        settings = Settings()
        settings.set("a", "b", "one\n\ntwo\n\n\nthree")
        settings.set("a", "c", "")
        settings.set("d", "e", "four\n\nfive")
        self.assertEqual(load(dump(settings)), settings)

    def test_blank_lines_that_end_a_value_are_forgotten(self):
        text = "[a]\nb = one\n\n\nc = two\n    three\n\n\n\n[d]\n\ne = four\n    five\n"
        settings = load(text)
        self.assertEqual(settings.section("a"), {"b": "one", "c": "two\nthree"})
        self.assertEqual(settings.section("d"), {"e": "four\nfive"})

    def test_line_numbers_count_blank_lines(self):
        with self.assertRaisesRegex(SettingsError, "line 6:"):
            load("[a]\nb = one\n\n    two\n\nthree\n")
