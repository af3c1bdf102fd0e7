import {
  Bot,
  BrainCircuit,
  Briefcase,
  Calculator,
  Calendar,
  ChartLine,
  ClipboardList,
  Code,
  Compass,
  Database,
  FileText,
  FlaskConical,
  Globe,
  GraduationCap,
  Headset,
  Languages,
  Lightbulb,
  type LucideIcon,
  Mail,
  Megaphone,
  MessageCircle,
  Newspaper,
  NotebookPen,
  PenLine,
  Receipt,
  Scale,
  ScrollText,
  Search,
  ShieldCheck,
  ShoppingCart,
  Siren,
  Sparkles,
  Target,
  UserPlus,
  Wrench,
} from "lucide-react";
import { cx } from "@/lib/cx";

/** The icons an agent may carry, by the names that are stored. */
export const AGENT_ICONS: Readonly<Record<string, LucideIcon>> = {
  bot: Bot,
  "message-circle": MessageCircle,
  headset: Headset,
  search: Search,
  globe: Globe,
  newspaper: Newspaper,
  "chart-line": ChartLine,
  calculator: Calculator,
  receipt: Receipt,
  "shopping-cart": ShoppingCart,
  target: Target,
  megaphone: Megaphone,
  mail: Mail,
  "pen-line": PenLine,
  "notebook-pen": NotebookPen,
  "file-text": FileText,
  "scroll-text": ScrollText,
  "clipboard-list": ClipboardList,
  calendar: Calendar,
  code: Code,
  database: Database,
  wrench: Wrench,
  siren: Siren,
  "shield-check": ShieldCheck,
  scale: Scale,
  briefcase: Briefcase,
  "user-plus": UserPlus,
  "graduation-cap": GraduationCap,
  languages: Languages,
  lightbulb: Lightbulb,
  compass: Compass,
  "flask-conical": FlaskConical,
  "brain-circuit": BrainCircuit,
  sparkles: Sparkles,
};

const TINTS = [
  "bg-accent-soft text-accent-text",
  "bg-info-soft text-info",
  "bg-success-soft text-success",
  "bg-warning-soft text-warning",
  "bg-violet-soft text-violet",
  "bg-danger-soft text-danger",
];

/** The same agent always has the same colour: it follows from its id. */
function tintOf(seed: string): string {
  let sum = 0;
  for (const character of seed.slice(-12)) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return TINTS[sum % TINTS.length] ?? "";
}

interface Props {
  icon: string | null;
  /** Usually the agent's id. */
  seed: string;
  size?: "sm" | "md" | "lg";
}

const BOXES = { sm: "size-6 rounded-md", md: "size-9 rounded-lg", lg: "size-11 rounded-xl" };
const GLYPHS = { sm: "size-3.5", md: "size-4.5", lg: "size-5.5" };

/** An agent's icon on its colour. A stored text that names no icon of ours, such as an emoji, is shown as it is. */
export function AgentIcon({ icon, seed, size = "md" }: Props) {
  const Icon = AGENT_ICONS[icon ?? "bot"];
  const isText = !Icon && icon !== null && [...icon].length <= 2;
  const Glyph = Icon ?? Bot;
  return (
    <span aria-hidden className={cx("inline-flex shrink-0 items-center justify-center", BOXES[size], tintOf(seed))}>
      {isText ? (
        <span className="text-base leading-none">{icon}</span>
      ) : (
        <Glyph className={GLYPHS[size]} strokeWidth={1.8} />
      )}
    </span>
  );
}
