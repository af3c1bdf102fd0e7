import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { isApiError } from "@/api/problem";
import { useCan } from "@/api/session";
import type { Organization } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Section } from "@/components/ui/card";
import { CopyButton } from "@/components/ui/copy-button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { KeyValueList } from "@/components/ui/key-value";
import { ErrorNotice } from "@/components/ui/notice";
import { Loaded } from "@/components/ui/page-states";
import { RelativeTime } from "@/components/ui/time";
import { useToast } from "@/components/ui/toast";
import { organizationQuery, useUpdateOrganization } from "./api";
import { DeleteOrganization } from "./delete-organization";
import { TwoFactorRequirement } from "./two-factor-requirement";

interface Props {
  readonly onDeleted: (organization: Organization) => void;
  /** Sections of other features, before what cannot be undone. */
  readonly children?: ReactNode;
}

export function GeneralPage({ onDeleted, children }: Props) {
  const organization = useQuery(organizationQuery);
  return (
    <Loaded query={organization}>
      {(data) => (
        <>
          <General key={data.updated_at} organization={data} />
          <TwoFactorRequirement organization={data} />
          {children}
          <Details organization={data} />
          <DeleteOrganization organization={data} onDeleted={onDeleted} />
        </>
      )}
    </Loaded>
  );
}

const FIELDS = [
  { name: "name", label: "Name", hint: undefined, type: "text" },
  { name: "slug", label: "URL slug", hint: "Lower-case letters, digits and hyphens. Used in URLs.", type: "text" },
  {
    name: "max_concurrent_runs",
    label: "Maximum concurrent runs",
    hint: "Additional runs are queued by priority, then by age.",
    type: "number",
  },
  {
    name: "run_retention_days",
    label: "Run retention (days)",
    hint: "Older runs are deleted with all their records.",
    type: "number",
  },
] as const;

function General({ organization }: { organization: Organization }) {
  const canWrite = useCan()("organization:write");
  const toast = useToast();
  const update = useUpdateOrganization();
  const [form, setForm] = useState({
    name: organization.name,
    slug: organization.slug,
    max_concurrent_runs: String(organization.max_concurrent_runs),
    run_retention_days: String(organization.run_retention_days ?? ""),
  });
  const problemOf = (name: string) => (isApiError(update.error) ? update.error.fieldMessage(name) : undefined);
  const isChanged = FIELDS.some(({ name }) => form[name] !== String(organization[name] ?? ""));

  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    const body = {
      name: form.name,
      slug: form.slug,
      max_concurrent_runs: Number(form.max_concurrent_runs),
      run_retention_days: Number(form.run_retention_days),
    };
    // Handled by the promise: the form of the saved organization replaces this form and its callbacks.
    void update.mutateAsync(body).then(
      () => toast.success("Saved."),
      () => undefined,
    );
  }

  return (
    <Section title="Organization">
      <form onSubmit={onSubmit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          {FIELDS.map(({ name, label, hint, type }) => (
            <Field key={name} label={label} error={problemOf(name)} {...(hint ? { hint } : {})}>
              {(control) => (
                <Input
                  {...control}
                  type={type}
                  {...(type === "number" ? { min: 1 } : {})}
                  disabled={!canWrite}
                  value={form[name]}
                  onChange={(event) => setForm({ ...form, [name]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        {!FIELDS.some(({ name }) => problemOf(name)) && <ErrorNotice error={update.error} />}
        {canWrite ? (
          <div>
            <Button type="submit" variant="primary" busy={update.isPending} disabled={!isChanged}>
              Save
            </Button>
          </div>
        ) : (
          <p className="text-muted text-xs">Owners and admins can change this.</p>
        )}
      </form>
    </Section>
  );
}

function Details({ organization }: { organization: Organization }) {
  return (
    <Section title="Details">
      <KeyValueList
        rows={[
          [
            "ID",
            <span key="id" className="flex items-center gap-1">
              <code className="text-xs">{organization.id}</code>
              <CopyButton text={organization.id} label="Copy the ID" />
            </span>,
          ],
          ["Plan", organization.plan],
          ["Created", <RelativeTime key="created" at={organization.created_at} />],
        ]}
      />
    </Section>
  );
}
