import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { isApiError } from "@/api/problem";
import { useCan } from "@/api/session";
import type { SearchProvider, WebSearchSettings } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice, Notice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { Select } from "@/components/ui/select";
import { useToast } from "@/components/ui/toast";
import { useRemoveWebSearch, useSetWebSearch, useTestWebSearch, webSearchQuery } from "./api";

const PROVIDERS: Record<SearchProvider, { label: string; urlHint: string; keyHint: string }> = {
  searxng: {
    label: "SearXNG",
    urlHint: "URL of your server. Its settings must enable the format json.",
    keyHint: "Leave blank unless the server asks for a bearer token.",
  },
  brave: { label: "Brave", urlHint: "Leave blank for the default.", keyHint: "Stored encrypted and never shown again." },
  tavily: { label: "Tavily", urlHint: "Leave blank for the default.", keyHint: "Stored encrypted and never shown again." },
};

export function WebSearchPage() {
  const settings = useQuery(webSearchQuery);
  return <Loaded query={settings}>{(data) => <WebSearch key={data.updated_at ?? data.source} settings={data} />}</Loaded>;
}

function WebSearch({ settings }: { settings: WebSearchSettings }) {
  const canWrite = useCan()("web_search:write");
  return (
    <Section title="Web search" description="Provider that the tool web_search asks for every agent of the organization.">
      <div className="flex flex-col gap-4">
        <State settings={settings} />
        {canWrite ? <Form settings={settings} /> : <p className="text-muted text-xs">Owners and admins can change this.</p>}
      </div>
    </Section>
  );
}

function State({ settings }: { settings: WebSearchSettings }) {
  if (settings.provider === null)
    return <Notice tone="warning">No provider is set. Calls of web_search fail until one is set.</Notice>;
  if (settings.source === "installation")
    return <Notice>Set for the whole installation: {PROVIDERS[settings.provider].label}. You can set your own.</Notice>;
  return null;
}

function Form({ settings }: { settings: WebSearchSettings }) {
  const toast = useToast();
  const save = useSetWebSearch();
  const remove = useRemoveWebSearch();
  const test = useTestWebSearch();
  const isOwn = settings.source === "organization";
  const [provider, setProvider] = useState<SearchProvider>((isOwn && settings.provider) || "searxng");
  const [url, setUrl] = useState((isOwn && settings.url) || "");
  const [key, setKey] = useState("");
  const problemOf = (name: string) => (isApiError(save.error) ? save.error.fieldMessage(name) : undefined);
  const facts = PROVIDERS[provider];
  const hasStoredKey = isOwn && settings.has_api_key && provider === settings.provider;

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    test.reset();
    const body = { provider, url: url.trim() || null };
    // The promise reports it: the form is replaced by that of the saved settings, with its callbacks.
    void save.mutateAsync(key.trim() ? { ...body, api_key: key.trim() } : body).then(
      () => toast.success("Saved."),
      () => undefined,
    );
  }

  return (
    <form onSubmit={onSubmit} className="flex flex-col gap-4" noValidate>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Provider" error={problemOf("provider")}>
          {(control) => (
            <Select
              {...control}
              className="w-full"
              value={provider}
              onChange={(event) => setProvider(event.target.value as SearchProvider)}
            >
              {Object.entries(PROVIDERS).map(([value, { label }]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="URL" required={provider === "searxng"} hint={facts.urlHint} error={problemOf("url")}>
          {(control) => (
            <Input {...control} type="url" inputMode="url" value={url} onChange={(event) => setUrl(event.target.value)} />
          )}
        </Field>
        <Field
          label="API key"
          required={provider !== "searxng" && !hasStoredKey}
          hint={hasStoredKey ? "Leave blank to keep the stored key." : facts.keyHint}
          error={problemOf("api_key")}
        >
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="off"
              placeholder={hasStoredKey ? "••••••••" : ""}
              value={key}
              onChange={(event) => setKey(event.target.value)}
            />
          )}
        </Field>
      </div>
      {!["provider", "url", "api_key"].some(problemOf) && <ErrorNotice error={save.error ?? remove.error ?? test.error} />}
      {test.data && (
        <Notice tone={test.data.ok ? "success" : "danger"}>
          {test.data.ok ? `The test search returned ${test.data.result_count} results.` : test.data.error}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" busy={save.isPending}>
          Save
        </Button>
        {settings.provider !== null && (
          <Button busy={test.isPending} onClick={() => test.mutate()}>
            Send test search
          </Button>
        )}
        {isOwn && (
          <Button variant="ghost" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        )}
      </div>
    </form>
  );
}
