"""
Supply plans: proposed by the engine, approved by a second person, accepted by the customer, their capacity reserved.
"""
