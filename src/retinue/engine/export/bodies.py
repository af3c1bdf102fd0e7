"""The functions of maps and loops in an exported program: as the platform carries them out, step by step."""

from retinue.engine.export.names import bare, enclosed, indented
from retinue.engine.export.nodes import Gap, Setting, Ways, beginning, ending, expressions_of, seen, written
from retinue.engine.spec.workflow.nodes import ErrorRoute, LoopNode, MapNode


def functions_of_map(setting: Setting, node: MapNode, ways: Ways, body: str) -> list[str]:
    """Return a map's three functions: it sends its items, carries out the body for one, and collects what they gave."""
    name, items = setting.names[node.id], f"_items_{node.id}"
    setting.used |= {"Send", "collect", "inside", f"items:{items}"}
    if node.on_error != "fail":
        setting.gaps.append(Gap(f"{setting.path}{node.id}/on_error", "an error of the map as a whole ends the program."))
    begun = f"**{setting.flow}.begin({node.id!r}), " if setting.flow else ""
    sends = f"[Send({node.id + '.item'!r}, inside(given, _item=item, _index=index)) for index, item in enumerate(items)]"
    lines = beginning(setting, node, [node.over, *([node.when] if node.when else [])])
    lines += indented(
        [
            f"items = {bare(node.over)}",
            f"if len(items) > {node.max_items}:",
            f"    raise ValueError({f'{node.id} goes over at most {node.max_items} items.'!r})",
            f"sends = {sends}",
            f"return Command(update={{{begun}{items!r}: None}}, goto=sends or {node.id + '.end'!r})",
        ]
    )
    carried = [f"ended: dict[str, Any] = {{'result': {body}.invoke(dict(given)).get('_last')}}"]
    if node.on_item_error != "fail":
        setting.used.add("GraphBubbleUp")
        told = "{'code': type(error).__name__, 'message': str(error), 'node': " + repr(node.id) + "}"
        carried = ["try:", *indented(carried), "except GraphBubbleUp:", "    raise", "except Exception as error:"]
        carried.append(f"    ended = {{'error': {told}}}")
    lines += ["", "", f"def {name}_item(given: State) -> Any:", f'    """One item of {node.id}."""', *indented(carried)]
    lines.append(f"    return {{{items!r}: [{{'index': given['_index'], **ended}}]}}")
    lines += [
        "",
        "",
        f"def {name}_end(given: State) -> Any:",
        f'    """What the items of {node.id} gave, in their order."""',
    ]
    lines += indented(seen(setting, expressions_of(node, ways)))
    result = "each['result'] if 'result' in each else {'error': each['error']}"
    chosen = "[each['result'] for each in ended if 'result' in each]" if node.on_item_error == "skip" else None
    lines += indented([f"ended = sorted(given.get({items!r}) or [], key=lambda each: each['index'])"])
    lines += indented(_tolerated(node))
    lines += indented([f"result = {chosen or f'[{result} for each in ended]'}", *written(node)])
    return [*lines, *indented(ending(setting, node, ways))]


def _tolerated(node: MapNode) -> list[str]:
    if node.on_item_error == "fail" or node.tolerate is None:
        return []
    bounds = [] if node.tolerate.count is None else [repr(node.tolerate.count)]
    if node.tolerate.percent is not None:
        bounds.append(f"int(len(ended) * {node.tolerate.percent!r} / 100)")
    most = bounds[0] if len(bounds) == 1 else f"min({', '.join(bounds)})"
    return [
        f"if sum('error' in each for each in ended) > {most}:",
        f"    raise RuntimeError({f'Too many items of {node.id} failed.'!r})",
    ]


def functions_of_loop(setting: Setting, node: LoopNode, ways: Ways, body: str) -> list[str]:
    """Return a loop's two functions: the first begins it, the second carries out one round and enters itself again."""
    name, rounds = setting.names[node.id], f"_round_{node.id}"
    setting.used |= {"inside", "Command", "view", "after", f"rounds:{rounds}"}
    if isinstance(node.on_error, ErrorRoute) or node.on_error != "fail":
        setting.gaps.append(Gap(f"{setting.path}{node.id}/on_error", "an error of the loop as a whole ends the program."))
    begun = f"**{setting.flow}.begin({node.id!r}), " if setting.flow else ""
    lines = beginning(setting, node, [node.when] if node.when else [])
    lines.append(f"    return Command(update={{{begun}{rounds!r}: 0}}, goto={node.id + '.round'!r})")
    lines += ["", "", f"def {name}_round(given: State) -> Any:", f'    """One round of {node.id}."""']
    lines += indented(
        [line for line in seen(setting, expressions_of(node, ways)) if not line.startswith(("state =", "index ="))]
    )
    again = "[*writes, ('_written', writes)]" if setting.is_loop else "writes"
    over = [f"if index + 1 >= {node.max}:"]
    if node.on_max == "fail":
        over.append(f"    raise RuntimeError({f'{node.id} went round {node.max} times.'!r})")
    else:
        over.append("    is_over = True")
    lines += indented(
        [
            f"index = given[{rounds!r}]",
            f"done = {body}.invoke(inside(given, _index=index))",
            "writes = [(key, value) for key, value in done.get('_written') or []]",
            "state = view(given)",
            "for key, value in writes:",
            "    state = after(state, {key: value})",
            "result = done.get('_last')",
            f"is_over = bool({enclosed(node.until)[1:-1]})",
            "if not is_over:",
            *indented(over),
            "if not is_over:",
            f"    return Command(update=[*{again}, ({rounds!r}, index + 1)], goto={node.id + '.round'!r})",
            *written(node),
        ]
    )
    tail = ending(setting, node, ways)
    merged = f"[*{again}, *update.items()]"
    returned = tail[-1].replace("update=update", f"update={merged}").replace(", update)", f", {merged})")
    return [*lines, *indented([*tail[:-1], returned])]
