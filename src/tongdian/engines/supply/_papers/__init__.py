"""
What is published of a plan: the document, replies, diagrams, a small map.
"""
