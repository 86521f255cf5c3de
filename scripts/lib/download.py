"""Downloading a file over HTTP: resumed where it stopped, retried while that can help."""

import email.utils
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import tenacity

from scripts.lib.errors import UserError

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
LONGEST_WAIT_S = 300.0
MOST_RESTARTS = 1
PROGRESS_SHARE = 0.1
PROGRESS_S = 10.0

log = logging.getLogger(__name__)


class DownloadError(UserError):
    """A file cannot be had from its URL; the text says what the server or the network did."""


@dataclass(frozen=True)
class Patience:
    """When to stop trying.

    `tries` counts tries in a row that get no further than those before; one that does starts
    the count again. Before try i + 1 it waits `first_wait_s` * 2**(i - 1), or as long as the
    server says.
    """

    tries: int = 6
    first_wait_s: float = 1.0
    connect_s: float = 15.0
    read_s: float = 60.0


class _TransientError(Exception):
    """A failure after which another try may succeed."""

    def __init__(self, text: str, wait_s: float | None = None) -> None:
        super().__init__(text)
        self.wait_s = wait_s


def download(url: str, part: Path, size: int | None, patience: Patience | None = None) -> bool:
    """Download `url` into `part`, going on from the bytes that `part` already holds.

    `size` is the length of the file in bytes, None where it is not known. `part` stays after
    a failure, so that a later call goes on from it. The content is not checked here.

    Returns:
        True if bytes of an earlier try or run were kept: the content may then be a mixture of
        two versions, which only its hash can tell.

    Raises:
        DownloadError: nothing more can be done, or the server sends more than `size` bytes;
            the text gives the URL and the reason.
    """
    part.parent.mkdir(parents=True, exist_ok=True)
    return _Transfer(url, part, size, patience or Patience()).run()


class _Transfer:
    """One file on its way: what is there, and how many tries in a row brought nothing."""

    def __init__(self, url: str, part: Path, size: int | None, patience: Patience) -> None:
        self.url = url
        self.part = part
        self.size = size
        self.patience = patience
        self.most_held = self._held()
        self.fruitless = 0
        self.restarts = 0
        self.resumed = False

    def run(self) -> bool:
        if self.size is not None and self._held() > self.size:
            self.part.unlink()
        timeout = httpx.Timeout(self.patience.read_s, connect=self.patience.connect_s)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            retrying = tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(_TransientError),
                stop=lambda state: self.fruitless >= self.patience.tries,
                wait=self._wait,
                before_sleep=self._announce,
                reraise=True,
            )
            try:
                retrying(self._attempt, client)
            except _TransientError as error:
                raise DownloadError(
                    f"{self.url}: {error}; {self.fruitless} tries in a row brought nothing"
                ) from None
        return self.resumed

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds: what the server asks for, else doubling with each try that brought nothing."""
        asked = getattr(_failure(state), "wait_s", None)
        if asked is not None:
            return float(asked)
        return float(min(self.patience.first_wait_s * 2 ** max(self.fruitless - 1, 0), 60.0))

    def _announce(self, state: tenacity.RetryCallState) -> None:
        log.warning("%s: %s; next try in %.1f s", self.url, _failure(state), state.upcoming_sleep)

    def _held(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _attempt(self, client: httpx.Client) -> None:
        before = self._held()
        if self.size is not None and before == self.size:
            self.resumed = True
            return
        try:
            self._transfer(client, before)
        except (httpx.TransportError, httpx.DecodingError) as error:
            self._count()
            raise _TransientError(f"{type(error).__name__}: {error}") from None
        except _TransientError:
            self._count()
            raise
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DownloadError(f"{self.url}: {type(error).__name__}: {error}") from None

    def _count(self) -> None:
        """Count a failed try, unless it got further than all before: so there is an end."""
        self.fruitless = 0 if self._held() > self.most_held else self.fruitless + 1
        self.most_held = max(self.most_held, self._held())

    def _transfer(self, client: httpx.Client, before: int) -> None:
        # Without "identity" a server may compress, and a range would count compressed bytes.
        headers = {"Accept-Encoding": "identity"}
        if before:
            headers["Range"] = f"bytes={before}-"
        with client.stream("GET", self.url, headers=headers) as response:
            self._refuse(response)
            starts = _range_start(response)
            if before and starts is None:
                log.info("%s: the server ignores ranges; starting again", self.url)
            elif starts not in {None, before}:
                raise self._start_again(f"asked for bytes from {before}, was given other ones")
            held = before if starts is not None else 0
            self.resumed = held > 0
            self._store(response, held)
        if self.size is not None and self._held() < self.size:
            raise _TransientError(f"the answer ended after {self._held():,} of {self.size:,} bytes")

    def _start_again(self, reason: str) -> Exception:
        """The error to raise when what is held is no beginning of what the server has."""
        self.part.unlink(missing_ok=True)
        self.most_held = 0
        self.restarts += 1
        if self.restarts > MOST_RESTARTS:
            return DownloadError(f"{self.url}: {reason}; what came was removed")
        return _TransientError(f"{reason}; starting again")

    def _refuse(self, response: httpx.Response) -> None:
        """Raise unless `response` brings content."""
        status = response.status_code
        told = f"the server answered {status} {response.reason_phrase}".rstrip()
        if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise self._start_again(f"{told}: the file there is shorter than it should be")
        if status in TRANSIENT_STATUSES:
            wait_s = retry_after(response.headers.get("Retry-After"))
            if wait_s is not None and wait_s > LONGEST_WAIT_S:
                raise DownloadError(
                    f"{self.url}: {told} and asks to wait {wait_s:.0f} s: run it again later"
                )
            raise _TransientError(told, wait_s)
        if status not in {httpx.codes.OK, httpx.codes.PARTIAL_CONTENT}:
            raise DownloadError(f"{self.url}: {told}: see whether the URL is still right")

    def _store(self, response: httpx.Response, held: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = self.size or (held + int(length) if length.isdigit() else None)
        progress = _Progress(self.part.name.removesuffix(".part"), held, total)
        with self.part.open("ab" if held else "wb") as file:
            for block in response.iter_bytes():
                held += len(block)
                if self.size is not None and held > self.size:
                    break
                file.write(block)
                progress.say(held)
        if self.size is not None and held > self.size:
            more = f"the server sends more than the {self.size:,} bytes that the file should have"
            raise self._start_again(more)


class _Progress:
    """Bytes and percent to the log, every tenth of the file or every ten seconds."""

    def __init__(self, name: str, held: int, total: int | None) -> None:
        self.name = name
        self.total = total
        self.said = held
        self.when = time.monotonic()

    def say(self, held: int) -> None:
        share = (held - self.said) / self.total if self.total else 0.0
        soon = share < PROGRESS_SHARE and time.monotonic() - self.when < PROGRESS_S
        if soon and held != self.total:
            return
        percent = f" of {self.total:,} bytes ({held / self.total:.0%})" if self.total else " bytes"
        log.info("%s: %s%s", self.name, f"{held:,}", percent)
        self.said = held
        self.when = time.monotonic()


def _failure(state: tenacity.RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def retry_after(header: str | None) -> float | None:
    """Seconds that a Retry-After header asks to wait (a number or a date); None without one."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None


def _range_start(response: httpx.Response) -> int | None:
    """First byte of a partial answer; None for an answer that holds the whole file."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return None
    start = response.headers.get("Content-Range", "").removeprefix("bytes").strip().split("-")[0]
    return int(start) if start.isdigit() else -1
