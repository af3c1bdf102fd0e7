import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { OAuthFields } from "./oauth-fields";
import type { SignIn, SignInKind } from "./sign-in";

interface Props {
  readonly signIn: SignIn;
  readonly onChange: (signIn: SignIn) => void;
  /** Something is stored already and may be kept. */
  readonly canKeep: boolean;
  /** The server's sentence for a field of the credentials. */
  readonly problemOf: (field: string) => string | undefined;
}

const KINDS: readonly { value: SignInKind; label: string }[] = [
  { value: "kept", label: "Keep stored credentials" },
  { value: "none", label: "None" },
  { value: "bearer", label: "Bearer token" },
  { value: "api_key", label: "API key" },
  { value: "basic", label: "Basic (username and password)" },
  { value: "oauth2", label: "OAuth 2" },
];

/** How a tool signs in. What is typed here is stored encrypted and never comes back. */
export function SignInFields({ signIn, onChange, canKeep, problemOf }: Props) {
  const set = (change: Partial<SignIn>) => onChange({ ...signIn, ...change });
  const isSecret = signIn.kind !== "kept" && signIn.kind !== "none";
  return (
    <div className="flex flex-col gap-3">
      <Field
        label="Authentication"
        error={problemOf("credentials")}
        hint={
          isSecret &&
          "Stored encrypted and never shown again. {{name}} inserts a variable of the agent, including secret variables."
        }
      >
        {(control) => (
          <Select {...control} value={signIn.kind} onChange={(event) => set({ kind: event.target.value as SignInKind })}>
            {KINDS.filter((kind) => canKeep || kind.value !== "kept").map((kind) => (
              <option key={kind.value} value={kind.value}>
                {kind.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {signIn.kind === "bearer" && (
        <Secret
          label="Token"
          value={signIn.token}
          error={problemOf("credentials.bearer.token")}
          onChange={(token) => set({ token })}
        />
      )}
      {signIn.kind === "api_key" && <ApiKeyFields signIn={signIn} set={set} problemOf={problemOf} />}
      {signIn.kind === "oauth2" && <OAuthFields signIn={signIn} set={set} problemOf={problemOf} />}
      {signIn.kind === "basic" && (
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="User name" error={problemOf("credentials.basic.username")}>
            {(control) => (
              <Input
                {...control}
                autoComplete="off"
                value={signIn.username}
                onChange={(event) => set({ username: event.target.value })}
              />
            )}
          </Field>
          <Secret
            label="Password"
            value={signIn.password}
            error={problemOf("credentials.basic.password")}
            onChange={(password) => set({ password })}
          />
        </div>
      )}
    </div>
  );
}

interface ApiKeyProps extends Pick<Props, "signIn" | "problemOf"> {
  readonly set: (change: Partial<SignIn>) => void;
}

function ApiKeyFields({ signIn, set, problemOf }: ApiKeyProps) {
  return (
    <div className="grid gap-3 sm:grid-cols-[9rem_minmax(0,1fr)_minmax(0,1fr)]">
      <Field label="Sent in">
        {(control) => (
          <Select
            {...control}
            value={signIn.place}
            onChange={(event) => set({ place: event.target.value as SignIn["place"] })}
          >
            <option value="header">a header</option>
            <option value="query">the query</option>
            <option value="cookie">a cookie</option>
          </Select>
        )}
      </Field>
      <Field label="Named" error={problemOf("credentials.api_key.name")}>
        {(control) => (
          <Input
            {...control}
            autoComplete="off"
            spellCheck={false}
            placeholder={signIn.place === "header" ? "X-API-Key" : "api_key"}
            value={signIn.keyName}
            onChange={(event) => set({ keyName: event.target.value })}
          />
        )}
      </Field>
      <Secret
        label="Key"
        value={signIn.keyValue}
        error={problemOf("credentials.api_key.value")}
        onChange={(keyValue) => set({ keyValue })}
      />
    </div>
  );
}

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function Secret({ label, value, error, onChange }: SecretProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <Input
          {...control}
          type="password"
          autoComplete="off"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
