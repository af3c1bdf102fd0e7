import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isApiError } from "@/api/problem";
import type { McpImport, McpImportRequest } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { ErrorNotice } from "@/components/ui/notice";
import { Select } from "@/components/ui/select";
import { mcpCommandList, useMcpImport } from "./api";
import { McpConnect } from "./mcp-connect";
import { McpTools } from "./mcp-tools";

interface Source {
  readonly url: string;
  readonly command: string;
  readonly auth: "none" | "bearer" | "header" | "oauth" | "oauth_user";
  readonly header: string;
  readonly secret: string;
}

const EMPTY: Source = { url: "", command: "", auth: "none", header: "", secret: "" };

/** Connects to an MCP server, shows its tools, and creates tools of the chosen ones. */
export function McpDialog({ onClose }: { readonly onClose: () => void }) {
  const [source, setSource] = useState(EMPTY);
  const [offer, setOffer] = useState<{ from: McpImportRequest; read: McpImport } | null>(null);
  if (offer) return <McpTools source={offer.from} offer={offer.read} onBack={() => setOffer(null)} onClose={onClose} />;
  return (
    <Connect source={source} onSource={setSource} onRead={(from, read) => setOffer({ from, read })} onClose={onClose} />
  );
}

function requestOf({ url, command, auth, header, secret }: Source): McpImportRequest {
  if (command !== "") return { command };
  if (auth === "none") return { url: url.trim() };
  if (auth === "oauth" || auth === "oauth_user")
    return { url: url.trim(), credentials: { type: "oauth", owner: auth === "oauth" ? "organization" : "user" } };
  const credentials =
    auth === "bearer" ? { type: "bearer", token: secret } : { type: "headers", headers: { [header.trim()]: secret } };
  return { url: url.trim(), credentials };
}

interface ConnectProps {
  readonly source: Source;
  readonly onSource: (source: Source) => void;
  readonly onRead: (from: McpImportRequest, read: McpImport) => void;
  readonly onClose: () => void;
}

function Connect({ source, onSource, onRead, onClose }: ConnectProps) {
  const commands = useQuery(mcpCommandList());
  const read = useMcpImport();
  const set = (change: Partial<Source>) => onSource({ ...source, ...change });
  const from = requestOf(source);
  const isRemote = source.command === "";
  const isToConnect = isApiError(read.error) && read.error.code === "connection_needed";
  const urlProblem = isApiError(read.error) ? read.error.fieldMessage("url") : undefined;
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title="Connect MCP server"
      description="Each tool of the server that you select becomes a tool here."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={read.isPending}
            disabled={isRemote && source.url.trim() === ""}
            onClick={() => read.mutate(from, { onSuccess: (found) => onRead(from, found) })}
          >
            Connect
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {(commands.data ?? []).length > 0 && (
          <Field label="Server" hint="Servers that the operator allows to be started on this machine, or a remote one.">
            {(control) => (
              <Select {...control} value={source.command} onChange={(event) => set({ command: event.target.value })}>
                <option value="">Remote (URL)</option>
                {commands.data?.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </Select>
            )}
          </Field>
        )}
        {isRemote && (
          <>
            <Field label="URL" required error={urlProblem} hint="The endpoint for streamable HTTP.">
              {(control) => (
                <Input
                  {...control}
                  type="url"
                  spellCheck={false}
                  placeholder="https://mcp.example.com/mcp"
                  value={source.url}
                  onChange={(event) => set({ url: event.target.value })}
                />
              )}
            </Field>
            <AuthFields source={source} set={set} />
          </>
        )}
        {isToConnect ? (
          <McpConnect url={source.url.trim()} owner={source.auth === "oauth" ? "organization" : "user"} />
        ) : (
          urlProblem === undefined && <ErrorNotice error={read.error} />
        )}
      </div>
    </Dialog>
  );
}

function AuthFields({ source, set }: { readonly source: Source; readonly set: (change: Partial<Source>) => void }) {
  return (
    <>
      <Field label="Authentication" hint={source.auth === "none" ? undefined : "Stored encrypted, never shown again."}>
        {(control) => (
          <Select {...control} value={source.auth} onChange={(event) => set({ auth: event.target.value as Source["auth"] })}>
            <option value="none">None</option>
            <option value="bearer">Bearer token</option>
            <option value="header">Header</option>
            <option value="oauth">OAuth, one account for the organization</option>
            <option value="oauth_user">OAuth, each member with their own account</option>
          </Select>
        )}
      </Field>
      {source.auth === "header" && (
        <Field label="Header name" required>
          {(control) => (
            <Input
              {...control}
              autoComplete="off"
              spellCheck={false}
              placeholder="X-API-Key"
              value={source.header}
              onChange={(event) => set({ header: event.target.value })}
            />
          )}
        </Field>
      )}
      {(source.auth === "bearer" || source.auth === "header") && (
        <Field label={source.auth === "bearer" ? "Token" : "Header value"} required>
          {(control) => (
            <Input
              {...control}
              type="password"
              autoComplete="off"
              value={source.secret}
              onChange={(event) => set({ secret: event.target.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}
