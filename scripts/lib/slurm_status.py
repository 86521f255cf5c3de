"""How jobs of a cluster are asked how they are.

While its controller is away, as in maintenance, snakemake-executor-plugin-slurm 2.8.0 forgets the
jobs that it asks about in vain, and Snakemake then waits for them for ever. And it asks ten seconds
later each time that none has ended, up to three minutes: what follows then waits as long.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

PLUGIN = "snakemake_executor_plugin_slurm"


def ask_steadily() -> None:
    """Let jobs stay active until the cluster says otherwise, and ask at equal intervals."""
    plugin = sys.modules.get(PLUGIN)
    if plugin is not None:
        plugin.Executor.check_active_jobs = steady(plugin.Executor.check_active_jobs)


def steady(
    check: Callable[[Any, list[Any]], AsyncIterator[Any]],
) -> Callable[[Any, list[Any]], AsyncIterator[Any]]:
    """An executor's check that yields the jobs, too, which it neither reports nor yields.

    Between two of them lies the time before the first, the `status_seconds` of the site.

    Args:
        check: takes the executor and its active jobs, reports those that have ended and yields
            the others.
    """

    async def checked(executor: Any, active_jobs: list[Any]) -> AsyncIterator[Any]:
        told: set[int] = set()
        with _noting_reports(executor, told):
            async for job in check(executor, active_jobs):
                told.add(id(job))
                yield job
        settings = executor.workflow.executor_settings
        executor.next_seconds_between_status_checks = settings.init_seconds_before_status_checks
        for job in active_jobs:
            if id(job) not in told:
                yield job

    return checked


@contextmanager
def _noting_reports(executor: Any, told: set[int]) -> Iterator[None]:
    """Note the jobs that an executor reports meanwhile."""

    def noting(report: Callable[..., None]) -> Callable[..., None]:
        def noted(job: Any, *more: Any, **named: Any) -> None:
            told.add(id(job))
            report(job, *more, **named)

        return noted

    names = ("report_job_success", "report_job_error")
    for name in names:
        setattr(executor, name, noting(getattr(executor, name)))
    try:
        yield
    finally:
        for name in names:
            delattr(executor, name)
