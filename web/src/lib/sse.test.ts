import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffMs, connectSse, createSseParser, type SseEvent, type SseState } from "./sse";

describe("parser", () => {
  test("gives an event at its blank line and not before", () => {
    const parser = createSseParser();

    expect(parser.push("id: 7\nevent: log\ndata: {}\n")).toEqual([]);
    expect(parser.push("\n")).toEqual([{ id: "7", event: "log", data: "{}" }]);
  });

  test("joins data lines, ignores comments, keeps the retry wish", () => {
    const parser = createSseParser();

    expect(parser.push(": beat\nretry: 2000\ndata: a\ndata:b\n\n")).toEqual([{ id: null, event: "message", data: "a\nb" }]);
    expect(parser.retryMs).toBe(2000);
  });

  test("an id belongs to its own event only, so that foam between durable events carries none", () => {
    const parser = createSseParser();

    const events = parser.push("id: 3\ndata: x\n\nevent: token\ndata: y\n\n");

    expect(events.map((event) => event.id)).toEqual(["3", null]);
  });

  test("any cut of the text into pieces gives the same events", () => {
    const text =
      'id: 1\r\nevent: step.completed\r\ndata: {"a":1}\r\n\r\n: beat\n\nid: 2\ndata: x\ndata: y\n\nevent: token\rdata: z\r\r';
    const whole = createSseParser().push(`${text} `);

    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const parser = createSseParser();
        const places = [0, ...cuts.sort((left, right) => left - right), text.length];
        const events: SseEvent[] = [];
        for (let index = 1; index < places.length; index += 1)
          events.push(...parser.push(text.slice(places[index - 1], places[index])));
        events.push(...parser.push(" "));
        expect(events).toEqual(whole);
      }),
    );
  });
});

test("pauses grow to a cap and are spread", () => {
  expect(backoffMs(0, () => 1)).toBe(500);
  expect(backoffMs(3, () => 1)).toBe(4000);
  expect(backoffMs(30, () => 1)).toBe(15_000);
  expect(backoffMs(3, () => 0)).toBe(2000);
});

function reply(chunks: string[]): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  return new Response(body, { status: 200 });
}

describe("connection", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test("takes a broken stream up again from the last durable id and ends at the end event", async () => {
    const seen: string[] = [];
    const sent: (string | undefined)[] = [];
    const states: SseState["kind"][] = [];
    const replies = [
      reply(["id: 1\ndata: a\n\n", "event: token\ndata: t\n\n"]),
      reply(["id: 2\ndata: b\n\nevent: end\ndata: {}\n\n"]),
    ];
    const request = vi.fn(async (_url: unknown, init: RequestInit) => {
      sent.push((init.headers as Record<string, string>)["Last-Event-ID"]);
      return replies.shift() ?? new Response(null, { status: 500 });
    });

    connectSse({
      url: "/events",
      endEvent: "end",
      fetch: request as unknown as typeof fetch,
      onEvent: (event) => seen.push(event.data),
      onState: (state) => states.push(state.kind),
    });
    await vi.advanceTimersByTimeAsync(2000);

    expect(seen).toEqual(["a", "t", "b", "{}"]);
    expect(sent).toEqual([undefined, "1"]);
    expect(states).toEqual(["connecting", "open", "waiting", "connecting", "open", "closed"]);
    expect(request).toHaveBeenCalledTimes(2);
  });

  test("does not knock again where it was refused", async () => {
    const refused = vi.fn();
    const request = vi.fn(async () => new Response(null, { status: 404 }));

    connectSse({ url: "/events", fetch: request as unknown as typeof fetch, onEvent: () => {}, onRefused: refused });
    await vi.advanceTimersByTimeAsync(60_000);

    expect(request).toHaveBeenCalledTimes(1);
    expect(refused).toHaveBeenCalledTimes(1);
  });

  test("a closed connection stays closed", async () => {
    const request = vi.fn(async () => new Response(null, { status: 503 }));
    const connection = connectSse({ url: "/events", fetch: request as unknown as typeof fetch, onEvent: () => {} });
    await vi.advanceTimersByTimeAsync(100);

    connection.close();
    await vi.advanceTimersByTimeAsync(60_000);

    expect(request).toHaveBeenCalledTimes(1);
  });
});
