"""People who spend money for each other."""
from .amounts import cents, text
from .split import split


class Group:
    """The balance of each member: positive for those who get money."""

    def __init__(self, members):
        if len(set(members)) != len(members):
            raise ValueError("a member is named twice")
        self._balances = {member: 0 for member in members}

    def spend(self, payer, amount, shares=None):
        """Somebody has paid for all, or for those who have a share."""
        self._enter(payer, self._positive(amount), shares)

    def refund(self, receiver, amount, shares=None):
        """Somebody got money back that belongs to those who have a share."""
        self._enter(receiver, -self._positive(amount), shares)

    def balances(self):
        return {member: text(value) for member, value in self._balances.items()}

    def settle(self):
        """Payments that clear all balances, as (from, to, amount)."""
        payments = []
        debts = [[-value, who] for who, value in self._balances.items() if value < 0]
        claims = [[value, who] for who, value in self._balances.items() if value > 0]
        while debts and claims:
            value = min(debts[0][0], claims[0][0])
            payments.append((debts[0][1], claims[0][1], text(value)))
            for side in (debts, claims):
                side[0][0] -= value
                if side[0][0] == 0:
                    side.pop(0)
        return payments

    @staticmethod
    def _positive(amount):
        value = cents(amount)
        if value <= 0:
            raise ValueError("an amount is more than nothing")
        return value

    def _enter(self, payer, value, shares):
        if shares is None:
            shares = {member: 1 for member in self._balances}
        for member in [payer, *shares]:
            if member not in self._balances:
                raise KeyError(f"not a member: {member}")
        members = list(shares)
        parts = split(value, [shares[member] for member in members])
        self._balances[payer] += value
        for member, part in zip(members, parts):
            self._balances[member] -= part
