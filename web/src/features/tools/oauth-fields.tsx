import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import type { SignIn } from "./sign-in";

interface Props {
  readonly signIn: SignIn;
  readonly set: (change: Partial<SignIn>) => void;
  readonly problemOf: (field: string) => string | undefined;
}

/** How access tokens are issued: by whom, to whom, for what. */
export function OAuthFields({ signIn, set, problemOf }: Props) {
  const problem = (field: string) => problemOf(`credentials.oauth2.${field}`);
  const isByPerson = signIn.grant === "authorization_code";
  const text = (name: TextName, label: string, placeholder = "") => (
    <Field label={label} error={problem(FIELD_OF[name])}>
      {(control) => (
        <Input
          {...control}
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={signIn[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Grant" error={problem("grant") ?? problemOf("credentials.oauth2")}>
        {(control) => (
          <Select
            {...control}
            value={signIn.grant}
            onChange={(event) => set({ grant: event.target.value as SignIn["grant"] })}
          >
            <option value="authorization_code">A person consents (authorization code)</option>
            <option value="client_credentials">Client credentials</option>
          </Select>
        )}
      </Field>
      {isByPerson && (
        <Field label="Connected by" error={problem("owner")}>
          {(control) => (
            <Select
              {...control}
              value={signIn.owner}
              onChange={(event) => set({ owner: event.target.value as SignIn["owner"] })}
            >
              <option value="organization">One account for the organization</option>
              <option value="user">Each member with their own account</option>
            </Select>
          )}
        </Field>
      )}
      {isByPerson && text("authorizeUrl", "Authorization URL", "https://accounts.example.com/authorize")}
      {text("tokenUrl", "Token URL", "https://accounts.example.com/token")}
      {text("clientId", "Client ID")}
      <Field label="Client secret" error={problem("client_secret")}>
        {(control) => (
          <Input
            {...control}
            type="password"
            autoComplete="off"
            value={signIn.clientSecret}
            onChange={(event) => set({ clientSecret: event.target.value })}
          />
        )}
      </Field>
      {text("scopes", "Scopes", "mail.read mail.send")}
    </div>
  );
}

type TextName = "authorizeUrl" | "tokenUrl" | "clientId" | "scopes";

const FIELD_OF: Record<TextName, string> = {
  authorizeUrl: "authorize_url",
  tokenUrl: "token_url",
  clientId: "client_id",
  scopes: "scopes",
};
