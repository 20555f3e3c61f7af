"""
The check of resold electricity (转供电): what each tenant was charged against what may be charged, with the working.

The benchmark follows the bill's days. Before 15 October 2021 it is the catalogue price; from that day on commerce and industry have none
(发改价格〔2021〕1439号), and it is what the master account really paid per kWh, or the month's agency price where that account's bill is
not known. Households and farming keep their catalogue price. Whatever the benchmark, all tenants together may not pay more than was paid
for what they used (发改办价格〔2018〕787号, from memory).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tongdian.engines.tariff._tables import catalogue_ends, find_price, rule, shipped_prices
from tongdian.engines.tariff._values import Benchmark, Bill, Method, MonthCheck, Party, Price, ResaleCheck, Said, TenantCheck
from tongdian.kit.money import yuan
from tongdian.kit.refused import N_, Refused

COMMERCIAL = ("general", "industry")
BASES = ("auto", "agency")
PRICE_DIGITS = Decimal("0.0001")
PERCENT = Decimal("0.1")


class UnknownBasis(Refused):
    """
    The benchmark was asked for by a word that is none.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """
    The bills of one place and period; energies in kWh, money in yuan.
    """

    place: str
    first_day: date
    last_day: date
    masters: tuple[Bill, ...]
    tenants: tuple[Bill, ...]
    shared_kwh: Decimal
    own_kwh: Decimal

    @property
    def master_kwh(self) -> Decimal:
        return sum((bill.kwh for bill in self.masters), Decimal(0))

    @property
    def master_yuan(self) -> Decimal:
        return sum((bill.yuan for bill in self.masters), Decimal(0))

    @property
    def tenants_kwh(self) -> Decimal:
        return sum((bill.kwh for bill in self.tenants), Decimal(0))

    @property
    def losses_kwh(self) -> Decimal:
        return self.master_kwh - self.tenants_kwh - self.shared_kwh - self.own_kwh


@dataclass(frozen=True, slots=True)
class _Notes:
    """
    What is written down while one group is checked.
    """

    steps: list[Said]
    missing: list[Said]
    warnings: list[Said]


def check_resale(
    bills: Iterable[Bill], *, prices: Sequence[Price] | None = None, method: Method = Method.PRICE, basis: str = "auto"
) -> ResaleCheck:
    """
    Compare what tenants were charged with what may be charged, place by place and period by period.

    A tenant's kWh may cost at most ``limit = min(benchmark · k, T / tenants' kWh)``. ``T`` is the master's average price times the energy
    that tenants answer for; with the method ``price`` that is their own (k = 1), with ``share`` it is theirs, shared use and losses
    (k = that energy / theirs). ``over = max(0, charged − kWh · limit)`` for each tenant; one who was charged less never offsets another.
    Where a price or a bill is missing, nothing is judged and ``missing`` says what.

    :param prices: rows of a price table; None: those shipped
    :param basis: ``auto``: after the catalogue's end the master's own price where its bill is there; ``agency``: always the agency price
    :raises UnknownBasis: for another basis
    """
    if basis not in BASES:
        raise UnknownBasis(N_("The benchmark “%(given)s” is unknown. Write: %(known)s."), given=basis, known=", ".join(BASES))
    rows = shipped_prices() if prices is None else prices
    months = tuple(_check_group(group, rows, method, basis) for group in _group(bills))
    return ResaleCheck(method=method, months=months)


def _group(bills: Iterable[Bill]) -> list[_Group]:
    sorted_bills: dict[tuple[str, date, date], list[Bill]] = {}
    for bill in bills:
        sorted_bills.setdefault((bill.place, bill.first_day, bill.last_day), []).append(bill)
    return [
        _Group(
            place=place,
            first_day=first,
            last_day=last,
            masters=tuple(bill for bill in own if bill.party is Party.MASTER),
            tenants=tuple(bill for bill in own if bill.party is Party.TENANT),
            shared_kwh=sum((bill.kwh for bill in own if bill.party is Party.SHARED), Decimal(0)),
            own_kwh=sum((bill.kwh for bill in own if bill.party is Party.OWN), Decimal(0)),
        )
        for (place, first, last), own in sorted(sorted_bills.items())
    ]


def _check_group(group: _Group, prices: Sequence[Price], method: Method, basis: str) -> MonthCheck:
    collected = sum((bill.yuan for bill in group.tenants), Decimal(0))
    steps = [
        Said(
            text=N_("Tenants: %(count)s bills, %(kwh)s kWh, %(yuan)s yuan collected."),
            values={"count": len(group.tenants), "kwh": group.tenants_kwh, "yuan": yuan(collected)},
        )
    ]
    notes = _Notes(steps, [], [])
    if not group.tenants:
        notes.missing.append(Said(text=N_("There is no tenant's bill for this place and period.")))
    benchmark = _benchmark(group, prices, basis, notes)
    shared = _shared_out(group, method, notes) if group.tenants else None
    limit = allowed_total = None
    if shared is not None and group.masters:
        allowed_total = group.master_yuan / group.master_kwh * shared
        steps.append(
            Said(
                text=N_(
                    "All tenants together may pay %(allowed)s yuan: %(paid)s yuan paid × %(kwh)s kWh / %(all)s kWh. "
                    "They paid %(collected)s yuan."
                ),
                values={
                    "allowed": yuan(allowed_total),
                    "paid": yuan(group.master_yuan),
                    "kwh": _kwh(shared),
                    "all": group.master_kwh,
                    "collected": yuan(collected),
                },
            )
        )
    if benchmark is not None and group.tenants:
        limit = _limit(group, method, benchmark.yuan_per_kwh, shared, steps)
    return MonthCheck(
        place=group.place,
        first_day=group.first_day,
        last_day=group.last_day,
        benchmark=benchmark,
        limit_yuan_per_kwh=limit,
        tenants=tuple(_check_tenant(bill, limit) for bill in group.tenants),
        collected_yuan=yuan(collected),
        allowed_total_yuan=None if allowed_total is None else yuan(allowed_total),
        over_total_yuan=None if allowed_total is None else max(Decimal("0.00"), yuan(collected - allowed_total)),
        steps=tuple(steps),
        missing=tuple(notes.missing),
        warnings=tuple(notes.warnings),
    )


def _check_tenant(bill: Bill, limit: Decimal | None) -> TenantCheck:
    if limit is None:
        return TenantCheck(bill=bill, allowed_yuan=None, over_yuan=None)
    allowed = yuan(bill.kwh * limit)
    return TenantCheck(bill=bill, allowed_yuan=allowed, over_yuan=max(Decimal("0.00"), yuan(bill.yuan) - allowed))


def _benchmark(group: _Group, prices: Sequence[Price], basis: str, notes: _Notes) -> Benchmark | None:
    """
    Return the price per kWh that may be charged, or None with what is missing.
    """
    asked = {(bill.region, bill.customer_class, bill.voltage) for bill in group.masters or group.tenants}
    if not asked:
        return None
    if len(asked) > 1:
        notes.missing.append(
            Said(text=N_("These bills name several regions, classes or voltages: add the master account's bill, or check them apart."))
        )
        return None
    ((region, customer_class, voltage),) = asked
    ends = catalogue_ends()
    keeps_catalogue = customer_class not in COMMERCIAL
    if not keeps_catalogue and group.first_day < ends <= group.last_day:
        notes.missing.append(
            Said(
                text=N_("The catalogue price ended on %(day)s, within this period: give first_day and last_day and split the bills there."),
                values={"day": ends - timedelta(days=1)},
            )
        )
        return None
    kind = "catalogue" if keeps_catalogue or group.last_day < ends else "agency"
    if kind == "agency" and basis == "auto" and group.masters:
        return _of_master(group, notes.steps)
    price = find_price(prices, kind=kind, region=region, customer_class=customer_class, voltage=voltage, day=group.last_day)
    start = find_price(prices, kind=kind, region=region, customer_class=customer_class, voltage=voltage, day=group.first_day)
    if price is None or price.value is None or price != start:
        notes.missing.append(_say_missing(kind, group, (region, customer_class, voltage), price, start))
        return None
    text = (
        N_("The catalogue price holds: %(price)s yuan/kWh (%(source)s).")
        if kind == "catalogue"
        else N_("No catalogue price any more: the month's agency price holds, %(price)s yuan/kWh (%(source)s).")
    )
    notes.steps.append(Said(text=text, values={"price": price.value, "source": price.instrument or price.source}))
    if price.standing != "verified":
        notes.warnings.append(
            Said(
                text=N_("The price of %(source)s was not verified (%(standing)s): compare it with the published list first."),
                values={"source": price.instrument or price.key, "standing": price.standing},
            )
        )
    return Benchmark(basis=kind, yuan_per_kwh=price.value, standing=price.standing, source=price.instrument or price.source)


def _of_master(group: _Group, steps: list[Said]) -> Benchmark:
    average = group.master_yuan / group.master_kwh
    steps.append(
        Said(
            text=N_("No catalogue price any more: the master account's own price holds, %(yuan)s yuan / %(kwh)s kWh = %(price)s yuan/kWh."),
            values={"yuan": yuan(group.master_yuan), "kwh": group.master_kwh, "price": _price(average)},
        )
    )
    rows = ", ".join(str(bill.row) for bill in group.masters)
    return Benchmark(basis="master", yuan_per_kwh=average, standing="measured", source=rows)


def _say_missing(kind: str, group: _Group, asked: tuple[str, str, str], price: Price | None, start: Price | None) -> Said:
    values = {"region": asked[0], "class": asked[1], "voltage": asked[2], "first": group.first_day, "last": group.last_day}
    if price is not None and start is not None and price != start and None not in {price.value, start.value}:
        return Said(text=N_("The price changed between %(first)s and %(last)s: split the bills at that day."), values=values)
    if kind == "agency":
        return Said(
            text=N_(
                "The agency price of %(region)s, %(class)s, %(voltage)s for %(first)s to %(last)s is not known. "
                "Add the master account's bill, or that month's published price in a table of your own."
            ),
            values=values,
        )
    return Said(
        text=N_(
            "The catalogue price of %(region)s, %(class)s, %(voltage)s for %(first)s to %(last)s is not known. "
            "Add it in a table of your own, with its source."
        ),
        values=values,
    )


def _shared_out(group: _Group, method: Method, notes: _Notes) -> Decimal | None:
    """
    Return the energy that tenants answer for in kWh; None without the master's bill or if its meter counts less than theirs.
    """
    if not group.masters:
        notes.warnings.append(Said(text=N_("Without the master account's bill the total is not tested, only each tenant's price.")))
        return None
    losses = group.losses_kwh
    notes.steps.append(
        Said(
            text=N_("Losses: %(all)s − %(tenants)s − %(shared)s shared − %(own)s own = %(losses)s kWh (%(percent)s%%)."),
            values={
                "all": group.master_kwh,
                "tenants": group.tenants_kwh,
                "shared": group.shared_kwh,
                "own": group.own_kwh,
                "losses": losses,
                "percent": (100 * losses / group.master_kwh).quantize(PERCENT),
            },
        )
    )
    if losses < 0:
        notes.warnings.append(
            Said(text=N_("The meters below count more than the master meter: check readings and multipliers. The total is not tested."))
        )
        return None
    if 100 * losses > Decimal(rule("unusual_loss_percent")) * group.master_kwh:
        notes.warnings.append(
            Said(
                text=N_("Losses above %(percent)s%% are unusual: ask for a meter that is missing here."),
                values={"percent": rule("unusual_loss_percent")},
            )
        )
    return group.tenants_kwh if method is Method.PRICE else group.tenants_kwh + group.shared_kwh + losses


def _limit(group: _Group, method: Method, benchmark: Decimal, shared: Decimal | None, steps: list[Said]) -> Decimal:
    """
    Return what a tenant's kWh may cost at most.
    """
    limit = benchmark
    if method is Method.PRICE:
        text = N_("Losses and shared use may not be in the price: a tenant's kWh may cost %(price)s yuan.")
        steps.append(Said(text=text, values={"price": _price(limit)}))
    elif shared is not None:
        limit = benchmark * shared / group.tenants_kwh
        text = N_("Losses and shared use are borne by the tenants' meters: %(price)s × %(kwh)s / %(tenants)s = %(limit)s yuan/kWh.")
        values = {"price": _price(benchmark), "kwh": _kwh(shared), "tenants": group.tenants_kwh, "limit": _price(limit)}
        steps.append(Said(text=text, values=values))
    if shared is None:
        return limit
    allowed = group.master_yuan / group.master_kwh * shared
    if (least := allowed / group.tenants_kwh) < limit:
        limit = least
        text = N_("The total that was paid leaves less: %(allowed)s yuan / %(kwh)s kWh = %(price)s yuan/kWh; this holds.")
        steps.append(Said(text=text, values={"allowed": yuan(allowed), "kwh": group.tenants_kwh, "price": _price(least)}))
    return limit


def _price(value: Decimal) -> Decimal:
    return value.quantize(PRICE_DIGITS)


def _kwh(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01")).normalize() + 0 if value != value.to_integral() else value.quantize(Decimal(1))
