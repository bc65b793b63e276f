# Thin names for ./streamctl and the checks. Everything installs itself.
.DEFAULT_GOAL := help
.PHONY: help up down status logs synth bench lint types unit test setup
export STREAMCTL_REQUIREMENTS

help:            ## this list
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*##/\t/' | expand -t 10

up:              ## start the whole platform on this machine and show what runs
	@./streamctl up

down:            ## end everything that `up` started
	@./streamctl down

status:          ## services, jobs, checkpoints, lag, rows
	@./streamctl status

logs:            ## the last lines of every service's log
	@./streamctl logs

synth:           ## evaluate the stack (STACK=local) without the Pulumi engine
	@./streamctl synth --stack $(or $(STACK),local)

bench:           ## measure throughput, latency, start, memory and synth time
	@./streamctl bench

setup: STREAMCTL_REQUIREMENTS := requirements-dev.txt
setup:           ## install what the checks need
	@./streamctl --version

lint: setup      ## ruff: style and likely mistakes
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

types: setup     ## pyright
	@.venv/bin/pyright

unit: setup      ## tests that start no platform
	@.venv/bin/pytest -q -n 2 --dist loadfile -m "not end_to_end"

test: lint types unit ## everything, the real local platform included
	@.venv/bin/pytest -q -m end_to_end
