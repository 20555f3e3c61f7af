"""
Tiny, pure and stable things that every room may use: refusals, the working calendar, money, geometry on the ground.
"""
