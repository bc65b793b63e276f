"""Rotation of API keys: the only place that looks at the date."""
