"""Flink jobs, brought to what the program declares."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock, Thread
from typing import Any

from components.errors import Mistake, PlatformError, problem
from operations.local import flink_rest
from operations.local.flink_rest import Job
from operations.local.sql_gateway import Session

Report = Callable[[str], None]
# Seconds for a changed job to take up its state. It takes one or two; in these it is tried again some times.
RESTORED_WITHIN = 20.0

_FROM_NOTHING = (
    "to start from nothing instead, run `./streamctl down` and `./streamctl up`, or give the application and its "
    "tables new names"
)


@dataclass(frozen=True)
class Submission:
    """The job of an application, as it was submitted last. Also of one that is not declared any more: it may come back.

    id:         Flink's id; "" where the job was stopped behind `state` and none was submitted since
    statements: what it was started with; no secrets, see components/flink/sql.py
    state:      savepoint or checkpoint that it was started from, or stopped behind; None: from nothing. What it has
                checkpointed since then is newer.
    """

    id: str
    statements: list[str]
    state: str | None = None


Remember = Callable[[str, Submission | None], None]


def ensure_jobs(
    rest: str,
    gateway: str,
    applications: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Submission],
    report: Report,
    remember: Remember,
    newest_state: Callable[[str], str | None],
) -> list[str]:
    """Submit, change, continue and end jobs. Returns what was done, in words.

    rest, gateway: URLs of the JobManager and of the SQL gateway
    applications:  name -> {"statements": [...]}; the stack's export `applications`
    known:         what `remember` was told before
    remember:      called before and after each step, so that an `up` that is interrupted knows what it had done
    newest_state:  id of a job -> its newest checkpoint or savepoint, None where it has none

    A changed job is first planned by Flink, then stopped behind a savepoint, then started from it: SQL that Flink
    refuses leaves the old job running, and where the new job cannot take up the state, the old one is started again. A
    job that takes no savepoint, or that has ended by itself, goes on from its newest checkpoint. Only the first start
    of an application is from nothing: append tables would hold twice what is read again.
    Raises PlatformError with the mistakes of all jobs at once.
    """
    present: dict[str, list[Job]] = {}
    for job in flink_rest.jobs(rest):
        present.setdefault(job.name, []).append(job)
    lock = Lock()

    def remember_one(name: str, submission: Submission | None) -> None:
        with lock:
            remember(name, submission)

    jobs = _Jobs(rest, gateway, report, remember_one, newest_state)
    mistakes: list[Mistake] = []
    # The slots of those that end are for those that begin.
    done = _each(
        lambda name: jobs.end(name, present[name], known[name]),
        present.keys() & (known.keys() - applications.keys()),
        mistakes,
    )
    done += _each(
        lambda name: jobs.bring(name, list(applications[name]["statements"]), present.get(name, []), known.get(name)),
        applications.keys(),
        mistakes,
    )
    if mistakes:
        raise PlatformError(mistakes)
    return done


def _each(work: Callable[[str], list[str]], names: Iterable[str], mistakes: list[Mistake]) -> list[str]:
    """What `work` said of each name, all at the same time."""
    done: list[str] = []
    ordered = sorted(names)
    with ThreadPoolExecutor(max_workers=max(len(ordered), 1)) as pool:
        for future in [pool.submit(work, name) for name in ordered]:
            try:
                done += future.result()
            except PlatformError as error:
                mistakes += error.mistakes
    return done


@dataclass(frozen=True)
class _Jobs:
    """The steps with one job; see `ensure_jobs`."""

    rest: str
    gateway: str
    report: Report
    remember: Remember
    newest_state: Callable[[str], str | None]

    def end(self, name: str, present: list[Job], known: Submission) -> list[str]:
        """End the job of an application that is not declared any more. Another one of its name is somebody else's."""
        ours = [job for job in present if job.id == known.id]
        for job in ours:
            self._halt(job, known)
        return [f"ended job {name}" for _ in ours]

    def bring(self, name: str, statements: list[str], present: list[Job], known: Submission | None) -> list[str]:
        """Have exactly one job of this name, with these statements."""
        # One that nobody knows is taken over: it may have written already.
        ours = next((job for job in reversed(present) if not known or job.id == known.id), None)
        done: list[str] = []
        for other in present:
            if other != ours:
                # Two jobs would write each row twice.
                self.report(f"cancelling another job {name}")
                flink_rest.cancel(self.rest, other)
                done.append(f"cancelled another job {name} ({other.id})")
        if ours and known and known.statements == statements:
            return done
        before = known or (Submission(ours.id, []) if ours else None)
        job, state, refused = secrets.token_hex(16), None, None
        with Session(self.gateway) as session:
            self.report(f"planning job {name}")
            self._prepare(session, name, statements)
            if before:
                # Refused SQL must be told while the old job still runs.
                explain = statements[-1].replace("EXECUTE STATEMENT SET", "EXPLAIN STATEMENT SET", 1)
                session.execute(explain, _where(name))
                state = self._halt(ours, before) if ours else self._newest(before)
            try:
                self._submit(session, name, job, statements, state)
                if state and before and before.statements != statements:
                    self._see_it_run(name, job)
            except PlatformError as error:
                refused = error
        if refused:
            # With the session ends a submission that is under way still.
            self._discard(job)
            if before:
                raise self._went_back(name, statements, Submission("", before.statements, state), refused)
            self.remember(name, None)
            raise refused
        if not state:
            # Aside: nobody has to wait for it.
            Thread(target=flink_rest.commit_soon, args=(self.rest, job), daemon=True, name=f"commit-{name}").start()
        if not before:
            return [*done, f"started job {name}"]
        if not state:
            return [*done, f"started job {name} from nothing: there is no savepoint and no checkpoint of it"]
        return [*done, f"{'changed' if ours else 'continued'} job {name} from {_kind(state)} {state}"]

    def _halt(self, job: Job, known: Submission) -> str | None:
        """Stop a job. Returns the state from which it goes on, None where it has none."""
        self.report(f"stopping job {job.name} behind a savepoint")
        try:
            savepoint = flink_rest.stop_with_savepoint(self.rest, job)
        except PlatformError:
            # It starts again and again, or not yet runs. What it did since its newest checkpoint is in no table.
            self.report(f"cancelling job {job.name}, which takes no savepoint")
            flink_rest.cancel(self.rest, job)
            return self._newest(known)
        self.remember(job.name, Submission("", known.statements, savepoint))
        return savepoint

    def _newest(self, known: Submission) -> str | None:
        """Where a job that does not run had come to."""
        return (self.newest_state(known.id) if known.id else None) or known.state

    def _prepare(self, session: Session, name: str, statements: list[str]) -> None:
        """Run all but the last of `statements`: what the job needs in its session."""
        for statement in statements[:-1]:
            session.execute(statement, _where(name))

    def _submit(self, session: Session, name: str, job: str, statements: list[str], state: str | None) -> None:
        """Start the last of `statements` as the job with this id, in a session that is prepared."""
        self.report(f"submitting job {name}")
        if state:
            session.execute(f"SET 'execution.state-recovery.path' = '{state}'", _where(name))
        session.execute(f"SET '$internal.pipeline.job-id' = '{job}'", _where(name))
        # Before the submission: whatever becomes of this process, the next `up` knows which job to look for.
        self.remember(name, Submission(job, statements, state))
        session.execute(statements[-1], _where(name))

    def _see_it_run(self, name: str, job: str) -> None:
        """State that does not fit shows when the tasks take it up, after the submission."""
        self.report(f"waiting for job {name} to take up its state")
        words = flink_rest.failure_at_start(self.rest, job, RESTORED_WITHIN)
        if words and not self.newest_state(job):
            raise problem(_where(name), "", words)

    def _went_back(self, name: str, statements: list[str], before: Submission, refused: PlatformError) -> PlatformError:
        """Start what ran before the refused `statements`, where it is something else. Returns what to tell."""
        mistakes: list[Mistake] = []
        if before.statements and before.statements != statements:
            self.report(f"starting job {name} as it was")
            try:
                with Session(self.gateway) as session:
                    self._prepare(session, name, before.statements)
                    self._submit(session, name, secrets.token_hex(16), before.statements, before.state)
                remedy = "it runs as it was before; change its statements so that they fit its state"
            except PlatformError as again:
                mistakes = again.mistakes
                remedy = "it does not run as it was before either (see below), its state is kept: run `up` again"
        else:
            remedy = "its state is kept: mend what Flink says, and run `up` again"
        found = f"it does not start from {before.state or 'nothing'}: {refused.mistakes[0].found}"
        allowed = "statements that fit the state of the job"
        return PlatformError([Mistake(_where(name), "", found, allowed, f"{remedy}; {_FROM_NOTHING}"), *mistakes])

    def _discard(self, job: str) -> None:
        """See to it that a job which was not accepted, or failed, does not run."""
        for found in flink_rest.jobs(self.rest):
            if found.id == job:
                flink_rest.cancel(self.rest, found)


def _where(name: str) -> str:
    return f"application {name}"


def _kind(state: str) -> str:
    return "checkpoint" if state.rpartition("/")[2].startswith("chk-") else "savepoint"
