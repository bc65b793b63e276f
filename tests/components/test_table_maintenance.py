"""Glue's upkeep: only what the sinks do not do, and never a file that a job may still commit."""

import json

import botocore.session
import pytest

from components.errors import PlatformError
from components.settings.lakehouse import MaintenanceSettings
from components.table_maintenance import TableMaintenance, TableMaintenanceArgs, Upkeep, check_orphans
from tests.components.graph import before


def maintenance(**changes) -> None:
    values = {
        "tables": ["claim_current", "vehicle_events"],
        "bucket_arn": "arn:aws:s3:::lake",
        "key_arn": "arn:aws:kms:eu-central-1:123456789012:key/k",
        "database": "lake",
        "name_prefix": "p-test",
        "region": "eu-central-1",
        "account_id": "123456789012",
        "tags": {},
    }
    TableMaintenance("maintenance", TableMaintenanceArgs(**{**values, **changes}))


def test_orphans_only_by_default(declared):
    found = declared(maintenance)
    optimizers = {key: one["inputs"] for key, one in found.items() if key.startswith("CatalogTableOptimizer ")}
    # The sinks compact and drop snapshots themselves: a second one would make their commits fail.
    assert {one["type"] for one in optimizers.values()} == {"orphan_file_deletion"}
    assert {one["tableName"] for one in optimizers.values()} == {"claim_current", "vehicle_events"}
    (first, _) = optimizers.values()
    orphans = first["configuration"]["orphanFileDeletionConfiguration"]["icebergConfiguration"]
    assert orphans["orphanFileRetentionPeriodInDays"] == 7


def test_kinds_are_those_of_the_api(declared):
    model = botocore.session.get_session().get_service_model("glue")
    assert sorted(kind.value for kind in Upkeep) == sorted(model.shape_for("TableOptimizerType").enum)  # pyright: ignore
    found = declared(lambda: maintenance(kinds=list(Upkeep)))
    compaction = found["CatalogTableOptimizer maintenance-claim_current-compaction"]["inputs"]["configuration"]
    strategy = compaction["compactionConfiguration"]["icebergConfiguration"]["strategy"]
    assert strategy in model.shape_for("CompactionStrategy").enum  # pyright: ignore
    retention = found["CatalogTableOptimizer maintenance-claim_current-retention"]["inputs"]["configuration"]
    assert retention["retentionConfiguration"]["icebergConfiguration"]["numberOfSnapshotsToRetain"] == 20


def test_the_role_may_do_it_before_glue_tries(declared):
    found = declared(maintenance)
    rights = before(found, "CatalogTableOptimizer maintenance-claim_current-orphan_file_deletion")
    assert "RolePolicy maintenance" in rights
    document = json.loads(found["RolePolicy maintenance"]["inputs"]["policy"])
    resources = [resource for one in document["Statement"] for resource in one["Resource"]]
    assert "*" not in resources
    assert "arn:aws:glue:eu-central-1:123456789012:table/lake/claim_current" in resources
    trust = json.loads(found["Role maintenance"]["inputs"]["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_files_of_a_job_that_is_down_are_left_alone():
    check_orphans(4, 5, 72)
    with pytest.raises(PlatformError, match="orphan_days"):
        check_orphans(3, 5, 72)
    # A checkpoint counts too.
    with pytest.raises(PlatformError):
        check_orphans(1, 3600, 23)
    with pytest.raises(ValueError, match="may still commit"):
        MaintenanceSettings(tables=["a"], orphan_days=3)
    with pytest.raises(ValueError, match="a twice"):
        MaintenanceSettings(tables=["a", "a"])
