"""PostgreSQL: what is captured, and what CMF keeps its state in."""

from components.postgres.contract import DatabaseLogin, PostgresAccess

__all__ = ["DatabaseLogin", "PostgresAccess"]
