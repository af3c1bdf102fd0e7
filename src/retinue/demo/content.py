"""What the demonstration organization consists of: bodies of requests, as a person would send them.

Its agents follow scripts, so that no key is needed and nothing leaves the machine.
"""

from collections.abc import Mapping
from typing import Any

from retinue.llm.types import SCRIPTED_ID, SCRIPTED_MODEL

NAME = "Northwind (demonstration)"
SLUG = "retinue-demo"

Body = dict[str, Any]
Turns = list[Body]


def config(turns: Turns, **more: Any) -> Body:  # noqa: ANN401 - fields of the configuration
    """Write the configuration of an agent or a team that follows a script."""
    model = {"provider_id": str(SCRIPTED_ID), "name": SCRIPTED_MODEL}
    return {"model": model, "parameters": {"script": {"turns": turns}}, **more}


def answer(text: str, cost: float, *, ms: int = 40, reasoning: str | None = None) -> Body:
    """Write a turn that answers."""
    return {"text": text, "cost_usd": cost, "delay_ms": ms, **({"reasoning": reasoning} if reasoning else {})}


def call(name: str, cost: float, reasoning: str, /, ms: int = 25, **arguments: Any) -> Body:  # noqa: ANN401 - of the tool
    """Write a turn that calls a tool."""
    calls = [{"name": name, "arguments": arguments}]
    return {"reasoning": reasoning, "tool_calls": calls, "cost_usd": cost, "delay_ms": ms}


def failure(sentence: str, kind: str = "unavailable") -> Body:
    """Write a turn that fails."""
    return {"error": sentence, "error_kind": kind, "delay_ms": 30}


_TRIAGE = [
    call("current_time", 0.0009, "The customer asks when. I need the present time in their zone.", timezone="Europe/Berlin"),
    answer(
        "**Queue: orders.** The parcel left the warehouse yesterday and arrives on Thursday. I sent the tracking link.",
        0.0034,
        reasoning="It is about a delivery, so it belongs to orders. Nothing needs a person.",
    ),
]
_REFUND = [
    call(
        "calculator", 0.0011, "Three of five items are returned; the refund is their share.", expression="3 * 24.90 + 4.95"
    ),
    answer("The refund is **$79.65**: three items at $24.90 and the shipping of $4.95. It is ready for release.", 0.0042),
]
_ANALYST = [
    call(
        "calculator", 0.0062, "Growth is this quarter over the last one.", ms=60, expression="(48210 - 41730) / 41730 * 100"
    ),
    call(
        "write_artifact",
        0.0188,
        "The figures are consistent with the previous report. I write the brief.",
        ms=70,
        name="market-brief.md",
        content="# Market brief\n\nRevenue grew by 15.5 % in the quarter.\n\n| Region | Revenue | Change |\n|---|---|---|\n"
        "| North | $21,400 | +18 % |\n| South | $15,330 | +9 % |\n| Online | $11,480 | +21 % |\n",
    ),
    answer("Revenue grew by **15.5 %**. Online sales grew most. The brief is in `market-brief.md`.", 0.0231, ms=80),
]
_INCIDENT = [
    call("current_time", 0.0021, "A timeline needs the time at which I write.", timezone="UTC"),
    answer(
        "1. 09:12 UTC: error rate of the checkout rises to 4 %.\n2. 09:20 UTC: the release is rolled back.\n"
        "3. 09:24 UTC: the error rate is normal.\n\nLikely cause: a time-out that the release shortened.",
        0.0125,
        ms=60,
        reasoning="The errors begin with the release and end with its roll-back, so the release is the likely cause.",
    ),
]
_REVIEW = [
    answer(
        "Two remarks: `retry` has no upper limit, and the new branch of `parse` has no test. Everything else is fine.",
        0.0174,
        ms=75,
        reasoning="The change is small. I look at error paths first, then at what no test reaches.",
    )
]

AGENTS: tuple[Body, ...] = (
    {
        "name": "Support triage",
        "description": "Sorts messages of customers, answers what is routine, and forwards the rest.",
        "icon": "inbox",
        "category": "customer-service",
        "type": "support",
        "instructions": "You sort messages of customers of Northwind. Answer what is routine. Forward what is about money.",
        "config": config(_TRIAGE, tools=[{"name": "current_time"}]),
    },
    {
        "name": "Refund desk",
        "description": "Calculates refunds to the cent. Each release waits for a person.",
        "icon": "receipt",
        "category": "customer-service",
        "type": "support",
        "instructions": "You calculate refunds. Use the calculator for every amount. A person releases every refund.",
        "config": config(_REFUND, tools=[{"name": "calculator"}], limits={"max_steps": 12}),
    },
    {
        "name": "Market analyst",
        "description": "Writes the weekly market brief from the figures of sales.",
        "icon": "chart-line",
        "category": "marketing",
        "type": "research",
        "agent_type": "automation",
        "instructions": "You write a market brief of one page. Calculate every figure, and save the brief as Markdown.",
        "config": config(_ANALYST, tools=[{"name": "calculator"}, {"name": "write_artifact"}]),
    },
    {
        "name": "Incident timeline",
        "description": "Orders what is known about an incident by time, and names likely causes.",
        "icon": "siren",
        "category": "engineering",
        "type": "support",
        "instructions": "You write timelines of incidents in UTC. Separate what is known from what is likely.",
        "config": config(_INCIDENT, tools=[{"name": "current_time"}]),
    },
    {
        "name": "Code reviewer",
        "description": "Reviews pull requests: error paths first, then tests.",
        "icon": "git-pull-request",
        "category": "engineering",
        "type": "assistant",
        "instructions": "You review code. Name at most five things, the most important first.",
        "config": config(_REVIEW),
    },
)

FAILURES: dict[str, Turns] = {
    "Support triage": [_TRIAGE[0], failure("The model provider is overloaded.")],
    "Market analyst": [_ANALYST[0], failure("The model provider did not answer within 60 seconds.")],
    "Code reviewer": [failure("The API key of the model provider was refused.", "key")],
}
"""Scripts with which some runs of an agent fail."""

PROMPTS: dict[str, tuple[str, ...]] = {
    "Support triage": (
        "Where is my order 4711? It was due on Monday.",
        "I want to change the delivery address of order 5120.",
        "The blue jacket arrived in green. Can I send it back?",
        "Do you ship to Norway, and how long does it take?",
    ),
    "Refund desk": (
        "Refund three of the five lamps of order 4711, shipping included.",
        "Order 5044 was charged twice.",
        "The customer returns two chairs and keeps one.",
    ),
    "Market analyst": (
        "Write the brief for this week.",
        "Compare this quarter with the last one.",
        "Which region grew most?",
    ),
    "Incident timeline": ("Checkout errors this morning.", "Search was slow between 14:00 and 14:30."),
    "Code reviewer": (
        "Review #482: retry failed uploads.",
        "Review #485: parse dates of invoices.",
        "Review #490: new cache.",
    ),
}
SHARES: dict[str, int] = {
    "Support triage": 10,
    "Refund desk": 5,
    "Market analyst": 3,
    "Incident timeline": 2,
    "Code reviewer": 4,
}
"""How often each agent runs, relative to the others."""
MODELS: dict[str, str] = {
    "Support triage": "gpt-4.1-mini",
    "Refund desk": "gpt-4.1-mini",
    "Market analyst": "claude-sonnet-4-5",
    "Incident timeline": "gemini-2.5-flash",
    "Code reviewer": "claude-sonnet-4-5",
}
"""The models that the historic calls are labelled with."""


def team(agents: dict[str, str]) -> Body:
    """Write the team, whose leader asks two members."""
    tasks = (
        ("Incident timeline", "Order what is known by time."),
        ("Code reviewer", "Look at the release of this morning."),
    )
    calls = [{"name": "delegate", "arguments": {"member": name, "task": task}} for name, task in tasks]
    turns = [
        {"reasoning": "Two sides are needed: what happened, and what changed.", "tool_calls": calls, "cost_usd": 0.004},
        answer("Both point to the release: it shortened a time-out, and no test covers the retry.", 0.011),
    ]
    return {
        "name": "Incident board",
        "description": "Looks at an incident from two sides and agrees on the cause.",
        "icon": "clipboard-list",
        "type": "coordinate",
        "instructions": "Ask both members. Name the cause on which they agree.",
        "config": config(turns),
        "members": [{"agent_id": agents[name], "role": task} for name, task in tasks],
    }


def workflow(agents: dict[str, str]) -> Body:
    """Write the workflow: a message is sorted, what is about money is released by a person, and the answer is written."""
    definition = {
        "format": "retinue.workflow/1",
        "name": "Order desk",
        "description": "Sorts a message and answers it; what is about money, a person releases.",
        "input_schema": {
            "type": "object",
            "properties": {"message": {"type": "string"}, "amount": {"type": "number"}},
            "required": ["message", "amount"],
            "additionalProperties": False,
        },
        "state": {"answer": {"default": ""}},
        "nodes": [
            {"id": "desk", "name": "Above the limit?", "type": "switch", "on": "'high' if input['amount'] > 100 else 'low'"},
            {
                "id": "release",
                "name": "Release the refund",
                "type": "approval",
                "reason": "Refund ${{ input['amount'] }}: {{ input['message'] }}",
            },
            {
                "id": "write",
                "name": "Write the answer",
                "type": "agent",
                "agent": {"id": agents["Refund desk"]},
                "join": "any",
                "input": {"prompt": "{{ input['message'] }}"},
                "output": {"answer": "result['text']"},
            },
            {
                "id": "refused",
                "name": "Say it is looked at",
                "type": "transform",
                "set": {"answer": "'A colleague will write to you.'"},
            },
        ],
        "edges": [
            {"from": "START", "to": "desk"},
            {"from": "desk", "to": "release", "case": "high"},
            {"from": "desk", "to": "write", "else": True},
            {"from": "release", "to": "write", "when": "result['decision'] == 'approve'"},
            {"from": "release", "to": "refused", "else": True},
            {"from": "write", "to": "END"},
            {"from": "refused", "to": "END"},
        ],
        "output": {"answer": "state['answer']"},
    }
    return {"definition": definition}


RULES: tuple[Body, ...] = (
    {"name": "A run failed", "conditions": {"status": "error"}, "channels": {}, "severity": "warning", "group_by": "agent"},
    {
        "name": "Three failures in a row",
        "conditions": {"status": "error", "consecutive_failures": 3},
        "channels": {},
        "severity": "critical",
        "group_by": "agent",
    },
    {"name": "$100 a month", "conditions": {"budget": {"usd": 100, "period": "month", "at": [0.8, 1.0]}}, "channels": {}},
    {"name": "Run takes more than an hour", "conditions": {"run_duration": {"gt": "1h"}}, "channels": {}},
)


def budgets(agents: Mapping[str, str]) -> tuple[Body, ...]:
    """Return the bodies of the budgets: of the organization, and of the agent that costs the most."""
    return (
        {"name": "Northwind", "scope": "organization", "period": "month", "limit_usd": 20},
        {
            "name": "Market briefs",
            "scope": "agent",
            "subject_id": agents["Market analyst"],
            "period": "month",
            "limit_usd": 5,
            "at_limit": "ask",
        },
    )


VARIABLES: tuple[Body, ...] = (
    {"name": "shop", "value": "Northwind", "description": "Name of the shop."},
    {"name": "shop_url", "value": "https://shop.example.com", "description": "Where the shop is."},
)

CHATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Support triage", ("Where is my order 4711?", "And can it still be sent to the office?")),
    ("Refund desk", ("Two chairs of order 5044 come back. What is the refund?",)),
    ("Incident timeline", ("Give me the timeline of this morning.", "What is the likely cause?")),
)

ENDPOINTS: tuple[tuple[str, str], ...] = (
    ("POST", "/api/v1/runs"),
    ("GET", "/api/v1/runs/{run_id}"),
    ("GET", "/api/v1/runs"),
    ("POST", "/api/v1/conversations/{conversation_id}/messages"),
    ("GET", "/api/v1/agents"),
)
