"""
Supply plans at 10 kV: points of the ring, cables, stations, every section out in turn, ways out.
"""
