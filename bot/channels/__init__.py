"""Where updates come from and answers go: Telegram, or the local chat in its place."""
