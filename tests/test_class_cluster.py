"""A class on Kubernetes: what can be held without a cluster, from the image to the arithmetic."""

import re
import shutil
import subprocess
import sys
import tomllib
from math import ceil, floor
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator
from packaging.specifiers import SpecifierSet

import pins
from test_talk_texts import unknown

ROOT = Path(__file__).resolve().parent.parent
CLASSROOM = ROOT / "talk" / "classroom"
PAGE = (CLASSROOM / "cluster.md").read_text("utf-8")
IMAGE = (CLASSROOM / "Containerfile").read_text("utf-8")
TEXT = (CLASSROOM / "values.yaml").read_text("utf-8")
VALUES = yaml.safe_load(TEXT)
NEWEST = pins.Target("3.14.1", "Linux x86-64")


SCHEMA = ROOT / "tests" / "chart_keys.yaml"


def complaints(text):
    """What is wrong with values."""
    schema = yaml.safe_load(SCHEMA.read_text("utf-8"))
    found = Draft7Validator(schema).iter_errors(yaml.safe_load(text))
    return [error.message for error in found]


def test_the_values_keep_to_the_keys_of_the_chart():
    assert complaints(TEXT) == []
    command = [sys.executable, "-m", "check_jsonschema"]
    for words in (
        ["--check-metaschema", SCHEMA],
        ["--schemafile", SCHEMA, CLASSROOM / "values.yaml"],
    ):
        done = subprocess.run([*command, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("guarantee: 448M", "garantee: 448M"),
        ("timeout: 3600", "timeout: an hour"),
        ("type: dynamic", "type: disk"),
        ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true"),
        ("      privateIPs: false", "      privateIPs: true"),
        ("create_users: false", "create_users: true"),
        ("allowed_users: []", "allow_all: true"),
    ],
)
def test_a_value_that_is_wrong_is_seen(was, is_now):
    assert TEXT.count(was) == 1
    assert len(complaints(TEXT.replace(was, is_now))) == 1


def test_hub_and_server_have_one_version_and_it_is_that_of_the_chart():
    told = r"chart (\S+) of Zero to JupyterHub, which has JupyterHub (\d\S+)\."
    [(chart, hub)] = re.findall(told, TEXT)
    assert re.findall(r"^ARG JUPYTERHUB=(\S+)$", IMAGE, re.M) == [hub]
    assert re.findall(r"--version=(\S+)", PAGE) == [chart]
    assert f"chart {chart} has [JupyterHub {hub}]" in PAGE
    assert f"chart {chart}" in (ROOT / "tests" / "chart_keys.yaml").read_text("utf-8")


def test_the_image_is_made_of_the_pins():
    """All but JupyterHub itself, whose line `sed` finds once."""
    text = (ROOT / "elves" / "constraints.txt").read_text("utf-8")
    [(was, new)] = re.findall(r"s/(\^jupyterhub==\.\*)/jupyterhub==\$(JUPYTERHUB)/", IMAGE)
    assert len(re.findall(was, text, re.M)) == 1 and new == "JUPYTERHUB"
    assert '--constraint elves/constraints.txt ".[light,class]"' in IMAGE
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [python] = re.findall(r"^ARG BASE=\S+/python:([\d.]+)-slim$", IMAGE, re.M)
    assert f"{python}.0" in SpecifierSet(project["requires-python"])
    there = pins.pinned(text, NEWEST)
    assert set(project["optional-dependencies"]["class"]) <= set(there)
    for line in re.findall(r"^COPY (.*)", IMAGE, re.M):
        assert all((ROOT / name).exists() for name in line.split()[:-1])
    copied = " ".join(re.findall(r"^COPY (.*) \S+$", IMAGE, re.M)).split()
    assert {project["readme"], *project["license-files"], "elves", "notebooks"} <= set(copied)


def test_image_and_values_agree_on_who_runs_it_and_where():
    learner, home = VALUES["singleuser"], VALUES["singleuser"]["storage"]["homeMountPath"]
    assert f"USER {learner['uid']}\n" in IMAGE and f"--uid {learner['uid']} " in IMAGE
    assert f"WORKDIR {home}\n" in IMAGE and home == "/home/jovyan" and " jovyan\n" in IMAGE
    assert f"ENV ELVES_COURSE={learner['extraEnv']['ELVES_COURSE']}\n" in IMAGE
    assert learner["extraEnv"]["ELVES_COURSE"] == f"{home}/labs"
    assert IMAGE.endswith('CMD ["jupyterhub-singleuser"]\n')
    name, tag = learner["image"]["name"], learner["image"]["tag"]
    assert PAGE.count(f"{name}:{tag}") == 2
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert tag == project["version"]


@pytest.mark.skipif(shutil.which("awk") is None, reason="the page's line is for a Unix shell")
def test_a_list_of_names_becomes_the_list_of_who_may_come(tmp_path):
    [line] = re.findall(r"^(awk .*) names\.txt > names\.yaml$", PAGE, re.M)
    (tmp_path / "names.txt").write_text("ada Ada Lovelace\n\nno\n0123\n")
    done = subprocess.run(f"{line} names.txt", shell=True, cwd=tmp_path, capture_output=True)
    assert complaints(done.stdout) == []
    names = yaml.safe_load(done.stdout)["hub"]["config"]["Authenticator"]["allowed_users"]
    assert names == ["ada", "no", "0123"]


def rows(first):
    """The rows of the page's table that begins so."""
    table = re.search(rf"^\| {first} .*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)[1]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]


def test_the_machines_for_a_thousand_follow_from_what_was_measured():
    server, usual, largest, both = (int(mb) for _, mb in rows("what"))
    learner = VALUES["singleuser"]
    guarantee = int(learner["memory"]["guarantee"].removesuffix("M"))
    assert usual < largest and both == server + largest <= guarantee
    assert f"guaranteed {guarantee} MB and stopped at {learner['memory']['limit'][0]} GB" in PAGE
    assert f"a guarantee of {learner['cpu']['guarantee']} and a limit of 1" in PAGE
    assert len(rows("machines")) == 3
    for what, *told, each, machines in rows("machines"):
        processors, memory = (
            int(n) for n in re.match(r"(\d+) processors, (\d+) GB", what).groups()
        )
        fit = [
            floor(0.9 * memory * 1024 / guarantee),
            floor((processors - 0.5) / learner["cpu"]["guarantee"]),
            110 - 20,
            25 if "a disk for each" in what else None,
        ]
        assert told == ["-" if n is None else str(n) for n in fit]
        assert int(each) == min(n for n in fit if n is not None)
        assert int(machines) == ceil(1000 / int(each))
    waves = ceil(1000 / VALUES["hub"]["concurrentSpawnLimit"])
    assert f"in {waves} waves" in PAGE and VALUES["hub"]["activeServerLimit"] >= 1000


def test_both_say_that_no_cluster_has_seen_them():
    assert "**None of this has been run on a cluster.**" in PAGE
    assert "NOT been run on a cluster" in TEXT


def test_the_page_is_spelled_and_linked():
    assert unknown(PAGE) == set(), "correct the words, or add them to talk/words.txt"
    for link in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert link.startswith("https://") or (CLASSROOM / link).exists(), link
