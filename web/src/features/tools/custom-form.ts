/** A tool of type custom as it is typed, and the tool the API takes of it. */
import type { NewTool, Tool } from "@/api/types";

export interface CustomForm {
  readonly name: string;
  readonly description: string;
  readonly source: "code" | "function";
  readonly code: string;
  readonly function: string;
  readonly seconds: string;
}

const EXAMPLE = `def main(net: float, rate: float = 0.19) -> float:
    """Add value added tax to a net amount.

    Args:
        net: The net amount.
        rate: The tax rate, 0.19 for 19 %.
    """
    return round(net * (1 + rate), 2)
`;

export function customFormOf(tool: Tool | null): CustomForm {
  const { code, function: name, seconds } = tool?.configuration ?? {};
  return {
    name: tool?.name ?? "",
    description: tool?.description ?? "",
    source: typeof name === "string" ? "function" : "code",
    code: typeof code === "string" ? code : EXAMPLE,
    function: typeof name === "string" ? name : "",
    seconds: typeof seconds === "number" ? String(seconds) : "",
  };
}

export function isComplete(form: CustomForm): boolean {
  return form.name.trim() !== "" && (form.source === "code" ? form.code.trim() !== "" : form.function !== "");
}

/** Schema and effect are left to the function. */
export function customToolOf(form: CustomForm): NewTool {
  const code = { code: form.code, ...(form.seconds.trim() === "" ? {} : { seconds: Number(form.seconds) }) };
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    tool_type: "custom",
    configuration: form.source === "code" ? code : { function: form.function },
    parameters_schema: null,
    effect: null,
  };
}
