"""Writes the members of an archive."""
import os
import shutil

from .members import opened
from .safety import plan


def extract(path, folder, strip=0, limit=None):
    """Extracts an archive; returns the paths of the files, in the order of the archive."""
    written = []
    with opened(path) as members:
        for member, place in plan(members, folder, strip, limit):
            if member.kind == "folder":
                os.makedirs(place, exist_ok=True)
                continue
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with member.open() as source, open(place, "wb") as copy:
                shutil.copyfileobj(source, copy)
            written.append(place)
    return written
