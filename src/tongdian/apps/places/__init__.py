"""
Where people live and work: communities, buildings, and the points at which power is used.
"""
