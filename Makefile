# Every target prepares what it needs; python3 (3.11 or later), pip and make are enough.
export UV_SYSTEM_CERTS := 1
export UV_PYTHON_DOWNLOADS := never
UV := .tools/bin/uv

.PHONY: up
up: $(UV)
	@$(UV) run --no-dev --quiet retinue up

$(UV):
	@python3 -m venv --without-pip .tools
	@python3 -m pip --python .tools/bin/python install --quiet uv
