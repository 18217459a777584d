# Everything works on a fresh machine from a fresh clone: each target sets up what it needs, once.
#
# On Linux with an NVIDIA-less machine, PyPI's torch brings gigabytes of CUDA libraries that are never used.
# Give pip PyTorch's own CPU wheel index (pytorch.org, "Get started", CPU) to avoid them:
#   make demo TORCH_ARGS="--index-url <that index>"
PYTHON ?= python3
TORCH_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
SMARTSEAT_HOME ?= $(CURDIR)/var
export SMARTSEAT_HOME

.PHONY: demo test check simulate faults install models clean-home help

help:
	@echo "make demo      一通完整的有声投诉电话（第一次会安装依赖、取模型）"
	@echo "make test      全部测试"
	@echo "make check     风格、类型、房间边界和快的测试（一分钟内）"
	@echo "make faults    一分钟不说话、一分钟噪声、说个不停的来电（几分钟）"
	@echo "make simulate  12 位模拟来电人逐个打进来"

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 以上（现在是 $$($(PYTHON) --version)）。请安装后再来，或写：make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "建不了虚拟环境。Debian/Ubuntu 请先：apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet $(TORCH_ARGS) torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable '.[dev,spare-voice]'
	@touch $@

install: $(VENV)/.installed

models: install
	$(BIN)/smartseat models fetch

demo: models
	$(BIN)/smartseat call --persona qa/personas/demo.yaml

simulate: models
	$(BIN)/smartseat simulate qa/personas

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/smartseat dialogs check
	$(BIN)/pytest -m "not models and not spoken and not minutes"

test: models check
	$(BIN)/pytest -m "models or spoken"

faults: models
	$(BIN)/pytest -m minutes

clean-home:
	rm -rf $(SMARTSEAT_HOME)/recordings $(SMARTSEAT_HOME)/seat.db* $(SMARTSEAT_HOME)/journal $(SMARTSEAT_HOME)/audit
