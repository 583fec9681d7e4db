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
