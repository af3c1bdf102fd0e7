import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";
import { cx } from "@/lib/cx";

interface ToastMessage {
  id: number;
  text: string;
  tone: "success" | "danger";
  action?: { label: string; onClick: () => void };
}

export interface Toaster {
  success: (text: string, action?: ToastMessage["action"]) => void;
  danger: (error: unknown) => void;
}

const SHOWN_MS = 6000;
const ToastContext = createContext<Toaster | null>(null);

/** Tells in passing what has happened; what a person must read belongs into the page. */
export function useToast(): Toaster {
  const toaster = useContext(ToastContext);
  if (!toaster) throw new Error("useToast needs a ToastProvider above it.");
  return toaster;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<ToastMessage[]>([]);
  const nextId = useRef(1);
  const remove = useCallback((id: number) => setMessages((shown) => shown.filter((message) => message.id !== id)), []);
  const show = useCallback(
    (message: Omit<ToastMessage, "id">) => {
      const id = nextId.current++;
      setMessages((shown) => [...shown.slice(-2), { ...message, id }]);
      setTimeout(() => remove(id), SHOWN_MS);
    },
    [remove],
  );
  const toaster = useMemo<Toaster>(
    () => ({
      success: (text, action) => show({ text, tone: "success", ...(action ? { action } : {}) }),
      danger: (error) => show({ text: error instanceof Error ? error.message : String(error), tone: "danger" }),
    }),
    [show],
  );
  return (
    <ToastContext value={toaster}>
      {children}
      <section
        aria-label="Messages"
        aria-live="polite"
        className="pointer-events-none fixed top-3 left-1/2 z-50 flex w-96 max-w-[calc(100vw-2rem)] -translate-x-1/2 flex-col gap-2"
      >
        {messages.map((message) => (
          <ToastCard key={message.id} message={message} onClose={() => remove(message.id)} />
        ))}
      </section>
    </ToastContext>
  );
}

function ToastCard({ message, onClose }: { message: ToastMessage; onClose: () => void }) {
  const Icon = message.tone === "success" ? CircleCheck : CircleAlert;
  return (
    <div className="pointer-events-auto flex animate-pop items-start gap-2.5 rounded-lg border border-line bg-raised p-3 text-fg text-sm shadow-pop">
      <Icon
        aria-hidden
        className={cx("mt-0.5 size-4 shrink-0", message.tone === "success" ? "text-success" : "text-danger")}
      />
      <p className="min-w-0 flex-1 break-words">{message.text}</p>
      {message.action && (
        <button type="button" onClick={message.action.onClick} className="font-medium text-accent-text hover:underline">
          {message.action.label}
        </button>
      )}
      <button type="button" aria-label="Close" onClick={onClose} className="-m-1 rounded p-1 text-faint hover:text-fg">
        <X aria-hidden className="size-3.5" />
      </button>
    </div>
  );
}
