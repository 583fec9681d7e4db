"""Letters outside ASCII and how they are spelled within."""
import unicodedata

# No language spells these otherwise, and Unicode does not decompose them.
COMMON = {
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "œ": "oe",
    "ı": "i",
}

LANGUAGES = {
    "de": {"ä": "ae", "ö": "oe", "ü": "ue"},
    "sv": {"å": "a", "ä": "a", "ö": "o"},
    "da": {"å": "aa", "ø": "oe"},
}


def to_ascii(text, language=None):
    """The text, in lower case and spelled in ASCII; what has no spelling is left out."""
    table = {**COMMON, **LANGUAGES.get(language, {})}
    spelled = "".join(table.get(letter, letter) for letter in text.lower())
    # What is left are letters with accents: these become characters of their own, and fall away.
    decomposed = unicodedata.normalize("NFKD", spelled)
    return decomposed.encode("ascii", "ignore").decode("ascii")
