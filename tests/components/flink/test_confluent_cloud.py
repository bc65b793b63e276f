"""Statements on Confluent Cloud: never two writers, a principal with just its rights, keys that stay secret."""

import json
from dataclasses import replace

import pulumi_random
import pytest

from components.errors import PlatformError
from components.flink.confluent_args import ConfluentCloudFlinkArgs, FlinkKey, StatementSettings
from components.flink.confluent_cloud import ConfluentCloudFlink
from components.flink.confluent_limits import runtime_mistakes
from components.flink.confluent_rights import Scopes, manager_bindings, runner_bindings, table_bindings
from components.flink.confluent_sql import Start, TopicTables
from components.kafka.contract import GrantedAccess, KafkaAccess
from tests.components.flink.confluent_applications import SPEC, shipped, written
from tests.components.graph import before, of_type

ARGS = ConfluentCloudFlinkArgs(
    name_prefix="p-dev-cc",
    region="eu-central-1",
    environment_id="env-1",
    environment_name="p-dev-cc",
    environment_crn="crn://confluent.cloud/organization=o/environment=env-1",
    organization_id="o",
    organization_crn="crn://confluent.cloud/organization=o",
    cluster_id="lkc-1",
    cluster_name="p-dev-cc-kafka",
    cluster_crn="crn://confluent.cloud/organization=o/environment=env-1/cloud-cluster=lkc-1",
    cluster_kind="standard",
    registry_crn="crn://confluent.cloud/organization=o/environment=env-1/schema-registry=lsrc-1",
    rest_endpoint="https://flink.eu-central-1.aws.confluent.cloud",
    key=FlinkKey("KEY", "very-secret", "sa-manager"),
)
KAFKA = GrantedAccess(KafkaAccess("confluent_cloud", "pkc:9092", "SASL_SSL"))
SCOPES = Scopes("crn://c/kafka=lkc-1", "crn://r")


@pytest.fixture
def run(declared):
    def evaluate(*applications, ready=(), **changes):
        def program() -> None:
            flink = ConfluentCloudFlink("flink", replace(ARGS, **changes))
            for application in applications:
                waits = [pulumi_random.RandomPet(one) for one in ready]
                flink.run(application, replace(KAFKA, ready=waits))

        return declared(program)

    return evaluate


def statements(found):
    return of_type(found, "FlinkStatement")


def test_the_old_statement_ends_before_the_new_one_begins(run, tmp_path):
    found = run(written(tmp_path))
    job = statements(found)["alerts"]
    assert job["deleteBeforeReplace"] is True
    # A provider that says "updated" and does nothing must not be believed.
    assert {"statement", "properties", "statementName"} <= set(job["replaceOnChanges"])
    assert job["inputs"]["statement"].startswith("EXECUTE STATEMENT SET BEGIN")
    assert job["inputs"]["statementName"].startswith("alerts-")
    assert job["inputs"]["properties"]["sql.current-catalog"] == "p-dev-cc"
    assert job["inputs"]["properties"]["sql.current-database"] == "p-dev-cc-kafka"


def test_a_changed_text_is_a_statement_with_another_name(run, tmp_path):
    one = statements(run(written(tmp_path)))["alerts"]["inputs"]
    changed = written(
        tmp_path, sql="INSERT INTO speeding SELECT vehicle_id, speed_kmh FROM events WHERE speed_kmh > 99;"
    )
    two = statements(run(changed))["alerts"]["inputs"]
    assert one["statementName"] != two["statementName"]
    assert one == statements(run(written(tmp_path)))["alerts"]["inputs"]


def test_tables_and_rights_and_topics_are_there_first(run, tmp_path):
    found = run(shipped("telematics"), ready=["topics"])
    known = before(found, "FlinkStatement telematics")
    assert "RandomPet topics" in known
    assert {f"FlinkStatement telematics-sink-{one}" for one in ("vehicle_events", "crash_candidates")} <= known
    # The column before the watermark that follows it.
    events = "FlinkStatement flink-tables-telematics.events"
    assert f"{events}-add" in before(found, f"{events}-modify")
    assert f"{events}-modify" in known
    rights = {f"RoleBinding {name}" for name in of_type(found, "RoleBinding")}
    assert rights <= known
    assert {one for one in rights if "tables-telematics.events" in one} <= before(found, f"{events}-add")
    own = {one for one in rights if one.startswith("RoleBinding telematics-")}
    assert own <= before(found, "FlinkStatement telematics-sink-vehicle_events")


def test_only_the_last_of_many_role_bindings_is_waited_for(run, tmp_path):
    found = run(shipped("telematics"))
    bindings = of_type(found, "RoleBinding")
    waited = {name for name, one in bindings.items() if not one["inputs"].get("disableWaitForReady")}
    assert waited == {
        *("flink-developer", "telematics-assign", "flink-tables-assign"),
        *("flink-tables-telematics.events-write-value", "flink-tables-cdc.public.policies-write-value"),
    }
    others = {f"RoleBinding {name}" for name in bindings if name.startswith("telematics-")} - {
        "RoleBinding telematics-assign"
    }
    assert others <= before(found, "RoleBinding telematics-assign")


def test_the_principal_may_touch_its_own_topics_and_nothing_else(tmp_path):
    bindings = set(runner_bindings(shipped("claims"), SCOPES, "error_log").values())
    topics, subjects = "crn://c/kafka=lkc-1/topic=", "crn://r/subject="
    assert ("DeveloperRead", f"{topics}cdc.public.claims") in bindings
    assert ("DeveloperWrite", f"{topics}claim_current") in bindings
    assert ("DeveloperManage", f"{topics}claim_current") in bindings
    assert ("DeveloperWrite", f"{subjects}claim_current-key") in bindings
    assert ("DeveloperRead", f"{subjects}cdc.public.claims-value") in bindings
    # Without these a statement fails after minutes: Transactional Id authorization failed.
    for role in ("DeveloperRead", "DeveloperWrite"):
        assert (role, "crn://c/kafka=lkc-1/transactional-id=_confluent-flink_*") in bindings
    assert ("DeveloperWrite", f"{topics}cdc.public.claims") not in bindings
    # A watermark is one for all applications, so none of them may move it.
    assert ("DeveloperManage", f"{topics}cdc.public.claims") not in bindings
    assert ("DeveloperManage", f"{topics}cdc.public.claims") in table_bindings("cdc.public.claims", SCOPES).values()
    assert ("DeveloperWrite", f"{topics}error_log") in bindings
    without = set(runner_bindings(shipped("claims"), SCOPES, None).values())
    assert not [pattern for _, pattern in without if "error_log" in pattern]
    assert {role for role, _ in bindings} == {"DeveloperRead", "DeveloperWrite", "DeveloperManage"}


def test_the_owner_of_the_key_may_submit_as_the_principal(run, tmp_path):
    assert manager_bindings("crn://e", "crn://o", "eu-central-1", "lfcp-1", "sa-1") == {
        "develop": ("FlinkDeveloper", "crn://e/flink-region=aws.eu-central-1/compute-pool=lfcp-1"),
        "assign": ("Assigner", "crn://o/service-account=sa-1"),
    }
    bindings = of_type(run(written(tmp_path)), "RoleBinding")
    assert bindings["alerts-assign"]["inputs"]["principal"] == "User:sa-manager"
    assert bindings["alerts-assign"]["inputs"]["roleName"] == "Assigner"


def test_each_application_submits_by_a_provider_of_its_own_and_the_key_stays_secret(run, tmp_path):
    found = run(written(tmp_path), shipped("claims"))
    names = ["alerts", "claims"]
    for name in names:
        inputs = found[f"confluentcloud {name}"]["inputs"]
        # All seven, or: one of provider.flink_principal_id or resource.principal.id must be set.
        assert {
            *("flinkApiKey", "flinkApiSecret", "flinkRestEndpoint", "flinkComputePoolId", "flinkPrincipalId"),
            *("organizationId", "environmentId"),
        } <= set(inputs)
        assert f"::{name}::" in statements(found)[name]["provider"]
        assert (
            f"::{name}::"
            in statements(found)[f"{name}-sink-{'speeding' if name == 'alerts' else 'claim_current'}"]["provider"]
        )
    for statement in statements(found).values():
        assert not {"credentials", "principal"} & set(statement["inputs"])
    assert "very-secret" not in json.dumps([one["inputs"] for one in statements(found).values()])
    secret = found["confluentcloud alerts"]["inputs"]["flinkApiSecret"]
    assert secret != "very-secret"


def test_stopped_on_demand_keeps_its_position_for_the_next(run, tmp_path):
    stopped = {"alerts": StatementSettings(stopped=True), "claims": StatementSettings(stopped=True)}
    found = statements(run(written(tmp_path), shipped("claims"), statements=stopped))
    assert found["alerts"]["inputs"]["stopped"] is True
    assert found["alerts"]["retainOnDelete"] is True
    # Nothing of it can be carried over, so that it goes.
    assert found["claims"].get("retainOnDelete") in (None, False)
    running = statements(run(written(tmp_path)))["alerts"]
    assert running["inputs"]["stopped"] is False
    assert running.get("retainOnDelete") in (None, False)


def test_in_production_a_running_statement_of_append_tables_is_not_replaced(run, tmp_path):
    claims = shipped("claims")
    found = run(written(tmp_path), claims, protect=True)
    assert statements(found)["alerts"]["protect"] is True
    # The same rows again are no harm there.
    assert not statements(found)["claims"].get("protect")
    assert of_type(found, "FlinkComputePool")["flink"]["protect"] is True
    stopped = run(written(tmp_path), protect=True, statements={"alerts": StatementSettings(stopped=True)})
    assert not statements(stopped)["alerts"].get("protect")


def test_a_change_that_would_write_rows_twice_is_refused(run, tmp_path):
    pinned = {"alerts": StatementSettings(running="alerts-00000000")}
    with pytest.raises(PlatformError, match="a second time"):
        run(written(tmp_path), statements=pinned)
    offsets = Start({"telematics.events": "partition:0,offset:42"})
    found = run(written(tmp_path), statements={"alerts": StatementSettings(running="alerts-0", start=offsets)})
    assert "offset:42" in statements(found)["alerts"]["inputs"]["statement"]


def test_an_application_that_confluent_cannot_run_is_refused(run, tmp_path):
    sql = "INSERT INTO speeding SELECT vehicle_id, speed_kmh FROM events WHERE PROCTIME() IS NOT NULL;"
    with pytest.raises(PlatformError, match="PROCTIME"):
        run(written(tmp_path, sql=sql))


def test_two_applications_share_the_table_of_a_topic(run, tmp_path):
    found = run(shipped("claims"), shipped("telematics"))
    assert [name for name in statements(found) if "policies" in name] == ["flink-tables-cdc.public.policies-set"]
    for application in ("claims", "telematics"):
        assert "FlinkStatement flink-tables-cdc.public.policies-set" in before(found, f"FlinkStatement {application}")


def test_who_goes_takes_no_table_along(run, tmp_path):
    both = statements(run(shipped("claims"), shipped("telematics")))
    one = statements(run(shipped("telematics")))
    name = "flink-tables-cdc.public.policies-set"
    assert (both[name]["urn"], both[name]["inputs"]) == (one[name]["urn"], one[name]["inputs"])


@pytest.mark.parametrize("first", ["alerts", "telematics"])
def test_who_needs_less_of_a_topic_shares_its_table(run, tmp_path, first):
    both = [written(tmp_path), shipped("telematics")]
    found = run(*(both if first == "alerts" else reversed(both)))
    assert len([name for name in statements(found) if "telematics.events" in name]) == 3
    assert "FlinkStatement flink-tables-telematics.events-set" in before(found, "FlinkStatement alerts")


def test_two_watermarks_for_one_topic_are_refused(run, tmp_path):
    telematics = shipped("telematics")
    other = telematics.spec.sources[0]
    assert other.event_time
    changed = other.model_copy(
        update={"event_time": other.event_time.model_copy(update={"watermark_delay_seconds": 1})}
    )
    sinks = [telematics.spec.sinks[0].model_copy(update={"name": "others"})]
    spec = telematics.spec.model_copy(update={"name": "other", "sources": [changed], "sinks": sinks})
    insert = replace(telematics.transformation.inserts[0], sink="others")
    transformation = replace(telematics.transformation, inserts=(insert,))
    with pytest.raises(PlatformError, match="with other columns, metadata or event time than in telematics"):
        run(telematics, replace(telematics, spec=spec, transformation=transformation))


def test_two_writers_of_one_topic_are_refused(run, tmp_path):
    other = written(tmp_path, SPEC.replace("name: alerts", "name: again"), name="again")
    with pytest.raises(PlatformError, match="a sink of alerts already"):
        run(written(tmp_path), other)


@pytest.mark.parametrize("topic", ["speeding", "telematics.events"])
def test_a_topic_of_errors_that_an_application_has_is_refused(run, tmp_path, topic):
    with pytest.raises(PlatformError, match=f"{topic}, which alerts reads or writes itself"):
        run(written(tmp_path), error_topic=topic)


def test_flink_makes_topics_where_it_is_asked_to(run, tmp_path):
    found = statements(run(written(tmp_path), topic_tables=TopicTables.CREATED))
    assert found["flink-tables-telematics.events-create"]["inputs"]["statement"].startswith(
        "CREATE TABLE IF NOT EXISTS"
    )


def test_names_have_no_random_end(run, tmp_path):
    found = run(written(tmp_path))
    assert of_type(found, "FlinkComputePool")["flink"]["inputs"]["displayName"] == "p-dev-cc-flink"
    assert of_type(found, "ServiceAccount")["alerts"]["inputs"]["displayName"] == "p-dev-cc-flink-alerts"
    assert all(one["inputs"]["statementName"] for one in statements(found).values())
    with pytest.raises(PlatformError, match="64 characters"):
        run(written(tmp_path), name_prefix="p" * 60)


@pytest.mark.parametrize(
    ("cfu", "kind", "key"), [(15, "standard", "max_cfu"), (10, "basic", "kafka.kind"), (10, "freight", "kafka.kind")]
)
def test_pools_and_clusters_that_do_not_work_are_refused(cfu, kind, key):
    (mistake,) = runtime_mistakes(cfu, kind)
    assert mistake.key == key
    assert mistake.remedy
    assert runtime_mistakes(50, "dedicated") == []
