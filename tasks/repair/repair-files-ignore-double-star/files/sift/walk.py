"""Walks through a folder."""
import os


def walk(top, rules):
    """The paths of the files that are left, sorted, relative to the folder and with slashes."""
    return sorted(_files(top, "", rules))


def _files(top, prefix, rules):
    with os.scandir(os.path.join(top, prefix)) as entries:
        for entry in entries:
            path = prefix + entry.name
            # A link to a folder is not followed: it may lead back to where we are.
            is_folder = entry.is_dir(follow_symlinks=False)
            if rules.ignores(path, is_folder):
                continue
            if is_folder:
                yield from _files(top, path + "/", rules)
            else:
                yield path
