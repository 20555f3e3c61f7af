"""
One promise to one place, following one procedure, with two clocks.
"""
