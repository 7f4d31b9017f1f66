# The doors to the workshop. Each one sets up .venv first if need be; a second call starts at once.
PYTHON ?= python3
BIN := .venv/bin
WHERE = /srv/elves
CLASS = $(PYTHON) talk/hub.py --home $(WHERE)
.DEFAULT_GOAL := help
.PHONY: help setup light lab fresh all present slides test mutants rules fuzz notebooks labs
.PHONY: site serve class class-stop class-grade class-results class-forget class-delete class-test
.PHONY: pins update-pins clean

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: python ## make .venv with the tested versions of everything that the notebooks need
	@$(PYTHON) elves/bootstrap.py setup

light: python ## the same without frameworks: notebooks 01 to 05, for conference Wi-Fi
	@$(PYTHON) elves/bootstrap.py light
	@echo "elves: ready: make lab opens it, make setup adds the frameworks"

lab: python ## open your own copy of the first notebook; the frameworks come behind it
	@$(PYTHON) elves/bootstrap.py lab

fresh: python ## a fresh copy of all notebooks (N=2: of one); what you changed is kept beside it
	@$(PYTHON) elves/bootstrap.py fresh $(N)

all: python ## the same as setup, and what tests and slides need
	@$(PYTHON) elves/bootstrap.py all

present: setup ## open the talk as live slides (MINUTES=20 or 30: a short version)
	@$(BIN)/python talk/deck.py present --minutes "$(MINUTES)"

slides: all ## make the live deck, the offline deck, the handout and the script in slides/
	$(BIN)/python talk/deck.py build --minutes "$(MINUTES)"

notebooks: all ## run every notebook and store its outputs
	$(BIN)/python talk/deck.py run

labs: all ## make the notebooks of the labs from their sources, N=04 of one
	$(BIN)/python talk/labs.py build $(N)

site: python ## make the site: talk, course and elves in the browser, without an install
	@$(PYTHON) elves/bootstrap.py site
	@$(BIN)/python talk/web.py build

serve: python ## show the site here (ROOM=1: to this room's network, with a QR code)
	@$(PYTHON) elves/bootstrap.py site
	@$(BIN)/python talk/web.py serve $(if $(ROOM),--room)

class: python ## a hub for a class on this machine (NAMES=names.txt ROOM=1 CERT= KEY= PORT= LABS= WHERE=)
	@$(CLASS) start --names "$(NAMES)" --labs "$(LABS)" $(if $(ROOM),--room) \
	    $(if $(CERT),--cert $(CERT)) $(if $(KEY),--key $(KEY)) $(if $(PORT),--port "$(PORT)")

class-stop: python ## end all of the class's processes; homes and the gradebook stay
	@$(CLASS) stop

class-grade: python ## collect and grade a lab (LAB=04), with feedback and a table of points
	@$(CLASS) grade "$(LAB)"

class-results: python ## who is where, and which mistakes came how often
	@$(CLASS) results

class-forget: python ## let a learner choose a new password (NAME=ana)
	@$(CLASS) forget "$(NAME)"

class-delete: python ## delete the class's users, homes and gradebook, after a question
	@$(CLASS) delete

class-test: all ## thirty simulated learners in a class of their own, from login to grades
	$(BIN)/python -m pytest -p no:xdist -s tests/test_class.py --learners 30

test: python ## set everything up, and run all the tests
	@$(PYTHON) elves/bootstrap.py test

mutants: all ## corrupt every row of the table in every way; the oracle must notice
	$(BIN)/python -m pytest -n 2 tests/test_mutants.py --all-mutants

rules: all ## write talk/rules.md: how each row of the table is known to be right
	$(BIN)/python tests/proof.py > talk/rules.md

fuzz: all ## programs drawn from the table until something differs (MINUTES=10 SEED=0)
	$(BIN)/python tests/fuzz.py $(or $(MINUTES),10) $(or $(SEED),0)

pins: all ## resolve the pins for every Python and system promised, and print a table
	$(BIN)/python talk/pins.py check

update-pins: all ## take the newest versions that work for all of these
	$(BIN)/python talk/pins.py update

clean: ## remove .venv and what tests leave behind
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis

.PHONY: python
python:
	@$(PYTHON) -c "" 2>/dev/null || { echo "elves: $(PYTHON) does not run here: install Python 3.11 to 3.14, or name it, as in make lab PYTHON=python3.13" >&2; exit 1; }
