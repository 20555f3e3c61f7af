"""
Feeders of a province on disk, and studies of them in independent pieces that survive a kill.
"""
