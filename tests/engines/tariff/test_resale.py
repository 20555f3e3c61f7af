"""
Resold electricity against tables computed by hand.
"""

from datetime import date
from decimal import Decimal

import pytest

from tongdian.engines import tariff
from tongdian.engines.tariff import Method, UnusablePrices, check_resale, read_bills, read_prices
from tongdian.kit.sheets import Sheet

HEADER = ("place", "party", "name", "month", "kwh", "yuan")
TABLE = "kind,region,customer_class,voltage,value,unit,in_force_from,in_force_until,standing,instrument\n"
# 10,000 kWh were bought for 7,000 yuan (0.70 each); the tenants' meters count 9,000, shared use 600, so 400 kWh were lost
MALL = (
    ("mall", "master", "", "2022-03", "10000", "7000"),
    ("mall", "tenant", "noodles", "2022-03", "5000", "5000"),
    ("mall", "tenant", "shoes", "2022-03", "4000", "2600"),
    ("mall", "shared", "lights", "2022-03", "600", ""),
)


def bills(*rows, header=HEADER):
    found, returned = read_bills(Sheet(header=header, rows=rows))
    assert returned == ()
    return found


def checked(*rows, header=HEADER, **how):
    (month,) = check_resale(bills(*rows, header=header), **how).months
    return month


def over(month):
    return [(tenant.bill.name, tenant.over_yuan) for tenant in month.tenants]


def test_after_the_catalogue_a_kwh_may_cost_what_the_master_account_paid():
    month = checked(*MALL)
    assert (month.benchmark.basis, month.benchmark.yuan_per_kwh) == ("master", Decimal("0.7"))
    assert over(month) == [("noodles", Decimal("1500.00")), ("shoes", Decimal("0.00"))]
    assert (month.allowed_total_yuan, month.over_total_yuan, month.over_yuan) == (
        Decimal("6300.00"),
        Decimal("1300.00"),
        Decimal("1500.00"),
    )


def test_by_shares_losses_and_shared_use_are_borne_by_the_tenants():
    month = checked(*MALL, method=Method.SHARE)
    assert month.limit_yuan_per_kwh == pytest.approx(Decimal(7000) / 9000)
    assert over(month) == [("noodles", Decimal("1111.11")), ("shoes", Decimal("0.00"))]
    assert (month.allowed_total_yuan, month.over_total_yuan) == (Decimal("7000.00"), Decimal("600.00"))


def test_what_the_reseller_uses_himself_is_never_the_tenants_to_pay():
    own = ("mall", "own", "office", "2022-03", "400", "")
    month = checked(*MALL, own, method=Method.SHARE)
    assert month.allowed_total_yuan == Decimal("6720.00")  # 9,600 of 10,000 kWh


def test_before_the_catalogue_ended_its_price_holds_and_says_that_it_was_not_verified():
    month = checked(("mall", "tenant", "noodles", "2021-09", "1000", "1000"))
    assert (month.benchmark.basis, month.benchmark.yuan_per_kwh, month.benchmark.standing) == (
        "catalogue",
        Decimal("0.6664"),
        "from_memory",
    )
    assert over(month) == [("noodles", Decimal("333.60"))]
    assert any("not verified" in str(said) for said in month.warnings)
    assert any("total is not tested" in str(said) for said in month.warnings)


@pytest.mark.parametrize(
    ("first", "last", "basis"),
    [("2021-10-01", "2021-10-14", "catalogue"), ("2021-10-15", "2021-10-31", "master"), ("2021-10-01", "2021-10-31", None)],
)
def test_the_day_of_the_change_divides_october_2021(first, last, basis):
    header = ("party", "name", "first_day", "last_day", "kwh", "yuan")
    month = checked(("master", "", first, last, "1000", "650"), ("tenant", "a", first, last, "900", "800"), header=header)
    assert (month.benchmark and month.benchmark.basis) == basis
    assert (month.tenants[0].over_yuan is None) == bool(month.missing) == (basis is None)


def test_a_household_keeps_its_catalogue_price():
    header = (*HEADER, "class")
    month = checked(("court", "tenant", "a", "2023-05", "100", "80", "居民生活"), header=header)
    assert (month.benchmark.basis, over(month)) == ("catalogue", [("a", Decimal("27.17"))])


def test_the_total_paid_caps_a_catalogue_price_that_is_higher():
    month = checked(("", "master", "", "2021-08", "1000", "600"), ("", "tenant", "a", "2021-08", "1000", "650"))
    assert (month.benchmark.yuan_per_kwh, month.limit_yuan_per_kwh) == (Decimal("0.6664"), Decimal("0.6"))
    assert over(month) == [("a", Decimal("50.00"))]


def test_an_unknown_month_or_region_is_told_and_no_number_invented():
    header = (*HEADER, "region")
    for month in (
        checked(("x", "tenant", "a", "2022-05", "100", "90", "江苏"), header=header),
        checked(("x", "tenant", "a", "2021-05", "100", "90", "浙江"), header=header),
        checked(("x", "tenant", "a", "2019-05", "100", "90", "江苏"), header=header),
    ):
        assert month.benchmark is None
        assert month.limit_yuan_per_kwh is None
        assert over(month) == [("a", None)]
        assert "not known" in str(month.missing[0])
    assert not check_resale(bills(("x", "tenant", "a", "2022-05", "100", "90"))).is_complete


def test_the_agency_price_of_an_own_table_holds_for_its_month():
    prices = read_prices(TABLE + "agency,jiangsu,general,lt1kv,0.75,CNY/kWh,2022-03-01,2022-03-31,verified,own", source="own.csv")
    month = checked(MALL[1], prices=prices)
    assert (month.benchmark.basis, month.benchmark.standing, over(month)) == ("agency", "verified", [("noodles", Decimal("1250.00"))])
    assert [str(said) for said in month.warnings if "verified" in str(said)] == []
    assert checked(*MALL, prices=prices, basis="agency").limit_yuan_per_kwh == Decimal("0.7")  # the total paid caps it


def test_a_price_that_changes_within_the_period_asks_for_a_split():
    rows = "catalogue,jiangsu,general,lt1kv,0.6,CNY/kWh,2020-01-01,2021-05-14,verified,a\ncatalogue,jiangsu,general,lt1kv,0.7,CNY/kWh,2021-05-15,,verified,b"
    month = checked(("x", "tenant", "a", "2021-05", "100", "90"), prices=read_prices(TABLE + rows, source="own.csv"))
    assert "split the bills" in str(month.missing[0])


def test_meters_below_that_count_more_than_the_master_are_pointed_out():
    month = checked(("x", "master", "", "2022-03", "1000", "700"), ("x", "tenant", "a", "2022-03", "1200", "900"))
    assert month.over_total_yuan is None
    assert any("more than the master" in str(said) for said in month.warnings)


def test_unusual_losses_are_pointed_out():
    month = checked(("x", "master", "", "2022-03", "1000", "700"), ("x", "tenant", "a", "2022-03", "800", "600"))
    assert any("unusual" in str(said) for said in month.warnings)


def test_tenants_of_several_classes_without_a_master_are_not_judged():
    header = (*HEADER, "class")
    month = checked(
        ("x", "tenant", "a", "2021-05", "1", "1", "general"), ("x", "tenant", "b", "2021-05", "1", "1", "industry"), header=header
    )
    assert "several regions" in str(month.missing[0])


def test_a_master_alone_has_nobody_to_compare():
    assert "no tenant" in str(checked(("x", "master", "", "2022-03", "1000", "700")).missing[0])


def test_an_unknown_basis_is_refused():
    with pytest.raises(tariff.UnknownBasis, match="catalogue"):
        check_resale((), basis="catalogue")


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (("x", "tenant", "a", "2022-03", "-5", "3"), "above 0"),
        (("x", "tenant", "a", "2022-03", "0", "3"), "above 0"),
        (("x", "tenant", "a", "2022-03", "nan", "3"), "no number"),
        (("x", "tenant", "a", "2022-03", "1e12", "3"), "unit"),
        (("x", "tenant", "a", "2022-03", "5", "free"), "no number"),
        (("x", "tenant", "a", "2022-13", "5", "3"), "no month"),
        (("x", "tenant", "a", "March", "5", "3"), "no month"),
        (("x", "tenant", "", "2022-03", "5", "3"), "name"),
        (("x", "landlord", "a", "2022-03", "5", "3"), "landlord"),
        (("mall", "tenant", "noodles", "2022-03", "5", "3"), "row 3"),
    ],
)
def test_a_bad_row_comes_back_with_its_reason_and_stops_no_other(row, word):
    found, (returned,) = read_bills(Sheet(header=HEADER, rows=(*MALL[:2], row, ("", "", "", "", "", ""), MALL[2])))
    assert (len(found), returned.row) == (3, 4)
    assert word in str(returned.reason)


@pytest.mark.parametrize(("first", "last", "word"), [("2022-03-31", "2022-03-01", "before"), ("soon", "2022-03-01", "no day")])
def test_days_that_are_none_come_back(first, last, word):
    header = ("party", "name", "first_day", "last_day", "kwh", "yuan")
    _, (returned,) = read_bills(Sheet(header=header, rows=(("tenant", "a", first, last, "5", "3"),)))
    assert word in str(returned.reason)


def test_chinese_headings_and_amounts_are_read():
    header = ("园区", "类型", "租户", "月份", "电量(kWh)", "电费(元)", "电压等级")
    (bill,) = bills(("汉西广场", "终端用户", "面馆", "2021年9月", "1,200", "¥1,080.5", "1–10千伏"), header=header)
    assert (bill.place, bill.kwh, bill.yuan, bill.voltage, bill.last_day) == (
        "汉西广场",
        Decimal(1200),
        Decimal("1080.5"),
        "10kv",
        date(2021, 9, 30),
    )
    assert bill.yuan_per_kwh == Decimal("1080.5") / 1200


@pytest.mark.parametrize("header", [("month", "kwh"), ("kwh", "yuan")])
def test_a_missing_column_is_told(header):
    with pytest.raises(tariff.UnreadableBills, match="column"):
        read_bills(Sheet(header=header, rows=()))


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("gift,jiangsu,general,lt1kv,0.6,CNY/kWh,2021-01-01,,verified,a", "kind"),
        ("catalogue,jiangsu,general,lt1kv,0.6,CNY/kWh,2021-01-01,,sure,a", "standing"),
        ("catalogue,jiangsu,general,lt1kv,66.64,fen/kWh,2021-01-01,,verified,a", "unit"),
        ("catalogue,jiangsu,general,lt1kv,-1,CNY/kWh,2021-01-01,,verified,a", "value"),
        ("catalogue,jiangsu,general,lt1kv,dear,CNY/kWh,2021-01-01,,verified,a", "value"),
        ("catalogue,jiangsu,general,lt1kv,,CNY/kWh,2021-01-01,,verified,a", "not_found"),
        ("catalogue,jiangsu,general,lt1kv,0.6,CNY/kWh,2021,,verified,a", "in_force_from"),
    ],
)
def test_a_bad_price_is_refused_by_row_and_column(row, word):
    with pytest.raises(UnusablePrices, match=rf"own\.csv, row 2.*{word}"):
        read_prices(TABLE + row, source="own.csv")


def test_a_price_table_without_a_column_is_refused():
    with pytest.raises(UnusablePrices, match="standing"):
        read_prices("kind,region,customer_class,voltage,value,unit,in_force_from\n", source="own.csv")


def test_a_period_that_is_none_is_refused():
    with pytest.raises(UnusablePrices, match="period"):
        read_prices("period," + TABLE + "noon,catalogue,jiangsu,general,lt1kv,0.6,CNY/kWh,2021-01-01,,verified,a", source="own.csv")


def test_no_shipped_price_passes_as_verified_without_an_address():
    assert {price.standing for price in tariff.shipped_prices() if price.source == "none"} <= {"from_memory", "example", "not_found"}


def test_the_working_says_each_step_with_its_numbers():
    said = "\n".join(str(step) for step in checked(*MALL).steps)
    assert "7000.00 yuan / 10000 kWh = 0.7000 yuan/kWh" in said
    assert "10000 − 9000 − 600 shared − 0 own = 400 kWh (4.0%)" in said
    assert "6300.00 yuan: 7000.00 yuan paid × 9000 kWh / 10000 kWh" in said
