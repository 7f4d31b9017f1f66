"""The hand-over to a cluster: workers in processes of this machine, or of a cluster elsewhere.

Nothing here is imported before it is asked for: a browser has no processes, and not everyone has
`distributed` (dask.distributed: Rocklin, "Dask: Parallel computation with blocked algorithms and
task scheduling", SciPy 2015).
"""

import contextlib
import logging
import os
import sys
import tempfile
import time

from elves.errors import InputError

ADDRESS = "ELVES_CLUSTER"  # the variable that may hold the address of a cluster's scheduler
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
MEMORY, PATIENCE = "1GiB", 30  # of a worker; seconds for it to come, or to begin with something


def why_not():
    """A sentence that says why there can be no cluster here; empty where there can be one."""
    if sys.platform == "emscripten":
        return (
            "A browser has no processes, so this end cannot run here: on your own machine, "
            "`make setup` and `make lab` bring it."
        )
    try:
        import distributed  # noqa: F401
    except ImportError:
        return (
            "This end needs dask.distributed, which is not installed here: `make setup` brings it, "
            "or pip install '.[cluster]' in the repository's folder."
        )
    return ""


def run(job, workers=2, address=None):
    """What ``job(client)`` gives, with a client of dask.distributed.

    The cluster is one of `workers` processes on this machine, which are gone afterwards whatever
    happens; or the one at `address`, or at the address in the variable ELVES_CLUSTER. Where there
    can be none, a sentence is printed, and None comes back.
    """
    if words := why_not():
        print(words)
        return None
    with cluster(workers, address or os.environ.get(ADDRESS)) as client:
        return job(client)


@contextlib.contextmanager
def cluster(workers, address):
    """A client of a cluster, while the block runs. Raises InputError if nobody answers there."""
    import dask
    from distributed import Client, LocalCluster

    if address:
        try:
            client = Client(address, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            words = f"No cluster answers at {address}: does its `dask scheduler` run?"
            raise InputError(words) from error
        with client:
            yield client
        return
    with contextlib.ExitStack() as stack:  # which closes them, the last one first
        enter = stack.enter_context
        try:
            enter(dask.config.set({"distributed.nanny.pre-spawn-environ": ONE_THREAD}))
            folder = enter(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            here = enter(LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1",
                dashboard_address=None, memory_limit=MEMORY, local_directory=folder,
                silence_logs=logging.CRITICAL,
            ))  # fmt: skip
            client = enter(Client(here, timeout=PATIENCE))
            client.wait_for_workers(workers, timeout=PATIENCE)
        except (OSError, RuntimeError) as error:
            words = "The workers' processes do not start here: is there memory left for them?"
            raise InputError(words) from error
        yield client


def kill(client):
    """Kill a worker's process in the middle of what it does (SIGKILL: it can say nothing more).

    Raises InputError for a cluster that `run` has not made itself, or if no worker is busy.
    """
    import psutil

    nannies = getattr(client.cluster, "workers", None)
    if not nannies:
        raise InputError("kill takes a cluster of this machine: others are not ours to kill.")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        busy = {address for address, running in client.call_stack().items() if running}
        for nanny in nannies.values():
            if nanny.worker_address in busy and nanny.pid:
                psutil.Process(nanny.pid).kill()
                return
        time.sleep(0.01)
    raise InputError("No worker is busy: submit a task that takes some time, then kill.")
