"""What a class's list may say, and the sentences for what cannot be."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import hub
from classroom import limits, process, setting_up, users
from classroom.place import ClassError, Place, read_names, write_names

LISTS = {
    "ana\nbob\n": {"ana": "", "bob": ""},
    "\ufeffana Ana García\r\n\r\n# nobody\r\nbob  Bob B.  # late\r\n": {
        "ana": "Ana García", "bob": "Bob B.",
    },
    "Ana García\nJean-Luc Ó Briain\nMüller\nŁukasz Groß\n": {
        "ana-garcia": "Ana García", "jean-luc-o-briain": "Jean-Luc Ó Briain", "muller": "Müller",
        "lukasz-gross": "Łukasz Groß",
    },
}  # fmt: skip


@pytest.mark.parametrize("text", LISTS)
def test_a_list_of_names(text, tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(text, "utf-8")
    assert read_names(path) == LISTS[text]
    write_names(path, LISTS[text])
    assert read_names(path) == LISTS[text]
    assert path.stat().st_mode & 0o777 == 0o600


WRONG = {
    "": "has no names",
    "# nobody": "has no names",
    "ana\nana": "line 2: 'ana' is there twice",
    "Ana\nana": "is there twice",
    "山田太郎": "line 1: '山田太郎' has no login",
    "a" * 40: "has no login",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_list_that_cannot_be(text, tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(text, "utf-8")
    with pytest.raises(ClassError, match=WRONG[text]):
        read_names(path)


def test_a_list_that_cannot_be_read(tmp_path):
    (tmp_path / "names.txt").write_bytes("Müller".encode("latin-1"))
    with pytest.raises(ClassError, match="is no text in UTF-8"):
        read_names(tmp_path / "names.txt")
    with pytest.raises(ClassError, match="cannot be read: No such file"):
        read_names(tmp_path / "none.txt")


@pytest.mark.skipif(sys.platform != "linux", reason="Unix users are made on Linux alone")
def test_a_login_that_is_somebody_elses(tmp_path):
    place = Place(tmp_path / "elves-none")
    with pytest.raises(ClassError, match="there is a user daemon on this machine"):
        users.is_of(place, "daemon")
    assert not users.is_of(place, "nobody-of-this-name")


def test_the_folder_names_the_group():
    with pytest.raises(ClassError, match="'My class'"):
        Place(Path("/srv/My class"))


@pytest.mark.skipif(sys.platform != "linux", reason="Unix users are made on Linux alone")
def test_a_group_that_may_do_more_than_learners(tmp_path):
    with pytest.raises(ClassError, match="there is a group tty on this machine"):
        users.make(Place(tmp_path / "tty"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(setting_up, "for_all", lambda path: True)
    tmp_path.chmod(0o755)
    return Place(tmp_path / "elves-none")


def test_a_folder_that_holds_something_else(place):
    setting_up.claim(place)  # there is none yet
    setting_up.claim(place)  # it is empty
    place.list.write_text("ana")
    with pytest.raises(ClassError, match="holds something else"):
        setting_up.claim(place)
    with setting_up.locked(place):
        setting_up.claim(place)  # of the last start
    place.home.chmod(0o775)
    with pytest.raises(ClassError, match="others than root may write"):
        setting_up.claim(place)


def test_one_command_waits_for_another(place, monkeypatch):
    setting_up.claim(place)
    done, waiting = [], threading.Event()
    monkeypatch.setattr(setting_up, "say", lambda words: "waiting" in words and waiting.set())

    def second():
        with setting_up.locked(place):
            done.append("second")

    with setting_up.locked(place):
        assert place.lock.stat().st_mode & 0o777 == 0o600  # no learner can hold it
        other = threading.Thread(target=second)
        other.start()
        assert waiting.wait(60)
        done.append("first")
    other.join()
    assert done == ["first", "second"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_no_process_hides_behind_its_name(place):
    name = (
        "import ctypes; ctypes.CDLL(None).prctl(15, b'\\xff) Z\\nUid:'); print(flush=True); input()"
    )
    command = [b"\xff", "-c", name]
    with subprocess.Popen(
        command, executable=sys.executable, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as hidden:
        hidden.stdout.readline()
        assert hidden.pid in users.processes({os.getuid(): "me"})
        assert not [*process.servers(place)]
        assert users.end(lambda: {hidden.pid} & {*users.processes({os.getuid()})}) == 1


def test_an_environment_that_was_half_made_is_made_again(place, monkeypatch):
    commands = []
    monkeypatch.setattr(setting_up, "logged", lambda place, command: commands.append(command))
    for name, venvs in (("python", 1), ("pip", 0)):  # venv installs pip at its end
        path = place.env / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        (place.env / "complete").unlink(missing_ok=True)
        commands.clear()
        setting_up.environment(place)
        assert sum("venv" in command for command in commands) == venvs


def say_of(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(SystemExit) as ended:
        hub.main([*map(str, arguments)])
    return str(ended.value)


def test_who_is_not_root_hears_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(SystemExit, match="run it as root on Linux, as in sudo make"):
        hub.main(["--home", str(tmp_path / "elves"), "start"])


def test_a_key_is_part_of_a_certificate(monkeypatch, capsys, place):
    said = say_of(monkeypatch, capsys, "--home", place.home, "start", "--cert", "c.pem")
    assert "HTTPS needs both files" in said


def test_a_certificate_is_text(place):
    (place.home.parent / "key.der").write_bytes(b"\x30\x82\xff")
    with pytest.raises(ClassError, match="is no text: HTTPS needs"):
        hub.private(place, "key", place.home.parent / "key.der")


def test_a_room_needs_a_list(monkeypatch, capsys, place):
    said = say_of(monkeypatch, capsys, "--home", place.home, "start", "--room")
    assert "who may come in from the room?" in said


@pytest.mark.skipif(sys.platform != "linux", reason="Unix users are made on Linux alone")
def test_nobody_comes_in_as_who_grades(place):
    names = place.home.parent / "names.txt"
    names.write_text("ana\nElves None Grader\n")
    with pytest.raises(ClassError, match="elves-none-grader is not a learner's name"):
        hub.take_names(place, SimpleNamespace(names=names, host=process.LOCAL))
    assert not place.list.exists()  # the list of the last start stays


@pytest.mark.skipif(sys.platform != "linux", reason="mounts are looked for in /proc")
def test_what_is_mounted_in_a_class_is_not_emptied(monkeypatch, capsys, place):
    assert "/dev/shm" in hub.mounted(Path("/dev")) and not hub.mounted(Path("/dev/shm"))
    setting_up.claim(place)
    place.lock.touch()
    monkeypatch.setattr(hub, "mounted", lambda folder: [f"{folder}/homes/ana"])
    said = say_of(monkeypatch, capsys, "--home", place.home, "delete")
    assert said == f"class: {place.homes}/ana is mounted, and would be emptied: unmount it first."


def test_a_lab_that_was_not_given_out(monkeypatch, capsys, place):
    setting_up.claim(place)
    place.lock.touch()
    said = say_of(monkeypatch, capsys, "--home", place.home, "grade", "04")
    assert said.startswith("class: lab 04 was not given out: make class LABS=04 WHERE=")


def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(ClassError, match="PORT="):
            process.is_free("127.0.0.1", other.getsockname()[1])


def test_labs_by_their_numbers():
    assert hub.wanted("4,01") == ["04_the_tape", "01_best_step"]
    assert len(hub.wanted("")) == 16
    with pytest.raises(ClassError, match="there is no lab 17"):
        hub.wanted("17")
    with pytest.raises(ClassError, match="'abc' is no lab"):
        hub.wanted("abc")


def test_bounds_of_both_versions_of_cgroups():
    for version in limits.WRITTEN:
        found = {place.name: text for place, text in limits.bounds(version, "elves", "ana")}
        assert len(found) == 3 and str(limits.MEMORY) in found.values()
    assert not [*limits.bounds(0, "elves", "ana")]
    assert "setrlimit" in limits.said(0)


@pytest.mark.parametrize("command", ["stop", "grade", "results", "forget", "delete"])
def test_where_there_is_no_class(command, monkeypatch, capsys, tmp_path):
    said = say_of(monkeypatch, capsys, "--home", tmp_path / "elves", command)
    assert "there is no class" in said
