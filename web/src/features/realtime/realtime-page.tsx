import { useQuery } from "@tanstack/react-query";
import { Section } from "@/components/ui/card";
import { CodeBlock } from "@/components/ui/code-block";
import { Loaded } from "@/components/ui/page-states";
import { realtimeQuery } from "./api";

/** Where clients of Supabase connect, and how: the URL, the publishable key and a subscription to copy. */
export function RealtimePage() {
  const endpoint = useQuery(realtimeQuery);
  return (
    <Loaded query={endpoint}>
      {(data) => (
        <div className="flex flex-col gap-6">
          <Section
            title="Realtime"
            description="Clients of Supabase subscribe to changes of rows. The publishable key is no secret: rights come with the person who signs in."
          >
            <div className="flex flex-col gap-4">
              <Labelled name="URL" text={data.url} />
              <Labelled name="Publishable key" text={data.publishable_key} />
            </div>
          </Section>
          <Section title="Subscribe" description="With @supabase/supabase-js, unmodified.">
            <CodeBlock text={snippet(data.url, data.publishable_key)} label="Subscription" />
          </Section>
          <Section title="Tables" description="Each subscriber receives the rows that their role may read.">
            <p className="break-words font-mono text-muted text-xs leading-5">{data.tables.join(", ")}</p>
          </Section>
        </div>
      )}
    </Loaded>
  );
}

function Labelled({ name, text }: { name: string; text: string }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="text-muted text-xs">{name}</p>
      <CodeBlock text={text} label={name} wrap />
    </div>
  );
}

function snippet(url: string, key: string): string {
  return `import { createClient } from "@supabase/supabase-js";

const supabase = createClient("${url}", "${key}");
const { data } = await supabase.auth.signInWithPassword({ email, password });

supabase
  .channel("agent-changes")
  .on(
    "postgres_changes",
    { event: "*", schema: "public", table: "agents", filter: \`created_by=eq.\${data.user.id}\` },
    (change) => console.log(change.eventType, change.new),
  )
  .subscribe();`;
}
