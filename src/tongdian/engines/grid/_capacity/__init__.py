"""
What every bus can still carry in every step of the year: base year, bounds, search, and the scan of all steps.
"""
