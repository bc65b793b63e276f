"""Settings of the network that AWS would refuse."""

import pytest

from components.errors import PlatformError
from components.settings.base import RETENTION_DAYS
from components.settings.network import CreatedNetwork
from components.settings.network import ExistingNetwork as ExistingNetworkSettings
from components.validation import validate


@pytest.mark.parametrize("days", [45, 0, 4000])
def test_flow_logs_are_kept_for_a_period_that_cloudwatch_has(days: int):
    with pytest.raises(PlatformError) as caught:
        validate(CreatedNetwork, {"flavour": "created", "flow_log_days": days}, "file")
    (mistake,) = caught.value.mistakes
    assert mistake.key == "flow_log_days"
    assert mistake.remedy.startswith("write ")


def test_all_periods_of_cloudwatch_are_taken():
    assert all(CreatedNetwork(flavour="created", flow_log_days=days) for days in RETENTION_DAYS)


def test_existing_subnets_in_settings_are_one_per_zone():
    ids = [f"subnet-{letter * 8}" for letter in "abc"]
    with pytest.raises(PlatformError) as caught:
        validate(
            ExistingNetworkSettings,
            {"flavour": "existing", "vpc_id": "vpc-12345678", "private_subnet_ids": ids, "public_subnet_ids": ids[:2]},
            "file",
        )
    assert "every zone" in caught.value.mistakes[0].remedy
