"""
The technical cores: pure Python without a framework and without a clock, values in and values out, usable alone.
"""
