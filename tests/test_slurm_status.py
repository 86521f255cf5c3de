"""No job of a cluster is forgotten, whatever the cluster answers, and all are asked in time."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

from scripts.lib.slurm_status import steady


class Executor:
    """Knows of some jobs how they are."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.reported: list[tuple[str, str]] = []
        settings = SimpleNamespace(init_seconds_before_status_checks=30)
        self.workflow = SimpleNamespace(executor_settings=settings)
        self.next_seconds_between_status_checks = 30

    def report_job_success(self, job: Any) -> None:
        self.reported.append((job.name, "success"))

    def report_job_error(self, job: Any, msg: str) -> None:
        self.reported.append((job.name, msg))

    async def check_active_jobs(self, active_jobs: list[Any]) -> AsyncIterator[Any]:
        for job in active_jobs:
            answer = self.answers.get(job.name)
            if answer == "running":
                yield job
            elif answer == "done":
                self.report_job_success(job)
            elif answer == "failed":
                self.report_job_error(job, msg="failed")
        self.next_seconds_between_status_checks += 10


def still_active(executor: Executor) -> list[str]:
    async def asked() -> list[str]:
        jobs = [SimpleNamespace(name=name) for name in "abc"]
        check = steady(Executor.check_active_jobs)
        return [job.name async for job in check(executor, jobs)]

    return asyncio.run(asked())


def test_jobs_stay_active_while_nobody_answers() -> None:
    assert still_active(Executor({})) == ["a", "b", "c"]


def test_jobs_that_have_ended_are_reported_once_and_not_asked_about_again() -> None:
    executor = Executor({"a": "done", "b": "running", "c": "failed"})
    assert still_active(executor) == ["b"]
    assert executor.reported == [("a", "success"), ("c", "failed")]
    assert still_active(Executor({"a": "done"})) == ["b", "c"]


def test_the_next_look_is_no_later_than_the_last() -> None:
    executor = Executor({"a": "running", "b": "running", "c": "running"})
    still_active(executor)
    assert executor.next_seconds_between_status_checks == 30
