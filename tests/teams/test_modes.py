"""The four modes: who is asked what, who answers the user, and in which order results are told."""

from typing import Any

from tests.teams.conftest import Teams, call, delegates


def _texts(step: Any) -> list[str]:
    return [str(message["content"]) for message in step["input"]["messages"]]


async def test_coordinating_leader_delegates_and_writes_the_answer(played: Teams) -> None:
    finder = await played.scene.agent("Found three.", name="Finder")
    writer = await played.scene.agent("Written.", name="Writer")
    team = await played.team(
        delegates(("finder", "Find sources."), ("writer", "Write a draft.")), "All done.", members=[finder, writer]
    )

    run = await played.run(team)

    assert (run["status"], run["output"]) == ("completed", {"text": "All done."})
    assert run["agent_id"] is None
    children = await played.children(run["id"])
    assert [(each["target_name"], each["status"]) for each in children] == [("Finder", "completed"), ("Writer", "completed")]
    assert {each["trace_id"] for each in children} == {run["trace_id"]}
    assert [each["input"]["prompt"] for each in children] == ["Find sources.", "Write a draft."]
    told = _texts((await played.steps(run["id"], "llm_call"))[1])
    assert told == ["Finder (finder), ok:\nFound three.", "Writer (writer), ok:\nWritten."]
    steps = await played.steps(run["id"])
    assert [step["output"]["status"] for step in steps] == ["ok", "ok"]
    assert [step["output"]["child_run_id"] for step in steps] == [each["id"] for each in children]


async def test_member_sees_its_task_and_nothing_else(played: Teams) -> None:
    finder = await played.scene.agent("Found.", name="Finder")
    team = await played.team(delegates(("finder", "Look it up.")), "Done.", members=[finder])

    earlier = [{"role": "user", "content": "Secret?"}, {"role": "assistant", "content": "Quite."}]
    run = await played.run(team, input={"prompt": "Go.", "messages": earlier})

    (child,) = await played.children(run["id"])
    assert child["input"] == {"prompt": "Look it up."}


async def test_sharing_shows_members_the_conversation_and_earlier_answers(played: Teams) -> None:
    finder = await played.scene.agent("Found.", name="Finder")
    writer = await played.scene.agent("Written.", name="Writer")
    team = await played.team(
        delegates(("finder", "Find.")),
        delegates(("writer", "Write.")),
        "Done.",
        members=[finder, writer],
        config={"sharing": {"history": True, "answers": True}},
    )

    earlier = [{"role": "user", "content": "Blue?"}, {"role": "assistant", "content": "Yes."}]
    run = await played.run(team, input={"prompt": "Go.", "messages": earlier})

    first, second = await played.children(run["id"])
    assert [each["content"] for each in first["input"]["messages"]] == ["Blue?", "Yes."]
    assert second["input"]["answers"] == [{"member": "Finder", "answer": "Found."}]


async def test_unknown_member_is_told_to_the_leader_with_the_roster(played: Teams) -> None:
    finder = await played.scene.agent("Found.", name="Finder")
    team = await played.team(delegates(("nobody", "Find.")), "I answer myself.", members=[finder])

    run = await played.run(team)

    assert run["output"] == {"text": "I answer myself."}
    assert await played.children(run["id"]) == []
    told = _texts((await played.steps(run["id"], "llm_call"))[1])
    assert told == ["Error: There is no member 'nobody'. The members are: finder."]


async def test_routed_answer_is_the_members_own_and_the_leader_has_no_further_turn(played: Teams) -> None:
    bills = await played.scene.agent("Your bill is paid.", name="Bills")
    tech = await played.scene.agent("Restart it.", name="Tech")
    choice = {"text": "Let me see.", "tool_calls": [call("delegate", member="bills", confidence=0.875, reason="Money.")]}
    team = await played.team(choice, "Never said.", members=[tech, bills], type="route")

    run = await played.run(team, "Did I pay?")

    assert run["output"] == {"text": "Your bill is paid."}
    (child,) = await played.children(run["id"])
    assert (child["target_name"], child["input"]) == ("Bills", {"prompt": "Did I pay?"})
    assert len(await played.steps(run["id"], "llm_call")) == 1
    thoughts = (await played.scene.cast.anna.http.get(f"/runs/{run['id']}/thoughts")).json["items"]
    choices = [each for each in thoughts if each["node_type"] == "processing"]
    assert [(each["agent_id"], each["confidence_score"]) for each in choices] == [(None, 0.88)]
    assert choices[0]["content"] == "Chooses Bills: Money."


async def test_route_that_writes_text_is_reminded_once_and_then_fails(played: Teams) -> None:
    bills = await played.scene.agent("Paid.", name="Bills")
    stubborn = await played.team("I know it.", "I do.", members=[bills], type="route")
    late = await played.team(
        "I know it.", {"tool_calls": [call("delegate", member="bills")]}, members=[bills], type="route", name="Late"
    )

    failed, routed = await played.run(stubborn), await played.run(late)

    assert (failed["status"], failed["error"]["code"]) == ("failed", "route_missing")
    assert routed["output"] == {"text": "Paid."}


async def test_route_gives_the_member_the_teams_output_schema(played: Teams) -> None:
    schema = {"type": "object", "properties": {"paid": {"type": "boolean"}}, "required": ["paid"]}
    bills = await played.scene.agent('{"paid": true}', name="Bills")
    choice = {"tool_calls": [call("delegate", member="bills")]}
    team = await played.team(choice, members=[bills], type="route", config={"output_schema": schema})

    run = await played.run(team)

    assert run["output"] == {"paid": True}


async def test_collaborating_members_get_the_same_question_and_are_answered_in_roster_order(played: Teams) -> None:
    slow = await played.scene.agent({"text": "Slow.", "delay_ms": 300}, name="Slow")
    quick = await played.scene.agent("Quick.", name="Quick")
    team = await played.team("Both agree.", members=[slow, quick], type="broadcast")

    run = await played.run(team, "What is it?")

    assert run["output"] == {"text": "Both agree."}
    children = await played.children(run["id"])
    assert [each["input"] for each in children] == [{"prompt": "What is it?"}] * 2
    (step,) = await played.steps(run["id"], "llm_call")
    assert _texts(step)[-1].index("Slow (slow)") < _texts(step)[-1].index("Quick (quick)")


async def test_collaboration_may_begin_with_the_leaders_own_question(played: Teams) -> None:
    one, two = [await played.scene.agent("Yes.", name=name) for name in ("One", "Two")]
    asks = {"tool_calls": [call("delegate_to_all", task="Is it so?")]}
    team = await played.team(asks, "It is.", members=[one, two], type="collaborate", config={"leader_writes_task": True})

    run = await played.run(team)

    assert run["output"] == {"text": "It is."}
    assert [each["input"]["prompt"] for each in await played.children(run["id"])] == ["Is it so?"] * 2


async def test_tasks_run_when_what_they_need_is_there(played: Teams) -> None:
    finder = await played.scene.agent("Three sources.", name="Finder")
    writer = await played.scene.agent("A draft.", name="Writer")
    plan = [
        {"title": "Write", "description": "Write it.", "member": "writer", "depends_on": ["Find"]},
        {"title": "Find", "description": "Find it.", "member": "finder"},
    ]
    team = await played.team(
        {"tool_calls": [call("plan_tasks", tasks=plan)]}, "Finished.", members=[finder, writer], type="tasks"
    )

    run = await played.run(team)

    assert run["output"] == {"text": "Finished."}
    first, second = await played.children(run["id"])
    assert (first["target_name"], second["target_name"]) == ("Finder", "Writer")
    assert second["input"]["prompt"].endswith("Result of Find:\nThree sources.")


async def test_plan_that_goes_in_a_circle_is_given_back_to_the_leader(played: Teams) -> None:
    finder = await played.scene.agent("Three.", name="Finder")
    circle = [
        {"title": "A", "description": "a", "member": "finder", "depends_on": ["B"]},
        {"title": "B", "description": "b", "member": "finder", "depends_on": ["A"]},
    ]
    team = await played.team({"tool_calls": [call("plan_tasks", tasks=circle)]}, "Sorry.", members=[finder], type="tasks")

    run = await played.run(team)

    assert (run["output"], await played.children(run["id"])) == ({"text": "Sorry."}, [])


async def test_team_in_a_team_answers_as_a_member(played: Teams) -> None:
    finder = await played.scene.agent("Found.", name="Finder")
    inner = await played.team(delegates(("finder", "Find.")), "Inner agrees.", members=[finder], name="Inner")
    outer = await played.team(
        delegates(("inner", "Ask around.")), "Outer agrees.", members=[{"team_id": inner}], name="Outer"
    )

    run = await played.run(outer)

    assert run["output"] == {"text": "Outer agrees."}
    (child,) = await played.children(run["id"])
    assert (child["type"], child["output"]) == ("team", {"text": "Inner agrees."})
    (grandchild,) = await played.children(child["id"])
    assert (grandchild["target_name"], grandchild["trace_id"]) == ("Finder", run["trace_id"])


async def test_leader_that_has_used_its_rounds_must_answer(played: Teams) -> None:
    finder = await played.scene.agent("Found.", name="Finder")
    again = delegates(("finder", "Find."))
    team = await played.team(again, again, again, "Enough.", members=[finder], config={"max_rounds": 2})

    run = await played.run(team)

    assert run["output"] == {"text": "Enough."}
    assert len(await played.children(run["id"])) == 2


async def test_members_of_one_state_that_disagree_are_named_and_the_later_in_the_roster_counts(played: Teams) -> None:
    schema = {"type": "object", "properties": {"state": {"type": "object"}}, "required": ["state"]}
    one = await played.scene.agent('{"state": {"price": 1, "a": 1}}', name="One", config={"output_schema": schema})
    two = await played.scene.agent('{"state": {"price": 2, "b": 2}}', name="Two", config={"output_schema": schema})
    again = await played.scene.agent("Read.", name="Reader")
    team = await played.team(
        delegates(("one", "x"), ("two", "y")),
        delegates(("reader", "z")),
        "Done.",
        members=[one, two, again],
        config={"sharing": {"state": True}},
    )

    run = await played.run(team, input={"prompt": "Go.", "state": {"known": True}})

    assert run["status"] == "completed", run
    children = await played.children(run["id"])
    assert children[2]["input"]["state"] == {"known": True, "price": 2, "a": 1, "b": 2}
    (step,) = await played.steps(run["id"], "decision")
    assert step["output"] == [{"path": "price", "kept": "Two", "dropped": "One"}]
