import { Notice } from "./notice";

interface Sent {
  readonly sent: boolean;
  readonly status_code: number | null;
  readonly response: string | null;
  readonly error: string | null;
}

/** The result of a test message that was sent to a receiver. */
export function SentNotice({ result }: { readonly result: Sent }) {
  return (
    <Notice tone={result.sent ? "success" : "danger"} className="basis-full">
      {result.status_code === null ? "The test message was not delivered" : `The receiver answered ${result.status_code}`}:{" "}
      {result.response || result.error}
    </Notice>
  );
}
