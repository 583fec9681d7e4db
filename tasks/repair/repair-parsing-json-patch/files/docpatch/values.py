"""What Python's values are in terms of JSON."""


def kind(value):
    """The JSON type of a value."""
    if value is None:
        return "null"
    # Before numbers: in Python a bool is an int.
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    raise TypeError(f"{type(value).__name__} is no JSON value")
