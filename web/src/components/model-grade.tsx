import { FlaskConical, Sparkles } from "lucide-react";
import { Badge } from "@/components/ui/badge";

/** How seriously a model may be taken; nothing for those one would put to work. */
export function ModelGrade({ grade }: { grade: "production" | "demonstration" | "test" }) {
  if (grade === "demonstration") {
    return (
      <Badge
        tone="warning"
        icon={Sparkles}
        title="Small enough for any machine; good to see how things work, not to rely on."
      >
        Demonstration
      </Badge>
    );
  }
  if (grade === "test") {
    return (
      <Badge tone="violet" icon={FlaskConical} title="Follows a script; for tests and demonstrations of tools.">
        Scripted
      </Badge>
    );
  }
  return null;
}
