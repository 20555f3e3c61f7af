"""
The staff web console: translation only. Pages read by queries, change the world by actions, and draw values as parts.
"""
