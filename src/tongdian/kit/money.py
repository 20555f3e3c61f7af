"""
Amounts in yuan: decimal, exact to the fen (0.01 yuan), never binary fractions.
"""

from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
WAN = 10_000


def yuan(amount: Decimal | int | str) -> Decimal:
    """
    Return an amount rounded to the fen, halves away from zero.

    :raises TypeError: for a binary fraction, which has lost its fen already
    """
    if isinstance(amount, float):
        raise TypeError("An amount of money is given as Decimal, int or text, not as float.")
    return Decimal(amount).quantize(FEN, rounding=ROUND_HALF_UP)


def format_yuan(amount: Decimal | int | str) -> str:
    """
    Return an amount as ``¥109,400``; the fen are written only where there are any: ``¥109,400.50``.
    """
    exact = yuan(amount)
    digits = f"{abs(exact):,.2f}".removesuffix(".00")
    return f"{'-' if exact < 0 else ''}¥{digits}"


def format_wan_yuan(amount: Decimal | int | str) -> str:
    """
    Return an amount in units of ten thousand yuan, with at most two decimals: ``10.94 万元``, ``82.6 万元``.
    """
    wan = (yuan(amount) / WAN).quantize(FEN, rounding=ROUND_HALF_UP)
    digits = f"{abs(wan):,.2f}".rstrip("0").rstrip(".")
    return f"{'-' if wan < 0 else ''}{digits} 万元"
