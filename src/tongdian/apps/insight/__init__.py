"""
Everyone can check: figures counted from the cases, never typed in.
"""
