"""Divides whole cents."""


def split(amount, shares):
    """The amount in parts that are as the shares; their sum is the amount."""
    if any(share < 0 for share in shares):
        raise ValueError("a share cannot be negative")
    whole = sum(shares)
    if whole == 0:
        raise ValueError("somebody must have a share")
    parts = [amount * share // whole for share in shares]
    cut = [amount * share % whole for share in shares]
    # The parts are rounded down, so there may be some cents left, fewer than there are parts.
    left = amount - sum(parts)
    for place in sorted(range(len(parts)), key=lambda place: -cut[place])[:left]:
        parts[place] += 1
    return parts
