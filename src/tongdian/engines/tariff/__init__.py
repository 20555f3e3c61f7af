"""
The engine of prices: what resold electricity may cost, and what a load curve says about a bill.
"""

from tongdian.engines.tariff._bills import ReturnedBill, UnreadableBills, UnusableBill, read_bills
from tongdian.engines.tariff._report import RESULT_COLUMNS, report_resale, result_rows, say, word
from tongdian.engines.tariff._resale import UnknownBasis, check_resale
from tongdian.engines.tariff._tables import UnusablePrices, catalogue_ends, find_price, read_prices, shipped_prices
from tongdian.engines.tariff._values import Benchmark, Bill, Method, MonthCheck, Party, Price, ResaleCheck, Said, TenantCheck

__all__ = [
    "RESULT_COLUMNS",
    "Benchmark",
    "Bill",
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
    "UnusablePrices",
    "catalogue_ends",
    "check_resale",
    "find_price",
    "read_bills",
    "read_prices",
    "report_resale",
    "result_rows",
    "say",
    "shipped_prices",
    "word",
]
