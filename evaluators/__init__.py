"""How a candidate is judged: the Domain protocol, gates, tiers, the domains themselves."""
