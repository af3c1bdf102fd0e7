import type { ModelProvider, ProviderTest } from "@/api/types";
import { LiveDot } from "@/components/ui/live-dot";
import { Notice } from "@/components/ui/notice";
import { RelativeTime } from "@/components/ui/time";
import { duration, plural } from "@/lib/format";

/** The state and time of a provider's last test: a dot with its words. */
export function TestState({ provider }: { provider: ModelProvider }) {
  if (provider.last_test_ok === null)
    return (
      <span className="inline-flex items-center gap-1.5 text-muted text-xs">
        <LiveDot tone="neutral" />
        Not tested
      </span>
    );
  return (
    <span className="inline-flex items-center gap-1.5 text-muted text-xs">
      <LiveDot tone={provider.last_test_ok ? "success" : "danger"} />
      <span>
        {provider.last_test_ok ? "Test passed" : "Test failed"} <RelativeTime at={provider.last_tested_at} />
      </span>
    </span>
  );
}

/** The result of a test that was just made. A failure is shown from the stored result, which outlasts a reload. */
export function TestOutcome({ result }: { result: ProviderTest }) {
  if (!result.ok) return null;
  return (
    <Notice tone="success" className="mt-2">
      The provider answered in {duration(result.latency_ms)}
      {result.models.length > 0 && ` and lists ${plural(result.models.length, "model")}`}.
    </Notice>
  );
}
