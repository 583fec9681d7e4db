"""Tests that words arrive as they are, whatever the way."""
import shlex
import tempfile
import unittest

from fleet import Command, Container, Local, Ssh, Sudo, run
from fleet.render import render

AWKWARD = [
    ["echo", "a b"],
    ["echo", "it's"],
    ["echo", "$HOME", "`id`", "$(id)"],
    ["grep", "-e", "x; rm -rf /", "a'b\"c"],
    ["echo", "", "*", "back\\slash", "new\nline"],
]


def behind_shell(line):
    """What a shell that runs `line` gives to the `sh -c` in it."""
    words = shlex.split(line)
    assert words[-3:-1] == ["sh", "-c"], words
    return words[-1]


class ArrivalTests(unittest.TestCase):
    def test_through_sudo(self):
        for words in AWKWARD:
            line = Sudo("deploy").line(Command(words))
            self.assertEqual(shlex.split(behind_shell(line)), words)

    def test_through_a_container(self):
        for words in AWKWARD:
            line = Container("db").line(Command(words))
            self.assertEqual(shlex.split(behind_shell(line)), words)

    def test_through_several_shells(self):
        way = Ssh("web1", Sudo("deploy", Container("db", Sudo("postgres"))))
        for words in AWKWARD:
            line = way.argv(Command(words))[-1]
            for _ in range(3):
                line = behind_shell(line)
            self.assertEqual(shlex.split(line), words)

    def test_values_of_variables(self):
        line = Sudo("deploy").line(Command(["env"], env={"NOTE": "it's 5 $"}))
        self.assertEqual(shlex.split(behind_shell(line)), ["NOTE=it's 5 $", "env"])

    def test_plain_words_need_no_more_than_one_pair(self):
        line = Sudo("deploy").line(Command(["ls", "-l"]))
        self.assertEqual(line, "sudo -u deploy sh -c 'ls -l'")


class FolderTests(unittest.TestCase):
    def test_folders_reach_cd_as_they_are(self):
        for folder in ["/srv/it's here", "/srv/a'; touch b; '", "/srv/$HOME \"x\"", "/srv/plain"]:
            words = shlex.split(render(Command(["ls"], cwd=folder)))
            self.assertEqual(words, ["cd", folder, "&&", "ls"])

    def test_folders_reach_cd_behind_sudo(self):
        line = Sudo("deploy").line(Command(["ls"], cwd="/srv/my files"))
        self.assertEqual(shlex.split(behind_shell(line)), ["cd", "/srv/my files", "&&", "ls"])

    def test_a_real_folder_with_an_apostrophe(self):
        with tempfile.TemporaryDirectory(suffix="it's") as folder:
            result = run(Command(["sh", "-c", "pwd"], cwd=folder), Local())
        self.assertEqual(result.status, 0)
        self.assertTrue(result.output.endswith("it's\n"))

    def test_a_folder_that_is_missing_stops_the_command(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run(Command(["echo", "ran"], cwd=folder + "/none"), Local())
        self.assertNotEqual(result.status, 0)
        self.assertNotIn("ran", result.output)
