"""An existing Dask cluster computes the blocks: its scheduler is named by an address, its workers are not ours.

Dask gives the work of a worker that is lost to another one by itself. What is checked here is that there is a
scheduler and that it has workers, so that a sweep ends with a sentence and does not wait for ever.
"""

import contextlib
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any, Final

from sim.core.errors import InputError, SimError
from sim.core.installation import load_extra
from sim.sweeps.workers import RESUMABLE, GivenExecutor

_ADDRESS: Final = re.compile(r"(tcp|tls|ws|wss)://([\w.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")
_CONNECT_SECONDS: Final = 10.0
_HEARTBEAT_SECONDS: Final = 1.0
_ANSWER_SECONDS: Final = 5.0
_SILENT_SECONDS: Final = 10.0
_NO_WORKER_SECONDS: Final = 60.0
_CLOSE_SECONDS: Final = 2.0
_BLOCKS_OF_A_THREAD: Final = 2


class Cluster(GivenExecutor):
    """A Dask cluster that is connected."""

    def __init__(self, client: Any, address: str, executor: Executor) -> None:
        super().__init__(executor)
        self._client, self._address = client, address
        self._heard = self._worked = time.monotonic()
        self._checked = 0.0
        self._threads = 0

    def room(self) -> int:
        """Return how many blocks may be in hand: two for each thread of the workers that are there now."""
        self.check()
        return max(1, _BLOCKS_OF_A_THREAD * self._threads)

    def check(self) -> None:
        """Raise a `SimError` if the scheduler is gone, or has been without a worker for a minute."""
        now = time.monotonic()
        if now - self._checked < _HEARTBEAT_SECONDS:
            return
        self._checked = now
        try:
            # The list of workers is asked of the scheduler itself, so that its silence is heard.
            self._threads = sum(
                self._client.sync(self._client.scheduler.ncores, callback_timeout=_ANSWER_SECONDS).values()
            )
            self._heard = now
        except (OSError, RuntimeError, ValueError, AttributeError) as error:
            if now - self._heard > _SILENT_SECONDS or self._client.status == "closed":
                raise SimError(f"the scheduler at {self._address} is gone; {RESUMABLE}") from error
            return
        if self._threads:
            self._worked = now
        elif now - self._worked > _NO_WORKER_SECONDS:
            raise SimError(f"the scheduler at {self._address} has had no worker for a minute; {RESUMABLE}")

    @property
    def is_gone(self) -> bool:
        """Whether the scheduler gave no answer when it was asked last."""
        return self._heard < self._checked


@contextlib.contextmanager
def connect(address: str) -> Iterator[Cluster]:
    """Connect to a cluster at an address such as ``tcp://10.0.0.4:8786``, and leave it as it was."""
    parts = _ADDRESS.fullmatch(address)
    if parts is None or not 0 < int(parts["port"]) < 2**16:
        raise InputError.single("options", "--cluster", f'must be like tcp://host:8786, not "{address}"')
    kind = load_extra("distributed", "cluster", "--cluster").Client
    with _quiet():
        try:
            client = kind(address, timeout=_CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError.single("--cluster", "", f"there is no Dask scheduler at {address}") from error
        executor = client.get_executor(pure=False)
        cluster = Cluster(client, address, executor)
        try:
            yield cluster
        finally:
            if not cluster.is_gone:
                executor.shutdown(wait=False)
            client.close(timeout=_CLOSE_SECONDS)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the log of the library off stderr: what the user has to know is said in a sentence."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
