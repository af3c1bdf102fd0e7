import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Check, X } from "lucide-react";
import { useState } from "react";
import type { LinkedApproval } from "@/api/types";
import { CardPage, Linked } from "@/components/card-page";
import { Button, buttonClass } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { JsonView } from "@/components/ui/json-view";
import { ErrorNotice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";
import { linkedApproval, useDecideByLink } from "./api";

/** Deciding by the link of an e-mail message, without signing in. Opening the page changes nothing. */
export function LinkPage({ token }: { readonly token: string }) {
  const linked = useQuery(linkedApproval(token));
  const wayOn = (
    <Link to="/approvals" className={buttonClass("secondary", "lg")}>
      Open the approvals
    </Link>
  );
  return (
    <Linked
      query={linked}
      width="max-w-xl"
      loading={{ title: "Approval", label: "Loading the approval" }}
      title="This link is closed"
      wayOn={wayOn}
    >
      {(approval) => <Asked token={token} data={approval} />}
    </Linked>
  );
}

function Asked({ token, data }: { readonly token: string; readonly data: LinkedApproval }) {
  const title = data.kind === "node" ? `Approve ${data.tool_name}?` : `Approve the call of ${data.tool_name}?`;
  return (
    <CardPage width="max-w-xl" title={title}>
      <div className="grid gap-4 text-sm">
        {data.reason !== "" && <p>{data.reason}</p>}
        <p className="text-muted text-xs">
          {data.target_name} asks{data.person_name ? ` ${data.person_name}` : " you"}
          {data.requested_by_name ? `; started by ${data.requested_by_name}` : ""}.
          {data.expires_at !== null && data.status === "pending" && (
            <>
              {" "}
              Expires <RelativeTime at={data.expires_at} />.
            </>
          )}
        </p>
        {data.prompt && <p className="whitespace-pre-wrap break-words text-muted">{data.prompt}</p>}
        <div className="max-h-80 overflow-auto rounded-lg border border-line bg-sunken px-2 py-2">
          <JsonView value={data.arguments} />
        </div>
        {data.status !== "pending" ? (
          <p role="status" className="font-medium">
            Decided: {data.status}.
          </p>
        ) : data.my_decision !== null ? (
          <p role="status" className="font-medium">
            You have {data.my_decision} this. {data.quorum} must approve.
          </p>
        ) : (
          <Decide token={token} />
        )}
      </div>
    </CardPage>
  );
}

function Decide({ token }: { readonly token: string }) {
  const decide = useDecideByLink(token);
  const [comment, setComment] = useState("");
  const send = (decision: "approve" | "reject") =>
    decide.mutate({ decision, ...(comment.trim() === "" ? {} : { comment: comment.trim() }) });
  return (
    <div className="grid gap-3">
      <Field label="Comment (optional)">
        {(control) => (
          <Textarea
            {...control}
            rows={2}
            maxLength={2000}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <ErrorNotice error={decide.error} />
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" icon={Check} busy={decide.isPending} onClick={() => send("approve")}>
          Approve
        </Button>
        <Button icon={X} disabled={decide.isPending} onClick={() => send("reject")}>
          Reject
        </Button>
      </div>
    </div>
  );
}
