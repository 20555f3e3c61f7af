"""
The bounded contexts, highest first: insight, works, plans, cases, demands, network, places, people, journal.
"""
