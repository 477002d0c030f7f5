"""What a campaign is asked to do, and what it is put together from: its domain, its author,
its references and its language models.
"""
