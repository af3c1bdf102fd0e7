"""What an exported program says beside LangGraph, as text: only what a program needs is written into it."""

from typing import Final

REDUCERS: Final[dict[str, str]] = {
    "replace": '''
def replace(_old: Any, new: Any) -> Any:
    """The later value counts."""
    return new
''',
    "append": '''
def append(old: Any, new: Any) -> Any:
    """Add to a list."""
    before = old if isinstance(old, list) else [] if old is None else [old]
    return [*before, *(new if isinstance(new, list) else [new])]
''',
    "merge": '''
def merge(old: Any, new: Any) -> Any:
    """Put two objects together; the later value of a key counts."""
    return {**old, **new} if isinstance(old, dict) and isinstance(new, dict) else new
''',
    "union": '''
def union(old: Any, new: Any) -> Any:
    """Put two lists together without what is in both."""
    found: dict[str, Any] = {}
    for each in (old, new):
        for one in [] if each is None else each if isinstance(each, list) else [each]:
            found.setdefault(json.dumps(one, sort_keys=True), one)
    return list(found.values())
''',
    "add": '''
def add(old: Any, new: Any) -> Any:
    """The sum."""
    return new if old is None else old + new
''',
    "min": '''
def lower(old: Any, new: Any) -> Any:
    """The lower value."""
    return new if old is None else min(old, new)
''',
    "max": '''
def higher(old: Any, new: Any) -> Any:
    """The higher value."""
    return new if old is None else max(old, new)
''',
}
REDUCER_NAMES: Final[dict[str, str]] = {"min": "lower", "max": "higher", "messages": "append"}

WAIT: Final = '''
def wait(until: datetime) -> str:
    """Sleep until an instant; return it."""
    instant = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds()))
    return instant.isoformat()
'''
INSIDE: Final = '''
def inside(given: Any, **more: Any) -> dict[str, Any]:
    """What the body of a map or a loop begins with: a copy of the state."""
    state = {key: given[key] for key in EMPTY if given.get(key) is not None or (key in given and EMPTY[key] is not None)}
    around = {key: given[key] for key in ("_input", "_item", "_index") if key in given}
    return {**state, **around, **more, "_flow": {}, "_visits": {}, "_errors": {}}
'''
VIEW: Final = '''
def view(given: Any) -> dict[str, Any]:
    """The state as expressions see it: what was never written is as at first."""
    return {key: given.get(key, first) for key, first in EMPTY.items()}
'''
AFTER: Final = '''
def after(state: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """The state with what a node writes."""
    return {**state, **{key: REDUCERS[key](state.get(key), value) for key, value in update.items() if key in REDUCERS}}
'''
TEXT: Final = '''
def text(value: Any) -> str:
    """A value within a text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
'''
COLLECT: Final = '''
def collect(old: Any, new: Any) -> Any:
    """Collect what the items of a map give; None empties it."""
    return [] if new is None else [*(old or []), *new]
'''
LATER: Final = '''
def later(_old: Any, new: Any) -> Any:
    """The later value counts."""
    return new
'''
FLOW: Final = '''
def merge_flow(old: Any, new: Any) -> Any:
    """Put what nodes tell about the ways behind them onto what is known."""
    known = dict(old or {})
    for name, told in new.items():
        before = known.get(name, {})
        rounds = before.get("round", {})
        if any(rounds.get(circle, 0) > count for circle, count in told.get("at", {}).items()):
            continue  # it comes late: the circle has begun another round
        kept = {key: each for key, each in before.items() if key not in told.get("drop", [])}
        known[name] = kept | {key: each for key, each in told.items() if key not in ("drop", "at")}
        later = {each: max(rounds.get(each, 0), count) for each, count in told.get("round", {}).items()}
        if rounds or later:
            known[name]["round"] = {**rounds, **later}
    return known


class Flow:
    """Says which node is next where several ways lead to one, or a way leads back.

    LangGraph alone runs such a node once for each way, or waits for ways that are never taken. Here each way is known as
    taken or not: a node waits until all ways to it are known (one of `first`: until the first is taken), and is passed over
    when none of them is taken. `bounds` are the ways that lead back, each with how often it may be taken.
    """

    def __init__(self, ways: dict[str, list[str]], bounds: dict[tuple[str, str], int], first: set[str]) -> None:
        self.ways, self.bounds, self.first = ways, bounds, first
        self.into: dict[str, list[str]] = {}
        for source, targets in ways.items():
            for target in targets:
                if (source, target) not in bounds:
                    self.into.setdefault(target, []).append(source)
        again = {target for _, target in bounds}
        self.joined = {name for name in {*self.into, *again} if len(self.into.get(name, [])) > 1 or name in again}
        self.races = {way: self._circle(*way) for way in bounds if self._has_race(*way)}

    def enter(self, name: str, given: Any) -> Any:
        """None: it is the node's turn. Else what the node returns: it waits for other ways, or is passed over."""
        if name not in self.joined:
            return None
        told, ways = given.get("_flow", {}).get(name, {}), self.into.get(name, [])
        if told.get("back"):
            return None
        if told.get("done"):
            return {}
        seen = [told[way] for way in ways if way in told]
        if any(seen) and (len(seen) == len(ways) or name in self.first):
            return None
        return self.leave(name, given, []) if len(seen) == len(ways) and not any(seen) else {}

    def begin(self, name: str) -> dict[str, Any]:
        """What a node writes whose work takes several steps: that it had its turn."""
        return {"_flow": {name: {"drop": ["back"], "done": True}}} if name in self.joined else {}

    def leave(self, name: str, given: Any, goto: list[str], update: Any = ()) -> Command:
        """Write what a node gives and go on by the ways that it takes."""
        flow: dict[str, Any] = {name: {"drop": ["back"], "done": True}} if name in self.joined else {}
        writes = list(update.items() if isinstance(update, dict) else update)
        back = next((target for target in goto if (name, target) in self.bounds), None)
        if back is not None:
            count = given.get("_visits", {}).get(f"{name} > {back}", 0) + 1
            if count > self.bounds[name, back]:
                raise RuntimeError(f"The way from {name} back to {back} was taken {self.bounds[name, back]} times.")
            circle, key = self._circle(name, back), f"{name} > {back}"
            for each in circle & self.joined:
                inside, at = [way for way in self.into.get(each, []) if way in circle], self._at(name, each, given)
                flow[each] = {"drop": [*inside, "done", "back"], **({"back": True} if each == back else {}), **at}
                if key in at.get("at", {}):
                    flow[each]["round"] = {key: at["at"][key] + 1}
            return Command(update=[*writes, ("_flow", flow), ("_visits", {f"{name} > {back}": count})], goto=back)
        entered: list[str] = []
        waiting = [(name, target, target in goto) for target in self.ways.get(name, [])]
        while waiting:
            source, target, is_taken = waiting.pop(0)
            if (source, target) in self.bounds:
                continue
            if target in self.joined:
                flow.setdefault(target, {}).update({source: is_taken, **self._at(name, target, given)})
            elif not is_taken:
                waiting += [(target, each, False) for each in self.ways.get(target, [])]
            elif at := self._at(name, target, given):
                flow[target] = {"round": at["at"]}
            if (is_taken or target in self.joined) and target not in entered:
                entered.append(target)
        return Command(update=[*writes, ("_flow", flow)], goto=entered)

    def _at(self, source: str, target: str, given: Any) -> dict[str, Any]:
        """Of which round of the circles around both nodes something is, where branches race in them."""
        rounds = given.get("_flow", {}).get(source, {}).get("round", {})
        around = [f"{one} > {other}" for (one, other), circle in self.races.items() if source in circle and target in circle]
        return {"at": {each: rounds.get(each, 0) for each in around}} if around else {}

    def _has_race(self, name: str, back: str) -> bool:
        circle = self._circle(name, back)
        return any(
            each != back and each in self.first and sum(way in circle for way in self.into.get(each, [])) > 1
            for each in circle
        )

    def _circle(self, name: str, back: str) -> set[str]:
        ahead = {each: [way for way in self.ways.get(each, []) if (each, way) not in self.bounds] for each in self.ways}
        return (_reach(ahead, back) & _reach(self.into, name)) | {name, back}


def _reach(following: dict[str, list[str]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for each in following.get(waiting.pop(), []):
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found
'''
