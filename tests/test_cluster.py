"""The end of lab 15: a real cluster of processes, one of which is killed."""

import os
import subprocess
import sys
import time

import psutil
import pytest

from elves.course.cluster import local
from elves.errors import InputError

pytestmark = pytest.mark.timeout(120)
needs = pytest.mark.skipif(bool(local.why_not()), reason=local.why_not() or "it is here")


def children():
    """Processes that this one has started, without the one by which Python keeps books."""
    own = psutil.Process().children(recursive=True)
    return {p for p in own if not any("resource_tracker" in word for word in p.cmdline())}


@pytest.fixture
def nothing_is_left():
    before = children()
    yield
    assert children() <= before


def loads(folder, part):
    """A shard, and a line in the folder for each time that it is made."""
    (folder / f"{part}-{os.getpid()}-{time.monotonic_ns()}").touch()
    return 10 * part


def slowly(shard, folder):
    (folder / f"begun-{os.getpid()}-{shard}").touch()
    time.sleep(1)
    return shard + 1, os.environ["OMP_NUM_THREADS"], os.getpid()


@needs
def test_a_worker_that_is_killed_loses_nothing(tmp_path, nothing_is_left):
    def job(client):
        held = [client.submit(loads, tmp_path, part) for part in (1, 2)]
        assert client.gather(held) == [10, 20]
        pids = set(client.run(os.getpid).values())
        found = [client.submit(slowly, shard, tmp_path) for shard in held]
        while len(list(tmp_path.glob("begun-*"))) < 2:  # in the middle of it
            time.sleep(0.01)
        local.kill(client)
        return client.gather(found), pids

    found, pids = local.run(job)
    assert [value for value, *_ in found] == [11, 21]
    assert {threads for _, threads, _ in found} == {"1"}
    assert len(pids) == 2 and os.getpid() not in pids
    assert len(list(tmp_path.glob("[12]-*"))) >= 3, "its shard was loaded once more"
    assert len(list(tmp_path.glob("begun-*"))) >= 3, "and its part found once more"


@needs
def test_nothing_is_left_after_an_exception(nothing_is_left):
    with pytest.raises(ZeroDivisionError):
        local.run(lambda client: client.submit(lambda x: 1 / x, 0).result(), workers=1)


@needs
def test_another_cluster_is_used_by_its_address_and_not_killed(monkeypatch, nothing_is_left):
    def outer(client):
        monkeypatch.setenv(local.ADDRESS, client.scheduler.address)
        return local.run(inner)

    def inner(client):
        with pytest.raises(InputError, match="others are not ours to kill"):
            local.kill(client)
        return client.submit(sum, [1, 2]).result()

    assert local.run(outer, workers=1) == 3


@needs
def test_where_nobody_answers_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(local, "PATIENCE", 1)
    with pytest.raises(InputError, match=r"No cluster answers at tcp://127\.0\.0\.1:9: does"):
        local.run(lambda client: None, address="tcp://127.0.0.1:9")


def test_where_there_can_be_none_a_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert local.run(lambda client: 1 / 0) is None
    assert "`make setup` brings it, or pip install '.[cluster]'" in capsys.readouterr().out
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert local.run(lambda client: 1 / 0) is None
    assert "A browser has no processes" in capsys.readouterr().out


def test_the_lab_does_not_import_it():
    words = "import sys; import elves.course.cluster.local; sys.exit('distributed' in sys.modules)"
    subprocess.run([sys.executable, "-c", words], check=True)


@needs
def test_who_has_nothing_to_do_is_not_killed(monkeypatch, nothing_is_left):
    def idle(client):
        monkeypatch.setattr(local, "PATIENCE", 0.3)
        local.kill(client)

    with pytest.raises(InputError, match="No worker is busy: submit a task"):
        local.run(idle, workers=1)
