"""
Where a cable can go: the ground, streets, the graph of corridors, the red line.
"""
