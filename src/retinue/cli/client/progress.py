"""A run as it is told at the terminal: what happens on standard error, the text itself on standard output."""

import json
import sys
from typing import Any

from retinue.cli.client.connection import Sent
from retinue.cli.client.errors import CANCELLED, COMPLETED, FAILED, WAITING
from retinue.cli.client.format import duration_text
from retinue.cli.client.output import harmless, print_text

_CODES = {"completed": COMPLETED, "failed": FAILED, "cancelled": CANCELLED, "waiting": WAITING}
_SHOWN_ARGUMENTS = 200


def code_of(status: str) -> int:
    """Return the exit code that goes with how a run stands."""
    return _CODES.get(status, FAILED)


def text_of(output: Any) -> str:
    """Return a run's output as text: its text, or the object of an agent with an output schema as JSON."""
    if isinstance(output, dict) and isinstance(output.get("text"), str) and len(output) == 1:  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - foreign JSON
        return str(output["text"])  # pyright: ignore[reportUnknownArgumentType] - as above
    if output is None or isinstance(output, str):
        return output or ""
    return json.dumps(output, ensure_ascii=False, indent=2)


class Teller:
    """Tells a run's events as they come. ``is_live``: the model's text is written to standard output while it is made."""

    def __init__(self, *, is_live: bool, is_quiet: bool) -> None:
        """Begin with nothing told."""
        self._is_live = is_live
        self._is_quiet = is_quiet
        self._step: str | None = None
        self._text = ""
        self._shown = ""

    def take(self, sent: Sent) -> None:
        """Tell one event."""
        if sent.event == "token":
            self._take_token(sent.data)
            return
        if sent.event == "lost":
            self.say("! Connection lost. Reconnecting.")
            return
        if sent.id is None:
            return
        line = _line_of(sent.event, sent.data["data"])
        if line:
            self.say(line)

    def say(self, line: str) -> None:
        """Write a line to standard error."""
        if self._is_quiet:
            return
        self._break_text()
        print(harmless(line), file=sys.stderr, flush=True)

    def result(self, output: Any) -> None:
        """Write the run's result to standard output, unless it stands there already."""
        text = text_of(output)
        self._break_text()
        if text and text != self._shown:
            print_text(text)

    def _take_token(self, data: dict[str, Any]) -> None:
        if not self._is_live:
            return
        if data["step_id"] != self._step or data["index"] == 0:
            self._break_text()
            self._step, self._text = data["step_id"], ""
        self._text += data["text"]
        sys.stdout.write(harmless(data["text"]))
        sys.stdout.flush()

    def _break_text(self) -> None:
        if self._is_live and self._text:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._shown, self._text = self._text, ""


def _line_of(event: str, data: dict[str, Any]) -> str | None:
    if event == "step.completed":
        return _step_line(data)
    if event == "step.started" and data.get("child_run_id"):
        return f"→ {data.get('step_name')} begins (run {data.get('child_run_id')})"
    if event == "approval.requested":
        arguments = str(data.get("arguments"))[:_SHOWN_ARGUMENTS]
        return f"? {data.get('tool_name')} waits for approval: {arguments}"
    if event == "log" and data.get("level") in ("warning", "error"):
        return f"! {data.get('message')}"
    if event == "artifact":
        return f"+ file {data.get('name')} ({data.get('size')} bytes): {data.get('url')}"
    return {"run.started": "· started", "run.resumed": "· goes on", "run.cancelled": "· cancelled"}.get(event)


def _step_line(data: dict[str, Any]) -> str | None:
    if data.get("step_type") not in ("llm_call", "tool", "member"):
        return None
    facts = [duration_text(data["duration_ms"])] if data.get("duration_ms") is not None else []
    usage: dict[str, Any] = data.get("usage") or {}
    if usage.get("output_tokens") is not None:
        facts.append(f"{usage['output_tokens']} tokens")
    mark = "✓" if data.get("status") == "completed" else "✗"
    error = f": {data['error_message']}" if data.get("error_message") else ""
    return f"{mark} {data.get('step_name')} ({', '.join(facts)}){error}"
