"""The settings of a PostgreSQL that exists."""

import pytest
from pydantic import ValidationError

from components.settings.postgres import ExistingPostgres

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
GIVEN = {"flavour": "existing", "host": "db.example.com", "database": "insurance"}


@pytest.mark.parametrize("before", ["", "\n", "  "])
def test_a_certificate_may_stand_behind_an_empty_line(before: str):
    """As a folded text of YAML may leave it."""
    assert ExistingPostgres.model_validate({**GIVEN, "ca_certificates": before + PEM}).ca_certificates == before + PEM


def test_what_is_no_certificate_is_refused():
    with pytest.raises(ValidationError, match="ca_certificates"):
        ExistingPostgres.model_validate({**GIVEN, "ca_certificates": "ca.pem"})
