import {
  Ban,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  Hand,
  LoaderCircle,
  type LucideIcon,
  Wifi,
  WifiOff,
} from "lucide-react";
import { Badge, type Tone } from "./badge";

interface Look {
  word: string;
  tone: Tone;
  icon: LucideIcon;
  isMoving?: boolean;
}

/** Status is always icon, word and colour together. One table for runs, steps, agents, presence and approvals: the words do not clash. */
const LOOKS: Record<string, Look> = {
  pending: { word: "Pending", tone: "neutral", icon: Clock },
  running: { word: "Running", tone: "info", icon: LoaderCircle, isMoving: true },
  streaming: { word: "Answering", tone: "info", icon: LoaderCircle, isMoving: true },
  waiting: { word: "Waiting", tone: "warning", icon: Hand },
  completed: { word: "Completed", tone: "success", icon: CircleCheck },
  complete: { word: "Complete", tone: "success", icon: CircleCheck },
  failed: { word: "Failed", tone: "danger", icon: CircleX },
  cancelled: { word: "Cancelled", tone: "neutral", icon: Ban },
  interrupted: { word: "Interrupted", tone: "warning", icon: CirclePause },
  inactive: { word: "Inactive", tone: "neutral", icon: CircleDashed },
  active: { word: "Active", tone: "success", icon: CircleCheck },
  paused: { word: "Paused", tone: "warning", icon: CirclePause },
  error: { word: "Error", tone: "danger", icon: CircleAlert },
  online: { word: "Online", tone: "success", icon: Wifi },
  offline: { word: "Offline", tone: "neutral", icon: WifiOff },
  approved: { word: "Approved", tone: "success", icon: CircleCheck },
  answered: { word: "Answered", tone: "success", icon: CircleCheck },
  rejected: { word: "Rejected", tone: "danger", icon: CircleX },
  expired: { word: "Expired", tone: "neutral", icon: Clock },
  succeeded: { word: "Succeeded", tone: "success", icon: CircleCheck },
  unknown: { word: "Outcome unknown", tone: "warning", icon: CircleAlert },
  queued: { word: "Queued", tone: "neutral", icon: Clock },
  skipped: { word: "Skipped", tone: "neutral", icon: Ban },
  missed: { word: "Missed", tone: "warning", icon: CircleAlert },
  finished: { word: "Finished", tone: "neutral", icon: CircleCheck },
  planned: { word: "Planned", tone: "neutral", icon: CircleDashed },
  deploying: { word: "Deploying", tone: "info", icon: LoaderCircle, isMoving: true },
  deployed: { word: "Deployed", tone: "success", icon: CircleCheck },
  stopped: { word: "Stopped", tone: "neutral", icon: Ban },
  passed: { word: "Passed", tone: "success", icon: CircleCheck },
  open: { word: "Firing", tone: "danger", icon: CircleAlert },
  firing: { word: "Firing", tone: "danger", icon: CircleAlert },
  acknowledged: { word: "Acknowledged", tone: "warning", icon: Hand },
  resolved: { word: "Resolved", tone: "success", icon: CircleCheck },
  recovering: { word: "Recovering", tone: "warning", icon: Clock },
  ok: { word: "OK", tone: "success", icon: CircleCheck },
  no_data: { word: "No data", tone: "neutral", icon: CircleDashed },
  unsubscribed: { word: "Unsubscribed", tone: "warning", icon: Ban },
  unverified: { word: "Unverified", tone: "warning", icon: Clock },
  disabled: { word: "Disabled", tone: "neutral", icon: CirclePause },
  sending: { word: "Sending", tone: "info", icon: LoaderCircle, isMoving: true },
  sent: { word: "Sent", tone: "success", icon: CircleCheck },
  dead: { word: "Failed", tone: "danger", icon: CircleX },
  suppressed: { word: "Not sent", tone: "neutral", icon: Ban },
  started: { word: "Started", tone: "info", icon: LoaderCircle, isMoving: true },
};

export function statusLook(status: string): Look {
  return LOOKS[status] ?? { word: status, tone: "neutral", icon: CircleDashed };
}

export function StatusBadge({ status, className }: { status: string; className?: string }) {
  const look = statusLook(status);
  return (
    <Badge tone={look.tone} icon={look.icon} isMoving={look.isMoving ?? false} {...(className ? { className } : {})}>
      {look.word}
    </Badge>
  );
}

const TEXT: Record<Tone, string> = {
  neutral: "text-faint",
  accent: "text-accent-text",
  success: "text-success",
  warning: "text-warning",
  danger: "text-danger",
  info: "text-info",
  violet: "text-violet",
};

/** The icon alone, with the word for screen readers; for dense rows. */
export function StatusIcon({ status, className = "size-4" }: { status: string; className?: string }) {
  const { icon: Icon, word, tone, isMoving } = statusLook(status);
  return (
    <span title={word} className={`inline-flex shrink-0 ${TEXT[tone]}`}>
      <Icon aria-hidden className={`${className} ${isMoving ? "animate-spin" : ""}`} strokeWidth={2} />
      <span className="sr-only">{word}</span>
    </span>
  );
}
