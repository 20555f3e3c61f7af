"""
The engine of prices: what resold electricity may cost, and what a load curve says about a bill.
"""

from tongdian.engines.tariff._advice import UnusableContract, give_advice
from tongdian.engines.tariff._advice_report import advice_to_dict, report_advice, saving
from tongdian.engines.tariff._bills import ReturnedBill, UnreadableBills, UnusableBill, read_bills
from tongdian.engines.tariff._chart import draw_day
from tongdian.engines.tariff._curve import LoadCurve, UnusableCurve, read_curve
from tongdian.engines.tariff._report import RESULT_COLUMNS, report_resale, result_rows, say, word
from tongdian.engines.tariff._resale import UnknownBasis, check_resale
from tongdian.engines.tariff._study import Advice, Contract, Finding, adjustment_percent
from tongdian.engines.tariff._tables import UnusablePrices, catalogue_ends, find_price, read_prices, shipped_prices
from tongdian.engines.tariff._values import Benchmark, Bill, Method, MonthCheck, Party, Price, ResaleCheck, Said, TenantCheck

__all__ = [
    "RESULT_COLUMNS",
    "Advice",
    "Benchmark",
    "Bill",
    "Contract",
    "Finding",
    "LoadCurve",
    "Method",
    "MonthCheck",
    "Party",
    "Price",
    "ResaleCheck",
    "ReturnedBill",
    "Said",
    "TenantCheck",
    "UnknownBasis",
    "UnreadableBills",
    "UnusableBill",
    "UnusableContract",
    "UnusableCurve",
    "UnusablePrices",
    "adjustment_percent",
    "advice_to_dict",
    "catalogue_ends",
    "check_resale",
    "draw_day",
    "find_price",
    "give_advice",
    "read_bills",
    "read_curve",
    "read_prices",
    "report_advice",
    "report_resale",
    "result_rows",
    "saving",
    "say",
    "shipped_prices",
    "word",
]
