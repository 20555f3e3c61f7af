"""
Files of networks and years, read and written: each kind into the network's values, nothing lost silently.
"""
