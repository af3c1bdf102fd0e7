import { useQuery } from "@tanstack/react-query";
import { Notice } from "@/components/ui/notice";
import { standingQuery } from "./api";

/** Says that alerts themselves do not work; nothing as long as they do. */
export function StandingNotice() {
  const { data } = useQuery(standingQuery);
  if (data === undefined) return null;
  const { failed_channels: failed, unreachable_rules: unreachable } = data;
  return (
    <>
      {data.is_late && (
        <Notice tone="danger">Alert rules are not evaluated at the moment. Ask the operator whether a worker runs.</Notice>
      )}
      {unreachable.length > 0 && (
        <Notice tone="danger">
          Nobody outside the console is notified about critical rules, because their channels are disabled:{" "}
          {unreachable.map((each) => each.name).join(", ")}.
        </Notice>
      )}
      {failed.length > 0 && (
        <Notice tone="warning">
          Disabled after errors: {failed.map((each) => each.name).join(", ")}. Repair and enable them under Channels.
        </Notice>
      )}
    </>
  );
}
