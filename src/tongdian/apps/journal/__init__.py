"""
Who did what to which thing, and when: append-only, chained by hashes, written in the transaction of the change.
"""
