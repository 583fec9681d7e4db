"""Tests of extracting zip and tar files."""
import io
import os
import tarfile
import tempfile
import unittest
import zipfile

from unpack import UnsafeArchive, extract


class ArchiveCase(unittest.TestCase):
    """Makes archives in a temporary folder and lists what has been extracted."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.base = folder.name
        self.out = os.path.join(self.base, "out")

    def zip_of(self, files):
        path = os.path.join(self.base, "archive.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return path

    def tar_of(self, files):
        path = os.path.join(self.base, "archive.tar.gz")
        with tarfile.open(path, "w:gz") as archive:
            for name, text in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
        return path

    def found(self, folder=None):
        """The files below a folder, with their texts."""
        folder = folder or self.out
        texts = {}
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                with open(path, encoding="utf-8") as file:
                    texts[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
        return texts

    def refused(self, path, **options):
        with self.assertRaises(UnsafeArchive):
            extract(path, self.out, **options)
        self.assertEqual(self.found(), {})


class ExtractTests(ArchiveCase):
    FILES = {"a.txt": "A", "sub/b.txt": "B", "sub/deep/c.txt": "C"}

    def test_zip_and_tar(self):
        for path in (self.zip_of(self.FILES), self.tar_of(self.FILES)):
            extract(path, self.out)
            self.assertEqual(self.found(), self.FILES)

    def test_the_paths_are_returned(self):
        paths = extract(self.zip_of(self.FILES), self.out)
        self.assertEqual(paths[1], os.path.join(self.out, "sub", "b.txt"))

    def test_strip(self):
        extract(self.tar_of(self.FILES), self.out, strip=1)
        self.assertEqual(self.found(), {"b.txt": "B", "deep/c.txt": "C"})

    def test_a_folder_above_is_refused(self):
        for name in ("../evil", "../../evil", "a/../../evil"):
            self.refused(self.zip_of({"a.txt": "A", name: "X"}))

    def test_absolute_names_are_refused(self):
        self.refused(self.tar_of({"a.txt": "A", "/evil/x": "X"}), strip=1)

    def test_dots_that_stay_inside(self):
        extract(self.zip_of({"sub/../a.txt": "A", "..b": "B"}), self.out)
        self.assertEqual(self.found(), {"a.txt": "A", "..b": "B"})

    def test_limit(self):
        path = self.zip_of({"a": "12345", "b": "12345"})
        self.refused(path, limit=9)
        extract(path, self.out, limit=10)

    def test_links_are_refused(self):
        path = os.path.join(self.base, "links.tar")
        with tarfile.open(path, "w") as archive:
            info = tarfile.TarInfo("link")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc"
            archive.addfile(info)
        self.refused(path)
