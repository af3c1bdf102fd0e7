"""The tool ledger: every call is entered before it is made, so that after a crash it is known what was under way.

A call that may be repeated (read_only, idempotent) is repeated, under the same idempotency key. A dangerous one that was
begun and has no answer, because its worker died, it timed out or its connection broke, is *unknown*: it is put to a
person and never made again by the platform itself.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import cast
from uuid import UUID

from retinue.core.json import JsonObject
from retinue.core.nesting import flattened
from retinue.engine.errors import ConnectNeededError, UnknownOutcomeError
from retinue.engine.ports import ToolDecision, ToolInvocation, ToolResult
from retinue.engine.prompt import as_text
from retinue.engine.redaction import Redactor
from retinue.engine.secrecy import clean_result
from retinue.runs.execution.journal import EntryBuffer
from retinue.runs.execution.repository import EnteredCall
from retinue.runs.execution.services import Execution, ExecutionServices

_LASTING_SECONDS = 0.1
"""A read-only call that lasts is entered while it is under way; a short one is entered with its result."""

_CUT_OFF = "The run was cut off while this call was being made. Nobody knows whether it took effect."


class ToolLedger:
    """Carries out one run's tool calls under its ledger. See ``engine.ports.ToolCaller``."""

    def __init__(self, execution: Execution, services: ExecutionServices, redactor: Redactor | None) -> None:
        """Take the execution whose calls these are, who makes them, and what takes secrets out of their results."""
        self._draft = execution.draft
        self._recorder = execution.recorder
        self._meter = execution.meter
        self._invoker = services.tools
        self._artifacts = services.artifacts
        self._clock = services.clock
        self._redactor = redactor
        self.is_dry = False
        self.earlier: Mapping[UUID, EnteredCall] = {}

    async def call(self, invocation: ToolInvocation, step_id: UUID, decision: ToolDecision | None) -> ToolResult:
        """Make a call, or return the result it already had. A call's row has the id of its step.

        In a dry run a call with outside effects is left out, and nothing is entered. Raises ``UnknownOutcomeError`` for a
        dangerous call that was begun and has no answer, ``ConnectNeededError`` for one that was not made, and
        ``FencedError`` when the run was cancelled or taken over before the call was made.
        """
        if self.is_dry and invocation.tool.effect != "read_only":
            return _left_out(invocation)
        before = self.earlier.get(step_id)
        if before is not None and before.state == "succeeded":
            return ToolResult(before.result)
        if before is not None and invocation.tool.effect == "dangerous" and before.state in {"started", "unknown"}:
            if decision is None:
                self._enter(invocation, step_id, {"state": "unknown", "attempts": before.attempts})
                raise UnknownOutcomeError(before.attempts, _CUT_OFF)
            if not decision.again:
                return self._decided(invocation, step_id, decision, before.attempts)
        return await self._make(invocation, step_id, 1 if before is None else before.attempts + 1)

    async def _make(self, invocation: ToolInvocation, step_id: UUID, attempts: int) -> ToolResult:
        began = self._clock.now().isoformat()
        begun: JsonObject = {"state": "started", "attempts": attempts, "started_at": began}
        lacking = await self._invoker.prepare(invocation)
        if lacking is not None:
            return self._not_made(invocation, step_id, lacking, begun)
        timer: asyncio.TimerHandle | None = None
        if invocation.tool.effect == "read_only":
            timer = asyncio.get_running_loop().call_later(_LASTING_SECONDS, self._enter_aside, invocation, step_id, begun)
        else:
            self._enter(invocation, step_id, begun)
            await self._draft.commit()
        try:
            result = await self._meter.measure_task(self._invoke(invocation))
        finally:
            if timer is not None:
                timer.cancel()
        if result.needs is not None:
            return self._not_made(invocation, step_id, result, begun)
        if result.is_unknown and invocation.tool.effect == "dangerous":
            reason = as_text(result.output)
            self._enter(invocation, step_id, begun | {"state": "unknown", "error_message": reason})
            raise UnknownOutcomeError(attempts, reason)
        ended: JsonObject = {"completed_at": self._clock.now().isoformat(), "result": result.output}
        if result.is_error:
            ended |= {"state": "failed", "error_message": str(result.output)}
        else:
            ended |= {"state": "succeeded"}
        self._enter(invocation, step_id, begun | ended)
        for artifact in result.artifacts:
            held = self._draft.held
            self._recorder.keep(step_id, await self._artifacts.put(held.organization_id, held.run_id, artifact))
        return result

    def _not_made(self, invocation: ToolInvocation, step_id: UUID, result: ToolResult, begun: JsonObject) -> ToolResult:
        """Enter a call that was not made as failed, so that it is made when the run goes on.

        Raises ``ConnectNeededError`` when a connection must be given first.
        """
        reason = str(result.output)
        ended: JsonObject = {"state": "failed", "error_message": reason, "completed_at": self._clock.now().isoformat()}
        self._enter(invocation, step_id, begun | ended | {"result": result.output})
        if result.needs is not None:
            raise ConnectNeededError(cast("int", begun["attempts"]), reason, result.needs)
        return result

    async def _invoke(self, invocation: ToolInvocation) -> ToolResult:
        result = await self._invoker.invoke(invocation)
        result = replace(result, output=flattened(result.output))
        return result if self._redactor is None else clean_result(self._redactor, result)

    def _decided(self, invocation: ToolInvocation, step_id: UUID, decision: ToolDecision, attempts: int) -> ToolResult:
        """End an unknown call by a person's word: it succeeded with a result, or it is left as failed."""
        now: JsonObject = {"attempts": attempts, "completed_at": self._clock.now().isoformat()}
        if decision.has_result:
            self._enter(invocation, step_id, now | {"state": "succeeded", "result": decision.result})
            return ToolResult(decision.result)
        sentence = "It is not known whether this call took effect, and a person decided not to make it again."
        self._enter(invocation, step_id, now | {"state": "failed", "error_message": sentence})
        return ToolResult(sentence, is_error=True)

    def _enter(self, invocation: ToolInvocation, step_id: UUID, state: JsonObject) -> None:
        _enter_into(self._draft, invocation, step_id, state)

    def _enter_aside(self, invocation: ToolInvocation, step_id: UUID, state: JsonObject) -> None:
        aside = EntryBuffer(self._draft.journal, self._draft.held)
        _enter_into(aside, invocation, step_id, state)
        aside.commit()


def _left_out(invocation: ToolInvocation) -> ToolResult:
    """Return what a dry run has instead of a call: what would have been called, and with what."""
    tool = invocation.tool
    told: JsonObject = {"dry_run": True, "tool": tool.name, "arguments": invocation.arguments}
    if "builtin" in tool.configuration and not tool.tool_id:  # the request of an HTTP node
        told = {"status": 200, "headers": {}, "body": None, **told}
    return ToolResult(told, logs=(("info", f"{tool.name} was not called: this is a dry run."),), is_simulated=True)


def _enter_into(draft: EntryBuffer, invocation: ToolInvocation, step_id: UUID, state: JsonObject) -> None:
    tool = invocation.tool
    row: JsonObject = {
        "id": str(step_id),
        "step_id": str(step_id),
        "call_id": invocation.call_id,
        "tool_id": tool.tool_id or None,
        "tool_name": tool.name,
        "arguments": invocation.arguments,
        "effect": tool.effect,
        "idempotency_key": invocation.idempotency_key,
    }
    draft.add("calls", {**row, **state})
