from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongdian.kit.money import format_wan_yuan, format_yuan, yuan

AMOUNTS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


@pytest.mark.parametrize(("given", "fen"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("1.0049", "1.00"), (826000, "826000.00")])
def test_halves_of_a_fen_are_rounded_away_from_zero(given, fen):
    assert str(yuan(given)) == fen


def test_a_binary_fraction_is_no_amount():
    with pytest.raises(TypeError, match="not as float"):
        yuan(0.1)


@pytest.mark.parametrize(
    ("amount", "said"),
    [(109400, "¥109,400"), ("109400.5", "¥109,400.50"), (0, "¥0"), ("-1234.56", "-¥1,234.56"), ("0.004", "¥0"), ("-0.004", "¥0")],
)
def test_yuan_are_written_with_thousands_and_fen_only_where_there_are_any(amount, said):
    assert format_yuan(amount) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (109400, "10.94 万元"),
        (826000, "82.6 万元"),
        (20000, "2 万元"),
        (123456789, "12,345.68 万元"),
        (-826000, "-82.6 万元"),
        (-1, "0 万元"),
    ],
)
def test_ten_thousands_of_yuan_have_at_most_two_decimals(amount, said):
    assert format_wan_yuan(amount) == said


@given(AMOUNTS)
def test_what_is_written_reads_back_to_the_fen(amount):
    assert Decimal(format_yuan(amount).replace("¥", "").replace(",", "")) == yuan(amount)


@given(AMOUNTS)
def test_rounding_moves_an_amount_by_half_a_fen_at_most(amount):
    assert abs(yuan(amount) - amount) <= Decimal("0.005")
