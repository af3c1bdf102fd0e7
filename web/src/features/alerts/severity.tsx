import type { AlertSeverity } from "@/api/types";
import { Badge, type Tone } from "@/components/ui/badge";

const TONES: Record<AlertSeverity, Tone> = { info: "info", warning: "warning", critical: "danger" };
const WORDS: Record<AlertSeverity, string> = { info: "Info", warning: "Warning", critical: "Critical" };

export const SEVERITIES = Object.entries(WORDS) as [AlertSeverity, string][];

export function Severity({ severity }: { severity: AlertSeverity }) {
  return <Badge tone={TONES[severity]}>{WORDS[severity]}</Badge>;
}
