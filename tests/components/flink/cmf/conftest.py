"""Fixtures of the tests of Flink on Kubernetes."""

import pytest

from tests.components.flink.cmf.fakes import Declared, platform


@pytest.fixture(scope="session")
def with_mtls() -> Declared:
    """The whole platform with mTLS, evaluated once."""
    return Declared(platform)
