/**
 * Server-sent events over fetch: headers can be sent, the place in the stream is kept, and a lost connection is taken up
 * again from the last id with growing pauses. The parser is pure; the format is that of the HTML standard, section 9.2.
 */

export interface SseEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

export interface SseParser {
  /** Takes the next piece of text and gives the events that it completed. */
  push(text: string): SseEvent[];
  /** The server's wish for the pause before a reconnect, in milliseconds, if it told one. */
  readonly retryMs: number | null;
}

export function createSseParser(): SseParser {
  let rest = "";
  let id: string | null = null;
  let event = "";
  let data: string[] = [];
  let retryMs: number | null = null;

  function field(line: string): void {
    const [name, value] = splitField(line);
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^\d+$/.test(value)) retryMs = Number(value);
  }

  function complete(): SseEvent | null {
    const done = data.length > 0 ? { id, event: event || "message", data: data.join("\n") } : null;
    event = "";
    data = [];
    id = null;
    return done;
  }

  return {
    push(text) {
      const events: SseEvent[] = [];
      // A lone \r at the end may be half of \r\n: it waits for what follows.
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line !== "") field(line);
        else {
          const done = complete();
          if (done) events.push(done);
        }
      }
      return events;
    },
    get retryMs() {
      return retryMs;
    },
  };
}

/** Name and value of a line; a comment has the empty name. */
function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1)];
}

export type SseState =
  | { readonly kind: "connecting" | "open" | "closed" }
  | { readonly kind: "waiting"; readonly retryAt: number };

export interface SseOptions {
  readonly url: string;
  readonly headers?: () => Record<string, string>;
  readonly lastEventId?: string | null;
  readonly onEvent: (event: SseEvent) => void;
  readonly onState?: (state: SseState) => void;
  /** A refusal that no reconnect will change: the status of the reply. */
  readonly onRefused?: (response: Response) => void;
  /** The event after which the stream is complete; no reconnect follows. */
  readonly endEvent?: string;
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
}

export interface SseConnection {
  close(): void;
  /** Drops a pause and connects at once. */
  reconnect(): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A stream that was silent for this long is taken for dead; the server sends a heartbeat every 15 s. */
const SILENCE_MS = 45_000;

/** The pause before attempt n (from 0): doubled each time, up to a cap, and spread so that many readers do not come at once. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return Math.round(full / 2 + (full / 2) * random());
}

/** Whether a reply to the connect attempt is worth another one. */
function isTemporary(status: number): boolean {
  return status >= 500 || status === 429 || status === 408;
}

export function connectSse(options: SseOptions): SseConnection {
  const request = options.fetch ?? fetch;
  let lastEventId = options.lastEventId ?? null;
  let attempt = 0;
  let isClosed = false;
  let abort = new AbortController();
  let wake: (() => void) | null = null;

  const tell = (state: SseState) => options.onState?.(state);

  function close(): void {
    if (isClosed) return;
    isClosed = true;
    abort.abort();
    wake?.();
    tell({ kind: "closed" });
  }

  function take(event: SseEvent): void {
    if (event.id !== null) lastEventId = event.id;
    attempt = 0;
    options.onEvent(event);
    if (event.event === options.endEvent) close();
  }

  async function read(body: ReadableStream<Uint8Array>, watch: () => void): Promise<number | null> {
    const parser = createSseParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    while (!isClosed) {
      const { done, value } = await reader.read();
      if (done) break;
      watch();
      for (const event of parser.push(decoder.decode(value, { stream: true }))) {
        if (isClosed) break;
        take(event);
      }
    }
    return parser.retryMs;
  }

  async function once(): Promise<number | null> {
    abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENCE_MS);
    };
    try {
      tell({ kind: "connecting" });
      watch();
      const headers: Record<string, string> = { Accept: "text/event-stream", ...options.headers?.() };
      if (lastEventId !== null) headers["Last-Event-ID"] = lastEventId;
      const response = await request(options.url, {
        headers,
        signal: abort.signal,
        credentials: "same-origin",
        cache: "no-store",
      });
      if (!response.ok || response.body === null) {
        if (!isTemporary(response.status)) {
          options.onRefused?.(response);
          close();
        }
        return null;
      }
      tell({ kind: "open" });
      return await read(response.body, watch);
    } finally {
      clearTimeout(timer);
    }
  }

  function pause(ms: number): Promise<void> {
    tell({ kind: "waiting", retryAt: Date.now() + ms });
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      let wishMs: number | null = null;
      try {
        wishMs = await once();
      } catch {
        // A broken connection is this function's ordinary business: it pauses and connects again below.
        wishMs = null;
      }
      if (!isClosed) await pause(wishMs ?? backoffMs(attempt++, options.random));
    }
  }

  void run();
  return {
    close,
    reconnect() {
      attempt = 0;
      wake?.();
    },
  };
}
