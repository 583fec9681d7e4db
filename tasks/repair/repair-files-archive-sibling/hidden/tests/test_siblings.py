"""Tests of folders beside the one that is extracted to."""
import os

from unpack import UnsafeArchive, extract

from .test_unpack import ArchiveCase


class SiblingTests(ArchiveCase):
    def setUp(self):
        super().setUp()
        self.sibling = os.path.join(self.base, "out-private")
        os.mkdir(self.sibling)
        with open(os.path.join(self.sibling, "key"), "w", encoding="utf-8") as file:
            file.write("secret")

    def untouched(self):
        self.assertEqual(self.found(self.sibling), {"key": "secret"})

    def test_a_folder_whose_name_begins_alike(self):
        for name in ("../out-private/key", "../out-private/new", "sub/../../out-private/key"):
            for path in (self.zip_of({"a": "A", name: "X"}), self.tar_of({"a": "A", name: "X"})):
                self.refused(path)
                self.untouched()

    def test_a_file_whose_name_begins_alike(self):
        self.refused(self.zip_of({"../out.bak": "X"}))
        self.assertFalse(os.path.exists(self.out + ".bak"))

    def test_a_new_folder_beside(self):
        self.refused(self.tar_of({"../outer/x": "X"}))
        self.assertFalse(os.path.exists(os.path.join(self.base, "outer")))

    def test_absolute_names_beside(self):
        name = os.path.join(self.sibling, "key")
        self.refused(self.zip_of({"a": "A", name: "X"}))
        self.untouched()

    def test_behind_stripped_folders(self):
        self.refused(self.zip_of({"top/../out-private/key": "X"}), strip=1)
        self.untouched()

    def test_a_folder_that_ends_with_a_slash(self):
        with self.assertRaises(UnsafeArchive):
            extract(self.zip_of({"../out-private/key": "X"}), self.out + "/")
        self.untouched()

    def test_other_siblings(self):
        self.refused(self.zip_of({"../private/x": "X"}))
        self.refused(self.zip_of({"../ou": "X"}))


class InsideTests(ArchiveCase):
    def test_names_that_begin_like_the_folder(self):
        extract(self.zip_of({"out-private/key": "A", "out": "B"}), self.out)
        self.assertEqual(self.found(), {"out-private/key": "A", "out": "B"})

    def test_out_and_in_again(self):
        extract(self.zip_of({"../out/a": "A"}), self.out)
        self.assertEqual(self.found(), {"a": "A"})

    def test_a_folder_given_with_dots(self):
        extract(self.zip_of({"a": "A"}), os.path.join(self.base, "x", "..", "out"))
        self.assertEqual(self.found(), {"a": "A"})

    def test_a_folder_member_that_is_the_folder(self):
        extract(self.zip_of({"sub/../": "", "a": "A"}), self.out)
        self.assertEqual(self.found(), {"a": "A"})
