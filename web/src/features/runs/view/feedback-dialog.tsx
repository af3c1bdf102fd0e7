import { useQuery } from "@tanstack/react-query";
import { ThumbsDown, ThumbsUp } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useSession } from "@/api/session";
import type { FeedbackValue, RunFeedback } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Pill } from "@/components/ui/pill";
import { RelativeTime } from "@/components/ui/time";
import { runFeedback, useGiveFeedback } from "../api";

interface Props {
  readonly runId: string;
  readonly canGive: boolean;
  /** What the reader has just pressed. */
  readonly chosen: FeedbackValue | undefined;
  readonly onClose: () => void;
}

const WORDS: Record<FeedbackValue, string> = { up: "Good answer", down: "Bad answer" };
const COMMENT_LENGTH = 2000;

/** All feedback on a run: who gave it and why; and the reader's own, to be changed or deleted. */
export function FeedbackDialog({ runId, canGive, chosen, onClose }: Props) {
  const feedback = useQuery(runFeedback(runId));
  const me = useSession().user.id;
  return (
    <Dialog open onOpenChange={onClose} size="sm" title="Feedback">
      <Loaded query={feedback}>
        {(items) => {
          const mine = items.find((one) => one.user_id === me);
          const others = items.filter((one) => one.user_id !== me);
          return (
            <div className="flex flex-col gap-4">
              {canGive && <OwnFeedback runId={runId} given={mine} chosen={chosen} onDone={onClose} />}
              {others.length > 0 && <Others feedback={others} />}
            </div>
          );
        }}
      </Loaded>
    </Dialog>
  );
}

interface OwnProps {
  readonly runId: string;
  readonly given: RunFeedback | undefined;
  readonly chosen: FeedbackValue | undefined;
  readonly onDone: () => void;
}

function OwnFeedback({ runId, given, chosen, onDone }: OwnProps) {
  const give = useGiveFeedback(runId);
  const [value, setValue] = useState<FeedbackValue>(chosen ?? given?.value ?? "up");
  const [comment, setComment] = useState(given?.comment ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    give.mutate({ value, comment: comment.trim() }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <fieldset className="flex gap-2">
        <legend className="mb-1 font-medium text-fg text-xs">Your feedback</legend>
        {(["up", "down"] as const).map((each) => (
          <Pill key={each} pressed={value === each} onClick={() => setValue(each)}>
            {each === "up" ? <ThumbsUp aria-hidden className="size-3.5" /> : <ThumbsDown aria-hidden className="size-3.5" />}
            {WORDS[each]}
          </Pill>
        ))}
      </fieldset>
      <Field label="Comment" hint="Members who can see the run can read it.">
        {(control) => (
          <Textarea
            {...control}
            rows={3}
            maxLength={COMMENT_LENGTH}
            value={comment}
            onChange={(event) => setComment(event.target.value)}
          />
        )}
      </Field>
      <ErrorNotice error={give.error} />
      <div className="flex flex-wrap justify-end gap-2">
        {given && (
          <Button
            variant="danger-ghost"
            className="mr-auto"
            disabled={give.isPending}
            onClick={() => give.mutate(null, { onSuccess: onDone })}
          >
            Delete feedback
          </Button>
        )}
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" variant="primary" busy={give.isPending}>
          Save feedback
        </Button>
      </div>
    </form>
  );
}

function Others({ feedback }: { readonly feedback: readonly RunFeedback[] }) {
  return (
    <section aria-labelledby="others-feedback">
      <h3 id="others-feedback" className="mb-1.5 font-medium text-fg text-xs">
        From other members
      </h3>
      <ul className="flex flex-col divide-y divide-line rounded-lg border border-line">
        {feedback.map((one) => (
          <li key={one.user_id} className="flex flex-col gap-1 px-3 py-2 text-sm">
            <p className="flex flex-wrap items-center gap-2">
              <span className="min-w-0 truncate font-medium">{one.user_name ?? "A former member"}</span>
              <Badge tone={one.value === "up" ? "success" : "danger"} icon={one.value === "up" ? ThumbsUp : ThumbsDown}>
                {WORDS[one.value]}
              </Badge>
              <RelativeTime at={one.updated_at} className="ml-auto text-faint text-xs" />
            </p>
            {one.comment !== "" && <p className="whitespace-pre-wrap break-words text-muted">{one.comment}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
