"""Accounts: people, signing in, tokens, rules and the audit log."""

from __future__ import annotations
