"""
The commands of `tongdian grid`, one in each file, and what they share.
"""
