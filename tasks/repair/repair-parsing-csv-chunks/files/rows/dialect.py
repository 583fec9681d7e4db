"""The signs that give a file its shape."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    delimiter: str = ","
    quote: str = '"'

    def __post_init__(self):
        signs = (self.delimiter, self.quote)
        if any(len(sign) != 1 for sign in signs) or len({*signs, "\r", "\n"}) != 4:
            raise ValueError("delimiter and quote are single, different signs that end no line")


CSV = Dialect()
TSV = Dialect(delimiter="\t")
