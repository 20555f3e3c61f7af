"""
The public's door: say what you need, and follow it, without a log-in.
"""
