"""The types of loan scam, in the order of the table they come from (docs/scam.md)."""

TYPES = (
    "advance_fee", "unfreeze", "brushing", "credit_repair", "close_account", "rate_cut", "screen_share", "code_theft",
    "fake_app", "phishing", "impersonation", "guaranteed_approval", "ab_loan", "loan_shark", "double_contract",
    "debt_shaming", "debt_agent", "fake_overdue",
)  # fmt: skip
GENUINE = "genuine"
KINDS = ("otp", "reminder", "notice", "advert", "warning", "negation", "chat", "question", "other")
"""The kinds of message in good faith."""
LENDERS = ("otp", "reminder", "notice", "advert", "negation", "warning")
"""Those that lenders and the authorities send."""
