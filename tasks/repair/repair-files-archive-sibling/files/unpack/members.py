"""What is in an archive, the same for zip and tar."""
import tarfile
import zipfile
from collections import namedtuple
from contextlib import contextmanager

# `kind` is "file", "folder" or "other"; `open` gives the content as a binary file.
Member = namedtuple("Member", "name kind size open")


@contextmanager
def opened(path):
    """The members of an archive; they can be read until the context ends."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield [zip_member(archive, info) for info in archive.infolist()]
    else:
        with tarfile.open(path) as archive:
            yield [tar_member(archive, info) for info in archive.getmembers()]


def zip_member(archive, info):
    kind = "folder" if info.is_dir() else "file"
    return Member(info.filename, kind, info.file_size, lambda: archive.open(info))


def tar_member(archive, info):
    kind = "file" if info.isfile() else "folder" if info.isdir() else "other"
    return Member(info.name, kind, info.size, lambda: archive.extractfile(info))
