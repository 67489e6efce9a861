"""Plug-ins: operations of others, each in an environment and in processes of its own, with no more rights than were granted."""
