import { autocompletion, type CompletionContext, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  MatchDecorator,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { AgentVariable } from "@/api/types";
import { cspNonce } from "@/lib/csp-nonce";

interface Props {
  text: string;
  onChange: (text: string) => void;
  variables: readonly AgentVariable[];
  isReadOnly: boolean;
}

type Variables = Props["variables"];

const THEME = EditorView.theme({
  "&": {
    fontSize: "0.8125rem",
    borderRadius: "0.375rem",
    border: "1px solid var(--line-strong)",
    backgroundColor: "var(--surface)",
  },
  "&.cm-focused": { outline: "2px solid var(--focus)", borderColor: "var(--accent)" },
  ".cm-scroller": { fontFamily: "var(--font-sans, inherit)", lineHeight: "1.55", minHeight: "14rem", maxHeight: "60dvh" },
  ".cm-content": { padding: "0.6rem 0.15rem", color: "var(--fg)", caretColor: "var(--fg)" },
  ".cm-cursor": { borderLeftColor: "var(--fg)" },
  ".cm-placeholder": { color: "var(--faint)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--selection)",
  },
  ".cm-variable": {
    color: "var(--accent-text)",
    backgroundColor: "var(--accent-soft)",
    borderRadius: "3px",
    padding: "1px 2px",
  },
  ".cm-variable-unknown": {
    color: "var(--warning)",
    backgroundColor: "var(--warning-soft)",
    textDecoration: "underline wavy var(--warning) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    border: "1px solid var(--line)",
    borderRadius: "0.5rem",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--hover)", color: "var(--fg)" },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal", marginLeft: "0.75rem" },
});

/** Marks each {{variable}}: one look for those that exist, another for those that do not. */
function marks(variables: Variables): Extension {
  const known = new Set(variables.map((variable) => variable.name));
  const decorator = new MatchDecorator({
    regexp: /\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}/g,
    decoration: (match) =>
      known.has(match[1] ?? "")
        ? Decoration.mark({ class: "cm-variable" })
        : Decoration.mark({ class: "cm-variable-unknown", attributes: { title: "There is no variable with this name." } }),
  });
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorator.createDeco(view);
      }
      update(update: ViewUpdate) {
        this.decorations = decorator.updateDeco(update, this.decorations);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}

function completion(variables: Variables): Extension {
  const options = variables.map((variable) => ({
    label: variable.name,
    detail: variable.is_secret ? "secret" : (variable.description || variable.value || "").slice(0, 60),
    apply(view: EditorView, _: unknown, from: number, to: number) {
      const rest = view.state.sliceDoc(to, to + 2);
      const text = `${variable.name}${rest === "}}" ? "" : "}}"}`;
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + variable.name.length + 2 } });
    },
  }));
  function source(context: CompletionContext) {
    const before = context.matchBefore(/\{\{\s*[a-zA-Z0-9_]*/);
    if (!before) return null;
    const from = before.from + (/^\{\{\s*/.exec(before.text)?.[0].length ?? 2);
    return { from, options, validFor: /^[a-zA-Z0-9_]*$/ };
  }
  return autocompletion({ override: [source], icons: false });
}

/** A text editor that knows the agent's variables. Tab leaves it, as it leaves every field. */
export default function InstructionsEditor({ text, onChange, variables, isReadOnly }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const parts = useRef({ variables: new Compartment(), editable: new Compartment() });
  const latest = useRef({ text, onChange, variables, isReadOnly });
  latest.current = { text, onChange, variables, isReadOnly };

  useEffect(() => {
    if (!host.current) return;
    const { variables: part, editable } = parts.current;
    const state = EditorState.create({
      doc: latest.current.text,
      extensions: [
        EditorView.cspNonce.of(cspNonce()),
        history(),
        keymap.of([
          ...completionKeymap,
          ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
          ...historyKeymap,
        ]),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": "Instructions", spellcheck: "true" }),
        placeholder("You are… You do… Answer… Never…"),
        THEME,
        part.of([marks(latest.current.variables), completion(latest.current.variables)]),
        editable.of(EditorView.editable.of(!latest.current.isReadOnly)),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) latest.current.onChange(update.state.doc.toString());
        }),
      ],
    });
    const made = new EditorView({ state, parent: host.current });
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const shown = view.current;
    if (shown && shown.state.doc.toString() !== text) {
      shown.dispatch({ changes: { from: 0, to: shown.state.doc.length, insert: text } });
    }
  }, [text]);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.variables.reconfigure([marks(variables), completion(variables)]) });
  }, [variables]);

  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.editable.reconfigure(EditorView.editable.of(!isReadOnly)) });
  }, [isReadOnly]);

  return <div ref={host} data-testid="instructions" />;
}
