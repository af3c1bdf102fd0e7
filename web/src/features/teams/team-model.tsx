import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { TeamConfig } from "@/api/types";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

type Model = TeamConfig["model"];

interface Props {
  model: Model;
  disabled: boolean;
  onChange: (model: Model) => void;
}

const keyOf = (model: Model) => (model.provider_id || model.name ? `${model.provider_id ?? ""} ${model.name ?? ""}` : "");

/** Which model leads the team. */
export function TeamModel({ model, disabled, onChange }: Props) {
  const models = useQuery({
    queryKey: ["providers", "models"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
  });
  const items = models.data?.items ?? [];
  const isUnlisted = keyOf(model) !== "" && !items.some((each) => keyOf(each) === keyOf(model));
  function choose(key: string): void {
    const space = key.indexOf(" ");
    onChange({ provider_id: key.slice(0, Math.max(space, 0)) || null, name: key.slice(space + 1) || null });
  }
  return (
    <Field label="Model of the leader">
      {(control) => (
        <Select
          {...control}
          value={keyOf(model)}
          disabled={disabled || models.isPending}
          onChange={(event) => choose(event.target.value)}
        >
          <option value="">The organization's default</option>
          {isUnlisted && <option value={keyOf(model)}>{model.name ?? "Its provider's default"}</option>}
          {items.map((each) => (
            <option key={keyOf(each)} value={keyOf(each)}>
              {each.name} ({each.provider_name})
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
