# How `sam build` makes every layer: wheels for Lambda, whatever machine builds them, and our own code where a layer has
# some. Everything is compiled ahead, because /opt is read-only in Lambda and each cold start would compile it again;
# unchecked, because the build and not a time stamp says that a .pyc fits. Tracebacks name the files below /opt.
# Each layer's Makefile is a link to this file: `sam build` copies one layer's folder and runs make in it.
ARCHITECTURE ?= x86_64
MACHINE := $(if $(filter arm64,$(ARCHITECTURE)),aarch64,x86_64)
TARGET = $(ARTIFACTS_DIR)/python

build-%:
	mkdir -p "$(TARGET)"
	if [ -d laurels ]; then cp -R laurels "$(TARGET)"; find "$(TARGET)" -name __pycache__ -prune -exec rm -rf {} +; fi
	python3.13 -m pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: --require-hashes \
	  --platform manylinux_2_28_$(MACHINE) --platform manylinux2014_$(MACHINE) --implementation cp --python-version 3.13 \
	  --requirement requirements.txt --target "$(TARGET)"
	python3.13 -m compileall -q --invalidation-mode unchecked-hash -s "$(ARTIFACTS_DIR)" -p /opt "$(TARGET)"
