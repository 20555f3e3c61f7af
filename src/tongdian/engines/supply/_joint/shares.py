"""
What each pays of a joint plan.

Rule: each pays its own cable and metering. A group's shared cable and box are shared by coincident power within the group, what is
reinforced by coincident power among all. Nobody pays more than alone (the single answer, counting those before it); what that leaves
over is spread over the others in proportion to what they still save, so that the sum is the whole cost to the fen and the cap holds for
all. That is possible whenever the joint plan is no dearer than the single answers together.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal

from tongdian.engines.supply._joint.values import Group, Share

FEN = Decimal("0.01")


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """
    Return an amount split by weights, rounded to the fen; the largest remainders get the last fen, so that the sum is exact.
    """
    total = sum(weights, Decimal(0))
    if not weights:
        return []
    exact = [amount * weight / total if total else amount / len(weights) for weight in weights]
    parts = [part.quantize(FEN, ROUND_DOWN) for part in exact]
    left = int((amount - sum(parts, Decimal(0))) / FEN)
    order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[:left]:
        parts[at] += FEN
    return parts


def cap(wanted: Sequence[Decimal], caps: Sequence[Decimal]) -> list[Decimal]:
    """
    Return shares of the same sum of which none exceeds its cap; what is cut off is spread by the room that is left.

    Where the caps together are less than the sum, all are at their cap and the rest stays with nobody.
    """
    shares = [min(one, limit) for one, limit in zip(wanted, caps, strict=True)]
    over = sum(wanted, Decimal(0)) - sum(shares, Decimal(0))
    room = [limit - share for share, limit in zip(shares, caps, strict=True)]
    over = min(over, sum(room, Decimal(0)))
    if over <= 0:
        return shares
    return [share + more for share, more in zip(shares, split(over, room), strict=True)]


def share_out(groups: Sequence[Group], reinforced_yuan: Decimal, alone: Mapping[str, Decimal]) -> tuple[Share, ...]:
    """
    Return the shares of all members of the groups, and of those who want a reinforcement only (complaints).

    :param alone: what each costs by the single answers; who is not in it has no cap, because nothing supplied it alone
    """
    names, kw, own, shared = [], [], [], []
    for group in groups:
        powers = _powers(group)
        bills = {spoke.reference: sum((line.amount_yuan for line in spoke.materials), Decimal("0.00")) for spoke in group.spokes}
        common = group.total_yuan - sum(bills.values(), Decimal("0.00"))
        parts = split(common, [powers[name] for name in group.members])
        for name, part in zip(group.members, parts, strict=True):
            names.append(name)
            kw.append(powers[name])
            own.append(bills[name] if group.spokes else part)
            shared.append(part if group.spokes else Decimal("0.00"))
    only = [name for name in alone if name not in names]
    names += only
    kw += [Decimal(0)] * len(only)
    own += [Decimal("0.00")] * len(only)
    shared += [Decimal("0.00")] * len(only)
    if reinforced_yuan:
        shared = [one + more for one, more in zip(shared, split(reinforced_yuan, kw), strict=True)]
    wanted = [mine + ours for mine, ours in zip(own, shared, strict=True)]
    caps = [alone.get(name, sum(wanted, Decimal(0))) for name in names]
    return tuple(
        Share(reference=name, kw=float(power), own_yuan=mine, shared_yuan=pays - mine, yuan=pays, alone_yuan=limit)
        for name, power, mine, pays, limit in zip(names, kw, own, cap(wanted, caps), caps, strict=True)
    )


def _powers(group: Group) -> dict[str, Decimal]:
    """
    Return the members' own coincident powers.
    """
    if not group.spokes:
        return {group.members[0]: Decimal(str(group.plan.reserve_kw))}
    return {spoke.reference: Decimal(str(spoke.kw)) for spoke in group.spokes}
