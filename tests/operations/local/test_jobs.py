"""What `up` does with the jobs, whatever became of them since the last one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from components.errors import PlatformError
from operations.local import flink_rest
from operations.local.jobs import Submission, ensure_jobs
from tests.operations.local.fake_flink import FakeFlink, served

OLD, NEW = "EXECUTE STATEMENT SET BEGIN old END", "EXECUTE STATEMENT SET BEGIN new END"
CHECKPOINT = "s3://bucket/flink/checkpoints/x/chk-7"


class Killed(BaseException):
    """The process of `up` has ended."""


@dataclass
class Platform:
    """What outlives one `up`. checkpoints: id of a job -> its newest; killed_at: what `up` last reports"""

    flink: FakeFlink
    record: dict[str, Submission] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)
    killed_at: str = "never"

    def up(self, statement: str = OLD, *names: str) -> list[str]:
        applications = {name: {"statements": statements(name, statement)} for name in names or ("a",)}
        return self.up_with(applications)

    def up_with(self, applications: dict[str, dict[str, list[str]]]) -> list[str]:
        url, known = self.flink.url, dict(self.record)
        return ensure_jobs(url, url, applications, known, self._report, self._remember, self.checkpoints.get)

    def _report(self, what: str) -> None:
        if what.startswith(self.killed_at):
            raise Killed

    def _remember(self, name: str, submission: Submission | None) -> None:
        self.record.pop(name, None)
        if submission:
            self.record[name] = submission


def statements(name: str, statement: str) -> list[str]:
    return [f"SET 'pipeline.name' = '{name}'", statement]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with served(FakeFlink()) as flink:
        yield Platform(flink)


def test_the_first_start_is_from_nothing_and_a_second_up_changes_nothing(platform: Platform):
    assert platform.up(OLD, "a", "b") == ["started job a", "started job b"]
    job = platform.flink.one("a")
    assert job.restored is None
    assert platform.record["a"] == Submission(job.id, statements("a", OLD), None)
    assert platform.up(OLD, "a", "b") == []
    assert len(platform.flink.jobs) == 2
    assert platform.flink.explained == []


def test_a_changed_job_goes_on_from_the_savepoint_behind_which_the_old_one_stopped(platform: Platform):
    platform.up()
    old = platform.flink.one("a")
    savepoint = f"s3://bucket/flink/savepoints/savepoint-{old.id[-6:]}"
    assert platform.up(NEW) == [f"changed job a from savepoint {savepoint}"]
    new = platform.flink.one("a")
    assert (old.state, new.statement, new.restored) == ("FINISHED", NEW, savepoint)
    assert platform.record["a"] == Submission(new.id, statements("a", NEW), savepoint)
    assert platform.up(NEW) == []


def test_a_new_job_takes_a_checkpoint_once_it_has_read_something(platform: Platform, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(flink_rest, "COMMIT_WITHIN", 0.1)
    silent = platform.flink.start("silent")
    flink_rest.commit_soon(platform.flink.url, silent.id)
    assert silent.checkpoints == 0
    monkeypatch.undo()
    platform.flink.records = 5
    platform.up()
    deadline = time.monotonic() + 10
    while not platform.flink.one("a").checkpoints and time.monotonic() < deadline:
        time.sleep(0.01)
    assert platform.flink.one("a").checkpoints == 1


def test_a_jobmanager_that_is_away_is_no_mistake_for_a_first_checkpoint():
    flink_rest.commit_soon("http://127.0.0.1:9", "x")


def test_sql_that_flink_refuses_leaves_the_old_job_running(platform: Platform):
    platform.up()
    old, before = platform.flink.one("a"), dict(platform.record)
    platform.flink.refuse = lambda statement, state: "Column 'amonut' not found" if "new" in statement else None
    with pytest.raises(PlatformError, match="amonut"):
        platform.up(NEW)
    assert platform.flink.one("a") is old
    assert platform.record == before


def test_a_first_start_that_is_refused_is_a_first_start_again(platform: Platform):
    platform.flink.refuse = lambda statement, state: "no" if statement == OLD else None
    with pytest.raises(PlatformError):
        platform.up()
    assert platform.record == {}
    assert platform.up(NEW) == ["started job a"]


def refuse_new(statement: str, state: str | None) -> str | None:
    fits = state is None or statement != NEW
    return None if fits else "IllegalStateException: Cannot map checkpoint/savepoint state for operator x"


def fail_new(statement: str) -> str | None:
    return "StateMigrationException: The new key serializer must be compatible" if statement == NEW else None


@pytest.mark.parametrize("accepted", [False, True])
def test_state_that_does_not_fit_brings_the_old_statements_back(
    platform: Platform, accepted: bool, monkeypatch: pytest.MonkeyPatch
):
    """Whether Flink says so at the submission, or the job fails when its tasks take up the state."""
    monkeypatch.setattr("operations.local.jobs.RESTORED_WITHIN", 0.1)
    platform.up()
    old = platform.flink.one("a")
    if accepted:
        platform.flink.failing = fail_new
    else:
        platform.flink.refuse = refuse_new
    with pytest.raises(PlatformError) as raised:
        platform.up(NEW)
    (mistake,) = raised.value.mistakes
    assert mistake.where == "application a"
    assert ("serializer" if accepted else "Cannot map") in mistake.found
    assert "it runs as it was before" in mistake.remedy
    assert "new names" in mistake.remedy
    job = platform.flink.one("a")
    assert (old.state, job.statement) == ("FINISHED", OLD)
    assert job.restored == f"s3://bucket/flink/savepoints/savepoint-{old.id[-6:]}"
    # The statements as they were: nothing to do.
    assert platform.up(OLD) == []


def test_an_up_that_is_killed_behind_the_stop_loses_no_state(platform: Platform):
    platform.up()
    old = platform.flink.one("a")
    savepoint = f"s3://bucket/flink/savepoints/savepoint-{old.id[-6:]}"
    platform.killed_at = "submitting"
    with pytest.raises(Killed):
        platform.up(NEW)
    assert platform.flink.alive("a") == []
    platform.killed_at = "never"
    # The old statements are known still, and come back where the new ones do not fit.
    platform.flink.refuse = refuse_new
    with pytest.raises(PlatformError, match="as it was before"):
        platform.up(NEW)
    assert (platform.flink.one("a").statement, platform.flink.one("a").restored) == (OLD, savepoint)


def test_an_up_that_is_killed_at_the_submission_finds_its_job(platform: Platform, monkeypatch: pytest.MonkeyPatch):
    start = platform.flink.start
    monkeypatch.setattr(platform, "_report", lambda what: None)

    def remember_and_die(name: str, submission: Submission | None) -> None:
        Platform._remember(platform, name, submission)
        assert submission is not None
        start(name, submission.statements[-1], submission.id)
        raise Killed

    monkeypatch.setattr(platform, "_remember", remember_and_die)
    with pytest.raises(Killed):
        platform.up()
    monkeypatch.undo()
    assert platform.up() == []
    assert len(platform.flink.jobs) == 1


@pytest.mark.parametrize("statement", [OLD, NEW])
def test_a_job_that_was_cancelled_in_the_web_page_goes_on_from_its_newest_checkpoint(
    platform: Platform, statement: str
):
    platform.up()
    job = platform.flink.one("a")
    job.state, platform.checkpoints[job.id] = "CANCELED", CHECKPOINT
    assert platform.up(statement) == [f"continued job a from checkpoint {CHECKPOINT}"]
    assert (platform.flink.one("a").statement, platform.flink.one("a").restored) == (statement, CHECKPOINT)


def test_a_job_that_ended_before_its_first_checkpoint_goes_on_from_where_it_had_started(platform: Platform):
    platform.up()
    platform.up(NEW)
    job = platform.flink.one("a")
    job.state = "FAILED"
    assert platform.up(NEW) == [f"continued job a from savepoint {job.restored}"]


def test_a_job_of_which_nothing_is_left_starts_from_nothing_and_up_says_so(platform: Platform):
    platform.up()
    platform.flink.one("a").state = "FAILED"
    assert platform.up() == ["started job a from nothing: there is no savepoint and no checkpoint of it"]


def test_a_job_that_takes_no_savepoint_is_cancelled_and_changed_all_the_same(platform: Platform):
    platform.up()
    job = platform.flink.one("a")
    job.state, job.savepoints, platform.checkpoints[job.id] = "RESTARTING", False, CHECKPOINT
    assert platform.up(NEW) == [f"changed job a from checkpoint {CHECKPOINT}"]
    assert job.state == "CANCELED"
    assert platform.flink.one("a").restored == CHECKPOINT


@pytest.mark.parametrize("ill", [False, True])
def test_an_application_that_is_removed_and_comes_back_goes_on(platform: Platform, ill: bool):
    platform.up(OLD, "a", "b")
    job = platform.flink.one("a")
    state = f"s3://bucket/flink/savepoints/savepoint-{job.id[-6:]}"
    if ill:
        job.state, job.savepoints, platform.checkpoints[job.id] = "RESTARTING", False, CHECKPOINT
        state = CHECKPOINT
    assert platform.up(OLD, "b") == ["ended job a"]
    assert platform.flink.alive("a") == []
    # A job of the same name that somebody runs by hand meanwhile is none of ours.
    by_hand = platform.flink.start("a")
    assert platform.up(OLD, "b") == []
    by_hand.state = "CANCELED"
    (said,) = platform.up(OLD, "a", "b")
    assert said.startswith("continued job a from ")
    assert platform.flink.one("a").restored == state


def test_of_two_jobs_of_one_name_the_known_one_stays(platform: Platform):
    platform.up()
    job = platform.flink.one("a")
    other = platform.flink.start("a", OLD)
    assert platform.up() == [f"cancelled another job a ({other.id})"]
    assert platform.flink.one("a") is job


def test_of_two_jobs_that_nobody_knows_the_newer_one_is_taken_over(platform: Platform):
    older, newer = platform.flink.start("a"), platform.flink.start("a")
    savepoint = f"s3://bucket/flink/savepoints/savepoint-{newer.id[-6:]}"
    assert platform.up() == [f"cancelled another job a ({older.id})", f"changed job a from savepoint {savepoint}"]
    assert platform.flink.one("a").restored == savepoint


def test_mistakes_of_all_jobs_are_told_at_once_and_the_others_run(platform: Platform):
    platform.flink.refuse = lambda statement, state: "wrong" if statement == NEW else None
    with pytest.raises(PlatformError) as raised:
        platform.up_with(
            {
                name: {"statements": statements(name, statement)}
                for name, statement in {"a": NEW, "b": NEW, "c": OLD}.items()
            }
        )
    assert [mistake.where for mistake in raised.value.mistakes] == ["application a", "application b"]
    assert platform.flink.one("c").statement == OLD
