"""Conversation flows: a message in, replies out; no library, no sending."""
