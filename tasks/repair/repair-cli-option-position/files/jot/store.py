"""Keeps notes in a JSON file."""
import json
import os


class UnknownNote(Exception):
    """There is no note of that number."""


class Store:
    """The notes of one file; a file that does not exist holds none."""

    def __init__(self, path):
        self.path = path
        self.notes = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.notes = json.load(file)

    def add(self, text, tags):
        number = max((note["number"] for note in self.notes), default=0) + 1
        self.notes.append({"number": number, "text": text, "tags": list(tags), "done": False})
        return number

    def finish(self, number):
        for note in self.notes:
            if note["number"] == number:
                note["done"] = True
                return
        raise UnknownNote(number)

    def select(self, tag=None, pending=False):
        return [
            note
            for note in self.notes
            if (tag is None or tag in note["tags"]) and not (pending and note["done"])
        ]

    def save(self):
        # Replaced in one step: a crash leaves the old notes rather than half of the new ones.
        draft = self.path + ".new"
        with open(draft, "w", encoding="utf-8") as file:
            json.dump(self.notes, file, indent=1)
        os.replace(draft, self.path)
