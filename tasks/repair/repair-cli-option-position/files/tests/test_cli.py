"""Tests of the command line."""
import contextlib
import io
import json
import os
import tempfile
import unittest

from jot import main


class CliCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # The default file is looked up in the current folder, which is therefore an empty one here.
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def jot(self, *argv):
        out = io.StringIO()
        status = main(list(argv), out)
        return status, out.getvalue()


class CommandTests(CliCase):
    def test_notes_are_numbered(self):
        self.assertEqual(self.jot("add", "milk"), (0, "added 1\n"))
        self.assertEqual(self.jot("add", "bread"), (0, "added 2\n"))

    def test_list_shows_tags_and_marks(self):
        self.jot("add", "milk", "--tag", "home", "--tag", "shop")
        self.jot("add", "report")
        self.jot("done", "2")
        self.assertEqual(self.jot("list"), (0, "1  [ ]  milk  #home  #shop\n2  [x]  report\n"))

    def test_list_can_be_narrowed(self):
        self.jot("add", "milk", "--tag", "home")
        self.jot("add", "report")
        self.jot("done", "1")
        self.assertEqual(self.jot("list", "--tag", "home"), (0, "1  [x]  milk  #home\n"))
        self.assertEqual(self.jot("list", "--pending"), (0, "2  [ ]  report\n"))

    def test_unknown_note(self):
        self.assertEqual(self.jot("done", "4"), (1, "jot: no note 4\n"))

    def test_a_command_is_required(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
            self.jot()
        self.assertEqual(caught.exception.code, 2)


class CommonOptionTests(CliCase):
    def test_options_behind_the_command(self):
        self.jot("add", "milk", "--file", "other.json", "--quiet")
        self.assertEqual(os.listdir("."), ["other.json"])
        status, text = self.jot("list", "--file", "other.json", "--format", "json")
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(text)[0]["text"], "milk")

    def test_defaults(self):
        self.jot("add", "milk")
        self.assertEqual(os.listdir("."), ["jot.json"])
