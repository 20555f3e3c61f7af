"""
What somebody is told without asking: on his page of notices, and by mail if he wants it.
"""
