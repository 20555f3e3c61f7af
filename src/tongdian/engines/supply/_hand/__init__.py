"""
Options made by hand: choices, the way, the same checks as any other.
"""
