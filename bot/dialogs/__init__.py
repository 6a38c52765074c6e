"""Conversations, declared as data and run by one runner."""
