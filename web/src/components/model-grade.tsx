import { FlaskConical, Sparkles } from "lucide-react";
import { Badge } from "@/components/ui/badge";

/** How seriously a model may be taken; nothing for those one would put to work. */
export function ModelGrade({ grade }: { grade: "production" | "demonstration" | "test" }) {
  if (grade === "demonstration") {
    return (
      <Badge tone="warning" icon={Sparkles} title="Runs on any machine. For demonstrations, not for production.">
        Demonstration
      </Badge>
    );
  }
  if (grade === "test") {
    return (
      <Badge tone="violet" icon={FlaskConical} title="Follows a script. For tests and demonstrations of tools.">
        Scripted
      </Badge>
    );
  }
  return null;
}
