"""
All waiting applications of a place answered together: groups, order, the year, shares.
"""
