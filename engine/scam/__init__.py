"""Is this message a loan scam? (being built)"""
